// Many machines: real queues, real worker processes that die, and results that are byte for byte those of one machine.
import { existsSync, readdirSync, readFileSync, rmSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { type Running, run, start } from './support/command.ts';
import { FileServer } from './support/file-server.ts';
import { has } from './support/needs.ts';
import { usePipelineBench } from './support/pipeline.ts';
import { postgresServer, type QueueServer, redisServer } from './support/queue-servers.ts';

const bench = usePipelineBench();

/** Everything in a folder but what is hidden. */
const contents = (folder: string): Record<string, string> =>
  Object.fromEntries(
    readdirSync(folder, { recursive: true, encoding: 'utf8', withFileTypes: true })
      .filter((entry) => entry.isFile() && !entry.parentPath.includes('.framesift'))
      .map((entry) => join(entry.parentPath, entry.name))
      .sort()
      .map((path) => [path.slice(folder.length), readFileSync(path, 'latin1')]),
  );

interface Worker extends Running {
  /** Whether it is in the middle of a job. */
  readonly isBusy: () => boolean;
}

const until = async <T>(look: () => T | undefined): Promise<T> => {
  for (;;) {
    const found = look();
    if (found !== undefined) return found;
    await new Promise((resolve) => setTimeout(resolve, 2));
  }
};

describe.each([
  ['redis', redisServer],
  ['postgres', postgresServer],
] as const)('workers of %s', (tool, serverOf) => {
  describe.skipIf(!has(tool))('.', () => {
    let server: QueueServer;
    let workers: Worker[] = [];
    beforeAll(async () => {
      server = await serverOf();
      await server.start();
    }, 60_000);
    afterAll(() => server.remove());
    afterEach(async () => {
      for (const { child } of workers) child.kill('SIGKILL');
      await Promise.all(workers.map(({ finished }) => finished));
      workers = [];
      await run(['queue', 'drain', '--queue', server.url]);
    });

    const work = (count: number): void => {
      for (let i = 0; i < count; i++) {
        const running = start(['worker', '--json', '--queue', server.url, '--jobs', '1', ...cache()]);
        let told: string | undefined;
        running.child.stdout!.on('data', (text: string) => {
          told = (JSON.parse(text.trimEnd().split('\n').at(-1)!) as { type: string }).type;
        });
        workers.push({ ...running, isBusy: () => told === 'begun' && running.child.exitCode === null });
      }
    };
    const out = (name: string): string => join(bench().outDir, name);
    const cache = (): string[] => ['--cache', join(bench().root, 'cache')];
    const extract = (name: string, ...more: string[]): string[] => [
      ...[
        'extract',
        bench().folder.root,
        '--every',
        '3',
        '--out',
        out(name),
        '--manifest',
        out(`${name}.jsonl`),
      ],
      ...[...cache(), ...more],
    ];
    const embed = (name: string, ...more: string[]): string[] => [
      ...['embed', bench().folder.root, '--every', '2', '--out', join(out(name), 'embeddings.csv')],
      ...['--model', bench().model, '--device', 'cpu', ...cache(), ...more],
    ];

    it('extract, embed and describe as one machine does', { timeout: 120_000 }, async () => {
      work(2);
      for (const [verb, args] of Object.entries({ extract, embed })) {
        const local = await run(args(`${verb}-local`));
        const spread = await run(args(`${verb}-spread`, '--queue', server.url));
        expect([local.code, spread.code], spread.stderr).toEqual([0, 0]);
        expect(contents(out(`${verb}-spread`))).toEqual(contents(out(`${verb}-local`)));
        const seconds = /[\d.]+ s\b.*/g;
        expect(spread.stderr.replace(seconds, '').trim().split('\n').at(-1)).toBe(
          local.stderr.replace(seconds, '').trim().split('\n').at(-1)?.replaceAll('local', 'spread'),
        );
      }
      expect(readFileSync(out('extract-spread.jsonl'), 'utf8')).toBe(
        readFileSync(out('extract-local.jsonl'), 'utf8'),
      );
      expect(readdirSync(out('extract-spread/.framesift'))).toEqual(['extract.jsonl']);
      const info = ['info', bench().folder.root, '--verify', ...cache()];
      const [here, there] = [await run(info), await run([...info, '--queue', server.url])];
      expect({ code: there.code, stdout: there.stdout }).toEqual({ code: 0, stdout: here.stdout });
      // Nothing is left to be done, and nobody is asked.
      const again = await run(extract('extract-spread', '--queue', server.url));
      expect(again.code).toBe(0);
    });

    it('go the whole way as one machine does', { timeout: 120_000 }, async () => {
      const pipeline = (name: string, ...more: string[]): string[] => [
        ...['run', bench().folder.root, '-n', '5', '--every', '3', '--out', out(name)],
        ...['--model', bench().model, '--device', 'cpu', ...cache(), ...more],
      ];
      work(2);
      const local = await run(pipeline('run-local'));
      const spread = await run(pipeline('run-spread', '--queue', server.url));
      expect([local.code, spread.code], spread.stderr).toEqual([0, 0]);
      // What it took is another matter.
      const { '/run.json': _local, ...alone } = contents(out('run-local'));
      const { '/run.json': _spread, ...together } = contents(out('run-spread'));
      expect(Object.keys(alone).length).toBeGreaterThan(5);
      expect(together).toEqual(alone);
    });

    it('bring videos from a server themselves', { timeout: 60_000 }, async () => {
      const { root } = bench().folder;
      const names = readdirSync(root, { recursive: true, encoding: 'utf8' });
      const isFile = (name: string): boolean => statSync(join(root, name)).isFile();
      const videos = names.filter(isFile).map((name) => [name, readFileSync(join(root, name))] as const);
      const web = await FileServer.start(Object.fromEntries(videos));
      try {
        web.pages.set('', videos.map(([name]) => `<a href="${encodeURI(name)}">x</a>`).join(''));
        const remote = (name: string, ...more: string[]): string[] =>
          extract(name, ...more).map((arg) => (arg === root ? `${web.url}/` : arg));
        work(2);
        const local = await run(extract('disk'));
        const spread = await run(remote('web', '--queue', server.url));
        expect([local.code, spread.code], spread.stderr).toEqual([0, 0]);
        expect(contents(out('web'))).toEqual(contents(out('disk')));
      } finally {
        await web.close();
      }
    });

    it('die one after the other, and the result is the same', { timeout: 180_000 }, async () => {
      const local = await run(extract('local'));
      expect(local.code).toBe(0);
      work(3);
      const spread = start(extract('spread', '--queue', server.url));
      for (let death = 0; death < 4; death++) {
        // One that is in the middle of a job.
        const busy = await until(() => workers.find((worker) => worker.isBusy()));
        busy.child.kill('SIGKILL');
        workers.splice(workers.indexOf(busy), 1);
        work(1);
      }
      const { code, stderr } = await spread.finished;
      expect(code, stderr).toBe(0);
      expect(contents(out('spread'))).toEqual(contents(out('local')));
    });

    it('lose the queue on the way, and the result is the same', { timeout: 180_000 }, async () => {
      expect((await run(extract('local'))).code).toBe(0);
      work(2);
      const spread = start(extract('spread', '--queue', server.url));
      for (let loss = 0; loss < 2; loss++) {
        await until(() => workers.find((worker) => worker.isBusy()));
        await server.kill();
        await new Promise((resolve) => setTimeout(resolve, 500));
        expect(spread.child.exitCode).toBe(null);
        await server.start();
      }
      const { code, stderr } = await spread.finished;
      expect(code, stderr).toBe(0);
      expect(contents(out('spread'))).toEqual(contents(out('local')));
    });

    it('go on for a submitter that dies, and another one goes on from there', {
      timeout: 120_000,
    }, async () => {
      expect((await run(embed('local'))).code).toBe(0);
      work(2);
      // Each time as soon as it has handed in, when workers have begun.
      for (let death = 0; death < 2; death++) {
        const spread = start(embed('spread', '--queue', server.url));
        const folder = join(out('spread'), 'embeddings.csv.queue');
        while (!existsSync(folder)) await new Promise((resolve) => setTimeout(resolve, 10));
        await new Promise((resolve) => setTimeout(resolve, 60 * death));
        spread.child.kill('SIGKILL');
        await spread.finished;
        expect(existsSync(join(out('spread'), 'embeddings.csv'))).toBe(false);
      }
      const { code, stderr } = await run(embed('spread', '--queue', server.url));
      expect(code, stderr).toBe(0);
      expect(contents(out('spread'))).toEqual(contents(out('local')));
    });

    it('work for one submitter of a folder at a time', { timeout: 60_000 }, async () => {
      const first = start(extract('spread', '--queue', server.url));
      await new Promise((resolve) => setTimeout(resolve, 2000));
      const second = await run(extract('spread', '--queue', server.url));
      expect(second).toMatchObject({ code: 5 });
      expect(second.stderr).toContain('is writing to this folder');
      expect((await run(['queue', 'status', '--queue', server.url])).stdout).toMatch(
        /^framesift-[\d.]+: 0 workers\n\d+ waiting, \d+ under way, \d+ done, 0 failed\n$/,
      );
      first.child.kill('SIGINT');
      const { code, stderr } = await first.finished;
      expect(code).toBe(130);
      expect(stderr).toContain('no worker of this version is there');
      // What nobody had begun is taken back.
      expect((await run(['queue', 'status', '--queue', server.url])).stdout).toContain('\n0 waiting, ');
    });

    it('are stopped gently: the job goes back, and the worker ends with 0', { timeout: 60_000 }, async () => {
      work(1);
      const spread = start(extract('spread', '--queue', server.url));
      const [worker] = workers;
      await until(() => (worker!.isBusy() ? worker : undefined));
      worker!.child.kill('SIGTERM');
      expect((await worker!.finished).code).toBe(0);
      work(1);
      expect((await spread.finished).code).toBe(0);
      rmSync(out('spread'), { recursive: true });
    });
  });
});

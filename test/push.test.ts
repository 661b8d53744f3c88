// `annotate push` as people run it: the built command, against servers of this machine.
import { readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { Queue } from 'bullmq';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { deliver } from '../src/delivery/deliver.ts';
import { LabelStudio } from '../src/delivery/label-studio.ts';
import { PushLedger } from '../src/delivery/ledger.ts';
import { pushFrames } from '../src/push.ts';
import { run, start } from './support/command.ts';
import { CvatServer } from './support/cvat-server.ts';
import { itemsOf } from './support/items.ts';
import { LabelStudioServer } from './support/label-studio-server.ts';
import { has } from './support/needs.ts';
import { usePipelineBench } from './support/pipeline.ts';
import { type QueueServer, redisServer } from './support/queue-servers.ts';
import { codeOf } from './support/thrown-by.ts';

const bench = usePipelineBench();

describe('framesift annotate push', () => {
  let studio: LabelStudioServer;
  let url: string;
  beforeEach(async () => {
    studio = new LabelStudioServer();
    url = await studio.server.open();
    await bench().pipeline({ nSamples: 9 });
  });
  afterEach(() => studio.server.close());

  const args = (...more: string[]): string[] => [
    ...['annotate', 'push', bench().outDir, '--to', 'label-studio', '--url', `${url}/`, '--project', '7'],
    ...['--prefix', 'https://host/f/', ...more],
  ];
  const env = (): NodeJS.ProcessEnv => ({ LABEL_STUDIO_API_KEY: studio.token });
  const names = (): unknown[] => studio.tasks.map(({ data }) => data['name']);

  it('sends the frames of a run in the order of being picked, once', async () => {
    const first = await run(args(), { env: env() });
    expect(first).toMatchObject({ code: 0, stdout: `${url}/projects/7/data\n` });
    expect(first.stderr).toMatch(/^9 frames sent to Label Studio, /m);
    expect(names()).toEqual(bench().listed());
    const second = await run(args(), { env: env() });
    expect(second.stderr).toMatch(/^0 frames sent to Label Studio; 9 were there, /m);
    expect(studio.tasks).toHaveLength(9);
    // More of them, later.
    await bench().pipeline({ nSamples: 12 });
    expect((await run(args('--json'), { env: env() })).stdout).toContain('"sent":3,"already":9');
    expect(names()).toEqual(bench().listed());
  });

  it('is killed at any moment and goes on', async () => {
    for (const taken of [1, 2, 4, 7, 8]) {
      studio.tasks = [];
      rmSync(bench().at('.framesift', 'pushed'), { recursive: true, force: true });
      const { child, finished } = start(args('--batch', '1'), { env: env() });
      while (studio.tasks.length < taken) await new Promise((resolve) => setTimeout(resolve, 1));
      child.kill('SIGKILL');
      expect((await finished).signal).toBe('SIGKILL');
      expect(await run(args('--batch', '2'), { env: env() })).toMatchObject({ code: 0 });
      expect(names().toSorted()).toEqual(bench().listed().toSorted());
    }
  });

  it('dies as soon as a batch is at the server, and does not send it again', async () => {
    const { child, finished } = start(args('--batch', '3'), { env: env() });
    const faults = studio.server.faults;
    faults.push({ kind: 'do, then hang' });
    while (studio.tasks.length === 0) await new Promise((resolve) => setTimeout(resolve, 5));
    child.kill('SIGKILL');
    await finished;
    expect(studio.tasks).toHaveLength(3);
    expect(await run(args(), { env: env() })).toMatchObject({ code: 0 });
    expect(names()).toEqual(bench().listed());
  });

  it('says what it would send, and asks nobody', async () => {
    const { code, stdout, stderr } = await run(args('--dry-run'), { env: env() });
    expect(code).toBe(0);
    expect(stdout.split('\n', 1)[0]).toBe(
      `POST ${url}/api/projects/7/import?commit_to_project=true&return_task_ids=true`,
    );
    expect(stdout).toContain(`"name": "${bench().listed()[0]}"`);
    expect(stderr).toMatch(/^would send 9 frames to Label Studio in 1 batch$/m);
    expect(studio.server.asked).toEqual([]);
    expect(readdirSync(bench().at('.framesift'))).not.toContain('pushed');
  });

  it('never shows or keeps the token', async () => {
    const file = join(bench().root, 'token');
    writeFileSync(file, `${studio.token}\n`);
    const { code, stdout, stderr } = await run(args('--token-file', file, '--verbose', '--json'));
    expect(code).toBe(0);
    const wrong = await run(args('--json'), { env: { LABEL_STUDIO_API_KEY: 'wrong-token' } });
    expect(wrong).toMatchObject({ code: 6 });
    expect(wrong.stderr).toContain(
      'answered 401: Invalid token.. Check the token, and whether it has expired.',
    );
    const kept = readdirSync(bench().outDir, { recursive: true, encoding: 'utf8', withFileTypes: true })
      .filter((entry) => entry.isFile())
      .map((entry) => readFileSync(join(entry.parentPath, entry.name), 'latin1'));
    for (const text of [stdout, stderr, wrong.stdout, wrong.stderr, ...kept])
      expect(text).not.toMatch(/wrong-token|0123456789abcdef0123456789abcdef01234567/);
  });

  it.each<[string[], NodeJS.ProcessEnv, RegExp]>([
    [
      [],
      {},
      /label-studio needs a token\. Put it into the environment variable LABEL_STUDIO_API_KEY, or into a file/,
    ],
    [['--project', 'cars'], { LABEL_STUDIO_API_KEY: 'x' }, /"cars" is no number of a project/],
    [
      ['--url', 'localhost:8080'],
      { LABEL_STUDIO_API_KEY: 'x' },
      /"localhost:8080" is no address of a server/,
    ],
    [['--url', 'http://me:word@host'], { LABEL_STUDIO_API_KEY: 'x' }, /the address holds a password/],
    [['--token-file', '/nowhere/token'], {}, /\/nowhere\/token: there is no such file/],
  ])('%j with %j is refused', async (more, given, message) => {
    const { code, stderr } = await run(args(...more), { env: given });
    expect(code).toBe(2);
    expect(stderr).toMatch(message);
    expect(stderr).not.toContain('word@');
  });

  it('sends images to CVAT out of the folder of a run', async () => {
    const cvat = new CvatServer();
    const address = await cvat.server.open();
    try {
      const outcome = await pushFrames({
        ...{ from: bench().outDir, to: 'cvat', url: address, token: cvat.token, project: '3' },
        ...{ upload: true, batchSize: 5, title: 'round 1', patience: { pollMs: 1 } },
      });
      expect(outcome).toMatchObject({ sent: 9, page: `${address}/projects/3` });
      expect(cvat.tasks.map(({ name }) => name.replace(/ \[.*/, ''))).toEqual(['round 1 1-5', 'round 1 6-9']);
      expect(cvat.tasks.flatMap(({ files }) => files)).toEqual(
        bench()
          .listed()
          .map((name) => name.replaceAll('/', '%2F')),
      );
    } finally {
      await cvat.server.close();
    }
  });

  it('sends 100 000 frames', { timeout: 120_000 }, async () => {
    const destination = new LabelStudio({
      ...{ url, project: '7', token: studio.token },
      patience: { answerMs: 10_000, tries: 2, firstPauseMs: 1, pollMs: 1 },
    });
    const ledger = await PushLedger.read(bench().at('ledger'), 'label-studio', destination.address);
    const { patience, batchSize } = {
      patience: { answerMs: 10_000, tries: 2, firstPauseMs: 1, pollMs: 1 },
      batchSize: 5000,
    };
    const { sent } = await deliver(itemsOf(100_000), destination, ledger, { patience, batchSize });
    ledger.close();
    expect(sent).toBe(100_000);
    expect(new Set(studio.tasks.map(({ data }) => data['frame_key'])).size).toBe(100_000);
    const again = await PushLedger.read(bench().at('ledger'), 'label-studio', destination.address);
    expect(again.there.size).toBe(100_000);
  });
});

describe.skipIf(!has('redis'))('a queue of messages', () => {
  let server: QueueServer;
  beforeEach(async () => {
    server = await redisServer();
    await server.start();
    await bench().pipeline({ nSamples: 9 });
  });
  afterEach(() => server.remove());

  it('has each batch once, for workers of anybody', async () => {
    const args = ['annotate', 'push', bench().outDir, '--to', 'queue', '--url', server.url, '--batch', '4'];
    const first = await run(args);
    expect(first).toMatchObject({ code: 0 });
    expect(first.stderr).toMatch(/^9 frames sent to the queue, /m);
    // The ledger is gone, and everything comes again.
    rmSync(bench().at('.framesift', 'pushed'), { recursive: true });
    expect(await run(args)).toMatchObject({ code: 0 });
    expect((await run(args)).stderr).toContain('9 were there');
    const queue = new Queue('annotation', { connection: { url: server.url } });
    const jobs = await queue.getJobs(['waiting']);
    await queue.close();
    const batches = jobs.map(({ id, data }) => ({
      id,
      ...(data as { batch: string; frames: { name: string }[] }),
    }));
    expect(batches.map(({ id }) => id).sort()).toEqual(batches.map(({ batch }) => `batch-${batch}`).sort());
    expect(batches.flatMap(({ frames }) => frames.map(({ name }) => name)).sort()).toEqual(
      bench().listed().sort(),
    );
  });

  it('that is not there is said to be, without its password', async () => {
    await server.kill();
    const url = server.url.replace('//', '//:secret-word@');
    const outcome = pushFrames({
      from: bench().outDir,
      to: 'queue',
      url,
      patience: { answerMs: 300, tries: 2, firstPauseMs: 10 },
    });
    const message = await codeOf(outcome);
    expect(message).toMatch(
      /^ERR_REMOTE the queue \(redis:\/\/127\.0\.0\.1:\d+, annotation\) is out of reach: .*ECONNREFUSED/,
    );
    expect(message).not.toContain('secret-word');
  });
});

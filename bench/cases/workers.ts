/** Workers behind a queue: two beside one, and what the way there and back costs a job. */
import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { rmSync } from 'node:fs';
import { type AddressInfo, createServer } from 'node:net';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Bench, Case, CaseResult, Row } from '../case.ts';
import { type Program, runFresh } from '../fresh-process.ts';
import { temporaryFolder } from '../scratch.ts';
import { spreadOf } from '../statistics.ts';
import { say } from '../terminal.ts';

const ENTRY = fileURLToPath(new URL('../../bin/framesift.js', import.meta.url));
/** Of what two processes of one command gain: that is what the machine has to give. */
const LEAST_SHARE = 0.9;

export const WORKERS_CASE: Case = {
  name: 'workers',
  run: async (bench): Promise<CaseResult> => {
    if (spawnSync('redis-server', ['--version']).status !== 0) {
      say('without workers: redis-server is not installed');
      return {
        rows: [
          row('Two workers beside one', 'not measured here', undefined, 'redis-server is not installed'),
        ],
        data: null,
      };
    }
    return measure(bench);
  },
};

const measure = async ({ clips, settings, workDir }: Bench): Promise<CaseResult> => {
  using folder = temporaryFolder(join(workDir, 'workers'));
  const clip = clips.repeated('h264-1080p', settings.longTimes);
  clips.release();
  const port = await freePort();
  const queue = ['--queue', `redis://127.0.0.1:${port}`];
  const redis = spawn('redis-server', ['--port', String(port), '--save', '', '--appendonly', 'no'], {
    stdio: 'ignore',
  });
  const cache = ['--cache', join(folder.path, 'cache')];
  let workers: ChildProcess[] = [];
  /** One process each: what is compared is workers, not processors. */
  const work = async (count: number): Promise<void> => {
    for (const worker of workers) worker.kill('SIGTERM');
    await Promise.all(workers.map((worker) => once(worker, 'exit')));
    workers = Array.from({ length: count }, () =>
      spawn(process.execPath, [ENTRY, 'worker', ...queue, '--jobs', '1', ...cache], {
        stdio: ['ignore', 'ignore', 'pipe'],
      }),
    );
    await Promise.all(workers.map((worker) => once(worker.stderr!, 'data')));
  };
  const out = join(folder.path, 'out');
  const extract = (...more: readonly string[]): Program => ({
    command: process.execPath,
    arguments: [
      ENTRY,
      'extract',
      clip.path,
      '--every',
      '10',
      '--format',
      'jpg',
      '--out',
      out,
      '--quiet',
      ...cache,
      ...more,
    ],
  });
  const seconds: Record<'alone' | 'both' | 'one' | 'two', number[]> = {
    alone: [],
    both: [],
    one: [],
    two: [],
  };
  try {
    for (let round = -1; round < settings.denseRounds; round++) {
      for (const [name, workerCount, jobs] of [
        ['alone', 0, 1],
        ['both', 0, 2],
        ['one', 1, 1],
        ['two', 2, 1],
      ] as const) {
        await work(workerCount);
        const how = workerCount === 0 ? ['--jobs', String(jobs)] : queue;
        const { seconds: taken } = await runFresh(extract(...how));
        rmSync(out, { recursive: true, force: true });
        if (round < 0) continue;
        seconds[name].push(taken);
        say(`  ${name.padEnd(20)} ${taken.toFixed(2)} s`);
      }
    }
  } finally {
    for (const worker of workers) worker.kill('SIGKILL');
    redis.kill('SIGKILL');
  }
  const shards = Math.max(1, Math.round(clip.frames / SHARD_FRAMES));
  const speedup = spreadOf(seconds.one.map((one, round) => one / seconds.two[round]!));
  const ofProcesses = spreadOf(seconds.alone.map((alone, round) => alone / seconds.both[round]!));
  const overhead = spreadOf(seconds.one.map((one, round) => ((one - seconds.alone[round]!) / shards) * 1000));
  const [alone, both, one, two] = [seconds.alone, seconds.both, seconds.one, seconds.two].map((all) =>
    spreadOf(all).median.toFixed(1),
  );
  const what = `every tenth frame of ${clip.title}`;
  return {
    rows: [
      row(
        `Two workers beside one, ${what}`,
        `${speedup.median.toFixed(2)} × (${speedup.min.toFixed(2)}–${speedup.max.toFixed(2)})`,
        speedup.median >= LEAST_SHARE * ofProcesses.median,
        `one ${one} s, two ${two} s, Redis on the same machine, a process each; without a queue one process ${alone} s, two ${both} s, ${ofProcesses.median.toFixed(2)} ×`,
      ),
      {
        what: `The way of a job through the queue and back, ${what}`,
        result: `${overhead.median.toFixed(0)} ms (${overhead.min.toFixed(0)}–${overhead.max.toFixed(0)})`,
        target: 'no target',
        isMet: undefined,
        remark: `${shards} jobs of some ${SHARD_FRAMES} pictures; without a queue ${alone} s, with one worker ${one} s`,
      },
    ],
    data: { frames: clip.frames, shards, seconds },
  };
};

/** As `batch/shards.ts` cuts. */
const SHARD_FRAMES = 1500;

const row = (what: string, result: string, isMet: boolean | undefined, remark: string): Row => ({
  what,
  result,
  target: `≥ ${LEAST_SHARE} of what two processes gain`,
  isMet,
  remark,
});

const freePort = async (): Promise<number> => {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  server.close();
  return port;
};

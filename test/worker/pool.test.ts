// A decoder that brings its process down costs what it was decoding, and nothing else.
import { execFileSync } from 'node:child_process';
import { mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { FramesiftError } from '../../src/base/errors.ts';
import { indexVideo } from '../../src/video/index-video.ts';
import { WorkerPool } from '../../src/worker/pool.ts';
import { indexInWorker, readInWorkers } from '../../src/worker/tasks.ts';
import { corpusDirectory } from '../support/corpus.ts';

let clips = '';
let out = '';
beforeAll(async () => {
  clips = await corpusDirectory();
  out = mkdtempSync(join(tmpdir(), 'framesift-'));
});
afterAll(() => rmSync(out, { recursive: true, force: true }));

const workersOf = (pid: number): number[] =>
  execFileSync('ps', ['-o', 'pid=,args=', '--ppid', String(pid)], { encoding: 'utf8' })
    .split('\n')
    .filter((line) => line.includes('worker/main.js'))
    .map((line) => Number.parseInt(line, 10));

const extractTask = (path: string, prefix: string) =>
  ({
    kind: 'extract',
    path,
    size: undefined,
    keepDamaged: false,
    encode: { format: 'png' },
    filePrefix: join(out, prefix),
  }) as const;

describe('a pool of workers', () => {
  it.runIf(process.platform === 'linux')(
    'goes on after a worker was killed: each frame is answered once',
    async () => {
      const path = join(clips, 'h264_longgop.mp4');
      const video = await indexVideo(path);
      using pool = new WorkerPool({ jobs: 2 });
      const targets = Array.from({ length: 300 }, (_, i) => i * 3);
      const answers = new Map<number, number>();
      let kills = 0;
      await readInWorkers(pool, video, targets, extractTask(path, 'killed-'), (event) => {
        if (event.type !== 'written') return;
        answers.set(event.frame.rank, (answers.get(event.frame.rank) ?? 0) + 1);
        const victim =
          kills < 3 && answers.size > 50 * (kills + 1) ? workersOf(process.pid).at(-1) : undefined;
        if (victim === undefined) return;
        kills++;
        process.kill(victim, 'SIGSEGV');
      });
      expect(kills).toBe(3);
      expect([...answers.keys()].sort((a, b) => a - b)).toEqual(targets);
      expect(new Set(answers.values())).toEqual(new Set([1]));
    },
    120_000,
  );

  it.runIf(process.platform === 'linux')(
    'gives up a stretch that kills every worker, and says so',
    async () => {
      const path = join(clips, 'h264_longgop.mp4');
      const video = await indexVideo(path);
      using pool = new WorkerPool({ jobs: 1 });
      const killer = setInterval(() => {
        for (const pid of workersOf(process.pid)) {
          try {
            process.kill(pid, 'SIGSEGV');
          } catch {
            // gone already
          }
        }
      }, 40);
      const failed: string[] = [];
      try {
        await readInWorkers(pool, video, [400, 800], extractTask(path, 'hopeless-'), (event) => {
          if (event.type === 'failed') failed.push(`${event.rank} ${event.error.code}`);
        });
      } finally {
        clearInterval(killer);
      }
      expect(failed).toEqual(['400 ERR_DECODER_CRASHED', '800 ERR_DECODER_CRASHED']);
    },
    60_000,
  );

  it('does not run ahead of a main process that is slow to record', async () => {
    const path = join(clips, 'h264_longgop.mp4');
    const video = await indexVideo(path);
    using pool = new WorkerPool({ jobs: 1 });
    const targets = Array.from({ length: 300 }, (_, i) => i * 3);
    const filesNow = (): number => readdirSync(out).filter((file) => file.startsWith('slow-')).length;
    let seen = 0;
    let filesAtFirst = 0;
    await readInWorkers(pool, video, targets, extractTask(path, 'slow-'), (event) => {
      if (event.type !== 'written') return;
      if (seen++ > 0) return;
      Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 1000);
      filesAtFirst = filesNow();
    });
    expect({ seen, files: filesNow() }).toEqual({ seen: 300, files: 300 });
    expect(filesAtFirst).toBeLessThanOrEqual(32);
  });

  it('passes errors on as they are', async () => {
    using pool = new WorkerPool({ jobs: 1 });
    const error: unknown = await indexInWorker(pool, join(clips, 'text.mp4'), { cache: false }).catch(
      (reason: unknown) => reason,
    );
    expect(error).toBeInstanceOf(FramesiftError);
    expect(error).toMatchObject({ code: 'ERR_VIDEO_OPEN', facts: { path: join(clips, 'text.mp4') } });
  });

  it('ends a job whose listener fails, and goes on', async () => {
    const path = join(clips, 'base_h264_b.mp4');
    const video = await indexVideo(path);
    using pool = new WorkerPool({ jobs: 1 });
    const work = readInWorkers(pool, video, [3, 5], extractTask(path, 'thrown-'), () => {
      throw new Error('a bug in the listener');
    });
    await expect(work).rejects.toThrow('a bug in the listener');
    const again: number[] = [];
    await readInWorkers(pool, video, [3, 5], extractTask(path, 'again-'), (event) => {
      if (event.type === 'written') again.push(event.frame.rank);
    });
    expect(again.sort()).toEqual([3, 5]);
  });

  it('ends at once when its signal is aborted', async () => {
    const controller = new AbortController();
    const pool = new WorkerPool({ jobs: 2, signal: controller.signal });
    const work = indexInWorker(pool, join(clips, 'nopts_h264.avi'), { cache: false });
    controller.abort();
    await expect(work).rejects.toThrow('aborted');
    await expect(indexInWorker(pool, join(clips, 'base_h264_b.mp4'), { cache: false })).rejects.toThrow(
      'aborted',
    );
  });

  it('wants a sensible number of jobs', () => {
    for (const jobs of [0, -1, 1.5, Number.NaN])
      expect(() => new WorkerPool({ jobs })).toThrow(`jobs ${jobs}: expected a whole number of at least 1.`);
  });
});

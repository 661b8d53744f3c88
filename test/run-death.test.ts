// `run`, killed at any moment of any stage: what is called again comes to the same result.
import { existsSync, readdirSync, rmSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { Random } from '../src/base/random.ts';
import { run, start } from './support/command.ts';
import { usePipelineBench } from './support/pipeline.ts';
import { changedAt, killWhen, strike, until } from './support/striking.ts';

const bench = usePipelineBench();

describe('a run that dies', () => {
  /** What is there from some moment of each stage on. */
  const MOMENTS: readonly (readonly string[])[] = [
    [],
    ['.framesift', 'selection.json'],
    ['.framesift', 'embeddings', 'rows.bin'],
    ['.framesift', 'embeddings', 'published.json'],
    ['embeddings.csv'],
    ['embeddings_pca.csv'],
    ['selection.csv'],
    ['removed_filenames.txt'],
    ['sampled_filenames.txt'],
    ['.framesift', 'pool', 'embeddings.csv'],
    ['frames'],
    ['frames', '.framesift', 'extract.jsonl'],
    ['frames', 'day 0'],
  ];

  /** What an extension changes, in this order. */
  const CHANGED_BY_EXTENSION: readonly (readonly string[])[] = [
    ['.framesift', 'pool', 'embeddings.csv'],
    ['selection.csv'],
    ['sampled_filenames.txt'],
    ['.framesift', 'selection.json'],
    ['frames', 'day 0'],
    ['run.json'],
  ];

  it('at any moment of any stage continues to the same result', async () => {
    await bench().pipeline();
    const reference = bench().visible();
    const random = new Random(5);
    for (const [i, moment] of [...MOMENTS, ...MOMENTS].entries()) {
      const mostMs = moment.length === 0 ? 400 : 25;
      await strike(async (attempt) => {
        rmSync(bench().outDir, { recursive: true });
        // First at some time after the moment, and then, if that was too late, at once.
        const afterMs = i < MOMENTS.length && attempt === 0 ? random.below(mostMs) : 0;
        const wasKilled = await killWhen(() => existsSync(bench().at(...moment)), bench().args(), afterMs);
        const { code, stderr } = await run(bench().args());
        expect({ moment, code, stderr }).toEqual({
          moment,
          code: 0,
          stderr: expect.stringMatching(/^(nothing to do|12 frames)/),
        });
        expect(bench().visible()).toEqual(reference);
        expect(readdirSync(bench().at('.framesift')).sort()).toEqual([
          'embeddings',
          'pool',
          'selection.json',
        ]);
        return wasKilled;
      });
    }
  }, 300_000);

  it('in the middle of an extension continues that, too', async () => {
    await bench().pipeline({ nSamples: 5 });
    await bench().pipeline();
    const reference = bench().visible();
    const list = bench().read('sampled_filenames.txt');
    for (const path of CHANGED_BY_EXTENSION)
      await strike(async () => {
        rmSync(bench().outDir, { recursive: true });
        await bench().pipeline({ nSamples: 5 });
        const file = bench().at(...path);
        const before = changedAt(file);
        const wasKilled = await killWhen(() => changedAt(file) !== before, bench().args());
        expect((await run(bench().args())).code).toBe(0);
        expect(bench().read('sampled_filenames.txt')).toBe(list);
        expect(bench().visible()).toEqual(reference);
        return wasKilled;
      });
  }, 120_000);

  it('after it was forced to begin anew takes away what is not selected any more', async () => {
    await strike(async () => {
      rmSync(bench().outDir, { recursive: true, force: true });
      await bench().pipeline({ strategies: [{ type: 'random', seed: 1 }] });
      const isForgotten = (): boolean => bench().read('.framesift', 'selection.json').includes('"frames":[]');
      const wasKilled = await killWhen(isForgotten, bench().args('--force'));
      expect((await run(bench().args())).code).toBe(0);
      await bench().expectRightImages();
      return wasKilled;
    });
  }, 60_000);

  it('by Ctrl-C says how to go on', async () => {
    await strike(async () => {
      rmSync(bench().outDir, { recursive: true, force: true });
      const running = start(bench().args());
      await until(() => existsSync(bench().at('.framesift', 'embeddings', 'rows.bin')), running);
      running.child.kill('SIGINT');
      const { code, stderr } = await running.finished;
      if (code === 0) return false;
      expect([code, stderr]).toEqual([
        130,
        expect.stringContaining('interrupted; run the same command again to continue'),
      ]);
      expect((await run(bench().args())).code).toBe(0);
      return true;
    });
  }, 60_000);
});

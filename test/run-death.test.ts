// `run`, killed at any moment of any stage: what is called again comes to the same result.
import { existsSync, readdirSync, rmSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { describe, expect, it } from 'vitest';
import { Random } from '../src/base/random.ts';
import { type Running, run, start } from './support/command.ts';
import { usePipelineBench } from './support/pipeline.ts';

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

  const killWhenThere = async (
    { child, finished }: Running,
    path: string,
    afterMs: number,
  ): Promise<boolean> => {
    let isOver = false;
    void finished.then(() => {
      isOver = true;
    });
    while (!existsSync(path) && !isOver) await sleep(1);
    await sleep(afterMs);
    child.kill('SIGKILL');
    return (await finished).signal === 'SIGKILL';
  };

  it('at any moment of any stage continues to the same result', async () => {
    await bench().pipeline();
    const reference = bench().visible();
    const random = new Random(5);
    const hit = MOMENTS.map(() => 0);
    for (const [i, moment] of [...MOMENTS, ...MOMENTS].entries()) {
      rmSync(bench().outDir, { recursive: true });
      const wasKilled = await killWhenThere(
        start(bench().args()),
        bench().at(...moment),
        moment.length === 0 ? random.below(400) : random.below(25),
      );
      if (wasKilled) hit[i % MOMENTS.length]!++;
      const { code, stderr } = await run(bench().args());
      expect({ moment, code, stderr }).toEqual({
        moment,
        code: 0,
        stderr: expect.stringMatching(/^(nothing to do|12 frames)/),
      });
      expect(bench().visible()).toEqual(reference);
      expect(readdirSync(bench().at('.framesift')).sort()).toEqual(['embeddings', 'pool', 'selection.json']);
    }
    // Near the end it may have been through before it was hit.
    expect(hit.filter((times) => times > 0).length).toBeGreaterThanOrEqual(10);
  }, 300_000);

  it('in the middle of an extension continues that, too', async () => {
    await bench().pipeline({ nSamples: 5 });
    await bench().pipeline();
    const reference = bench().visible();
    const list = bench().read('sampled_filenames.txt');
    for (const afterMs of [250, 300, 350, 400, 450, 500]) {
      rmSync(bench().outDir, { recursive: true });
      await bench().pipeline({ nSamples: 5 });
      const running = start(bench().args());
      await sleep(afterMs);
      running.child.kill('SIGKILL');
      await running.finished;
      expect((await run(bench().args())).code).toBe(0);
      expect(bench().read('sampled_filenames.txt')).toBe(list);
      expect(bench().visible()).toEqual(reference);
    }
  }, 120_000);

  it('after it was forced to begin anew takes away what is not selected any more', async () => {
    await bench().pipeline({ strategies: [{ type: 'random', seed: 1 }] });
    const forced = start(bench().args('--force'));
    while (!bench().read('.framesift', 'selection.json').includes('"frames":[]')) await sleep(1);
    forced.child.kill('SIGKILL');
    await forced.finished;
    expect((await run(bench().args())).code).toBe(0);
    await bench().expectRightImages();
  });

  it('by Ctrl-C says how to go on', async () => {
    const running = start(bench().args());
    while (!existsSync(bench().at('.framesift', 'embeddings', 'rows.bin'))) await sleep(1);
    running.child.kill('SIGINT');
    const { code, stderr } = await running.finished;
    if (code === 0) return;
    expect([code, stderr]).toEqual([
      130,
      expect.stringContaining('interrupted; run the same command again to continue'),
    ]);
    expect((await run(bench().args())).code).toBe(0);
  });
});

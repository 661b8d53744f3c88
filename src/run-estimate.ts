// How fast this machine embeds, measured on a few frames of one video.
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { FrameChoice } from './dataset/choice.ts';
import { pathOf, type Source } from './dataset/source.ts';
import { type EmbedOptions, embedFrames } from './embed.ts';

/** Enough for a rate, and done within seconds. */
const FRAMES = 48;

/**
 * @param options of the run that is estimated
 * @returns frames a second, without what starting takes; undefined where there are too few frames
 * @throws as `embedFrames`, and the signal's reason
 */
export const estimateRate = async (
  source: Source,
  choice: FrameChoice,
  options: Omit<EmbedOptions, 'out' | 'store'>,
): Promise<number | undefined> => {
  const folder = await mkdtemp(join(tmpdir(), 'framesift-'));
  const enough = new AbortController();
  let [first, last, done] = [0, 0, 0];
  try {
    await embedFrames({
      ...options,
      ...sampleOf(source, choice, options.input),
      out: join(folder, 'sample.csv'),
      pca: false,
      signal: options.signal === undefined ? enough.signal : AbortSignal.any([options.signal, enough.signal]),
      onProgress: (progress) => {
        options.onProgress?.(progress);
        if (progress.stage !== 'embedding' || progress.done === done) return;
        done = progress.done;
        last = performance.now();
        if (done === 1) first = last;
        if (done >= FRAMES) enough.abort();
      },
    });
  } catch (error) {
    options.signal?.throwIfAborted();
    if (!enough.signal.aborted) throw error;
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
  return done > 1 && last > first ? ((done - 1) * 1000) / (last - first) : undefined;
};

/** One file in the middle, which is as likely as any to be like the others; of names the first. */
const sampleOf = (
  source: Source,
  choice: FrameChoice,
  input: string,
): { readonly input: string; readonly choice: FrameChoice } => {
  if (choice.kind === 'names') {
    const { list } = choice;
    const names = 'entries' in list && 'label' in list ? list.entries.map(({ name }) => name) : list;
    return { input, choice: { kind: 'names', list: names.slice(0, 2 * FRAMES) } };
  }
  if (source.kind === 'images') return { input, choice: { kind: 'sample', sampler: {} } };
  const file = source.files[source.files.length >> 1]!;
  return { input: pathOf(source, file), choice };
};

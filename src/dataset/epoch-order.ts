// Which samples in which order in one epoch. A frame is decoded from the key before it, so an order that jumps at random
// costs many times what it gives. Where pictures do not all stay in memory, an epoch is therefore made of windows, each
// of which is decoded once and fits:
//
// - Videos are cut into runs of neighbouring samples, elsewhere in each epoch (`sample-runs.ts`).
// - Runs are permuted over all videos, and as many as fit make a window. Samples are permuted within it.
//
// How mixed a batch is: of B samples out of a window of W, made of runs of R, (B − 1)(R − 1)/(W − 1) are expected to be
// of the same run as a given one; in a full permutation, (B − 1)(F − 1)/(N − 1) are of the same video, which has F of N
// samples. A window of 6000 pictures (half of 4 GiB, 256×455) has 94 runs or more, and of 256 samples 2.7 share a run: as
// many as share a video in a full permutation of a hundred videos. Which runs are together is drawn anew for each epoch.
// A smaller window has shorter runs, so that it holds 32 or more: then decoding becomes dearer, and batches stay mixed.
import { Random } from '../base/random.ts';
import { cutIntoRuns } from './sample-runs.ts';
import type { TrainingFrames } from './training-frames.ts';

/** What orders are made for. It decides them, so a checkpoint keeps it. */
export interface EpochWindows {
  /** Samples of a window at most. */
  readonly windowSamples: number;
  /** All pictures stay in memory once they were decoded. */
  readonly areAllKept: boolean;
}

export interface EpochOrderOptions extends EpochWindows {
  readonly seed: number;
  /** From 0. */
  readonly epoch: number;
  /** Each sample gets a partner so many samples away at most, out of its own run: itself where that has none. */
  readonly neighbourFrames?: number | undefined;
}

export interface EpochOrder {
  readonly epoch: number;
  /** A permutation of all samples. */
  readonly samples: Uint32Array;
  /** The partner of each, in the same window. */
  readonly partners: Uint32Array | undefined;
  /** Where windows end in {@link samples}: ascending, the last at its end. */
  readonly windowEnds: Uint32Array;
}

/** Where keys are farther apart than that, what is decoded in vain before each run adds up. */
const LONGEST_RUN = 64;

const RUNS_PER_WINDOW = 32;

/** With that as the longest run, the shortest has two samples: each has another one for a partner. */
const PAIRED_RUN = 8;

/** Nothing is given out before a window is decoded, so the first of all are smaller: each twice the one before. */
const FIRST_WINDOW_SAMPLES = LONGEST_RUN * RUNS_PER_WINDOW;

/**
 * The order of one epoch, the same for the same arguments. Where all pictures are kept, it is a full permutation in
 * every epoch but the first, which has to decode them.
 */
export const epochOrder = (
  frames: Pick<TrainingFrames, 'files' | 'offsets' | 'count'>,
  { seed, epoch, windowSamples, areAllKept, neighbourFrames = 0 }: EpochOrderOptions,
): EpochOrder => {
  const random = randomOf(seed, epoch);
  const longest = longestRun(windowSamples, neighbourFrames > 0 ? PAIRED_RUN : 1);
  const runs = cutIntoRuns(frames, longest, random);
  const isOneWindow = (areAllKept && epoch > 0) || frames.count <= windowSamples;
  // A window's last run may begin at its planned end, and reach beyond it.
  const mostPlanned = isOneWindow ? frames.count : Math.max(1, windowSamples - longest + 1);
  const plannedEnds = planEnds(frames.count, mostPlanned, epoch === 0);
  const samples = new Uint32Array(frames.count);
  const partners = neighbourFrames > 0 ? new Uint32Array(frames.count) : undefined;
  const windowEnds: number[] = [];
  let filled = 0;
  let windowStart = 0;
  const closeWindow = (): void => {
    shuffle(random, windowStart, filled, samples, partners);
    windowEnds.push(filled);
    windowStart = filled;
  };
  let window = 0;
  for (const run of random.permutation(runs.count)) {
    if (filled >= plannedEnds[window]!) closeWindow();
    while (filled >= plannedEnds[window]!) window++;
    const [start, end] = [runs.starts[run]!, runs.starts[run + 1]!];
    for (let place = 0; place < end - start; place++, filled++) {
      samples[filled] = start + place;
      if (partners !== undefined)
        partners[filled] = start + partnerOf(place, end - start, neighbourFrames, random);
    }
  }
  if (filled > windowStart) closeWindow();
  return { epoch, samples, partners, windowEnds: Uint32Array.from(windowEnds) };
};

const longestRun = (windowSamples: number, least: number): number =>
  Math.min(LONGEST_RUN, windowSamples, Math.max(least, Math.floor(windowSamples / RUNS_PER_WINDOW)));

/** Seeds next to each other have nothing in common, nor have epochs. */
const randomOf = (seed: number, epoch: number): Random => {
  const first = Math.floor(new Random(seed).uniform() * 2 ** 53);
  return new Random((first + epoch) % 2 ** 53);
};

/** Ends of windows of about equal length: a short last one would leave no time to decode the next epoch's first. */
const planEnds = (count: number, most: number, isFirstEpoch: boolean): number[] => {
  const ends: number[] = [];
  let start = 0;
  for (
    let length = FIRST_WINDOW_SAMPLES;
    isFirstEpoch && length < Math.min(most, count - start);
    length *= 2
  ) {
    start += length;
    ends.push(start);
  }
  const rest = Math.ceil((count - start) / most);
  for (let i = 1; i <= rest; i++) ends.push(start + Math.round((i * (count - start)) / rest));
  return ends;
};

/** The place of another sample of the run, drawn among those near enough; its own where there is none. */
const partnerOf = (place: number, length: number, mostApart: number, random: Random): number => {
  const first = Math.max(0, place - mostApart);
  const last = Math.min(length - 1, place + mostApart);
  if (first === last) return place;
  const drawn = first + random.below(last - first);
  return drawn < place ? drawn : drawn + 1;
};

/** Permutes a stretch of both columns alike. */
const shuffle = (
  random: Random,
  start: number,
  end: number,
  samples: Uint32Array,
  partners: Uint32Array | undefined,
): void => {
  for (let last = end - 1; last > start; last--) {
    const chosen = start + random.below(last - start + 1);
    [samples[last], samples[chosen]] = [samples[chosen]!, samples[last]!];
    if (partners !== undefined) [partners[last], partners[chosen]] = [partners[chosen]!, partners[last]!];
  }
};

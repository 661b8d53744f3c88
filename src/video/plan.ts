// What to decode for a set of frames: from which keys, up to where, and what may be passed over. Pure.
import { type FrameIndex, nearestKey } from './frame-index.ts';
import { NON_REFERENCE } from './packets.ts';

/** One stretch of packets to be sent to a decoder in order, half-open: `[start, end)`, as ordinals. */
export interface Run {
  readonly start: number;
  readonly end: number;
  /** The earliest frame that decoding from {@link start} promises. */
  readonly firstRank: number;
  /** Wanted frames, ascending. */
  readonly targets: readonly number[];
  /** Packets of the stretch that must be decoded: all but the non-reference pictures that nobody wants. */
  readonly decodeCount: number;
}

export interface PlanOptions {
  /** Decode on instead of seeking when no more packets than this would be decoded in vain. */
  readonly runOnPackets?: number | undefined;
  /** Start this many keys before the nearest one; `Infinity` for the start of the file. */
  readonly backOff?: number | undefined;
  /** Keys (positions in `keyOrdinals`) that proved unusable. */
  readonly avoid?: ReadonlySet<number> | undefined;
}

/**
 * Plans the decoding of `targets`. No packet belongs to two runs, and runs ascend.
 *
 * @param targets frames, ascending and distinct, each in `[0, frameCount)`
 */
export const planRuns = (index: FrameIndex, targets: readonly number[], options: PlanOptions = {}): Run[] => {
  const { runOnPackets = 2, backOff = 0, avoid } = options;
  const open: OpenRun[] = [];
  for (const target of targets) {
    let run: OpenRun = {
      ...landingFor(index, target, backOff, avoid),
      end: index.ordinals[target]! + 1,
      targets: [target],
    };
    for (let last = open.at(-1); last !== undefined && run.start <= last.end + runOnPackets; last = open.at(-1)) {
      run = joined(last, run);
      open.pop();
    }
    open.push(run);
  }
  return open.map((run) => ({ ...run, decodeCount: countDecoded(index, run) }));
};

interface OpenRun {
  readonly start: number;
  readonly end: number;
  readonly firstRank: number;
  readonly targets: number[];
}

const joined = (earlier: OpenRun, later: OpenRun): OpenRun => {
  const first = earlier.start <= later.start ? earlier : later;
  for (const target of later.targets) earlier.targets.push(target);
  return {
    start: first.start,
    firstRank: first.firstRank,
    end: Math.max(earlier.end, later.end),
    targets: earlier.targets,
  };
};

const landingFor = (
  index: FrameIndex,
  target: number,
  backOff: number,
  avoid: ReadonlySet<number> | undefined,
): { start: number; firstRank: number } => {
  let key = nearestKey(index, target) - backOff;
  while (avoid?.has(key)) key--;
  if (!(key > 0)) return { start: 0, firstRank: 0 };
  return { start: index.keyOrdinals[key]!, firstRank: index.keyRanks[key]! };
};

const countDecoded = (
  index: FrameIndex,
  run: { readonly start: number; readonly end: number; readonly targets: readonly number[] },
): number => {
  let count = run.end - run.start;
  const wanted = new Set(run.targets);
  for (let i = run.start; i < run.end; i++) if (isSkippable(index, i, wanted)) count--;
  return count;
};

/** True when nobody wants the picture of packet `ordinal` and no other picture is predicted from it. */
export const isSkippable = (index: FrameIndex, ordinal: number, wanted: ReadonlySet<number>): boolean =>
  (index.packets.flags[ordinal]! & NON_REFERENCE) !== 0 && !wanted.has(index.ranks[ordinal]!);

/**
 * Cuts a plan into pieces of about equal work for several decoders, between runs.
 *
 * @returns at most `pieces` groups of runs, in order, none empty
 */
export const splitRuns = (runs: readonly Run[], pieces: number): Run[][] => {
  const total = runs.reduce((sum, run) => sum + run.decodeCount, 0);
  const groups: Run[][] = [];
  let done = 0;
  for (const run of runs) {
    const piece = Math.min(pieces - 1, Math.floor(((done + run.decodeCount / 2) / total) * pieces));
    done += run.decodeCount;
    const last = groups.at(-1);
    if (last === undefined || piece >= groups.length) groups.push([run]);
    else last.push(run);
  }
  return groups;
};

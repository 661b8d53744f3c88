// What to decode for a set of frames: from which keys, up to where, and what may be passed over. Pure.
import { type FrameIndex, nearestKey } from './frame-index.ts';
import { CONTINUES, NON_REFERENCE } from './packets.ts';

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
  /** Decode on instead of seeking when no more packets than this would be decoded in vain; −1 to start anew at every key. */
  readonly runOnPackets?: number | undefined;
  /** Start this many keys before the nearest one; `Infinity` for the start of the file. */
  readonly backOff?: number | undefined;
  /** Keys (positions in `keyOrdinals`) that proved unusable. */
  readonly avoid?: ReadonlySet<number> | undefined;
}

const RUN_ON_PACKETS = 2;

/**
 * Plans the decoding of `targets` by one decoder. No packet belongs to two runs, and runs ascend.
 *
 * @param targets frames, ascending and distinct, each in `[0, frameCount)`
 */
export const planRuns = (index: FrameIndex, targets: readonly number[], options: PlanOptions = {}): Run[] =>
  joinRuns(index, shortestRuns(index, targets, options), options.runOnPackets ?? RUN_ON_PACKETS);

/**
 * Plans the decoding of `targets` by several decoders: pieces of about equal work, that share no packet.
 *
 * @returns at most `pieces` plans, in order, none empty
 */
export const planPieces = (
  index: FrameIndex,
  targets: readonly number[],
  pieces: number,
  options: PlanOptions = {},
): Run[][] => {
  const runs = shortestRuns(index, targets, options);
  const total = runs.reduce((sum, run) => sum + run.decodeCount, 0);
  const groups: Run[][] = [];
  let done = 0;
  for (const run of runs) {
    const piece = Math.floor(((done + run.decodeCount / 2) / total) * pieces);
    done += run.decodeCount;
    if (groups.length === 0 || piece >= groups.length) groups.push([run]);
    else groups.at(-1)!.push(run);
  }
  return groups.map((group) => joinRuns(index, group, options.runOnPackets ?? RUN_ON_PACKETS));
};

/** A run that may still grow. */
type OpenRun = Omit<Run, 'decodeCount' | 'targets'> & { readonly targets: number[] };

/** Runs that each start at the key nearest to their targets; joined only where they would share packets. */
const shortestRuns = (index: FrameIndex, targets: readonly number[], options: PlanOptions): Run[] => {
  const runs: OpenRun[] = [];
  for (const target of targets) {
    let run = runFor(index, target, options);
    for (let last = runs.at(-1); last !== undefined && run.start < last.end; last = runs.at(-1)) {
      run = joined(last, run);
      runs.pop();
    }
    runs.push(run);
  }
  return runs.map((run) => counted(index, run));
};

const runFor = (index: FrameIndex, target: number, { backOff = 0, avoid }: PlanOptions): OpenRun => {
  const end = endOfPicture(index, index.ordinals[target]!);
  let key = nearestKey(index, target) - backOff;
  while (avoid?.has(key)) key--;
  if (!(key > 0)) return { start: 0, end, firstRank: 0, targets: [target] };
  return { start: index.keyOrdinals[key]!, end, firstRank: index.keyRanks[key]!, targets: [target] };
};

/** Behind the last packet of the picture that packet `ordinal` begins: a second field has one of its own. */
const endOfPicture = ({ packets, tailPackets }: FrameIndex, ordinal: number): number => {
  let end = ordinal + 1;
  while (end < packets.count && (packets.flags[end]! & CONTINUES) !== 0) end++;
  return Math.min(packets.count, end + tailPackets);
};

/** Joins runs that follow each other closely: decoding on is cheaper than starting again. */
const joinRuns = (index: FrameIndex, runs: readonly Run[], gap: number): Run[] => {
  const result: OpenRun[] = [];
  for (const run of runs) {
    const last = result.at(-1);
    const next = { ...run, targets: [...run.targets] };
    if (last !== undefined && run.start <= last.end + gap) result[result.length - 1] = joined(last, next);
    else result.push(next);
  }
  return result.map((run) => counted(index, run));
};

/** Both runs as one, from the earlier start to the later end. Extends the earlier run's list of targets. */
const joined = (earlier: OpenRun, later: OpenRun): OpenRun => {
  const first = earlier.start <= later.start ? earlier : later;
  for (const target of later.targets) earlier.targets.push(target);
  const { targets } = earlier;
  return { start: first.start, firstRank: first.firstRank, end: Math.max(earlier.end, later.end), targets };
};

const counted = (index: FrameIndex, run: OpenRun): Run => {
  const wanted = new Set(run.targets);
  let decodeCount = run.end - run.start;
  for (let i = run.start; i < run.end; i++) if (isSkippable(index, i, wanted)) decodeCount--;
  return { ...run, decodeCount };
};

/** True when nobody wants the picture of packet `ordinal` and no other picture is predicted from it. */
export const isSkippable = (index: FrameIndex, ordinal: number, wanted: ReadonlySet<number>): boolean =>
  (index.packets.flags[ordinal]! & NON_REFERENCE) !== 0 && !wanted.has(index.ranks[ordinal]!);

// From packets to frames: which packet is the k-th picture on screen, and from where it can be decoded.
import { DISCARD, HIDDEN, KEY, NO_TIMESTAMP, type PacketTable, SUSPECT } from './packets.ts';
import type { ScreenOrder } from './picture-facts.ts';

/** Where the numbers of the frames come from. */
export type OrderSource =
  /** The container's timestamps, which are complete, distinct and plausible. */
  | 'timestamps'
  /** The same, of a remote video, with its pictures not looked at: only those that are read are held against it. */
  | 'tables'
  /** One full decode, because the timestamps could not be trusted. */
  | 'decoding';

/** What of a file proved wrong: frames are numbered without it. */
export type Doubt = 'tables' | 'timestamps';

/** What is wrong when the decoder shows other frames than an index lists. */
export const doubtOf = ({ orderSource }: Pick<FrameIndex, 'orderSource'>): Doubt =>
  orderSource === 'tables' ? 'tables' : 'timestamps';

/**
 * The frames of one video stream. Frame `k` (its rank) is the k-th picture that a sequential decode shows.
 * Packets are named by their ordinal: their place in decoding order.
 */
export interface FrameIndex {
  readonly packets: PacketTable;
  readonly frameCount: number;
  /** Ordinal of the packet that frame `k` comes from. */
  readonly ordinals: Uint32Array;
  /** Frame that a packet yields, −1 for none; the first of them where a packet yields several. */
  readonly ranks: Int32Array;
  /** Some packet yields more than one frame. */
  readonly hasRepeats: boolean;
  /** Packets to be sent behind a picture's own before the decoder may be emptied: more than 0 where packets hold several pictures. */
  readonly tailPackets: number;
  readonly orderSource: OrderSource;
  /** Why {@link orderSource} is `decoding`; empty otherwise. */
  readonly orderReason: string;
  /** Presentation time of each frame in stream ticks. */
  readonly pts: BigInt64Array;
  /** What {@link pts} was read from: the packets' pts, their dts, or counted at the stream's average rate. */
  readonly ptsSource: 'pts' | 'dts' | 'rate';
  /** Average distance of frames in stream ticks, for streams without any timestamps. */
  readonly ticksPerFrame: number;
  /** Ordinals of the packets at which decoding can start, ascending. */
  readonly keyOrdinals: Uint32Array;
  /** The earliest frame that is sure to be right when decoding starts at the key of the same position. */
  readonly keyRanks: Int32Array;
}

/** What the packets alone say about the order of the frames. */
export type OrderFinding =
  | { readonly kind: 'ordered'; readonly ordinals: Uint32Array }
  /** Some of the first packets may never become pictures: decode until the first frame at or behind `firstKey`. */
  | { readonly kind: 'uncertain-head'; readonly ordinals: Uint32Array; readonly firstKey: number }
  | { readonly kind: 'unordered'; readonly reason: string };

/** No decoder holds back more pictures than this (H.264 and HEVC allow 16); a larger displacement is a broken clock. */
const MAX_REORDER = 32;

/** A picture that was packed behind another waits in the decoder for the next packet, and the one before it for the next picture. */
const PACKED_TAIL = 3;

const isShown = (flags: number): boolean => (flags & (DISCARD | HIDDEN)) === 0;

const shownOrdinals = (packets: PacketTable): Uint32Array => {
  const shown = new Uint32Array(packets.count);
  let count = 0;
  for (let i = 0; i < packets.count; i++) if (isShown(packets.flags[i]!)) shown[count++] = i;
  return shown.slice(0, count);
};

/**
 * Orders the shown packets by their timestamps, or says why that cannot be trusted.
 *
 * @param screenOrder what the pictures' own headers say of their order
 */
export const orderByTimestamps = (packets: PacketTable, screenOrder?: ScreenOrder): OrderFinding => {
  const { count, pts, dts, flags } = packets;
  let lastDts = NO_TIMESTAMP;
  for (let i = 0; i < count; i++) {
    if ((flags[i]! & SUSPECT) !== 0)
      return { kind: 'unordered', reason: 'packets hold no picture or several' };
    if (isShown(flags[i]!) && pts[i] === NO_TIMESTAMP)
      return { kind: 'unordered', reason: 'missing timestamps' };
    const current = dts[i]!;
    if (current === NO_TIMESTAMP) continue;
    if (current < lastDts) return { kind: 'unordered', reason: 'timestamps run backwards' };
    lastDts = current;
  }
  const ordinals = shownOrdinals(packets);
  if (ordinals.length === 0) return { kind: 'ordered', ordinals };
  const times = relativeTimes(pts, ordinals);
  ordinals.sort((a, b) => times[a]! - times[b]!);
  const decodingRank = new Int32Array(count);
  let shown = 0;
  for (let i = 0; i < count; i++) if (isShown(flags[i]!)) decodingRank[i] = shown++;
  for (let rank = 0; rank < ordinals.length; rank++) {
    if (rank > 0 && times[ordinals[rank]!] === times[ordinals[rank - 1]!]) {
      return { kind: 'unordered', reason: 'repeated timestamps' };
    }
    if (Math.abs(decodingRank[ordinals[rank]!]! - rank) > MAX_REORDER) {
      return { kind: 'unordered', reason: 'implausible timestamps' };
    }
    if (rank > 0 && screenOrder?.denies(ordinals[rank - 1]!, ordinals[rank]!)) {
      return { kind: 'unordered', reason: 'timestamps contradict the pictures' };
    }
  }
  const firstKey = flags.findIndex((each) => (each & KEY) !== 0);
  if (firstKey < 0) return { kind: 'uncertain-head', ordinals, firstKey: 0 };
  const keyTime = pts[firstKey]!;
  const isHeadCertain =
    firstKey === 0 && (keyTime === NO_TIMESTAMP || pts[ordinals[0]!]! >= keyTime || !isShown(flags[0]!));
  return isHeadCertain ? { kind: 'ordered', ordinals } : { kind: 'uncertain-head', ordinals, firstKey };
};

/** Timestamps as doubles from the earliest on: exact for spans below 2^53 ticks, and quick to compare. */
const relativeTimes = (pts: BigInt64Array, ordinals: Uint32Array): Float64Array => {
  let least = pts[ordinals[0]!]!;
  for (const ordinal of ordinals) if (pts[ordinal]! < least) least = pts[ordinal]!;
  const times = new Float64Array(pts.length);
  for (const ordinal of ordinals) times[ordinal] = Number(pts[ordinal]! - least);
  return times;
};

/**
 * Completes an index from the order of the frames.
 *
 * @param ordinals packet of each frame, in the order in which a sequential decode shows them
 * @param ticksPerFrame average distance of frames in stream ticks, for streams without any timestamps
 */
export const buildFrameIndex = (
  packets: PacketTable,
  ordinals: Uint32Array,
  orderSource: OrderSource,
  orderReason: string,
  ticksPerFrame: number,
): FrameIndex => {
  const ranks = new Int32Array(packets.count).fill(-1);
  let hasRepeats = false;
  for (let rank = ordinals.length - 1; rank >= 0; rank--) {
    const ordinal = ordinals[rank]!;
    hasRepeats ||= ranks[ordinal]! >= 0;
    ranks[ordinal] = rank;
  }
  const { pts, ptsSource } = frameTimes(packets, ordinals, ticksPerFrame);
  const keys = keyLandings(packets, ordinals, ranks);
  return {
    packets,
    frameCount: ordinals.length,
    ordinals,
    ranks,
    hasRepeats,
    tailPackets: packets.flags.some((flags) => (flags & SUSPECT) !== 0) ? PACKED_TAIL : 0,
    orderSource,
    orderReason,
    pts,
    ptsSource,
    ticksPerFrame,
    ...keys,
  };
};

const frameTimes = (
  packets: PacketTable,
  ordinals: Uint32Array,
  ticksPerFrame: number,
): Pick<FrameIndex, 'pts' | 'ptsSource'> => {
  const pick = (column: BigInt64Array): BigInt64Array => {
    // Copied in halves: reading a BigInt makes one.
    const from = new Int32Array(column.buffer, column.byteOffset, column.length * 2);
    const picked = new Int32Array(ordinals.length * 2);
    for (let rank = 0; rank < ordinals.length; rank++) {
      picked[2 * rank] = from[2 * ordinals[rank]!]!;
      picked[2 * rank + 1] = from[2 * ordinals[rank]! + 1]!;
    }
    return new BigInt64Array(picked.buffer);
  };
  const pts = pick(packets.pts);
  if (!pts.includes(NO_TIMESTAMP)) return { pts, ptsSource: 'pts' };
  const dts = pick(packets.dts);
  // Shown times are the decoding times in ascending order, up to a constant delay.
  if (!dts.includes(NO_TIMESTAMP)) return { pts: dts.sort(), ptsSource: 'dts' };
  return { pts: pts.map((_, rank) => BigInt(Math.round(rank * ticksPerFrame))), ptsSource: 'rate' };
};

/**
 * A picture that precedes a key on screen may be predicted from before the key (open GOP), so a key only
 * serves frames from its own rank on. For a key that is not shown itself: from the first frame behind it.
 */
const keyLandings = (
  packets: PacketTable,
  ordinals: Uint32Array,
  ranks: Int32Array,
): Pick<FrameIndex, 'keyOrdinals' | 'keyRanks'> => {
  const keyOrdinals: number[] = [];
  const keyRanks: number[] = [];
  let highestRank = -1;
  for (let i = 0; i < packets.count; i++) {
    if ((packets.flags[i]! & KEY) !== 0) {
      keyOrdinals.push(i);
      keyRanks.push(ranks[i]! >= 0 ? ranks[i]! : firstRankBehind(packets, ordinals, i, highestRank + 1));
    }
    highestRank = Math.max(highestRank, ranks[i]!);
  }
  return { keyOrdinals: Uint32Array.from(keyOrdinals), keyRanks: Int32Array.from(keyRanks) };
};

/** The first frame whose time is not before that of packet `ordinal`; `otherwise` where times are missing. */
const firstRankBehind = (
  packets: PacketTable,
  ordinals: Uint32Array,
  ordinal: number,
  otherwise: number,
): number => {
  const time = packets.pts[ordinal]!;
  if (time === NO_TIMESTAMP) return otherwise;
  let low = 0;
  let high = ordinals.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if (packets.pts[ordinals[middle]!]! < time) low = middle + 1;
    else high = middle;
  }
  return low;
};

/** Position in {@link FrameIndex.keyOrdinals} of the nearest key from which `rank` can be decoded; −1 for none. */
export const nearestKey = (index: FrameIndex, rank: number): number => {
  const target = index.ordinals[rank]!;
  let low = 0;
  let high = index.keyOrdinals.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if (index.keyOrdinals[middle]! <= target) low = middle + 1;
    else high = middle;
  }
  for (let key = low - 1; key >= 0; key--) if (index.keyRanks[key]! <= rank) return key;
  return -1;
};

/** Frames that are keys themselves, ascending. */
export const keyframesOf = (index: FrameIndex): number[] => {
  const frames: number[] = [];
  for (const ordinal of index.keyOrdinals) if (index.ranks[ordinal]! >= 0) frames.push(index.ranks[ordinal]!);
  return frames.sort((a, b) => a - b);
};

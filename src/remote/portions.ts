// How much is asked for at a time.
import type { BlockFile } from './block-file.ts';

/** Half-open, in bytes. */
export type ByteRange = readonly [start: number, end: number];

/** What comes together; smaller in tests. */
export const PORTIONS = {
  blockBytes: 64 * 1024,
  /** What is asked for before anything is known of a file: tells its size, and often all that describes it. */
  firstBytes: 256 * 1024,
  /** A file of this size is brought at once: asking for its parts would take longer. */
  smallBytes: 1024 * 1024,
  /** A box of media data of this size is brought along: a hole in it would save nothing. */
  smallBoxBytes: 128 * 1024,
  /** Of one request. */
  requestBytes: 4 * 1024 * 1024,
  /** Holes up to this size are brought along: another request would take longer. */
  gapBytes: 256 * 1024,
};

/** Ranges as half-open runs of blocks, ascending, joined where they meet. */
export const blocksOf = (
  ranges: readonly ByteRange[],
  { sizeBytes, blockBytes }: BlockFile,
): [first: number, end: number][] => {
  const runs: [first: number, end: number][] = [];
  for (const [start, end] of ranges.toSorted(([a], [b]) => a - b)) {
    const first = Math.floor(Math.max(0, start) / blockBytes);
    const behind = Math.ceil(Math.min(end, sizeBytes) / blockBytes);
    const last = runs.at(-1);
    if (behind <= first) continue;
    if (last !== undefined && first <= last[1]) last[1] = Math.max(last[1], behind);
    else runs.push([first, behind]);
  }
  return runs;
};

/** Blocks, ascending, as half-open spans that are worth a request each. */
export const spansOf = (
  blocks: readonly number[],
  { blockBytes }: BlockFile,
): [first: number, end: number][] => {
  const gap = PORTIONS.gapBytes / blockBytes;
  const most = PORTIONS.requestBytes / blockBytes;
  const spans: [first: number, end: number][] = [];
  for (const block of blocks) {
    const last = spans.at(-1);
    if (last !== undefined && block - last[1] <= gap && block < last[0] + most) last[1] = block + 1;
    else spans.push([block, block + 1]);
  }
  return spans;
};

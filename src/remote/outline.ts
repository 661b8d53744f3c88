// Which parts of an MP4 or QuickTime file describe the others (ISO/IEC 14496-12, 4.2): all boxes but those of media data.

import { randomAccessBytes, startsByRandomAccess, startsBySegmentIndex } from './fragment-index.ts';
import type { Mirror, NeedOptions } from './mirror.ts';
import { type ByteRange, PORTIONS } from './portions.ts';

/** What a file of this kind can begin with. */
const FIRST_BOXES = new Set([
  'ftyp',
  'moov',
  'mdat',
  'free',
  'skip',
  'wide',
  'pnot',
  'styp',
  'sidx',
  'moof',
  'uuid',
  'junk',
]);

/** Boxes that are padding, of which players look at the first bytes at most. */
const PADDING = new Set(['free', 'skip', 'wide', 'junk']);
/** Type and size. */
const HEADER_BYTES = 16;
/** An index of fragments is not larger. */
const MOST_INDEX_BYTES = 64 * 1024 * 1024;
/** So many boxes tell whether media data are worth being left out. */
const BOXES_TO_JUDGE = 64;

/**
 * Brings all boxes of a file but its media data; true when that is all that describes its frames. Where the file is of
 * another kind, is hardly more than headers, or contradicts itself, all of it is brought: then false.
 *
 * @throws as {@link Mirror.need}
 */
export const describesItself = async (mirror: Mirror, options: NeedOptions): Promise<boolean> => {
  if (await bringBoxes(mirror, options)) return true;
  await mirror.needAll(options);
  return false;
};

const bringBoxes = async (mirror: Mirror, options: NeedOptions): Promise<boolean> => {
  const { sizeBytes } = mirror;
  const seen = new Set<number>();
  const announced = new Set<number>();
  let isDescribed = false;
  let isFragmented = false;
  let leftOutBytes = 0;
  for (let at = 0; at + 8 <= sizeBytes; ) {
    const header = await mirror.read(at, at + HEADER_BYTES, options);
    const { type, headerBytes, boxBytes } = headerOf(header, sizeBytes - at);
    if ((at === 0 && !FIRST_BOXES.has(type)) || boxBytes < headerBytes) return false;
    const box: ByteRange = [at, Math.min(sizeBytes, at + boxBytes)];
    seen.add(at);
    const isLeftOut = (type === 'mdat' || PADDING.has(type)) && boxBytes > PORTIONS.smallBoxBytes;
    if (isLeftOut) leftOutBytes += box[1] - at;
    else await mirror.need([box], options);
    if (type === 'moov') isDescribed = true;
    if (type === 'sidx') await announce(startsBySegmentIndex(await mirror.read(...box), box[1]));
    if (type === 'moof' && !isFragmented) {
      isFragmented = true;
      await announce(startsByRandomAccess(await lastBytes(randomAccessBytes(await lastBytes(16)))));
    }
    at += boxBytes;
    if (seen.size === BOXES_TO_JUDGE && leftOutBytes < at / 2) return false;
  }
  // FFmpeg may believe the indexes of fragments rather than the sizes of boxes.
  return isDescribed && [...announced].every((start) => seen.has(start));

  function lastBytes(count: number): Promise<Uint8Array> {
    return mirror.read(Math.max(0, sizeBytes - Math.min(count, MOST_INDEX_BYTES)), sizeBytes, options);
  }

  /** Brings the headers of fragments side by side. */
  async function announce(starts: readonly number[]): Promise<void> {
    const inside = starts.filter((start) => start < sizeBytes);
    for (const start of inside) announced.add(start);
    await mirror.need(
      inside.map((start) => [start, start + HEADER_BYTES]),
      options,
    );
  }
};

const headerOf = (
  bytes: Uint8Array,
  leftBytes: number,
): { readonly type: string; readonly headerBytes: number; readonly boxBytes: number } => {
  const view = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const type = view.toString('latin1', 4, 8);
  const short = view.readUInt32BE(0);
  if (short === 1 && view.length >= HEADER_BYTES)
    return { type, headerBytes: 16, boxBytes: Number(view.readBigUInt64BE(8)) };
  // 0: up to the end of the file.
  return { type, headerBytes: 8, boxBytes: short === 0 ? leftBytes : short };
};

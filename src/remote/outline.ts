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
/** So many boxes tell whether media data are worth being left out. */
const BOXES_TO_JUDGE = 64;

/**
 * Brings all boxes of a file but its media data; true when that is all that describes its frames. Where the file is of
 * another kind, or is hardly more than headers, all of it is brought: then false.
 *
 * @throws as {@link Mirror.need}
 */
export const describesItself = async (mirror: Mirror, options: NeedOptions): Promise<boolean> => {
  const { sizeBytes } = mirror;
  let isDescribed = false;
  let [boxes, leftOutBytes] = [0, 0];
  let isHinted = false;
  for (let at = 0; at + 8 <= sizeBytes; boxes++) {
    const { type, headerBytes, boxBytes } = headerOf(
      await mirror.read(at, at + HEADER_BYTES, options),
      sizeBytes - at,
    );
    const isKnown = at > 0 || FIRST_BOXES.has(type);
    if (!isKnown || boxBytes < headerBytes) break;
    const end = Math.min(sizeBytes, at + boxBytes);
    const isMedia = type === 'mdat' || PADDING.has(type);
    if (type === 'moov') isDescribed = true;
    if (!isHinted && (type === 'sidx' || type === 'moof')) {
      isHinted = true;
      await bringFragments(mirror, type === 'sidx' ? [at, end] : undefined, options);
    }
    if (!isMedia || end - at <= PORTIONS.smallBoxBytes) await mirror.need([[at, end]], options);
    else leftOutBytes += end - at;
    at += boxBytes;
    if (boxes === BOXES_TO_JUDGE && leftOutBytes < at / 2) break;
    if (at >= sizeBytes && isDescribed) return true;
  }
  await mirror.needAll(options);
  return false;
};

/** Brings the headers of all fragments side by side, where an index says where they are. @param sidx where one is */
const bringFragments = async (
  mirror: Mirror,
  sidx: ByteRange | undefined,
  options: NeedOptions,
): Promise<void> => {
  const { sizeBytes } = mirror;
  const lastBytes = (count: number): Promise<Uint8Array> =>
    mirror.read(sizeBytes - count, sizeBytes, options);
  const starts =
    sidx === undefined
      ? startsByRandomAccess(await lastBytes(randomAccessBytes(await lastBytes(16))))
      : startsBySegmentIndex(await mirror.read(...sidx, options), sidx[1]);
  const inside = starts.filter((start) => start < sizeBytes);
  await mirror.need(
    inside.map((start) => [start, start + HEADER_BYTES]),
    options,
  );
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

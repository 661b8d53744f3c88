// Where the fragments of an MP4 file begin, by the indexes that some files have of them (ISO/IEC 14496-12). Hints only:
// they let many headers be asked for side by side, and whoever reads the headers sees where these are.

/** Fragments that an index may name before it is nonsense. */
const MOST_FRAGMENTS = 1_000_000;

/** Fragments by a segment index in front of them (`sidx`, 8.16.3). @param box the whole box @param end where it ends in the file */
export const startsBySegmentIndex = (box: Uint8Array, end: number): number[] => {
  const view = viewOf(box);
  const starts: number[] = [];
  try {
    const isLong = view.getUint8(8) === 1;
    const firstOffset = isLong ? Number(view.getBigUint64(28)) : view.getUint32(24);
    const table = isLong ? 36 : 28;
    const count = view.getUint16(table + 2);
    for (let i = 0, start = end + firstOffset; i < count; i++) {
      starts.push(start);
      start += view.getUint32(table + 4 + i * 12) & 0x7fffffff;
    }
  } catch (error) {
    if (!(error instanceof RangeError)) throw error;
  }
  return starts;
};

/** Size of the index at the end of a file (`mfra`, 8.8.9), by the file's last 16 bytes; 0 where there is none. */
export const randomAccessBytes = (last16: Uint8Array): number => {
  const view = viewOf(last16);
  return last16.length === 16 && view.getUint32(4) === MFRO ? view.getUint32(12) : 0;
};

const MFRO = 0x6d66726f;
const TFRA = 0x74667261;

/** Fragments by the tables of a movie fragment random access box (8.8.10). @param box the whole `mfra` */
export const startsByRandomAccess = (box: Uint8Array): number[] => {
  const view = viewOf(box);
  const starts: number[] = [];
  try {
    for (let at = 8, bytes = view.getUint32(at); bytes >= 8; at += bytes, bytes = view.getUint32(at)) {
      if (view.getUint32(at + 4) !== TFRA) continue;
      const isLong = view.getUint8(at + 8) === 1;
      const lengths = view.getUint32(at + 16);
      const numbers = 3 + ((lengths >> 4) & 3) + ((lengths >> 2) & 3) + (lengths & 3);
      const entry = (isLong ? 16 : 8) + numbers;
      const count = Math.min(view.getUint32(at + 20), MOST_FRAGMENTS);
      for (let i = 0; i < count; i++) {
        const offset = at + 24 + i * entry;
        starts.push(isLong ? Number(view.getBigUint64(offset + 8)) : view.getUint32(offset + 4));
      }
    }
  } catch (error) {
    if (!(error instanceof RangeError)) throw error;
  }
  return starts;
};

const viewOf = (bytes: Uint8Array): DataView =>
  new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);

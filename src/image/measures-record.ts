// Measures of a frame as bytes, for a store of records of one length.
import { type FrameMeasures, THUMBNAIL_BYTES } from './measures.ts';

const NUMBERS = [
  'luminance',
  'contrast',
  'sharpness',
  'entropy',
  'shadows',
  'highlights',
  'uniformRowRatio',
] as const;
const HASH_BYTES = 8;
const HASH_OFFSET = 8 * NUMBERS.length;

/** Bytes of a frame's measures. */
export const MEASURES_BYTES = HASH_OFFSET + HASH_BYTES + THUMBNAIL_BYTES;

/** Numbers as float64, then hash and thumbnail: {@link MEASURES_BYTES} bytes. */
export const encodeMeasures = (measures: FrameMeasures): Uint8Array => {
  const bytes = Buffer.alloc(MEASURES_BYTES);
  for (const [i, name] of NUMBERS.entries()) bytes.writeDoubleLE(measures[name], 8 * i);
  bytes.write(measures.perceptualHash, HASH_OFFSET, 'hex');
  bytes.set(measures.thumbnail, HASH_OFFSET + HASH_BYTES);
  return bytes;
};

/** @param record what {@link encodeMeasures} made; the thumbnail is a view of it */
export const decodeMeasures = (record: Uint8Array): FrameMeasures => {
  const bytes = Buffer.from(record.buffer, record.byteOffset, record.byteLength);
  const [luminance, contrast, sharpness, entropy, shadows, highlights, uniformRowRatio] = NUMBERS.map(
    (_, i) => bytes.readDoubleLE(8 * i),
  );
  return {
    luminance: luminance!,
    contrast: contrast!,
    sharpness: sharpness!,
    entropy: entropy!,
    shadows: shadows!,
    highlights: highlights!,
    uniformRowRatio: uniformRowRatio!,
    perceptualHash: bytes.toString('hex', HASH_OFFSET, HASH_OFFSET + HASH_BYTES),
    thumbnail: bytes.subarray(HASH_OFFSET + HASH_BYTES),
  };
};

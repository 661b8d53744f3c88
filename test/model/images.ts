// Images for networks, by a generator that gives the same ones each time.
import type { Image } from './naive-keras.ts';

/** Numbers in [0, 1). Source: Marsaglia's xorshift with 32 bits. */
export const random = (seed: number): (() => number) => {
  let state = seed;
  return () => {
    state ^= state << 13;
    state ^= state >>> 17;
    state ^= state << 5;
    return (state >>> 0) / 2 ** 32;
  };
};

/** Soft blobs and noise, in [0, 1], each value a byte divided by 255. */
export const image = (height: number, width: number, channels: number, seed: number): Image => {
  const next = random(seed);
  const waves = Array.from({ length: channels }, () => [next() / 9, next() / 9, next() * 6] as const);
  const data = new Float64Array(height * width * channels);
  for (let i = 0; i < data.length; i++) {
    const place = Math.floor(i / channels);
    const [perRow, perColumn, phase] = waves[i % channels]!;
    const wave = Math.sin(Math.floor(place / width) * perRow + (place % width) * perColumn + phase);
    data[i] = Math.round(255 * (0.5 + 0.4 * wave + 0.1 * (next() - 0.5))) / 255;
  }
  return { height, width, channels, data };
};

/** Images of one size as a batch of bytes, NHWC. */
export const toBatch = (images: readonly Image[]): Uint8Array =>
  Uint8Array.from(images.flatMap(({ data }) => Array.from(data, (value) => Math.round(255 * value))));

/** The largest difference, in units of the largest value. */
export const relativeDifference = (found: ArrayLike<number>, expected: readonly number[]): number => {
  if (found.length !== expected.length) return Number.POSITIVE_INFINITY;
  const unit = Math.max(...expected.map(Math.abs));
  return Math.max(...expected.map((each, i) => Math.abs(found[i]! - each))) / unit;
};

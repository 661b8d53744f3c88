/** Weights and pictures by formulas, as the scripts that make golden numbers have them. */
import { sizeOf } from '../../src/autodiff/tape.ts';
import { IMAGENET } from '../../src/model/description.ts';

export const formulaWeight = (name: string, shape: readonly number[]): Float32Array => {
  if (shape.length === 1) return new Float32Array(shape[0]!).fill(/(weight|running_var)$/.test(name) ? 1 : 0);
  const key = [...name].reduce((sum, letter) => sum + letter.charCodeAt(0), 0);
  const bound = 1 / Math.sqrt(sizeOf(shape.slice(1)));
  return Float32Array.from({ length: sizeOf(shape) }, (_, i) => {
    const share = ((i * 7919 + key * 104_729) % 10_007) / 10_007;
    return (2 * share - 1) * bound;
  });
};

/** Bytes [2, batch, side, side, 3]. */
export const formulaPictures = (batch: number, side: number): Uint8Array =>
  Uint8Array.from(
    { length: 2 * batch * side * side * 3 },
    (_, i) => (Math.floor((i * i) / 7) + i * 131) % 251,
  );

/** The first pictures as networks take them: normalised, [count, 3, side, side]. */
export const planar = (pictures: Uint8Array, count: number, side: number): Float32Array =>
  Float32Array.from({ length: count * 3 * side * side }, (_, i) => {
    const [picture, channel, place] = [
      Math.floor(i / (3 * side * side)),
      Math.floor(i / (side * side)) % 3,
      i % (side * side),
    ];
    const value = pictures[(picture * side * side + place) * 3 + channel]!;
    return (value / 255 - IMAGENET.mean[channel]!) / IMAGENET.std[channel]!;
  });

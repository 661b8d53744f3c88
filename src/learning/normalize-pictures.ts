// From bytes of pictures to the numbers that a network takes, as part of its graph.

import { slice } from '../autodiff/layout.ts';
import type { Tape, Tensor } from '../autodiff/tape.ts';

/** A pixel's value v in [0, 255] becomes (v / 255 − mean) / std, for red, green and blue. */
export interface PictureNormalization {
  readonly mean: readonly [number, number, number];
  readonly std: readonly [number, number, number];
}

/** @param pictures uint8 [2, batch, height, width, 3] @returns float32, each [batch, 3, height, width] */
export const normalizePictures = (
  tape: Tape,
  pictures: Tensor,
  { mean, std }: PictureNormalization,
): readonly [Tensor, Tensor] => {
  const [views, batch, height, width] = pictures.shape as [number, number, number, number];
  const all = [views * batch, height, width, 3];
  const flat = tape.node('Reshape', [pictures, tape.integers(all)], all);
  const floats = tape.node('Cast', [flat], all, { to: 1 });
  const gain = tape.constant(
    std.map((each) => 1 / (255 * each)),
    [3],
  );
  const offset = tape.constant(
    mean.map((each, i) => each / std[i]!),
    [3],
  );
  const scaled = tape.node('Sub', [tape.node('Mul', [floats, gain], all), offset], all);
  const planar = tape.node('Transpose', [scaled], [views * batch, 3, height, width], { perm: [0, 3, 1, 2] });
  return [slice(tape, planar, [0, batch]), slice(tape, planar, [batch, 2 * batch])];
};

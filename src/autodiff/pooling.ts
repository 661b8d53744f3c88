// Pooling of pictures.
import { reshape } from './layout.ts';
import { mean } from './reductions.ts';
import { sizeOf, type Tape, type Tensor } from './tape.ts';

/** Mean of each channel. @param x [n, channels, height, width] @returns [n, channels] */
export const globalAveragePool = (tape: Tape, x: Tensor): Tensor => {
  const [n, channels, height, width] = x.shape;
  return mean(tape, reshape(tape, x, [n!, channels!, height! * width!]), [2]);
};

export interface MaxPoolOptions {
  readonly size: number;
  readonly stride: number;
  /** Rows and columns on each side that are never the largest. */
  readonly padding: number;
}

/** Largest number under a square. @param x [n, channels, height, width]; sides as of a convolution */
export const maxPool = (tape: Tape, x: Tensor, { size, stride, padding }: MaxPoolOptions): Tensor => {
  const [n, channels, height, width] = x.shape;
  const lengthOf = (length: number): number => Math.floor((length + 2 * padding - size) / stride) + 1;
  const shape = [n!, channels!, lengthOf(height!), lengthOf(width!)];
  const [largest, places] = tape.nodes('MaxPool', [x], [shape, shape], {
    kernel_shape: [size, size],
    strides: [stride, stride],
    pads: [padding, padding, padding, padding],
  });
  return tape.record(largest!, [x], (gradient) => {
    const [count, pooled] = [sizeOf(x.shape), sizeOf(shape)];
    const flat = (tensor: Tensor): Tensor =>
      tape.node('Reshape', [tensor, tape.integers([pooled])], [pooled]);
    const zeros = tape.node('Expand', [tape.constant([0]), tape.integers([count])], [count]);
    // Squares overlap: one number may be the largest of several.
    const added = tape.node('ScatterElements', [zeros, flat(places!), flat(gradient)], [count], {
      axis: 0,
      reduction: 'add',
    });
    return [tape.node('Reshape', [added, tape.integers(x.shape)], x.shape)];
  });
};

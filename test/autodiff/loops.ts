/** What operators compute, in plain loops of float64. */
import { type Numbers, numbersOf } from './finite-differences.ts';

export const total = (values: ArrayLike<number>): number =>
  Array.from(values).reduce((sum, value) => sum + value, 0);

export const row = ({ shape, data }: Numbers, index: number): number[] => {
  const width = shape.at(-1)!;
  return [...data.subarray(index * width, (index + 1) * width)];
};

/** Places of a shape in row-major order. */
const placesOf = (shape: readonly number[]): number[][] =>
  shape.reduce<number[][]>(
    (places, length) => places.flatMap((place) => Array.from({ length }, (_, i) => [...place, i])),
    [[]],
  );

/** The number at a place, of what is broadcast. */
const at = ({ shape, data }: Numbers, place: readonly number[]): number => {
  let index = 0;
  for (const [axis, length] of shape.entries()) {
    const i = place[axis + place.length - shape.length]!;
    index = index * length + (length === 1 ? 0 : i);
  }
  return data[index]!;
};

export const binary = (a: Numbers, b: Numbers, of: (a: number, b: number) => number): number[] => {
  const rank = Math.max(a.shape.length, b.shape.length);
  const shape = Array.from({ length: rank }, (_, axis) =>
    Math.max(a.shape.at(axis - rank) ?? 1, b.shape.at(axis - rank) ?? 1),
  );
  return placesOf(shape).map((place) => of(at(a, place), at(b, place)));
};

export const transposed = (x: Numbers, axes: readonly number[]): number[] =>
  placesOf(axes.map((axis) => x.shape[axis]!)).map((place) =>
    at(
      x,
      x.shape.map((_, axis) => place[axes.indexOf(axis)]!),
    ),
  );

export const concatenatedColumns = (parts: readonly Numbers[]): number[] =>
  Array.from({ length: parts[0]!.shape[0]! }, (_, i) => parts.flatMap((part) => row(part, i))).flat();

/** @param x [a, b, c] @returns [a, c] */
export const sumOverMiddle = (x: Numbers): number[] => {
  const [a, b, c] = x.shape as [number, number, number];
  return placesOf([a, c]).map(([i, k]) => total(Array.from({ length: b }, (_, j) => at(x, [i!, j, k!]))));
};

export const flipped = (x: Numbers): Numbers => {
  const values = transposed(x, [1, 0]);
  return numbersOf(x.shape.toReversed(), (i) => values[i]!);
};

export const product = (a: Numbers, b: Numbers): Numbers => {
  const [rows, inner, columns] = [a.shape[0]!, a.shape[1]!, b.shape[1]!];
  return numbersOf([rows, columns], (i) => {
    const [r, c] = [Math.floor(i / columns), i % columns];
    return total(Array.from({ length: inner }, (_, k) => at(a, [r, k]) * at(b, [k, c])));
  });
};

export const unitRows = (x: Numbers): number[] =>
  Array.from({ length: x.shape[0]! }, (_, i) => {
    const values = row(x, i);
    const length = Math.max(Math.hypot(...values), 1e-12);
    return values.map((value) => value / length);
  }).flat();

export const logSoftmax = (x: Numbers): number[] =>
  Array.from({ length: x.shape[0]! }, (_, i) => {
    const values = row(x, i);
    const all = Math.log(total(values.map(Math.exp)));
    return values.map((value) => value - all);
  }).flat();

export const convolution = (x: Numbers, weight: Numbers, stride: number, padding: number): number[] => {
  const [n, inputs, height, width] = x.shape as [number, number, number, number];
  const [out, , size] = weight.shape as [number, number, number];
  const lengthOf = (length: number): number => Math.floor((length + 2 * padding - size) / stride) + 1;
  return placesOf([n, out, lengthOf(height), lengthOf(width)]).map(([image, channel, top, left]) => {
    let sum = 0;
    for (const [input, i, j] of placesOf([inputs, size, size]) as [number, number, number][]) {
      const [y, z] = [top! * stride + i - padding, left! * stride + j - padding];
      if (y < 0 || y >= height || z < 0 || z >= width) continue;
      sum += at(x, [image!, input, y, z]) * at(weight, [channel!, input, i, j]);
    }
    return sum;
  });
};

export const maxPool = (x: Numbers, size: number, stride: number, padding: number): number[] => {
  const [n, channels, height, width] = x.shape as [number, number, number, number];
  const lengthOf = (length: number): number => Math.floor((length + 2 * padding - size) / stride) + 1;
  return placesOf([n, channels, lengthOf(height), lengthOf(width)]).map(([image, channel, top, left]) => {
    const seen = placesOf([size, size]).flatMap(([i, j]) => {
      const [y, z] = [top! * stride + i! - padding, left! * stride + j! - padding];
      return y < 0 || y >= height || z < 0 || z >= width ? [] : [at(x, [image!, channel!, y, z])];
    });
    return Math.max(...seen);
  });
};

/** @param x [n, channels, …] */
export const batchNorm = (
  x: Numbers,
  splits: number,
  epsilon: number,
  weight?: Numbers,
  bias?: Numbers,
): number[] => {
  const [n, channels] = x.shape as [number, number];
  const places = x.data.length / (n * channels);
  const output = new Array<number>(x.data.length);
  const size = n / splits;
  for (let part = 0; part < splits; part++)
    for (let channel = 0; channel < channels; channel++) {
      const own: number[] = [];
      for (let image = part * size; image < (part + 1) * size; image++)
        for (let place = 0; place < places; place++) own.push((image * channels + channel) * places + place);
      const mean = total(own.map((i) => x.data[i]!)) / own.length;
      const variance = total(own.map((i) => (x.data[i]! - mean) ** 2)) / own.length;
      for (const i of own) {
        const value = (x.data[i]! - mean) / Math.sqrt(variance + epsilon);
        output[i] = value * (weight?.data[channel] ?? 1) + (bias?.data[channel] ?? 0);
      }
    }
  return output;
};

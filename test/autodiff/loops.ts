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

/** How a kernel moves over a picture, and how much is around that: [top, left, bottom, right]. */
export interface Moves {
  readonly stride: number;
  readonly padding: number | readonly [number, number, number, number];
}

/** What the kernel is over, at each of its places in each picture. */
interface View {
  readonly image: number;
  /** Row and column in the kernel, and in the picture; places outside of that are left out. */
  readonly seen: readonly (readonly [i: number, j: number, y: number, z: number])[];
}

const viewsOf = (
  [n, height, width]: readonly [number, number, number],
  [rows, columns]: readonly [number, number],
  { stride, padding }: Moves,
): View[] => {
  const pads = typeof padding === 'number' ? [padding, padding, padding, padding] : padding;
  const [above, before, below, behind] = pads as [number, number, number, number];
  const down = Math.floor((height + above + below - rows) / stride) + 1;
  const across = Math.floor((width + before + behind - columns) / stride) + 1;
  return placesOf([n, down, across]).map(([image, top, left]) => {
    const seen = placesOf([rows, columns]).flatMap(([i, j]) => {
      const [y, z] = [top! * stride + i! - above, left! * stride + j! - before];
      return y < 0 || y >= height || z < 0 || z >= width ? [] : [[i!, j!, y, z] as const];
    });
    return { image: image!, seen };
  });
};

export const convolution = (
  x: Numbers,
  weight: Numbers,
  { groups, ...moves }: Moves & { groups: number },
): number[] => {
  const [n, , height, width] = x.shape as [number, number, number, number];
  const [out, inputs, rows, columns] = weight.shape as [number, number, number, number];
  const views = viewsOf([n, height, width], [rows, columns], moves);
  return byChannel(n, out, views, ({ image, seen }, channel) => {
    const first = Math.floor(channel / (out / groups)) * inputs;
    let sum = 0;
    for (let input = 0; input < inputs; input++)
      for (const [i, j, y, z] of seen)
        sum += at(x, [image, first + input, y, z]) * at(weight, [channel, input, i, j]);
    return sum;
  });
};

/** What a kernel makes of the numbers that it is over, in each channel for itself. */
export const pool = (
  x: Numbers,
  size: readonly [number, number],
  moves: Moves,
  of: (seen: readonly number[]) => number,
): number[] => {
  const [n, channels, height, width] = x.shape as [number, number, number, number];
  return byChannel(n, channels, viewsOf([n, height, width], size, moves), ({ image, seen }, channel) =>
    of(seen.map(([, , y, z]) => at(x, [image, channel, y, z]))),
  );
};

/** @returns [n, channels, …] */
const byChannel = (
  n: number,
  channels: number,
  views: readonly View[],
  of: (view: View, channel: number) => number,
): number[] =>
  placesOf([n, channels]).flatMap(([image, channel]) =>
    views.filter((view) => view.image === image).map((view) => of(view, channel!)),
  );

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

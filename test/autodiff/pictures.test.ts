// Convolution and pooling compute what plain loops compute, and their gradients are those of central differences.
import { describe, expect, it } from 'vitest';
import { clip, hardSwish, scale } from '../../src/autodiff/arithmetic.ts';
import { type ConvolutionOptions, convolution, type Padding } from '../../src/autodiff/convolution.ts';
import { averagePool, globalAveragePool, maxPool, type PoolOptions } from '../../src/autodiff/pooling.ts';
import { sum } from '../../src/autodiff/reductions.ts';
import { Tape } from '../../src/autodiff/tape.ts';
import { Random } from '../../src/base/random.ts';
import { expectGradients, type Numbers, numbersOf, runTape, type Subject } from './finite-differences.ts';
import * as loops from './loops.ts';

const random = new Random(1);
const normal = (...shape: number[]): Numbers => numbersOf(shape, () => random.normal());

const convolved = (
  x: readonly [number, number, number, number],
  weight: readonly [number, number, number, number],
  options: ConvolutionOptions = {},
): Subject => ({
  inputs: [normal(...x), normal(...weight)],
  graph: (tape, [picture, kernel]) => convolution(tape, picture!, kernel!, options),
  loops: ([picture, kernel]) =>
    loops.convolution(picture!, kernel!, { stride: 1, padding: 0, groups: 1, ...options }),
});

type Sides = readonly [number, number];
const window = (
  size: number | Sides,
  stride: number,
  padding: Padding,
): PoolOptions & { readonly size: Sides } => ({
  size: typeof size === 'number' ? [size, size] : size,
  stride,
  padding,
});
type Window = ReturnType<typeof window>;

const averaged = (
  x: readonly [number, number, number, number],
  options: Window,
  countsPadding: boolean,
): Subject => ({
  inputs: [normal(...x)],
  graph: (tape, [picture]) => averagePool(tape, picture!, { ...options, countsPadding }),
  loops: ([picture]) => {
    const { size } = options;
    const countOf = (seen: readonly number[]): number => (countsPadding ? size[0] * size[1] : seen.length);
    return loops.pool(picture!, size, options, (seen) => loops.total(seen) / countOf(seen));
  },
});

const largest = (x: readonly [number, number, number, number], options: Window): Subject => ({
  inputs: [normal(...x)],
  graph: (tape, [picture]) => maxPool(tape, picture!, options),
  loops: ([picture]) => loops.pool(picture!, options.size, options, (seen) => Math.max(...seen)),
});

const convolutionSubjects: Readonly<Record<string, Subject>> = {
  '3×3': convolved([2, 3, 5, 4], [2, 3, 3, 3], { padding: 1 }),
  '3×3 without padding': convolved([1, 2, 5, 6], [3, 2, 3, 3]),
  '3×3 of stride 2, even': convolved([2, 2, 6, 4], [2, 2, 3, 3], { stride: 2, padding: 1 }),
  '3×3 of stride 2, odd': convolved([1, 2, 5, 7], [2, 2, 3, 3], { stride: 2, padding: 1 }),
  '1×1': convolved([2, 3, 3, 2], [4, 3, 1, 1]),
  '1×1 of stride 2': convolved([2, 3, 4, 5], [2, 3, 1, 1], { stride: 2 }),
  '1×1 with padding': convolved([1, 2, 3, 2], [3, 2, 1, 1], { padding: 1 }),
  '7×7 of stride 2': convolved([1, 2, 9, 8], [2, 2, 7, 7], { stride: 2, padding: 3 }),
  '3×3, more at the end': convolved([2, 2, 4, 5], [3, 2, 3, 3], { padding: [0, 1, 2, 1] }),
  '3×3 of stride 2, more at the end': convolved([2, 2, 6, 5], [3, 2, 3, 3], {
    stride: 2,
    padding: [0, 0, 1, 1],
  }),
  '3×3 of stride 2, more at the start': convolved([1, 2, 6, 7], [2, 2, 3, 3], {
    stride: 2,
    padding: [2, 1, 0, 1],
  }),
  '1×3': convolved([2, 2, 4, 5], [3, 2, 1, 3], { padding: [0, 1, 0, 1] }),
  '5×2 of stride 2': convolved([1, 2, 7, 6], [2, 2, 5, 2], { stride: 2, padding: [2, 0, 2, 1] }),
  '3×3 in 2 groups': convolved([2, 4, 4, 5], [6, 2, 3, 3], { padding: 1, groups: 2 }),
  '3×3 of stride 2 in 2 groups': convolved([2, 4, 6, 5], [6, 2, 3, 3], { stride: 2, padding: 1, groups: 2 }),
  '1×1 in 2 groups': convolved([2, 4, 3, 2], [2, 2, 1, 1], { groups: 2 }),
  '2×3 in 3 groups, more at the end': convolved([2, 6, 4, 4], [3, 2, 2, 3], {
    padding: [0, 1, 1, 2],
    groups: 3,
  }),
  '3×3 of each channel': convolved([3, 4, 5, 4], [4, 1, 3, 3], { padding: 1, groups: 4 }),
  '3×3 of stride 2 of each channel': convolved([2, 4, 6, 5], [4, 1, 3, 3], {
    stride: 2,
    padding: 1,
    groups: 4,
  }),
  '3×3 of stride 2 of each channel, more at the end': convolved([2, 3, 6, 6], [3, 1, 3, 3], {
    stride: 2,
    padding: [0, 0, 1, 1],
    groups: 3,
  }),
  '3×3 of stride 3 of each channel, rows left over': convolved([2, 3, 8, 7], [3, 1, 3, 3], {
    stride: 3,
    groups: 3,
  }),
  '1×3 of each channel': convolved([2, 2, 3, 4], [2, 1, 1, 3], { groups: 2 }),
  '3×3, two of each channel': convolved([2, 3, 4, 4], [6, 1, 3, 3], { padding: 1, groups: 3 }),
};

const poolSubjects: Readonly<Record<string, Subject>> = {
  'average of channels': {
    inputs: [normal(2, 3, 2, 4)],
    graph: (tape, [x]) => globalAveragePool(tape, x!),
    loops: ([x]) => Array.from({ length: 6 }, (_, i) => loops.total(x!.data.slice(8 * i, 8 * i + 8)) / 8),
  },
  'average of 2×2': averaged([2, 2, 4, 5], window(2, 2, 0), false),
  'average of 3×3, with padding': averaged([2, 2, 4, 5], window(3, 1, 1), true),
  'average of 3×3, without padding': averaged([2, 2, 4, 5], window(3, 1, 1), false),
  'average of 3×3 of stride 2, with padding': averaged([2, 2, 6, 5], window(3, 2, 1), true),
  'average of 3×3 of stride 2, without padding': averaged([2, 2, 6, 5], window(3, 2, 1), false),
  'average of 2×3, more at the end, with padding': averaged(
    [1, 2, 5, 4],
    window([2, 3], 1, [0, 1, 1, 2]),
    true,
  ),
  'average of 3×2 of stride 2, more at the end, without padding': averaged(
    [1, 2, 6, 5],
    window([3, 2], 2, [0, 0, 1, 1]),
    false,
  ),
  'largest of 3×3': largest([2, 2, 7, 6], window(3, 2, 1)),
  'largest of 3×3, more at the end': largest([2, 2, 6, 6], window(3, 2, [0, 0, 1, 1])),
  'largest of 2×3, more at the start': largest([2, 2, 5, 4], window([2, 3], 1, [1, 2, 0, 0])),
};

describe.each([
  ['convolution', convolutionSubjects],
  ['pools', poolSubjects],
])('%s', (_, subjects) => {
  it.each(Object.entries(subjects))('%s', (_name, subject) => expectGradients(subject));
});

describe('the gradient of the largest number', () => {
  it.each([
    ['goes to the first of equal ones', 1],
    ['goes nowhere around the picture, however low that is', -5e7],
  ])('%s', async (_, value) => {
    const tape = new Tape('ties');
    const x = tape.parameter('x', [1, 1, 3, 3]);
    // Four kernels, whose first places inside the picture are those of its upper left.
    const pooled = maxPool(tape, x, { size: 2, stride: 2, padding: [1, 1, 0, 0] });
    const [gradient] = tape.gradients(sum(tape, scale(tape, pooled, 2)), [x]);
    tape.output('gradient', gradient!);
    const results = await runTape(tape, { x: numbersOf([1, 1, 3, 3], () => value) });
    expect([...results['gradient']!]).toEqual([2, 2, 0, 2, 2, 0, 0, 0, 0]);
  });
});

it.each([1, 3])('pictures may be any number where no gradient is asked for: %i', async (n) => {
  const tape = new Tape('inference');
  const x = { value: tape.graph.input('x', 'float32', ['n', 4, 6, 6]), shape: [0, 4, 6, 6] };
  const ones = tape.constant(new Float32Array(72).fill(1), [4, 2, 3, 3]);
  const convolved = convolution(tape, x, ones, { stride: 2, padding: [0, 0, 1, 1], groups: 2 });
  const options = { size: 2, stride: 1, padding: 0 };
  const swished = hardSwish(tape, convolved);
  const averaged = averagePool(tape, swished, { ...options, countsPadding: false });
  const pooled = maxPool(tape, clip(tape, averaged, 0, 6), options);
  tape.graph.output(pooled.value, 'float32', ['n', 4, 1, 1]);
  expect(pooled.shape).toEqual([0, 4, 1, 1]);
  const results = await runTape(tape, { x: numbersOf([n, 4, 6, 6], () => 1) });
  expect([...results[pooled.value]!]).toEqual(new Array(4 * n).fill(6));
});

/** Gradients by central differences of plain loops in float64, to hold those of graphs against. */
import { expect } from 'vitest';
import { multiply } from '../../src/autodiff/arithmetic.ts';
import { sum } from '../../src/autodiff/reductions.ts';
import { sizeOf, Tape, type Tensor } from '../../src/autodiff/tape.ts';
import { Random } from '../../src/base/random.ts';
import { floatTensor, openSession } from '../../src/native/onnxruntime.ts';

/** Numbers in row-major order, with their shape. */
export interface Numbers {
  readonly shape: readonly number[];
  readonly data: Float64Array;
}

export const numbersOf = (shape: readonly number[], numberAt: (i: number) => number): Numbers => ({
  shape,
  data: Float64Array.from({ length: sizeOf(shape) }, (_, i) => numberAt(i)),
});

export interface Subject {
  readonly inputs: readonly Numbers[];
  /** The computation as a graph. */
  readonly graph: (tape: Tape, inputs: readonly Tensor[]) => Tensor;
  /** The same in plain loops. */
  readonly loops: (inputs: readonly Numbers[]) => ArrayLike<number>;
  /** Inputs that no gradient is wanted of. */
  readonly fixed?: ReadonlySet<number>;
}

const STEP = 1e-5;

/** Runs a graph once. @returns its outputs by name */
export const runTape = async (
  tape: Tape,
  feeds: Readonly<Record<string, Numbers>>,
): Promise<Readonly<Record<string, Float32Array>>> => {
  const session = await openSession({ model: tape.graph.build(), providers: ['cpu'], threads: 1 });
  const tensors = Object.entries(feeds).map(
    ([name, { shape, data }]) => [name, floatTensor(Float32Array.from(data), shape)] as const,
  );
  const outputs = await session.run(Object.fromEntries(tensors));
  await session.release();
  return Object.fromEntries(
    Object.entries(outputs).map(([name, { data }]) => [name, data as Float32Array] as const),
  );
};

/** Values and gradients of a graph agree with the loops: within 1e-3 of the largest, or of 1. */
export const expectGradients = async ({ inputs, graph, loops, fixed }: Subject): Promise<void> => {
  // What float32 cannot hold would be a difference of its own.
  const exact = inputs.map(({ shape, data }) => ({
    shape,
    data: Float64Array.from(Float32Array.from(data)),
  }));
  const tape = new Tape('subject');
  const tensors = exact.map(({ shape }, i) =>
    fixed?.has(i) === true ? tape.input(`x${i}`, shape) : tape.parameter(`x${i}`, shape),
  );
  const output = graph(tape, tensors);
  // All numbers of the result matter, each in its own way.
  const random = new Random(7);
  const weights = Float32Array.from({ length: sizeOf(output.shape) }, () => random.normal());
  const loss = sum(tape, multiply(tape, output, tape.constant(weights, output.shape)));
  const wanted = tensors.filter((_, i) => fixed?.has(i) !== true);
  for (const [i, gradient] of tape.gradients(loss, wanted).entries())
    tape.output(`gradient of ${wanted[i]!.value}`, gradient);
  tape.output('output', output);
  const feeds = Object.fromEntries(exact.map((numbers, i) => [`x${i}`, numbers]));
  const results = await runTape(tape, feeds);

  const expected = loops(exact);
  expect(results['output']!.length).toBe(expected.length);
  expectClose(results['output']!, Array.from(expected));
  const lossOf = (all: readonly Numbers[]): number =>
    Array.from(loops(all)).reduce((total, value, i) => total + value * weights[i]!, 0);
  for (const [i, numbers] of exact.entries()) {
    if (fixed?.has(i) === true) continue;
    const differences = Array.from(numbers.data, (value, place) => {
      const at = (x: number): number =>
        lossOf(exact.with(i, { shape: numbers.shape, data: numbers.data.with(place, x) }));
      return (at(value + STEP) - at(value - STEP)) / (2 * STEP);
    });
    expectClose(results[`gradient of x${i}`]!, differences);
  }
};

export const expectClose = (
  actual: ArrayLike<number>,
  expected: readonly number[],
  tolerance = 1e-3,
): void => {
  const largest = expected.reduce((most, value) => Math.max(most, Math.abs(value)), 1);
  for (const [i, value] of expected.entries())
    expect(Math.abs(actual[i]! - value), `number ${i}: ${actual[i]} for ${value}`).toBeLessThan(
      tolerance * largest,
    );
};

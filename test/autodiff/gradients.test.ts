// Each operator computes what plain loops compute, and its gradients are those of central differences.
import { describe, expect, it } from 'vitest';
import * as arithmetic from '../../src/autodiff/arithmetic.ts';
import { batchNorm } from '../../src/autodiff/batch-norm.ts';
import { concatenate, permuteRows, reshape, slice, transpose } from '../../src/autodiff/layout.ts';
import { linear, matrixProduct, normalizeRows, withDiagonal } from '../../src/autodiff/matrix.ts';
import { mean, rowProducts, sum } from '../../src/autodiff/reductions.ts';
import { crossEntropy, logSoftmax } from '../../src/autodiff/softmax.ts';
import { Tape, type Tensor } from '../../src/autodiff/tape.ts';
import { Random } from '../../src/base/random.ts';
import { expectGradients, type Numbers, numbersOf, runTape, type Subject } from './finite-differences.ts';
import * as loops from './loops.ts';

const random = new Random(1);
const normal = (...shape: number[]): Numbers => numbersOf(shape, () => random.normal());
/** Away from 0, where some functions bend or end. */
const positive = (...shape: number[]): Numbers => numbersOf(shape, () => 0.5 + random.uniform());
const awayFromZero = (...shape: number[]): Numbers =>
  numbersOf(shape, () => (random.uniform() < 0.5 ? -1 : 1) * (0.1 + random.uniform()));

const numbers = (...values: number[]): Numbers => numbersOf([values.length], (i) => values[i]!);
const sigmoid = (x: number): number => 1 / (1 + Math.exp(-x));

const binary = (
  graph: typeof arithmetic.add,
  of: (a: number, b: number) => number,
  a: Numbers,
  b: Numbers,
): Subject => ({
  inputs: [a, b],
  graph: (tape, [x, y]) => graph(tape, x!, y!),
  loops: ([x, y]) => loops.binary(x!, y!, of),
});

const unary = (graph: typeof arithmetic.negate, of: (x: number) => number, x: Numbers): Subject => ({
  inputs: [x],
  graph: (tape, [input]) => graph(tape, input!),
  loops: ([input]) => input!.data.map((value) => of(value)),
});

const arithmeticSubjects: Readonly<Record<string, Subject>> = {
  add: binary(arithmetic.add, (a, b) => a + b, normal(2, 3), normal(2, 3)),
  'add, broadcast': binary(arithmetic.add, (a, b) => a + b, normal(2, 3), normal(3)),
  'add, broadcast both': binary(arithmetic.add, (a, b) => a + b, normal(4, 1, 2), normal(3, 1)),
  subtract: binary(arithmetic.subtract, (a, b) => a - b, normal(2, 3), normal(2, 1)),
  multiply: binary(arithmetic.multiply, (a, b) => a * b, normal(2, 3), normal(1, 3)),
  'multiply, a scalar': binary(arithmetic.multiply, (a, b) => a * b, normal(), normal(2, 2)),
  divide: binary(arithmetic.divide, (a, b) => a / b, normal(2, 3), positive(2, 1)),
  'divide a scalar': binary(arithmetic.divide, (a, b) => a / b, normal(1), positive(5)),
  negate: unary(arithmetic.negate, (x) => -x, normal(5)),
  scale: unary(
    (tape, x) => arithmetic.scale(tape, x, -2.5),
    (x) => -2.5 * x,
    normal(5),
  ),
  shift: unary(
    (tape, x) => arithmetic.shift(tape, x, 3),
    (x) => x + 3,
    normal(5),
  ),
  square: unary(arithmetic.square, (x) => x * x, normal(5)),
  'square root': unary(arithmetic.squareRoot, Math.sqrt, positive(5)),
  relu: unary(arithmetic.relu, (x) => Math.max(x, 0), awayFromZero(9)),
  sigmoid: unary(arithmetic.sigmoid, sigmoid, normal(9)),
  'sigmoid, far out': unary(arithmetic.sigmoid, sigmoid, numbers(-200, -20, 20, 200)),
  clip: unary(
    (tape, x) => arithmetic.clip(tape, x, -0.5, 1.25),
    (x) => Math.min(Math.max(x, -0.5), 1.25),
    numbers(-2, -0.51, -0.49, -0.01, 0, 0.3, 1.24, 1.26, 1000),
  ),
  'clip from 0': unary(
    (tape, x) => arithmetic.clip(tape, x, 0, 6),
    (x) => Math.min(Math.max(x, 0), 6),
    numbers(-3, -0.001, 0.001, 3, 5.999, 6.001, 1e6),
  ),
  'clip above': unary(
    (tape, x) => arithmetic.clip(tape, x, -Infinity, 1),
    (x) => Math.min(x, 1),
    numbers(-1e5, -1, 0, 0.99, 1.01),
  ),
  'clip nothing': unary(
    (tape, x) => arithmetic.clip(tape, x, -3.4e38, 3.4e38),
    (x) => x,
    numbers(-10, 0, 10),
  ),
  'hard sigmoid': unary(
    (tape, x) => arithmetic.hardSigmoid(tape, x, 0.2, 0.5),
    (x) => Math.min(Math.max(0.2 * x + 0.5, 0), 1),
    numbers(-9, -2.51, -2.49, -1, 0, 1, 2.49, 2.51, 9),
  ),
  'hard swish': unary(
    arithmetic.hardSwish,
    (x) => x * Math.min(Math.max(x / 6 + 0.5, 0), 1),
    numbers(-9, -3.01, -2.99, -1.5, 0, 1, 2.99, 3.01, 9),
  ),
  'the same number twice': {
    inputs: [normal(4)],
    graph: (tape, [x]) => arithmetic.multiply(tape, arithmetic.square(tape, x!), x!),
    loops: ([x]) => x!.data.map((value) => value ** 3),
  },
};

const shapeSubjects: Readonly<Record<string, Subject>> = {
  reshape: {
    inputs: [normal(2, 6)],
    graph: (tape, [x]) => reshape(tape, x!, [3, 4]),
    loops: ([x]) => x!.data,
  },
  transpose: {
    inputs: [normal(2, 3, 4)],
    graph: (tape, [x]) => transpose(tape, x!, [2, 0, 1]),
    loops: ([x]) => loops.transposed(x!, [2, 0, 1]),
  },
  concatenate: {
    inputs: [normal(2, 3), normal(2, 1), normal(2, 2)],
    graph: (tape, parts) => concatenate(tape, parts, 1),
    loops: loops.concatenatedColumns,
  },
  slice: {
    inputs: [normal(2, 5)],
    graph: (tape, [x]) => slice(tape, x!, [1, 4], 1),
    loops: ([x]) => [1, 2, 3, 6, 7, 8].map((i) => x!.data[i]!),
  },
  'rows in another order': {
    inputs: [normal(3, 2)],
    graph: (tape, [x]) => {
      const order = { value: tape.integers([2, 0, 1]), shape: [3] };
      const inverse = { value: tape.integers([1, 2, 0]), shape: [3] };
      return permuteRows(tape, x!, order, inverse);
    },
    loops: ([x]) => [4, 5, 0, 1, 2, 3].map((i) => x!.data[i]!),
  },
  'sum of all': {
    inputs: [normal(2, 3)],
    graph: (tape, [x]) => sum(tape, x!),
    loops: ([x]) => [loops.total(x!.data)],
  },
  'sum over an axis': {
    inputs: [normal(2, 3, 2)],
    graph: (tape, [x]) => sum(tape, x!, [1]),
    loops: ([x]) => loops.sumOverMiddle(x!),
  },
  'mean of all': {
    inputs: [normal(2, 3)],
    graph: (tape, [x]) => mean(tape, x!),
    loops: ([x]) => [loops.total(x!.data) / 6],
  },
  'products of rows': {
    inputs: [normal(3, 4), normal(3, 4)],
    graph: (tape, [a, b]) => rowProducts(tape, a!, b!),
    loops: ([a, b]) =>
      [0, 1, 2].map((row) => loops.total(loops.row(a!, row).map((x, i) => x * loops.row(b!, row)[i]!))),
  },
};

const product = (ta: boolean, tb: boolean): Subject => ({
  inputs: [ta ? normal(4, 3) : normal(3, 4), tb ? normal(2, 4) : normal(4, 2)],
  graph: (tape, [a, b]) => matrixProduct(tape, a!, b!, { transposeA: ta, transposeB: tb }),
  loops: ([a, b]) => loops.product(ta ? loops.flipped(a!) : a!, tb ? loops.flipped(b!) : b!).data,
});

const matrixSubjects: Readonly<Record<string, Subject>> = {
  product: product(false, false),
  'product, first transposed': product(true, false),
  'product, second transposed': product(false, true),
  'product, both transposed': product(true, true),
  linear: {
    inputs: [normal(3, 4), normal(2, 4), normal(2)],
    graph: (tape, [x, weight, bias]) => linear(tape, x!, weight!, bias),
    loops: ([x, weight, bias]) =>
      loops.binary(loops.product(x!, loops.flipped(weight!)), bias!, (a, b) => a + b),
  },
  'rows of length 1': {
    inputs: [normal(3, 4)],
    graph: (tape, [x]) => normalizeRows(tape, x!),
    loops: ([x]) => loops.unitRows(x!),
  },
  'another diagonal': {
    inputs: [normal(3, 3)],
    graph: (tape, [x]) => withDiagonal(tape, x!, -2),
    loops: ([x]) => x!.data.map((value, i) => (i % 4 === 0 ? -2 : value)),
  },
  'log softmax': {
    inputs: [normal(3, 4)],
    graph: (tape, [x]) => logSoftmax(tape, x!),
    loops: ([x]) => loops.logSoftmax(x!),
  },
  'cross entropy': {
    inputs: [normal(3, 4)],
    graph: (tape, [x]) => crossEntropy(tape, x!, [1, 3, 0]),
    loops: ([x]) => {
      const logits = loops.logSoftmax(x!);
      return [-(logits[1]! + logits[7]! + logits[8]!) / 3];
    },
  },
};

const normalized = (shape: readonly number[], splits: number, isAffine: boolean): Subject => ({
  inputs: [normal(...shape), ...(isAffine ? [positive(shape[1]!), normal(shape[1]!)] : [])],
  graph: (tape, [x, weight, bias]) => {
    const affine = weight === undefined || bias === undefined ? undefined : { weight, bias };
    return batchNorm(tape, x!, { splits, affine }).output;
  },
  loops: ([x, weight, bias]) => loops.batchNorm(x!, splits, 1e-5, weight, bias),
});

const normSubjects: Readonly<Record<string, Subject>> = {
  'batch norm of pictures': normalized([4, 2, 3, 2], 1, true),
  'batch norm of pictures, in two parts': normalized([6, 2, 2, 3], 2, true),
  'batch norm of rows': normalized([5, 3], 1, true),
  'batch norm of rows, not affine, in two parts': normalized([6, 3], 2, false),
};

describe.each([
  ['arithmetic', arithmeticSubjects],
  ['shapes and sums', shapeSubjects],
  ['matrices', matrixSubjects],
  ['norms', normSubjects],
])('%s', (_, subjects) => {
  it.each(Object.entries(subjects))('%s', (_name, subject) => expectGradients(subject));
});

it('a row of zeros has no direction: it stays zeros, and no gradient flows to it', async () => {
  const tape = new Tape('zeros');
  const x = tape.parameter('x', [2, 3]);
  const unit = normalizeRows(tape, x);
  const weights = tape.constant([1, -2, 3, 1, -2, 3], [2, 3]);
  const [gradient] = tape.gradients(sum(tape, arithmetic.multiply(tape, unit, weights)), [x]);
  tape.output('unit', unit);
  tape.output('gradient', gradient!);
  const results = await runTape(tape, { x: numbersOf([2, 3], (i) => (i === 3 ? 2 : 0)) });
  expect([...results['unit']!]).toEqual([0, 0, 0, 1, 0, 0]);
  expect([...results['gradient']!]).toEqual([0, 0, 0, 0, -1, 1.5]);
});

describe('where a function bends, no gradient flows', () => {
  it.each([
    ['relu', arithmetic.relu, [0]],
    ['clip', (tape: Tape, x: Tensor) => arithmetic.clip(tape, x, -0.1, 0.7), [-0.1, 0.7]],
    ['clip from 0', (tape: Tape, x: Tensor) => arithmetic.clip(tape, x, 0, 6), [0, 6]],
    ['hard sigmoid', (tape: Tape, x: Tensor) => arithmetic.hardSigmoid(tape, x, 1 / 6, 0.5), [-3, 3]],
  ])('%s', async (_, bent, bends) => {
    const tape = new Tape('bends');
    const x = tape.parameter('x', [bends.length]);
    const [gradient] = tape.gradients(sum(tape, bent(tape, x)), [x]);
    tape.output('gradient', gradient!);
    const results = await runTape(tape, { x: numbers(...bends) });
    expect([...results['gradient']!].map(Math.abs)).toEqual(bends.map(() => 0));
  });
});

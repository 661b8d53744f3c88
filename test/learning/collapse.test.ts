// How far rows point in different directions: as numbers, and in a graph.
import { expect, it } from 'vitest';
import { sum } from '../../src/autodiff/reductions.ts';
import { Tape } from '../../src/autodiff/tape.ts';
import { type Matrix, matrixFromRows } from '../../src/base/matrix.ts';
import { Random } from '../../src/base/random.ts';
import { spreadOfDirections, stdOfL2Normalized } from '../../src/learning/collapse.ts';
import { numbersOf, runTape } from '../autodiff/finite-differences.ts';
import { thrownBy } from '../support/thrown-by.ts';
import { golden } from './golden.ts';

const ofGraph = async ({ rows, columns, data }: Matrix): Promise<number> => {
  const tape = new Tape('spread');
  tape.output('spread', spreadOfDirections(tape, tape.input('z', [rows, columns])));
  return (await runTape(tape, { z: numbersOf([rows, columns], (i) => data[i]!) }))['spread']![0]!;
};

it.each(golden.spreads.map((each) => [each.z.length, each.z[0]!.length, each] as const))(
  'of %i × %i is what Lightly computes',
  async (_, __, { z, spread }) => {
    expect(stdOfL2Normalized(matrixFromRows(z))).toBeCloseTo(spread, 14);
    expect(await ofGraph(matrixFromRows(z))).toBeCloseTo(spread, 6);
  },
);

it.each([
  [
    'of rows in one direction is 0',
    [
      [3, 4],
      [0.6, 0.8],
      [300, 400],
    ],
  ],
  [
    'of rows of zeros is 0',
    [
      [0, 0],
      [0, 0],
    ],
  ],
])('%s', async (_, rows) => {
  expect(stdOfL2Normalized(matrixFromRows(rows))).toBeCloseTo(0, 7);
  expect(await ofGraph(matrixFromRows(rows))).toBeCloseTo(0, 6);
});

it('of rows in all directions alike is about 1 / √d', () => {
  const random = new Random(5);
  const rows = Array.from({ length: 2000 }, () => Array.from({ length: 16 }, () => random.normal()));
  expect(stdOfL2Normalized(matrixFromRows(rows))).toBeCloseTo(0.25, 2);
});

it('teaches nothing', () => {
  const tape = new Tape('spread');
  const z = tape.parameter('z', [3, 2]);
  expect(tape.isTracked(spreadOfDirections(tape, z))).toBe(false);
  expect(tape.isTracked(sum(tape, z))).toBe(true);
});

it.each([0, 1])('of %i rows is refused', (rows) => {
  const expected = {
    code: 'ERR_SHAPE',
    message: `the spread of ${rows} ${rows === 1 ? 'row' : 'rows'}: expected at least 2, as it measures how rows differ.`,
  };
  expect(thrownBy(() => stdOfL2Normalized({ rows, columns: 3, data: new Float32Array(3 * rows) }))).toEqual(
    expected,
  );
  const tape = new Tape('spread');
  expect(thrownBy(() => spreadOfDirections(tape, tape.input('z', [rows, 3])))).toEqual(expected);
});

// Whether a network has come to say the same of all pictures.
import { scale, square, subtract } from '../autodiff/arithmetic.ts';
import { normalizeRows } from '../autodiff/matrix.ts';
import { mean, sum } from '../autodiff/reductions.ts';
import type { Tape, Tensor } from '../autodiff/tape.ts';
import { type Matrix, rowOf } from '../base/matrix.ts';
import { requireSeveralRows } from './view-shapes.ts';

/** A row that is shorter counts as one of this length (PyTorch's `normalize`). */
const LEAST_LENGTH = 1e-12;

/**
 * Standard deviation of each dimension over rows of length 1, on average (Chen and He 2021), in float64, as Lightly's
 * `std_of_l2_normalized`: 0 when all rows point in one direction, about 1 / √d when they point in all alike.
 *
 * @param matrix n × d, n at least 2
 * @throws ERR_SHAPE for fewer rows
 */
export const stdOfL2Normalized = (matrix: Matrix): number => {
  requireSeveralRows(matrix.rows, 'the spread');
  const { rows, columns } = matrix;
  const unit = new Float64Array(rows * columns);
  for (let r = 0; r < rows; r++) {
    const row = rowOf(matrix, r);
    const length = Math.max(LEAST_LENGTH, Math.sqrt(row.reduce((total, value) => total + value * value, 0)));
    for (let c = 0; c < columns; c++) unit[r * columns + c] = row[c]! / length;
  }
  let deviations = 0;
  for (let c = 0; c < columns; c++) {
    let total = 0;
    for (let r = 0; r < rows; r++) total += unit[r * columns + c]!;
    let squares = 0;
    for (let r = 0; r < rows; r++) squares += (unit[r * columns + c]! - total / rows) ** 2;
    deviations += Math.sqrt(squares / (rows - 1));
  }
  return deviations / columns;
};

/** {@link stdOfL2Normalized} as a graph, to be looked at: no gradient flows. @param z [n, d] @returns [] */
export const spreadOfDirections = (tape: Tape, z: Tensor): Tensor => {
  const [rows] = z.shape as [number, number];
  requireSeveralRows(rows, 'the spread');
  const unit = normalizeRows(tape, tape.detach(z));
  const centred = subtract(tape, unit, mean(tape, unit, [0], true));
  const variances = scale(tape, sum(tape, square(tape, centred), [0]), 1 / (rows - 1));
  return mean(tape, tape.node('Sqrt', [variances], variances.shape));
};

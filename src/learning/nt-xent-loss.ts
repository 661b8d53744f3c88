// The contrastive loss of SimCLR and MoCo: how well two views of one picture find each other among others. Pure.
// In float64, for whoever holds numbers; what trains is the graph in losses/nt-xent.ts.
import { type Matrix, rowOf } from '../base/matrix.ts';
import { DEFAULT_TEMPERATURE, requireTemperature } from './temperature.ts';
import { requireViews } from './view-shapes.ts';

export interface NtXentOptions {
  /** What cosine similarities are divided by; not 0. Default 0.5. */
  readonly temperature?: number | undefined;
  /**
   * n × d rows of other pictures to tell apart from (MoCo's queue). Without them, or with none, the other rows of the
   * batch serve.
   */
  readonly bank?: Matrix | undefined;
}

/** A row that is shorter counts as one of this length (PyTorch's `normalize`). */
const LEAST_LENGTH = 1e-12;

/**
 * Normalised temperature-scaled cross entropy, in float64 (Chen et al. 2020; with a bank: He et al. 2020), as Lightly's
 * `NTXentLoss`. Rows are scaled to length 1, those of the bank are taken as they are.
 *
 * Without a bank each of the 2n rows is compared with all others, and its other view is the right answer; the order of
 * the arguments does not matter. With a bank each row of `out0` is compared with its own of `out1` and with the bank.
 *
 * @param out0 n × d, n at least 1
 * @param out1 n × d, the other view of each
 * @returns the mean over all rows, at least 0 for a positive temperature
 * @throws ERR_SHAPE when the shapes do not fit together; ERR_OPTION for a temperature of 0
 */
export const ntXentLoss = (
  out0: Matrix,
  out1: Matrix,
  { temperature = DEFAULT_TEMPERATURE, bank }: NtXentOptions = {},
): number => {
  requireViews(
    [out0, out1, ...(bank === undefined ? [] : [bank])].map(({ rows, columns }) => [rows, columns]),
  );
  requireTemperature(temperature);
  const [first, second] = [unitRowsOf(out0), unitRowsOf(out1)];
  if (bank !== undefined && bank.rows > 0) {
    const others = Array.from({ length: bank.rows }, (_, row) => Float64Array.from(rowOf(bank, row)));
    return meanOf(first.map((row, i) => crossEntropy(row, second[i]!, others, temperature)));
  }
  const all = [...first, ...second];
  const losses = all.map((row, i) => {
    const view = (i + out0.rows) % all.length;
    const others = all.filter((_, j) => j !== i && j !== view);
    return crossEntropy(row, all[view]!, others, temperature);
  });
  return meanOf(losses);
};

/** −log of the share that softmax gives to the right answer. */
const crossEntropy = (
  query: Float64Array,
  right: Float64Array,
  others: readonly Float64Array[],
  temperature: number,
): number => {
  const target = product(query, right) / temperature;
  const logits = [target, ...others.map((other) => product(query, other) / temperature)];
  // Subtracted, so that nothing overflows at a low temperature.
  const largest = logits.reduce((most, logit) => Math.max(most, logit), Number.NEGATIVE_INFINITY);
  const sum = logits.reduce((total, logit) => total + Math.exp(logit - largest), 0);
  return Math.log(sum) + largest - target;
};

const product = (a: Float64Array, b: Float64Array): number =>
  a.reduce((sum, value, i) => sum + value * b[i]!, 0);

const unitRowsOf = (matrix: Matrix): Float64Array[] =>
  Array.from({ length: matrix.rows }, (_, row) => {
    const values = Float64Array.from(rowOf(matrix, row));
    const length = Math.max(LEAST_LENGTH, Math.sqrt(product(values, values)));
    return values.map((value) => value / length);
  });

const meanOf = (values: readonly number[]): number =>
  values.reduce((sum, value) => sum + value, 0) / values.length;

// NT-Xent as a graph: the loss of SimCLR and, with a bank, of MoCo.
import { scale } from '../../autodiff/arithmetic.ts';
import { concatenate } from '../../autodiff/layout.ts';
import { matrixProduct, normalizeRows, withDiagonal } from '../../autodiff/matrix.ts';
import { rowProducts } from '../../autodiff/reductions.ts';
import { crossEntropy } from '../../autodiff/softmax.ts';
import type { Tape, Tensor } from '../../autodiff/tape.ts';
import { DEFAULT_TEMPERATURE, requireTemperature } from '../temperature.ts';
import { requireViews } from '../view-shapes.ts';

export interface NtXentGraphOptions {
  /** What cosine similarities are divided by; not 0. Default 0.5. */
  readonly temperature?: number | undefined;
  /**
   * [size, d] rows of other pictures, as the memory bank holds them before this batch is added: of length 1 already. No
   * gradient flows to them.
   */
  readonly bank?: Tensor | undefined;
}

/** A logit that has no share of any softmax, and whose product with 0 is 0, other than infinity's. */
const NEVER = -1e30;

/**
 * What `ntXentLoss` computes from numbers, as a graph. Without a bank 2n rows are told apart, each from all others, and
 * one pair alone has a loss of 0; with a bank only `out0` asks.
 *
 * @param out0 [n, d] @param out1 [n, d], the other view of each @returns []
 * @throws ERR_SHAPE when the shapes do not fit together; ERR_OPTION for a temperature of 0
 */
export const ntXent = (
  tape: Tape,
  out0: Tensor,
  out1: Tensor,
  { temperature = DEFAULT_TEMPERATURE, bank }: NtXentGraphOptions = {},
): Tensor => {
  requireViews([out0, out1, ...(bank === undefined ? [] : [bank])].map(({ shape }) => shape));
  requireTemperature(temperature);
  const count = out0.shape[0]!;
  const [first, second] = [normalizeRows(tape, out0), normalizeRows(tape, out1)];
  if (bank !== undefined && bank.shape[0] !== 0) {
    const others = matrixProduct(tape, first, tape.detach(bank), { transposeB: true });
    const cosines = concatenate(tape, [rowProducts(tape, first, second), others], 1);
    const isFirst = Array.from({ length: count }, () => 0);
    return crossEntropy(tape, scale(tape, cosines, 1 / temperature), isFirst);
  }
  const rows = concatenate(tape, [first, second]);
  const cosines = matrixProduct(tape, rows, rows, { transposeB: true });
  const logits = withDiagonal(tape, scale(tape, cosines, 1 / temperature), NEVER);
  const otherViews = Array.from({ length: 2 * count }, (_, i) => (i + count) % (2 * count));
  return crossEntropy(tape, logits, otherViews);
};

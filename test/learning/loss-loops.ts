/** Losses in plain loops of float64, written from the papers. */
import type { Numbers } from '../autodiff/finite-differences.ts';
import { numbersOf } from '../autodiff/finite-differences.ts';
import { row, total } from '../autodiff/loops.ts';

const rowsOf = (x: Numbers): number[][] => Array.from({ length: x.shape[0]! }, (_, i) => row(x, i));
const columnsOf = (x: Numbers): number[][] =>
  Array.from({ length: x.shape[1]! }, (_, c) => rowsOf(x).map((values) => values[c]!));
const dot = (a: readonly number[], b: readonly number[]): number => total(a.map((x, i) => x * b[i]!));
const meanOf = (values: readonly number[]): number => total(values) / values.length;
const cosine = (a: readonly number[], b: readonly number[]): number =>
  dot(a, b) / Math.max(Math.hypot(...a) * Math.hypot(...b), 1e-16);

/** −log(exp(right) / (exp(right) + Σ exp(others))). */
const shareOf = (right: number, others: readonly number[]): number =>
  Math.log(total([right, ...others].map((logit) => Math.exp(logit - right))));

/** Equation 1 of SimCLR, over all rows of both views; with a bank equation 1 of MoCo. */
export const ntXent = (out0: Numbers, out1: Numbers, temperature: number, bank?: Numbers): number => {
  const [first, second] = [rowsOf(out0), rowsOf(out1)];
  if (bank !== undefined) {
    const losses = first.map((query, i) => {
      const length = Math.hypot(...query);
      const others = rowsOf(bank).map((other) => dot(query, other) / length / temperature);
      return shareOf(cosine(query, second[i]!) / temperature, others);
    });
    return meanOf(losses);
  }
  const all = [...first, ...second];
  const losses = all.map((query, i) => {
    const view = (i + first.length) % all.length;
    const others = all.filter((_, k) => k !== i && k !== view);
    return shareOf(
      cosine(query, all[view]!) / temperature,
      others.map((other) => cosine(query, other) / temperature),
    );
  });
  return meanOf(losses);
};

export const negativeCosineSimilarity = (a: Numbers, b: Numbers): number => {
  const others = rowsOf(b);
  return -meanOf(rowsOf(a).map((values, i) => cosine(values, others[i]!)));
};

export const barlowTwins = (a: Numbers, b: Numbers, lambda = 0.005): number => {
  const normalized = (x: Numbers): number[][] =>
    columnsOf(x).map((values) => {
      const mean = meanOf(values);
      const variance = meanOf(values.map((value) => (value - mean) ** 2));
      return values.map((value) => (value - mean) / Math.sqrt(variance + 1e-5));
    });
  const [first, second] = [normalized(a), normalized(b)];
  const terms = first.flatMap((x, i) =>
    second.map((y, j) => {
      const correlation = dot(x, y) / x.length;
      return i === j ? (correlation - 1) ** 2 : lambda * correlation ** 2;
    }),
  );
  return total(terms);
};

export const vicReg = (a: Numbers, b: Numbers, [lambda, mu, nu, epsilon] = [25, 25, 1, 1e-4]): number => {
  const invariance = meanOf(Array.from(a.data, (value, i) => (value - b.data[i]!) ** 2));
  const covariances = (x: Numbers): number[][] => {
    const centred = columnsOf(x).map((values) => values.map((value) => value - meanOf(values)));
    return centred.map((p) => centred.map((q) => dot(p, q) / (p.length - 1)));
  };
  const variance = (x: Numbers): number =>
    meanOf(covariances(x).map((values, i) => Math.max(0, 1 - Math.sqrt(values[i]! + epsilon!))));
  const covariance = (x: Numbers): number =>
    total(covariances(x).flatMap((values, i) => values.map((value, j) => (i === j ? 0 : value ** 2)))) /
    x.shape[1]!;
  return (
    lambda! * invariance + (mu! * (variance(a) + variance(b))) / 2 + nu! * (covariance(a) + covariance(b))
  );
};

/** Rows of length 1. */
export const unit = (x: Numbers): Numbers => {
  const values = rowsOf(x).flatMap((each) => each.map((value) => value / Math.hypot(...each)));
  return numbersOf(x.shape, (i) => values[i]!);
};

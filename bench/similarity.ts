/** How alike two 8-bit planes are. */

/** In decibels. */
export const psnrOf = (a: Uint8Array, b: Uint8Array): number => {
  if (a.length !== b.length) throw new Error(`planes of ${a.length} and ${b.length} pixels`);
  let sum = 0;
  for (let i = 0; i < a.length; i++) sum += (a[i]! - b[i]!) ** 2;
  return sum === 0 ? 100 : 10 * Math.log10((255 * 255 * a.length) / sum);
};

const WINDOW = 8;
const C1 = (0.01 * 255) ** 2;
const C2 = (0.03 * 255) ** 2;

/** Mean structural similarity over windows of 8 × 8 pixels that overlap by half. */
export const ssimOf = (a: Uint8Array, b: Uint8Array, width: number): number => {
  const height = a.length / width;
  let [sum, count] = [0, 0];
  for (let top = 0; top + WINDOW <= height; top += WINDOW / 2) {
    for (let left = 0; left + WINDOW <= width; left += WINDOW / 2) {
      sum += ssimOfWindow(a, b, top * width + left, width);
      count++;
    }
  }
  return sum / count;
};

const ssimOfWindow = (a: Uint8Array, b: Uint8Array, start: number, stride: number): number => {
  let [sumA, sumB, sumAA, sumBB, sumAB] = [0, 0, 0, 0, 0];
  for (let y = 0; y < WINDOW; y++) {
    for (let i = start + y * stride; i < start + y * stride + WINDOW; i++) {
      const [p, q] = [a[i]!, b[i]!];
      sumA += p;
      sumB += q;
      sumAA += p * p;
      sumBB += q * q;
      sumAB += p * q;
    }
  }
  const n = WINDOW * WINDOW;
  const [meanA, meanB] = [sumA / n, sumB / n];
  const [varianceA, varianceB] = [sumAA / n - meanA ** 2, sumBB / n - meanB ** 2];
  const covariance = sumAB / n - meanA * meanB;
  const top = (2 * meanA * meanB + C1) * (2 * covariance + C2);
  return top / ((meanA ** 2 + meanB ** 2 + C1) * (varianceA + varianceB + C2));
};

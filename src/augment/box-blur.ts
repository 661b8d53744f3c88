// Three box blurs in a row come close to a Gaussian one. The arithmetic is PIL's.
import type { RgbImage } from '../base/rgb-image.ts';

const PASSES = 3;
const WEIGHT_BITS = 24;
const ONE = 2 ** WEIGHT_BITS;
const HALF = ONE / 2;

/**
 * Gaussian blur, as three box blurs each way: PIL's `GaussianBlur`, whose radius is the standard deviation. Beyond its
 * edges the picture goes on as its last pixels. Cost: independent of `sigma`, but for about `6 × sigma` pixels a line.
 *
 * @param sigma standard deviation in pixels, at least 0; 0 changes nothing
 */
export const blurred = (image: RgbImage, sigma: number): RgbImage => {
  const { width, height, data: source } = image;
  const box = boxOf(sigma);
  if (box.radius === 0 && box.edgeWeight === 0) return image;
  const data = new Uint8Array(source.length);
  const rows = lineBlur(box, width);
  for (let i = 0; i < height; i++)
    for (let channel = 0; channel < 3; channel++) rows(source, data, i * width * 3 + channel, 3);
  const columns = lineBlur(box, height);
  for (let i = 0; i < width * 3; i++) columns(data, data, i, width * 3);
  return { width, height, data };
};

interface BlurBox {
  /** Pixels on each side that count in full. */
  readonly radius: number;
  /** Of the pixels that count in full, and of those next to them, in 2^-24. */
  readonly weight: number;
  readonly edgeWeight: number;
}

/** The box whose threefold blur has the variance of a Gaussian one (Gwosdek et al. 2011), in float32 as in PIL. */
const boxOf = (sigma: number): BlurBox => {
  const { fround } = Math;
  const variance = fround(fround(fround(sigma) * fround(sigma)) / PASSES);
  const length = fround(Math.sqrt(12 * variance + 1));
  const radius = Math.floor((length - 1) / 2);
  const above = fround(fround(2 * radius + 1) * fround(radius * (radius + 1) - fround(3 * variance)));
  const below = fround(6 * fround(variance - (radius + 1) ** 2));
  const wholeRadius = fround(radius + fround(above / below));
  const full = Math.trunc(wholeRadius);
  const weight = Math.trunc(fround(ONE / fround(fround(wholeRadius * 2) + 1)));
  return { radius: full, weight, edgeWeight: Math.trunc((ONE - (2 * full + 1) * weight) / 2) };
};

type LineBlur = (from: Uint8Array, to: Uint8Array, start: number, step: number) => void;

/** What blurs one line of one channel: `length` bytes from `start` on, `step` apart. Both arrays may be the same. */
const lineBlur = (box: BlurBox, length: number): LineBlur => {
  const margin = box.radius + 1;
  const end = margin + length;
  let line = new Uint8Array(end + margin);
  let blurredLine = new Uint8Array(end + margin);
  return (from, to, start, step) => {
    for (let i = margin, at = start; i < end; i++, at += step) line[i] = from[at]!;
    for (let pass = 0; pass < PASSES; pass++) {
      line.fill(line[margin]!, 0, margin);
      line.fill(line[end - 1]!, end);
      blurOnce(line, blurredLine, length, box);
      [line, blurredLine] = [blurredLine, line];
    }
    for (let i = margin, at = start; i < end; i++, at += step) to[at] = line[i]!;
  };
};

/** Both lines have a margin of `radius + 1` bytes on each side. */
const blurOnce = (
  line: Uint8Array,
  to: Uint8Array,
  length: number,
  { radius, weight, edgeWeight }: BlurBox,
): void => {
  const reach = 2 * radius + 1;
  let sum = 0;
  for (let i = 0; i < reach; i++) sum += line[i]!;
  let entering = line[reach]!;
  for (let i = 0; i < length; i++) {
    // The box moves on. What leaves it is now its neighbour on the left, what enters next the one on the right.
    const leaving = line[i]!;
    sum += entering - leaving;
    entering = line[i + reach + 1]!;
    // Modulo 2^32, as unsigned: the true value fits.
    to[i + radius + 1] =
      (Math.imul(sum, weight) + Math.imul(leaving + entering, edgeWeight) + HALF) >>> WEIGHT_BITS;
  }
};

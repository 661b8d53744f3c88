// Pictures for tests of what is computed from pixels.
import fc from 'fast-check';
import type { RgbImage } from '../../src/base/rgb-image.ts';
import type { LumaPlane } from '../../src/image/luma.ts';

/** A plane with `at(x, y)` at each place. */
export const planeOf = (
  width: number,
  height: number,
  at: (x: number, y: number, place: number) => number,
): LumaPlane => ({
  width,
  height,
  data: Uint8Array.from({ length: width * height }, (_, i) => at(i % width, Math.floor(i / width), i)),
});

/** Full of detail, no two rows alike; the same formula is quickly written down in Python. */
export const detailed = (width: number, height: number): LumaPlane =>
  planeOf(width, height, (x, y, i) => (3 * x * x + 7 * y * y + 5 * x * y + ((i * 7919) % 31)) % 256);

export const flippedPlane = ({ width, height, data }: LumaPlane): LumaPlane =>
  planeOf(width, height, (x, y) => data[y * width + width - 1 - x]!);

/** The same as a picture without colour. */
export const greyPicture = ({ width, height, data }: LumaPlane): RgbImage => ({
  width,
  height,
  data: Uint8Array.from({ length: 3 * data.length }, (_, i) => data[Math.floor(i / 3)]!),
});

/** Planes of up to 12 × 12 pixels, plain, narrow and full ones among them. */
export const anyPlane = fc
  .tuple(fc.integer({ min: 1, max: 12 }), fc.integer({ min: 1, max: 12 }))
  .chain(([width, height]) =>
    fc
      .uint8Array({ minLength: width * height, maxLength: width * height })
      .map((data): LumaPlane => ({ width, height, data })),
  );

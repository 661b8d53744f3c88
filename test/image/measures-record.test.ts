import fc from 'fast-check';
import { expect, it } from 'vitest';
import { decodeMeasures, encodeMeasures, MEASURES_BYTES } from '../../src/image/measures-record.ts';

const number = fc.double({ noNaN: true });

it('measures come back from their bytes as they were, wherever these lie', () => {
  const measures = fc.record({
    luminance: number,
    contrast: number,
    sharpness: number,
    entropy: number,
    shadows: number,
    highlights: number,
    uniformRowRatio: number,
    perceptualHash: fc
      .bigInt({ min: 0n, max: 2n ** 64n - 1n })
      .map((bits) => bits.toString(16).padStart(16, '0')),
    thumbnail: fc.uint8Array({ minLength: 2304, maxLength: 2304 }),
  });
  fc.assert(
    fc.property(measures, fc.nat(9), (expected, offset) => {
      const bytes = encodeMeasures(expected);
      expect(bytes).toHaveLength(MEASURES_BYTES);
      const memory = new Uint8Array(MEASURES_BYTES + 9).fill(255);
      memory.set(bytes, offset);
      const { thumbnail, ...others } = decodeMeasures(memory.subarray(offset, offset + MEASURES_BYTES));
      expect({ ...others, thumbnail: Uint8Array.from(thumbnail) }).toEqual(expected);
    }),
    { numRuns: 50 },
  );
});

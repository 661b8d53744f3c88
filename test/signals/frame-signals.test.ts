import { describe, expect, it } from 'vitest';
import { lumaOf } from '../../src/image/luma.ts';
import { measureFrame } from '../../src/image/measures.ts';
import { frameSignals } from '../../src/signals/frame-signals.ts';
import { uniformRowRatio } from '../../src/signals/uniform-row-ratio.ts';
import { sceneOf } from '../support/footage.ts';
import { greyPicture, planeOf } from '../support/planes.ts';

describe('the signals of a frame', () => {
  it('are its measures and more', () => {
    const image = sceneOf(41, 100, 60)(0);
    const { shadows, highlights, ...rest } = frameSignals(image);
    expect(rest).toEqual({ ...measureFrame(image), uniformRowRatio: uniformRowRatio(lumaOf(image)) });
    const sorted = [...lumaOf(image).data].sort((a, b) => a - b);
    // Places 0.05 × 5999 and 0.99 × 5999 of 6000 pixels.
    expect(shadows).toBeCloseTo(sorted[299]! + 0.95 * (sorted[300]! - sorted[299]!), 9);
    expect(highlights).toBeCloseTo(sorted[5939]! + 0.01 * (sorted[5940]! - sorted[5939]!), 9);
  });

  it('know shadows and highlights', () => {
    // 100 pixels of luma 0 to 99 and one more.
    const { shadows, highlights } = frameSignals(greyPicture(planeOf(101, 1, (x) => x)));
    expect([shadows, highlights]).toEqual([5, 99]);
  });
});

import { describe, expect, it } from 'vitest';
import { fadeDetector } from '../../src/signals/fade-detector.ts';
import { cutsOf, dimmed, featuresOf, plainPicture, sceneOf } from '../support/footage.ts';

const shown = sceneOf(31)(0);
const other = sceneOf(32)(0);

/** A letter a frame: a and b are shown, dots are black. */
const cutsIn = (frames: string, options?: Parameters<typeof fadeDetector>[0]): number[] =>
  cutsOf(
    fadeDetector(options),
    featuresOf([...frames].map((letter) => ({ a: shown, b: other })[letter] ?? plainPicture([0, 0, 0]))),
  );

describe('the fade detector', () => {
  it.each([
    ['two', `${'a'.repeat(20)}..${'b'.repeat(20)}`, 21],
    ['one', `${'a'.repeat(20)}.${'b'.repeat(20)}`, 20],
    ['three', `${'a'.repeat(20)}...${'b'.repeat(20)}`, 22],
    ['five', `${'a'.repeat(20)}.....${'b'.repeat(20)}`, 22],
    ['seven', `${'a'.repeat(20)}.......${'b'.repeat(20)}`, 24],
  ])('cuts in the middle of %s black frames, the even one of two', (_, frames, cut) => {
    expect(cutsIn(frames)).toEqual([cut]);
  });

  it('does not cut where the video ends in black, nor between light scenes', () => {
    expect(cutsIn(`${'a'.repeat(20)}${'b'.repeat(20)}${'.'.repeat(20)}`)).toEqual([]);
  });

  it('cuts after black at the start if that is long enough', () => {
    expect(cutsIn(`${'.'.repeat(40)}${'a'.repeat(20)}`)).toEqual([20]);
    expect(cutsIn(`${'.'.repeat(20)}${'a'.repeat(20)}`)).toEqual([]);
  });

  it('takes frames below the threshold for black, by the mean of all colours', () => {
    const grey = (level: number): number[] =>
      cutsOf(
        fadeDetector(),
        featuresOf(
          [20, 20]
            .flatMap((count) => [...new Array(count).fill(shown), plainPicture([level, level, level])])
            .concat(shown),
        ),
      );
    expect(grey(11)).toEqual([20, 41]);
    expect(grey(12)).toEqual([]);
    // Blue of 33 has a luma of 4, and a mean of 11; of 36, a mean of 12.
    const blue = (level: number): number[] =>
      cutsOf(fadeDetector(), featuresOf([...new Array(20).fill(shown), plainPicture([0, 0, level]), shown]));
    expect(blue(33)).toEqual([20]);
    expect(blue(36)).toEqual([]);
  });

  it('finds a slow fade out and in', () => {
    const fade = [...new Array(21).keys()].map((i) => dimmed(i <= 10 ? shown : other, Math.abs(10 - i), 10));
    const footage = featuresOf([...new Array(20).fill(shown), ...fade, ...new Array(20).fill(other)]);
    expect(cutsOf(fadeDetector(), footage)).toEqual([30]);
  });
});

// What every shot detector does.
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { RgbImage } from '../../src/base/rgb-image.ts';
import { hashChange } from '../../src/signals/change-detector.ts';
import { frameFeatures } from '../../src/signals/frame-features.ts';
import {
  createShotDetector,
  SHOT_DETECTOR_NAMES,
  type ShotDetectorName,
  shotsBetween,
} from '../../src/signals/shots.ts';
import { cutsOf, featuresOf, plainPicture, randomFootage, sceneOf } from '../support/footage.ts';

const footage = featuresOf(randomFootage(1, 500));
const black = plainPicture([0, 0, 0]);

/** Pictures of which each is another shot than the others, in the eyes of a detector. */
const looks = (name: ShotDetectorName): readonly RgbImage[] =>
  name === 'hash'
    ? [3, 5, 8, 9].map((seed) => sceneOf(seed)(0))
    : [
        plainPicture([30, 30, 30]),
        plainPicture([255, 0, 0]),
        plainPicture([0, 0, 255]),
        plainPicture([240, 240, 240]),
      ];

/** Shots by their look and length, no look twice in a row. */
const anyShots = fc
  .array(fc.record({ step: fc.integer({ min: 1, max: 3 }), length: fc.integer({ min: 15, max: 40 }) }), {
    minLength: 1,
    maxLength: 6,
  })
  .map((shots) => {
    let look = 0;
    return shots.map(({ step, length }) => {
      look = (look + step) % 4;
      return { look, length };
    });
  });

/** The cuts of PySceneDetect 0.7, with OpenCV 4.6, in the same footage. */
const PYSCENEDETECT: Readonly<
  Record<ShotDetectorName, { readonly frames: number; readonly cuts: readonly number[] }>
> = {
  adaptive: {
    // Its minimum length is measured otherwise.
    frames: 0,
    cuts: [
      19, 63, 83, 103, 119, 138, 254, 288, 293, 345, 369, 382, 401, 402, 413, 432, 433, 449, 459, 473, 480,
      483, 486, 490,
    ],
  },
  content: { frames: 15, cuts: [18, 63, 83, 119, 138, 190, 254, 292, 345, 369, 413, 432] },
  hash: {
    frames: 15,
    cuts: [
      18, 35, 50, 83, 98, 113, 138, 153, 168, 183, 198, 213, 228, 254, 288, 339, 382, 401, 432, 449, 473, 489,
    ],
  },
  histogram: {
    frames: 15,
    cuts: [18, 33, 48, 63, 83, 98, 113, 138, 254, 293, 332, 369, 385, 401, 432, 459, 479],
  },
  fade: { frames: 7, cuts: [36, 48, 62, 96, 103, 118, 293, 340, 388, 412, 479, 489] },
};

describe.each(SHOT_DETECTOR_NAMES)('the %s detector', (name) => {
  it('cuts where PySceneDetect does', () => {
    const { frames, cuts } = PYSCENEDETECT[name];
    expect(cutsOf(createShotDetector(name, { minimumLength: { frames } }), footage)).toEqual(cuts);
  });

  it('finds one shot where nothing changes', () => {
    fc.assert(
      fc.property(fc.nat(3), fc.integer({ min: 0, max: 60 }), (look, length) => {
        const still = new Array(length).fill(frameFeatures(looks(name)[look]!));
        const minimumLength = { frames: 0 };
        expect(cutsOf(createShotDetector(name, { minimumLength }), still)).toEqual([]);
        expect(shotsBetween([], 0, length)).toEqual(length === 0 ? [] : [{ start: 0, end: length }]);
      }),
    );
  });

  it('cuts at each seam of shots that look different', () => {
    const [shown, dark] = [featuresOf(looks(name)), frameFeatures(black)];
    // Between shots that fade there are six black frames, of which the middle is the cut.
    const gap = name === 'fade' ? 6 : 0;
    fc.assert(
      fc.property(anyShots, (shots) => {
        const frames = shots.flatMap(({ look, length }, i) => [
          ...new Array(i === 0 ? 0 : gap).fill(dark),
          ...new Array(length).fill(shown[look]!),
        ]);
        let end = 0;
        const seams = shots.slice(1).map((_, i) => {
          end += shots[i]!.length + gap;
          return end - gap / 2;
        });
        expect(cutsOf(createShotDetector(name), frames)).toEqual(seams);
      }),
    );
  });

  it('finds the same cuts wherever the video starts to be counted', () => {
    const cuts = cutsOf(createShotDetector(name), footage);
    expect(cuts.length).toBeGreaterThan(5);
    fc.assert(
      fc.property(fc.nat(10_000_000), (first) => {
        const expected = cuts.slice(0, 3).map((cut) => first + cut);
        expect(cutsOf(createShotDetector(name), footage.slice(0, 150), first).slice(0, 3)).toEqual(expected);
      }),
      { numRuns: 20 },
    );
  });

  it.each([0, 1, 7, 15, 40])('makes no shot but the last shorter than %i frames', (frames) => {
    const cuts = cutsOf(createShotDetector(name, { minimumLength: { frames } }), footage);
    const shots = shotsBetween(cuts, 0, footage.length);
    expect(shots.length).toBeGreaterThan(2);
    for (const { start, end } of shots.slice(0, -1))
      expect(end - start).toBeGreaterThanOrEqual(Math.max(1, frames));
  });

  it('takes 0.6 seconds for the minimum length, which at 25 frames a second are 15 frames', () => {
    const cuts = cutsOf(createShotDetector(name), footage);
    expect(cuts).toEqual(cutsOf(createShotDetector(name, { minimumLength: { frames: 15 } }), footage));
    const [shown, dark] = [featuresOf(looks(name)), frameFeatures(black)];
    const shot = (look: number, length: number) =>
      new Array(length).fill(shown[look]!).with(0, name === 'fade' ? dark : shown[look]!);
    const cutsAround = (length: number): number[] =>
      cutsOf(createShotDetector(name), [
        ...new Array(20).fill(shown[0]!),
        ...shot(1, length),
        ...shot(2, 30),
      ]);
    expect(cutsAround(14)).toEqual([20]);
    expect(cutsAround(15)).toEqual([20, 35]);
  });

  it('tells cuts in order, none ahead of its frame, and takes none back when more frames come', () => {
    const detector = createShotDetector(name, { minimumLength: { frames: 3 } });
    const cuts: number[] = [];
    footage.forEach((features, frame) => {
      for (const cut of detector.next({ index: frame, seconds: frame / 25 }, features)) {
        expect(cut).toBeGreaterThan(cuts.at(-1) ?? 0);
        expect(cut).toBeLessThanOrEqual(frame);
        cuts.push(cut);
      }
    });
    expect(cuts).toEqual(cutsOf(createShotDetector(name, { minimumLength: { frames: 3 } }), footage));
  });

  it('shares nothing with another one', () => {
    const [one, other] = [createShotDetector(name), createShotDetector(name)];
    const cuts = footage.flatMap((features, frame) => {
      other.next({ index: frame, seconds: frame / 25 }, footage[footage.length - 1 - frame]!);
      return one.next({ index: frame, seconds: frame / 25 }, features);
    });
    expect(cuts).toEqual(cutsOf(createShotDetector(name), footage));
  });

  it('answers with frame numbers of the video where only each tenth frame is looked at', () => {
    const [a, b] = featuresOf(looks(name).slice(1, 3));
    const frames = [
      ...new Array(60).fill(a),
      ...new Array(23).fill(name === 'fade' ? frameFeatures(black) : b),
      ...new Array(60).fill(b),
    ];
    const detector = createShotDetector(name);
    const cuts = frames.flatMap((features, frame) =>
      frame % 10 === 3 ? detector.next({ index: frame, seconds: frame / 25 }, features) : [],
    );
    // Black are frames 63 to 82 of those looked at; 83 is the first that is not.
    expect(cuts).toEqual([name === 'fade' ? 73 : 63]);
  });
});

it('looks that the hash detector is tried with are far from one another', () => {
  const shown = featuresOf(looks('hash'));
  for (const [i, a] of shown.entries())
    for (const b of shown.slice(i + 1)) expect(hashChange(a, b)).toBeGreaterThanOrEqual(0.35);
});

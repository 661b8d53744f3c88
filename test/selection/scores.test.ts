import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { classificationScores } from '../../src/selection/classification-scores.ts';
import { detectionScores, keypointScore, segmentationScores } from '../../src/selection/scores.ts';
import { thrownBy } from '../support/thrown-by.ts';

const rounded = (scores: object): number[] =>
  Object.values(scores).map((value) => Math.round(value * 1e5) / 1e5);

describe('classification', () => {
  // Numbers of Lightly's documentation.
  it.each([
    [
      [0.7, 0.2, 0.1],
      [0.45, 0.5, 0.72985],
    ],
    [
      [0.4, 0.5, 0.1],
      [0.75, 0.9, 0.85867],
    ],
    [[0.7], [0.6, 0.6, 0.88129]],
    [[0.4], [0.8, 0.8, 0.97095]],
  ])('%j', (probabilities, expected) => {
    const [scores] = classificationScores([probabilities]);
    expect(Object.keys(scores!)).toEqual([
      'uncertainty_least_confidence',
      'uncertainty_margin',
      'uncertainty_entropy',
    ]);
    expect(rounded(scores!)).toEqual(expected);
  });

  it('is 0 for a sure prediction, 1 for none, and takes no samples', () => {
    expect(rounded(classificationScores([[0, 1, 0, 0]])[0]!)).toEqual([0, 0, 0]);
    expect(rounded(classificationScores([[0.25, 0.25, 0.25, 0.25]])[0]!)).toEqual([1, 1, 1]);
    expect(classificationScores([])).toEqual([]);
  });

  it('is always in [0, 1]', () => {
    const weights = fc.array(fc.integer({ min: 1, max: 1000 }), { minLength: 2, maxLength: 8 });
    // Sums are not exactly 1, as those of float32 are not.
    const sums = fc.double({ min: 0.9991, max: 1.0009, noNaN: true });
    const isShare = (value: number): boolean => value >= 0 && value <= 1;
    void fc.assert(
      fc.property(weights, sums, (each, sum) => {
        const total = each.reduce((a, b) => a + b, 0);
        const probabilities = each.map((weight) => Math.min(1, (weight / total) * sum));
        const [scores] = classificationScores([probabilities]);
        expect(Object.values(scores!).every(isShare)).toBe(true);
      }),
    );
    expect(Object.values(classificationScores([[0.4996, 0.4996]])[0]!)).toEqual([1, 1, 1]);
  });

  it('refuses what is no distribution', () => {
    expect(thrownBy(() => classificationScores([[]]))).toEqual({
      code: 'ERR_SHAPE',
      message: 'prediction 0 has 0 probabilities: expected 1, as many as classes.',
    });
    expect(thrownBy(() => classificationScores([[0.5, 0.5], [1]]))).toEqual({
      code: 'ERR_SHAPE',
      message: 'prediction 1 has 1 probabilities: expected 2, as many as classes.',
    });
    expect(thrownBy(() => classificationScores([[0.5, 0.25]]))).toEqual({
      code: 'ERR_METADATA',
      message: 'prediction 0: expected probabilities from 0 to 1 that sum to 1; they sum to 0.75.',
    });
  });
});

describe('detection', () => {
  const images = [
    // 1 − (0.9 × 0.7 + 0.534022 × 0.5) / 2 = 0.5514945, in two classes.
    [
      { objectness: 0.9, probabilities: [0.7, 0.2, 0.1] },
      { objectness: 0.534022, probabilities: [0.4, 0.5, 0.1] },
    ],
    [{ objectness: 0.064, probabilities: [0.8, 0.1, 0.1] }],
    [],
  ];

  it('gives the numbers of Lightly’s tests', () => {
    const scores = detectionScores(images);
    expect(scores.map((each) => each.object_frequency)).toEqual([1, 0.95, 0.9]);
    expect(scores.map((each) => Math.round(each.objectness_least_confidence * 1e7) / 1e7)).toEqual([
      0.5514945, 0.9488, 0,
    ]);
  });

  it('is as unsure of an image as of its least sure object', () => {
    const [first, , none] = detectionScores(images);
    expect(rounded(first!).slice(2)).toEqual([0.75, 0.9, 0.85867]);
    expect(rounded(none!).slice(2)).toEqual([0, 0, 0]);
  });

  it('counts further objects of a class less', () => {
    const object = { objectness: 1, probabilities: [1, 0] };
    const other = { objectness: 1, probabilities: [0, 1] };
    const frequencies = (penalty: number): number[] =>
      detectionScores([[], [object, object, object], [object, other]], {
        frequencyPenalty: penalty,
        minScore: 0,
      }).map((each) => each.object_frequency);
    expect(frequencies(0.25)).toEqual([0, 0.75, 1]);
    expect(frequencies(0)).toEqual([0, 0.5, 1]);
    expect(frequencies(1)).toEqual([0, 1, 2 / 3]);
  });

  it('takes more images than a function takes arguments', () => {
    const scores = detectionScores(Array.from({ length: 200_000 }, () => []));
    expect(scores.every((each) => each.object_frequency === 1)).toBe(true);
  });

  it('refuses options that are out of range or unknown', () => {
    expect(thrownBy(() => detectionScores([], { minScore: 2 }))).toEqual({
      code: 'ERR_OPTION',
      message: 'minScore 2: expected a number in [0, 1].',
    });
    const unknown = { minimum: 0.5 } as object;
    expect(thrownBy(() => detectionScores([], unknown))).toEqual({
      code: 'ERR_OPTION',
      message: 'there is no option minimum of detection scores. Options: frequencyPenalty, minScore.',
    });
  });
});

describe('segmentation', () => {
  it('is the mean of the pixels', () => {
    const data = [0.7, 0.2, 0.1, 0.4, 0.5, 0.1];
    expect(rounded(segmentationScores({ width: 1, height: 2, classes: 3, data }))).toEqual([
      0.6, 0.7, 0.79426,
    ]);
  });

  it('refuses data that do not fill their shape', () => {
    expect(thrownBy(() => segmentationScores({ width: 2, height: 2, classes: 3, data: [1] }))).toEqual({
      code: 'ERR_SHAPE',
      message:
        'a prediction of 2 × 2 pixels and 3 classes cannot be made of 1 numbers. There must be at least 1 pixel and 2 classes.',
    });
  });
});

it('keypoints: 1 − the mean confidence', () => {
  expect(keypointScore([0.5, 1, 0])).toBe(0.5);
  expect(keypointScore([])).toBe(0);
  expect(thrownBy(() => keypointScore([0.5, 1.5]))).toEqual({
    code: 'ERR_METADATA',
    message: 'confidence 1.5 of 1: expected a number in [0, 1].',
  });
  expect(thrownBy(() => detectionScores([[], [{ objectness: -1, probabilities: [1, 0] }]]))).toEqual({
    code: 'ERR_METADATA',
    message: 'objectness -1 of 1: expected a number in [0, 1].',
  });
});

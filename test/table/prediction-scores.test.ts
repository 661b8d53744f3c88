// Scores and distributions of predictions, by kind of task.
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { openFramePredictions } from '../../src/table/frame-predictions.ts';
import { FRAMES, taskWriter } from '../support/predictions.ts';
import { useScratch } from '../support/scratch.ts';
import { codeOf } from '../support/thrown-by.ts';

const scratch = useScratch();
const { write } = scratch;
const writeTask = taskWriter(scratch);

describe('predictions', () => {
  it('of classification: uncertainties, 0 where there is no prediction, and distributions', async () => {
    writeTask(
      'weather',
      'classification',
      ['sun', 'rain', 'snow'],
      [
        [{ category_id: 1, probabilities: [0.7, 0.2, 0.1] }],
        [{ category_id: 2, probabilities: [0.4, 0.5, 0.1] }],
        undefined,
      ],
    );
    const predictions = await openFramePredictions(scratch.root, FRAMES);
    expect(predictions.tasks).toEqual(['weather']);
    const expected = {
      uncertainty_least_confidence: [0.45, 0.75, 0],
      uncertainty_margin: [0.5, 0.9, 0],
      uncertainty_entropy: [0.72985, 0.85867, 0],
    };
    for (const [score, values] of Object.entries(expected)) {
      const found = await predictions.scores('weather', score);
      for (const [i, value] of values.entries()) expect(found[i]).toBeCloseTo(value, 4);
    }
    const { names, rows } = await predictions.classDistribution('weather');
    expect(names).toEqual(['sun', 'rain', 'snow']);
    expect(rows.data).toEqual(Float32Array.of(0.7, 0.2, 0.1, 0.4, 0.5, 0.1, 0, 0, 0));
  });

  it('of detection: scores of all images together, counts, and objects by category', async () => {
    const box = { bbox: [1, 2, 3, 4] };
    writeTask(
      'cars',
      'object-detection',
      ['car', 'bus'],
      [
        [
          { category_id: 1, score: 0.72, probabilities: [0.9, 0.1], ...box },
          { category_id: 1, score: 0.5, ...box },
          { category_id: 2, score: 0.25, ...box },
        ],
        [{ category_id: 2, score: 1, probabilities: [0.5, 0.5], ...box }],
        [],
      ],
    );
    const predictions = await openFramePredictions(join(scratch.root, 'predictions'), FRAMES);
    const confidences = [1 - (0.72 + 0.5 + 0.25) / 3, 0.5, 0];
    const found = await predictions.scores('cars', 'objectness_least_confidence');
    for (const [i, value] of confidences.entries()) expect(found[i]).toBeCloseTo(value, 9);
    // 2 cars are 1.25 cars, and a bus is 1: of 2.25, 1 and 0 the least has 0.9 and the most 1.
    const frequencies = await predictions.scores('cars', 'object_frequency');
    for (const [i, value] of [1, 0.9 + 0.1 / 2.25, 0.9].entries())
      expect(frequencies[i]).toBeCloseTo(value, 9);
    expect((await predictions.scores('cars', 'uncertainty_margin'))[1]).toBe(1);
    expect([...(await predictions.categoryCounts('cars', ['car']))]).toEqual([2, 0, 0]);
    expect([...(await predictions.categoryCounts('cars', ['car', 'bus']))]).toEqual([3, 1, 0]);
    expect((await predictions.classDistribution('cars')).rows.data).toEqual(
      Float32Array.of(2, 1, 0, 1, 0, 0),
    );
  });

  it('of one category only', async () => {
    writeTask(
      'face',
      'object-detection',
      ['face'],
      [[{ category_id: 1, score: 0.7, probabilities: [0.7], bbox: [0, 0, 1, 1] }], undefined, undefined],
    );
    const predictions = await openFramePredictions(scratch.root, FRAMES);
    expect((await predictions.scores('face', 'uncertainty_margin'))[0]).toBeCloseTo(0.6, 9);
  });

  it('of one category only, and surely none', async () => {
    writeTask(
      'face',
      'object-detection',
      ['face'],
      [[{ category_id: 1, score: 0, probabilities: [0] }], undefined, undefined],
    );
    const predictions = await openFramePredictions(scratch.root, FRAMES);
    expect([...(await predictions.scores('face', 'objectness_least_confidence'))]).toEqual([1, 0, 0]);
  });

  it('of segmentation: each mask is an object', async () => {
    const mask = { segmentation: [2, 2], score: 0.5 };
    writeTask(
      'road',
      'semantic-segmentation',
      ['road', 'kerb'],
      [
        [
          { category_id: 1, ...mask, probabilities: [0.8, 0.2] },
          { category_id: 2, ...mask },
        ],
        undefined,
        undefined,
      ],
    );
    const predictions = await openFramePredictions(join(scratch.root, 'predictions'), FRAMES);
    const found = await predictions.scores('road', 'uncertainty_least_confidence');
    expect(found[0]).toBeCloseTo(0.4, 9);
    expect([...found].slice(1)).toEqual([0, 0]);
    expect([...(await predictions.categoryCounts('road', ['kerb']))]).toEqual([1, 0, 0]);
    expect((await predictions.classDistribution('road')).rows.data).toEqual(
      Float32Array.of(1, 1, 0, 0, 0, 0),
    );
  });

  it('of detection without scores, as labels are: every object is certain', async () => {
    writeTask('cars', 'object-detection', ['car', 'bus'], [[{ category_id: 2 }], undefined, undefined]);
    const predictions = await openFramePredictions(scratch.root, FRAMES);
    for (const score of ['objectness_least_confidence', 'uncertainty_margin', 'uncertainty_entropy'])
      expect([...(await predictions.scores('cars', score))]).toEqual([0, 0, 0]);
    expect([...(await predictions.scores('cars', 'object_frequency'))]).toEqual([1, 0.9, 0.9]);
  });

  it('of detection, where one object of several is malformed: with its place', async () => {
    writeTask(
      'cars',
      'object-detection',
      ['car', 'bus'],
      [undefined, [{ category_id: 1 }, { category_id: 1, probabilities: [0.5, 0.25] }], undefined],
    );
    const predictions = await openFramePredictions(scratch.root, FRAMES);
    expect(await codeOf(predictions.scores('cars', 'uncertainty_margin'))).toMatch(
      /^ERR_METADATA .*\/d\/a-1-mp4\.json: predictions\[1\]\.probabilities sum to 0\.75, and must sum to 1/,
    );
  });

  it('of classification without probabilities: counted, and of its category only', async () => {
    writeTask(
      'weather',
      'classification',
      ['sun', 'rain'],
      [[{ category_id: 2 }], [{ category_id: 1, probabilities: [0.75, 0.25] }], undefined],
    );
    const predictions = await openFramePredictions(scratch.root, FRAMES);
    expect((await predictions.classDistribution('weather')).rows.data).toEqual(
      Float32Array.of(0, 1, 0.75, 0.25, 0, 0),
    );
    expect([...(await predictions.categoryCounts('weather', ['rain']))]).toEqual([1, 0, 0]);
  });

  it.each([
    ['a text', 'abc'],
    ['not of threes', [1, 2]],
    ['with visibilities', [1, 2, 2]],
  ])('of keypoints that are %s are refused', async (_, keypoints) => {
    writeTask(
      'pose',
      'keypoint-detection',
      ['person'],
      [
        [
          { category_id: 1, keypoints: [1, 2, 0.5] },
          { category_id: 1, keypoints },
        ],
        undefined,
        undefined,
      ],
    );
    expect(
      await codeOf(
        (await openFramePredictions(scratch.root, FRAMES)).scores('pose', 'keypoint_least_confidence'),
      ),
    ).toMatch(
      /^ERR_METADATA .*a-0-mp4\.json: predictions\[1\]\.keypoints must be a list of x, y and confidence of each/,
    );
  });

  it('of keypoints that are missing are refused', async () => {
    writeTask('pose', 'keypoint-detection', ['person'], [[{ category_id: 1 }], undefined, undefined]);
    expect(
      await codeOf(
        (await openFramePredictions(scratch.root, FRAMES)).scores('pose', 'keypoint_least_confidence'),
      ),
    ).toMatch(/^ERR_METADATA .*a-0-mp4\.json: predictions\[0\] has no keypoints, without which/);
  });

  it('of keypoints: how unsure they are on average', async () => {
    writeTask(
      'pose',
      'keypoint-detection',
      ['person'],
      [[{ category_id: 1, keypoints: [5, 6, 0.25, 7, 8, 0.75], score: 0.5 }], undefined, undefined],
    );
    const scores = await (await openFramePredictions(scratch.root, FRAMES)).scores(
      'pose',
      'keypoint_least_confidence',
    );
    expect([...scores]).toEqual([0.5, 0, 0]);
  });

  it.each([
    ['a file that is no JSON', '{', /^ERR_METADATA .*a-0-mp4\.json, line 1: this is not JSON/],
    ['a file of something else', { x: 1 }, /^ERR_METADATA .*a-0-mp4\.json: is no predictions of Lightly/],
    [
      'a strange category',
      { predictions: [{ category_id: 9, score: 1 }] },
      /a-0-mp4\.json: predictions\[0\]\.category_id is 9, which is the id of no category in .*schema\.json\. Correct it, or/,
    ],
    [
      'too few probabilities',
      { predictions: [{ category_id: 1, probabilities: [1] }] },
      /a-0-mp4\.json: predictions\[0\] has 1 probabilities for 2 categories/,
    ],
    [
      'what is no distribution',
      { predictions: [{ category_id: 1, probabilities: [0.9, 0.9] }] },
      /a-0-mp4\.json: predictions\[0\]\.probabilities sum to 1\.8, and must sum to 1\. Correct them\.$/,
    ],
    [
      'no probabilities',
      { predictions: [{ category_id: 1 }] },
      /a-0-mp4\.json: predictions\[0\] has no probabilities, without which/,
    ],
    [
      'a score of more than 1',
      { predictions: [{ category_id: 1, score: 2 }] },
      /a-0-mp4\.json: predictions\[0\]\.score must be a number from 0 to 1/,
    ],
  ])('with %s is refused', async (_, content, message) => {
    writeTask('weather', 'classification', ['sun', 'rain'], []);
    write('predictions/weather/a-0-mp4.json', content);
    const predictions = await openFramePredictions(scratch.root, FRAMES);
    expect(await codeOf(predictions.scores('weather', 'uncertainty_margin'))).toMatch(message);
  });

  it('of classification: no distribution of too few probabilities', async () => {
    writeTask(
      'weather',
      'classification',
      ['sun', 'rain'],
      [[{ category_id: 1, probabilities: [1] }], undefined, undefined],
    );
    const predictions = await openFramePredictions(scratch.root, FRAMES);
    expect(await codeOf(predictions.classDistribution('weather'))).toMatch(
      /^ERR_METADATA .*a-0-mp4\.json: predictions\[0\] has 1 probabilities for 2 categories\. Give one for each\.$/,
    );
  });
});

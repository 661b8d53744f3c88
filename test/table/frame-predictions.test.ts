// Predictions in Lightly's layout: where they are looked for, and what is refused.
import { mkdirSync, renameSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { openFramePredictions } from '../../src/table/frame-predictions.ts';
import { FRAMES, taskWriter } from '../support/predictions.ts';
import { useScratch } from '../support/scratch.ts';
import { signalAtLook } from '../support/signals.ts';
import { codeOf } from '../support/thrown-by.ts';

const scratch = useScratch();
const { write } = scratch;
const writeTask = taskWriter(scratch);

describe('predictions in the layout of Lightly', () => {
  it('under other paddings and image extensions, the exact name first', async () => {
    writeTask('cars', 'object-detection', ['car', 'bus'], []);
    const objects = (count: number) => ({ predictions: Array(count).fill({ category_id: 1 }) });
    write('predictions/cars/a-000-mp4.json', objects(1));
    write('predictions/cars/d/a-001-mp4.json', objects(2));
    write('predictions/cars/d/a-1-mp4.json', objects(3));
    write('predictions/cars/c.json', objects(4));
    const predictions = await openFramePredictions(join(scratch.root, 'predictions'), FRAMES);
    expect([...(await predictions.categoryCounts('cars', ['car']))]).toEqual([1, 3, 4]);
  });

  it('are found from the folder above, and above that', async () => {
    writeTask('cars', 'object-detection', ['car', 'bus'], [[{ category_id: 1 }], undefined, undefined]);
    renameSync(join(scratch.root, 'predictions'), join(scratch.root, 'moved'));
    mkdirSync(join(scratch.root, '.lightly'));
    renameSync(join(scratch.root, 'moved'), join(scratch.root, '.lightly', 'predictions'));
    for (const path of [
      scratch.root,
      join(scratch.root, '.lightly'),
      join(scratch.root, '.lightly', 'predictions'),
    ])
      expect([...(await (await openFramePredictions(path, FRAMES)).categoryCounts('cars', ['car']))]).toEqual(
        [1, 0, 0],
      );
  });

  it('are not left, whatever frames and tasks are called', async () => {
    writeTask('cars', 'object-detection', ['car', 'bus'], [[{ category_id: 1 }], undefined, undefined]);
    const outside = write('predictions/outside.json', { predictions: [{ category_id: 1 }] });
    const names = ['a-0-mp4.png', '../outside.png', outside.replace('.json', '.png')];
    const predictions = await openFramePredictions(scratch.root, names);
    expect([...(await predictions.categoryCounts('cars', ['car']))]).toEqual([1, 0, 0]);
    const path = write('predictions/tasks.json', ['cars', '../cars']);
    expect(await codeOf(openFramePredictions(scratch.root, FRAMES))).toBe(
      `ERR_METADATA ${path}: "../cars" is no name of a folder beside this file. Correct it.`,
    );
    write('predictions/tasks.json', { cars: true });
    expect(await codeOf(openFramePredictions(scratch.root, FRAMES))).toBe(
      `ERR_METADATA ${path}: must be a list of names of tasks. Correct it.`,
    );
  });

  it('end when they are told to', async () => {
    writeTask('cars', 'object-detection', ['car', 'bus'], [[{ category_id: 1 }], undefined, undefined]);
    const reason = new Error('enough');
    const predictions = await openFramePredictions(scratch.root, FRAMES, AbortSignal.abort(reason));
    await expect(predictions.categoryCounts('cars', ['car'])).rejects.toBe(reason);
    const names = Array.from({ length: 60 }, (_, i) => `a-${i}-mp4.png`);
    for (const name of names)
      write(`predictions/cars/${name.replace('.png', '.json')}`, { predictions: [{ category_id: 1 }] });
    const { signal, looks } = signalAtLook(40, reason);
    const many = await openFramePredictions(scratch.root, names, signal);
    await expect(many.categoryCounts('cars', ['car'])).rejects.toBe(reason);
    // Those under way at the same time may look once more each.
    expect(looks()).toBeLessThan(60);
  });

  it('says which task, score or category there is not', async () => {
    writeTask(
      'cars',
      'object-detection',
      ['car', 'bus'],
      [[{ category_id: 1, score: 1 }], undefined, undefined],
    );
    const predictions = await openFramePredictions(scratch.root, FRAMES);
    expect(await codeOf(predictions.scores('car', 'x'))).toMatch(
      /^ERR_OPTION .*has no task "car"\. Did you mean "cars"\? There are: "cars"\.$/,
    );
    expect(await codeOf(predictions.scores('cars', 'uncertainty_margn'))).toBe(
      'ERR_OPTION task "cars" has no score "uncertainty_margn". Did you mean "uncertainty_margin"? There are: "object_frequency", "objectness_least_confidence", "uncertainty_least_confidence", "uncertainty_margin", "uncertainty_entropy".',
    );
    expect(await codeOf(predictions.scores('cars', 'constructor'))).toMatch(
      /^ERR_OPTION task "cars" has no score "constructor"\. There are: "object_frequency", /,
    );
    expect(await codeOf(predictions.categoryCounts('cars', ['tram']))).toBe(
      'ERR_OPTION task "cars" has no category "tram". There are: "car", "bus".',
    );
  });

  it('needs tasks, a schema, and predictions of at least one frame', async () => {
    expect(await codeOf(openFramePredictions(scratch.root, FRAMES))).toMatch(
      /^ERR_NOT_FOUND .*there is no tasks\.json/,
    );
    writeTask('weather', 'classification', ['sun', 'rain'], []);
    const predictions = await openFramePredictions(scratch.root, FRAMES);
    expect(await codeOf(predictions.scores('weather', 'x'))).toMatch(
      /^ERR_METADATA .*holds no predictions of any of the frames: there is no .*a-0-mp4\.json/,
    );
    rmSync(join(scratch.root, 'predictions', 'weather', 'schema.json'));
    expect(await codeOf((await openFramePredictions(scratch.root, FRAMES)).scores('weather', 'x'))).toMatch(
      /^ERR_NOT_FOUND .*schema\.json/,
    );
  });
});

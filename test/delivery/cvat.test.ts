import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { Cvat, type CvatOptions } from '../../src/delivery/cvat.ts';
import { CvatServer } from '../support/cvat-server.ts';
import { itemsOf } from '../support/items.ts';
import { counted, PATIENCE, usePushBench } from '../support/pushing.ts';
import { codeOf } from '../support/thrown-by.ts';

const { folder, push, expectOnce } = usePushBench();

describe('CVAT', () => {
  let cvat: CvatServer;
  let url: string;
  beforeEach(async () => {
    cvat = new CvatServer();
    url = await cvat.server.open();
  });
  afterEach(() => cvat.server.close());

  const destination = (more: Partial<CvatOptions> = {}): Cvat =>
    new Cvat({ url, project: '3', token: cvat.token, patience: PATIENCE, ...more });
  const files = (): string[] => cvat.tasks.flatMap((task) => task.files);

  it('gets a task for each batch, with images in the order of ranks', async () => {
    const items = itemsOf(10);
    expect(await push(items, destination({ prefix: 'share/', segmentSize: 2 }))).toMatchObject({ sent: 10 });
    expect(files()).toEqual(items.map(({ file }) => `share/${file}`));
    expect(cvat.tasks.map(({ name }) => name)).toEqual([
      expect.stringMatching(/^framesift 1-4 \[[0-9a-f]{12}\]$/),
      expect.stringMatching(/^framesift 5-8 \[[0-9a-f]{12}\]$/),
      expect.stringMatching(/^framesift 9-10 \[[0-9a-f]{12}\]$/),
    ]);
    expect(cvat.tasks[0]).toMatchObject({ project_id: 3, segment_size: 2, labels: undefined });
    expect(await push(items, destination())).toMatchObject({ sent: 0, already: 10 });
  });

  it('gets labels where there is no project, and needs one of both', async () => {
    await push(itemsOf(2), destination({ project: undefined, categories: ['car', 'bus'] }));
    expect(cvat.tasks[0]!.labels).toEqual([
      { name: 'car', attributes: [] },
      { name: 'bus', attributes: [] },
    ]);
    expect(await codeOf(push(itemsOf(2), destination({ project: undefined })))).toMatch(
      /needs classes to label: name them \(--category\), or a project \(--project\)/,
    );
  });

  it('gets the images themselves, whose folders go into their names', async () => {
    const items = itemsOf(3);
    mkdirSync(join(folder(), 'Tag 1'), { recursive: true });
    for (const { file } of items) writeFileSync(join(folder(), file), file);
    await push(items, destination({ upload: folder() }));
    expect(files()).toEqual(['Tag 1%2Fü-0-mp4.jpg', 'Tag 1%2Fü-1-mp4.jpg', 'Tag 1%2Fü-2-mp4.jpg']);
  });

  it('that cannot take the images says why, and keeps no empty task', async () => {
    cvat.refuses = (all) => (all.includes('Tag 1/ü-1-mp4.jpg') ? 'No media data found' : undefined);
    const { sent, failed } = await push(itemsOf(4), destination());
    expect(sent).toBe(3);
    expect(failed.map(({ error }) => error.message)).toEqual([
      'Tag 1/ü-1-mp4.png: CVAT could not take the images: No media data found.',
    ]);
    expect(cvat.tasks.every(({ files: own }) => own.length > 0)).toBe(true);
    expect(counted(files())).toEqual([1, 1, 1]);
  });

  it('has each frame once after any faults, ends and beginnings', { timeout: 120_000 }, () =>
    expectOnce({
      server: cvat.server,
      reset: () => {
        cvat.tasks = [];
      },
      destination,
      keys: files,
    }),
  );
});

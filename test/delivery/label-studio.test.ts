import { rmSync } from 'node:fs';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { LabelStudio, type LabelStudioOptions } from '../../src/delivery/label-studio.ts';
import type { Fault } from '../support/faulty-server.ts';
import { itemsOf } from '../support/items.ts';
import { LabelStudioServer } from '../support/label-studio-server.ts';
import { counted, PATIENCE, usePushBench } from '../support/pushing.ts';
import { codeOf } from '../support/thrown-by.ts';

const { folder, push, expectOnce } = usePushBench();

describe('Label Studio', () => {
  let studio: LabelStudioServer;
  let url: string;
  beforeEach(async () => {
    studio = new LabelStudioServer();
    url = await studio.server.open();
  });
  afterEach(() => studio.server.close());

  const destination = (more: Partial<LabelStudioOptions> = {}): LabelStudio =>
    new LabelStudio({ url, project: '7', token: studio.token, patience: PATIENCE, ...more });
  const keys = (): unknown[] => studio.tasks.map(({ data }) => data['frame_key']);

  it('gets tasks in the order of ranks, with all that identifies frames', async () => {
    const items = itemsOf(10);
    expect(await push(items, destination())).toEqual({ sent: 10, already: 0, removed: 0, failed: [] });
    expect(keys()).toEqual(items.map(({ frameKey }) => frameKey));
    expect(studio.tasks[2]!.data).toEqual({
      image: '/data/local-files/?d=Tag%201/%C3%BC-2-mp4.jpg',
      frame_key: items[2]!.frameKey,
      name: 'Tag 1/ü-2-mp4.png',
      video: 'Tag 1/ü.mp4',
      frame: 2,
      pts: 1024,
      seconds: 0.08,
      rank: 3,
    });
    const imports = studio.server.asked.filter(({ path }) => path.endsWith('/import'));
    expect(imports.map(({ query }) => query.toString())).toEqual(
      Array(3).fill('commit_to_project=true&return_task_ids=true'),
    );
    // A second run sends nothing, and more frames only themselves.
    const asked = studio.server.asked.length;
    expect(await push(items, destination())).toMatchObject({ sent: 0, already: 10 });
    expect(studio.server.asked.length).toBe(asked + 1);
    expect(await push(itemsOf(12), destination())).toMatchObject({ sent: 2, already: 10 });
    expect(counted(keys())).toEqual(Array(12).fill(1));
  });

  it('takes personal access tokens, whose access ends', async () => {
    studio.usesOfAccess = 2;
    await push(itemsOf(12), destination({ token: studio.personalToken }));
    expect(counted(keys())).toEqual(Array(12).fill(1));
    expect(studio.server.asked.filter(({ path }) => path === '/api/token/refresh/').length).toBeGreaterThan(
      1,
    );
  });

  it('imports in the background', async () => {
    studio.isAsynchronous = true;
    expect(await push(itemsOf(6), destination())).toMatchObject({ sent: 6 });
    expect(counted(keys())).toEqual(Array(6).fill(1));
  });

  it('shows images by the variable of its configuration', async () => {
    studio.labelConfig = '<View>\n<Image\n  name="img" value=\'$picture\'/></View>';
    expect(destination().describe(itemsOf(1)).body).toMatchObject([{ data: { image: expect.anything() } }]);
    const found = destination();
    await found.open(undefined);
    expect(found.describe(itemsOf(1)).body).toMatchObject([{ data: { picture: expect.anything() } }]);
    expect(await codeOf(push(itemsOf(1), destination({ dataKey: 'image' })))).toMatch(
      /^ERR_REMOTE .*shows images of "picture" in this project, not of "image"/,
    );
    studio.labelConfig = '<View><Text name="t" value="$t"/></View>';
    expect(await codeOf(push(itemsOf(1), destination()))).toMatch(/shows no image in this project/);
  });

  it('gets predictions for the controls that its configuration has', async () => {
    studio.labelConfig = `<View><Image name="pic" value="$image"/><RectangleLabels name="box" toName="pic"/>
      <Choices name="other" toName="pic"/><Choices toName="pic" name="weather"/></View>`;
    const predictions = [
      { task: 'detector', category: 'car', box: [0, 0, 10, 10] as const, score: 0.5 },
      { task: 'weather', category: 'rain', box: undefined, score: 0.5 },
      { task: 'daytime', category: 'noon', box: undefined, score: 0.5 },
    ];
    const own = destination();
    await own.open(undefined);
    const [sent] = own.describe([{ ...itemsOf(1)[0]!, predictions }]).body as [
      { predictions: { result: { from_name: string; to_name: string }[] }[] },
    ];
    const names = sent.predictions.flatMap(({ result }) =>
      result.map((each) => [each.from_name, each.to_name]),
    );
    expect(names).toEqual([
      ['box', 'pic'],
      ['weather', 'pic'],
      ['other', 'pic'],
    ]);
  });

  it.each<[Fault, RegExp]>([
    [
      { kind: 'refuse', status: 401, text: '{"detail": "Invalid token."}' },
      /answered 401: Invalid token\.\. Check the token/,
    ],
    [{ kind: 'refuse', status: 403 }, /answered 403\. Check what the token may do/],
    [{ kind: 'refuse', status: 404 }, /answered 404\. Check the address and the number of the project/],
    [
      { kind: 'refuse', status: 302, headers: { location: 'https://elsewhere/' } },
      /sends to https:\/\/elsewhere\//,
    ],
  ])('that answers %j ends the push', async (fault, message) => {
    studio.server.faults.push(fault);
    expect(await codeOf(push(itemsOf(6), destination()))).toMatch(message);
    expect(await push(itemsOf(6), destination())).toMatchObject({ sent: 6 });
    expect(counted(keys())).toEqual(Array(6).fill(1));
  });

  it('whose proxy finds batches too large gets smaller ones', async () => {
    studio.mostTasks = 3;
    expect(await push(itemsOf(20), destination(), { batchSize: 10 })).toMatchObject({ sent: 20, failed: [] });
    expect(counted(keys())).toEqual(Array(20).fill(1));
  });

  it('that finds fault with some frames gets the others', async () => {
    studio.refuses = ({ frame }) => frame === 5 || frame === 11;
    const { sent, failed } = await push(itemsOf(16), destination(), { batchSize: 8 });
    expect(sent).toBe(14);
    expect(failed.map(({ item }) => item)).toEqual(['Tag 1/ü-5-mp4.png', 'Tag 1/ü-11-mp4.png']);
    expect(failed[0]!.error.message).toMatch(
      /^Tag 1\/ü-5-mp4\.png: Label Studio answered 400: Validation error/,
    );
    expect(counted(keys())).toEqual(Array(14).fill(1));
    // They are tried again when the push is.
    studio.refuses = () => false;
    expect(await push(itemsOf(16), destination())).toMatchObject({ sent: 2, already: 14 });
  });

  it('that refuses every frame is asked no thousand times', async () => {
    studio.refuses = () => true;
    expect(await codeOf(push(itemsOf(1000), destination(), { batchSize: 500 }))).toMatch(/^ERR_REMOTE/);
    expect(studio.server.asked.length).toBeLessThan(80);
  });

  it('that cannot be reached is said to be, and then has nothing', async () => {
    await studio.server.close();
    const gone = new LabelStudio({ url, project: '7', token: 'x', patience: PATIENCE });
    expect(await codeOf(push(itemsOf(1), gone))).toMatch(
      /^ERR_REMOTE Label Studio \(http:\/\/127\.0\.0\.1:\d+\/projects\/7\) cannot be reached at 127\.0\.0\.1:\d+ \(ECONNREFUSED\)\. Run the same command again later/,
    );
  });

  it('is looked through where the ledger is gone', async () => {
    await push(itemsOf(9), destination());
    rmSync(folder(), { recursive: true });
    expect(await push(itemsOf(12), destination())).toMatchObject({ sent: 3, already: 9 });
    expect(counted(keys())).toEqual(Array(12).fill(1));
  });

  it.each(['tasks', 'results', 'none'] as const)(
    'with many tasks, wrapped as %s, is looked through to its end',
    async (wrap) => {
      studio.wrap = wrap;
      await push(itemsOf(250), destination(), { batchSize: 250 });
      rmSync(folder(), { recursive: true });
      expect(await push(itemsOf(250), destination())).toMatchObject({ sent: 0, already: 250 });
    },
  );

  it('that does what it refused at first when the push has long ended has each frame once in the end', async () => {
    studio.server.faults.push({ kind: 'do later', ms: 300 });
    await push(itemsOf(12), destination());
    while (studio.tasks.length < 16) await new Promise((resolve) => setTimeout(resolve, 5));
    expect(await push(itemsOf(12), destination())).toEqual({ sent: 0, already: 12, removed: 4, failed: [] });
    expect(counted(keys())).toEqual(Array(12).fill(1));
    // Then all is settled, and the server is not looked through any more.
    const asked = studio.server.asked.length;
    await push(itemsOf(12), destination());
    expect(studio.server.asked.length).toBe(asked + 1);
  });

  it('keeps of two tasks the one that somebody has worked on', async () => {
    const items = itemsOf(3);
    await push(items, destination());
    studio.tasks.push(...studio.tasks.map((task) => ({ ...task, id: task.id + 5000, total_annotations: 1 })));
    expect(await destination().removeRepeated(items, undefined)).toBe(3);
    expect(studio.tasks.every(({ total_annotations: worked }) => worked === 1)).toBe(true);
    expect(counted(keys())).toEqual([1, 1, 1]);
  });

  it('has each frame once after any faults, ends and beginnings', { timeout: 120_000 }, () =>
    expectOnce({
      server: studio.server,
      reset: (isOdd) => {
        studio.tasks = [];
        studio.isAsynchronous = isOdd;
      },
      destination,
      keys,
    }),
  );
});

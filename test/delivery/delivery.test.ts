// Frames are at their destination once each: after any fault, and however often a push is begun again.
import { createHmac } from 'node:crypto';
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import * as fc from 'fast-check';
import { afterAll, afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { AnnotationItem } from '../../src/annotation/item.ts';
import { Cvat, type CvatOptions } from '../../src/delivery/cvat.ts';
import { type Delivered, deliver } from '../../src/delivery/deliver.ts';
import type { Destination } from '../../src/delivery/destination.ts';
import type { Patience } from '../../src/delivery/http.ts';
import { LabelStudio, type LabelStudioOptions } from '../../src/delivery/label-studio.ts';
import { PushLedger } from '../../src/delivery/ledger.ts';
import { Webhook } from '../../src/delivery/webhook.ts';
import { CvatServer } from '../support/cvat-server.ts';
import { type Asked, type Fault, FaultyServer } from '../support/faulty-server.ts';
import { itemsOf } from '../support/items.ts';
import { LabelStudioServer } from '../support/label-studio-server.ts';
import { codeOf } from '../support/thrown-by.ts';

const PATIENCE: Patience = { answerMs: 150, tries: 4, firstPauseMs: 5, pollMs: 1 };

const root = mkdtempSync(join(tmpdir(), 'framesift-delivery-'));
afterAll(() => rmSync(root, { recursive: true, force: true }));
let folder: string;
let folders = 0;
beforeEach(() => {
  folder = join(root, String(folders++));
});

interface PushRequest {
  readonly batchSize?: number;
  readonly signal?: AbortSignal;
}

const push = async (
  items: readonly AnnotationItem[],
  destination: Destination,
  { batchSize = 4, signal }: PushRequest = {},
): Promise<Delivered> => {
  const ledger = await PushLedger.read(folder, 'target', destination.address);
  try {
    return await deliver(items, destination, ledger, { batchSize, patience: PATIENCE, signal });
  } finally {
    ledger.close();
  }
};

const faultKinds: fc.Arbitrary<Fault | undefined> = fc.constantFrom<(Fault | undefined)[]>(
  undefined,
  undefined,
  { kind: 'refuse', status: 429, headers: { 'retry-after': '0' } },
  { kind: 'refuse', status: 503, text: '<html>busy</html>' },
  { kind: 'refuse', status: 200, text: '<html>log in</html>' },
  { kind: 'do, then answer', status: 502, text: '<html>bad gateway</html>' },
  { kind: 'do, then answer', status: 500, text: '{"detail": "oh"}' },
  { kind: 'do, then answer', status: 200, text: '{"older": "schema"}' },
  { kind: 'drop' },
  { kind: 'do, then drop' },
  { kind: 'do, then break' },
  { kind: 'do, then hang' },
  { kind: 'do later', ms: 3 },
);

const counted = (keys: readonly unknown[]): number[] => [
  ...keys
    .reduce<Map<unknown, number>>((counts, key) => counts.set(key, (counts.get(key) ?? 0) + 1), new Map())
    .values(),
];

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
    rmSync(folder, { recursive: true });
    expect(await push(itemsOf(12), destination())).toMatchObject({ sent: 3, already: 9 });
    expect(counted(keys())).toEqual(Array(12).fill(1));
  });

  it.each(['tasks', 'results', 'none'] as const)(
    'with many tasks, wrapped as %s, is looked through to its end',
    async (wrap) => {
      studio.wrap = wrap;
      await push(itemsOf(250), destination(), { batchSize: 250 });
      rmSync(folder, { recursive: true });
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

  it('has each frame once after any faults, ends and beginnings', { timeout: 120_000 }, async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(faultKinds, { maxLength: 12 }),
        fc.array(faultKinds, { maxLength: 4 }),
        fc.array(fc.integer({ min: 5, max: 60 }), { maxLength: 3 }),
        fc.boolean(),
        async (faults, readingFaults, ends, isAsynchronous) => {
          folder = join(root, String(folders++));
          studio.tasks = [];
          studio.isAsynchronous = isAsynchronous;
          studio.server.faults.splice(0, Infinity, ...faults);
          studio.server.readingFaults.splice(0, Infinity, ...readingFaults);
          const items = itemsOf(14);
          for (const ms of ends)
            await push(items, destination(), { signal: AbortSignal.timeout(ms) }).catch(() => undefined);
          // Again and again until it comes through, as people do.
          for (let run = 0; run < 6; run++) {
            const isThrough = await push(items, destination()).then(
              () => true,
              () => false,
            );
            if (isThrough && studio.server.faults.length === 0) break;
          }
          await push(items, destination());
          expect(counted(keys())).toEqual(Array(14).fill(1));
        },
      ),
      { numRuns: 40 },
    );
  });
});

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
    mkdirSync(join(folder, 'Tag 1'), { recursive: true });
    for (const { file } of items) writeFileSync(join(folder, file), file);
    await push(items, destination({ upload: folder }));
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

  it('has each frame once after any faults, ends and beginnings', { timeout: 120_000 }, async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(faultKinds, { maxLength: 8 }),
        fc.array(faultKinds, { maxLength: 4 }),
        fc.array(fc.integer({ min: 5, max: 60 }), { maxLength: 3 }),
        async (faults, readingFaults, ends) => {
          folder = join(root, String(folders++));
          cvat.tasks = [];
          cvat.server.faults.splice(0, Infinity, ...faults);
          cvat.server.readingFaults.splice(0, Infinity, ...readingFaults);
          const items = itemsOf(14);
          for (const ms of ends)
            await push(items, destination(), { signal: AbortSignal.timeout(ms) }).catch(() => undefined);
          for (let run = 0; run < 6; run++) {
            const isThrough = await push(items, destination()).then(
              () => true,
              () => false,
            );
            if (isThrough && cvat.server.faults.length === 0) break;
          }
          await push(items, destination());
          expect(counted(files())).toEqual(Array(14).fill(1));
        },
      ),
      { numRuns: 40 },
    );
  });
});

describe('a webhook', () => {
  const seen = new Map<string, { frames: { frame_key: string }[] }>();
  let hook: FaultyServer;
  let url: string;
  beforeEach(async () => {
    seen.clear();
    hook = new FaultyServer(({ headers, body }) => {
      seen.set(
        String(headers['webhook-id']),
        JSON.parse(body.toString()) as { frames: { frame_key: string }[] },
      );
      return { status: 204 };
    });
    url = `${await hook.open()}/frames?key=hidden`;
  });
  afterEach(() => hook.close());

  const keys = (): string[] =>
    [...seen.values()].flatMap(({ frames }) => frames.map((frame) => frame.frame_key));

  it('gets batches that are signed, and tell themselves', async () => {
    const items = itemsOf(6);
    const secret = `whsec_${Buffer.from('a secret of the user').toString('base64')}`;
    const destination = new Webhook({ url, secret, prefix: 's3://b/', patience: PATIENCE });
    expect(await push(items, destination)).toMatchObject({ sent: 6 });
    const [first] = hook.asked as [Asked];
    const { 'webhook-id': id, 'webhook-timestamp': time, 'webhook-signature': signature } = first.headers;
    const expected = createHmac('sha256', 'a secret of the user').update(
      `${String(id)}.${String(time)}.${first.body.toString()}`,
    );
    expect(signature).toBe(`v1,${expected.digest('base64')}`);
    expect(JSON.parse(first.body.toString())).toMatchObject({
      schemaVersion: 1,
      batch: id,
      frames: items.slice(0, 4).map(({ frameKey, file }) => ({
        frame_key: frameKey,
        file,
        address: `s3://b/${file.split('/').map(encodeURIComponent).join('/')}`,
      })),
    });
    // Neither the secret nor what stands behind the address is kept.
    const ledger = readdirSync(folder)
      .map((name) => readFileSync(join(folder, name), 'utf8'))
      .join('');
    expect(ledger).not.toMatch(/hidden|secret/);
    expect(destination.address).not.toContain('hidden');
  });

  it('is sent a batch again under the same number after any faults, ends and beginnings', {
    timeout: 120_000,
  }, async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(faultKinds, { maxLength: 10 }),
        fc.array(fc.integer({ min: 5, max: 60 }), { maxLength: 3 }),
        async (faults, ends) => {
          folder = join(root, String(folders++));
          seen.clear();
          hook.faults.splice(0, Infinity, ...faults);
          const destination = new Webhook({ url, patience: PATIENCE });
          for (const ms of ends)
            await push(itemsOf(14), destination, { signal: AbortSignal.timeout(ms) }).catch(() => undefined);
          for (let run = 0; run < 6; run++) await push(itemsOf(14), destination).catch(() => undefined);
          expect(counted(keys())).toEqual(Array(14).fill(1));
        },
      ),
      { numRuns: 40 },
    );
  });
});

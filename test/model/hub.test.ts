// Models from a hub on this machine: downloaded once, resumed, checked, and where Python looks for them.
import { createHash } from 'node:crypto';
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  rmSync,
  truncateSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest';
import { fetchHubModel, type HubOptions } from '../../src/model/hub.ts';
import { parseHubAddress } from '../../src/model/hub-address.ts';
import { PATIENCE } from '../../src/model/hub-transport.ts';
import { openNetwork } from '../../src/model/network.ts';
import { findModel } from '../../src/model/registry.ts';
import { chooseWeights } from '../../src/model/weights-file.ts';
import { start } from '../support/command.ts';
import { makeNumberedFolder } from '../support/folder.ts';
import { COMMIT, type HubRequestLog, HubServer } from '../support/hub-server.ts';
import { meanColour, withExternalWeights } from '../support/models.ts';
import { fillDisk, onSmallDisk } from '../support/small-disk.ts';
import { codeOf } from '../support/thrown-by.ts';

const PREPROCESSOR = JSON.stringify({
  do_resize: true,
  size: { height: 16, width: 16 },
  resample: 2,
  do_rescale: true,
  rescale_factor: 1 / 255,
  do_normalize: true,
  image_mean: [0, 0, 0],
  image_std: [1, 1, 1],
});
const NETWORK = meanColour();
const FILES = {
  'README.md': '# a model',
  'preprocessor_config.json': PREPROCESSOR,
  'onnx/model.onnx': NETWORK,
  'onnx/model_fp16.onnx': meanColour({ type: 'float16' }),
};

let root = '';
let hub: HubServer;

const serve = async (files: Readonly<Record<string, Uint8Array | string>> = FILES): Promise<HubServer> => {
  await hub?.close();
  hub = await HubServer.start(files);
  vi.stubEnv('HF_ENDPOINT', hub.url);
  return hub;
};

beforeAll(() => {
  PATIENCE.answerMs = 200;
  PATIENCE.firstPauseMs = 5;
  PATIENCE.idleMs = 200;
  PATIENCE.lockPauseMs = 10;
});
beforeEach(async () => {
  root = mkdtempSync(join(tmpdir(), 'framesift-'));
  vi.stubEnv('HF_HUB_CACHE', join(root, 'hub'));
  vi.stubEnv('HF_HOME', join(root, 'home'));
  for (const name of ['HF_TOKEN', 'HF_TOKEN_PATH', 'HF_HUB_OFFLINE']) vi.stubEnv(name, '');
  await serve();
});
afterEach(() => {
  rmSync(root, { recursive: true, force: true });
  vi.unstubAllEnvs();
});
afterAll(() => hub.close());

const ADDRESS = { repository: 'org/name', revision: 'main' };
const repository = (...parts: string[]): string => join(root, 'hub', 'models--org--name', ...parts);
const get = (options: HubOptions = {}, revision = 'main') => fetchHubModel({ ...ADDRESS, revision }, options);
const sha256 = (data: Uint8Array): string => createHash('sha256').update(data).digest('hex');
const blob = (): string => repository('blobs', sha256(NETWORK));

describe('a model of the hub', () => {
  it('comes with what it needs and no more, laid out as Python does it', async () => {
    const model = await get();
    expect(model).toEqual({
      folder: repository('snapshots', COMMIT),
      file: 'onnx/model.onnx',
      commit: COMMIT,
    });
    expect(hub.downloads.map(({ path }) => path)).toEqual([
      '/cdn/preprocessor_config.json',
      '/cdn/onnx/model.onnx',
    ]);
    expect(readFileSync(repository('refs', 'main'), 'utf8')).toBe(COMMIT);
    const git = createHash('sha1').update(`blob ${PREPROCESSOR.length}\0${PREPROCESSOR}`).digest('hex');
    expect(readdirSync(repository('blobs')).sort()).toEqual([git, sha256(NETWORK)].sort());
    expect(readlinkSync(join(model.folder, 'onnx/model.onnx'))).toBe(`../../../blobs/${sha256(NETWORK)}`);
    expect(readlinkSync(join(model.folder, 'preprocessor_config.json'))).toBe(`../../blobs/${git}`);
    expect(readFileSync(join(model.folder, model.file)).equals(NETWORK)).toBe(true);
  });

  it('is downloaded once: then a branch costs one question, and a commit none', async () => {
    await get();
    hub.requests.length = 0;
    await get();
    expect(hub.requests.map(({ path }) => path)).toEqual(['/api/models/org/name/revision/main']);
    hub.requests.length = 0;
    await get({}, COMMIT);
    vi.stubEnv('HF_HUB_OFFLINE', '1');
    await get();
    expect(hub.requests).toEqual([]);
  });

  it('that Python downloaded needs no network', async () => {
    const [file, config] = [repository('snapshots', COMMIT, 'onnx'), repository('snapshots', COMMIT)];
    mkdirSync(file, { recursive: true });
    mkdirSync(repository('refs'));
    writeFileSync(join(file, 'model.onnx'), NETWORK);
    writeFileSync(join(config, 'preprocessor_config.json'), PREPROCESSOR);
    writeFileSync(repository('refs', 'main'), COMMIT);
    vi.stubEnv('HF_HUB_OFFLINE', '1');
    expect(await get()).toMatchObject({ file: 'onnx/model.onnx' });
    expect(hub.requests).toEqual([]);
  });

  it('has the weights that are asked for', async () => {
    expect(await get({ dtype: 'fp16' })).toMatchObject({ file: 'onnx/model_fp16.onnx' });
    // Whatever is in the cache already.
    expect(await get()).toMatchObject({ file: 'onnx/model.onnx' });
    expect(await get({ dtype: 'fp32' })).toMatchObject({ file: 'onnx/model.onnx' });
    expect(await codeOf(get({ dtype: 'q8' }))).toBe(
      'ERR_MODEL hf:org/name: has no q8 weights; it has fp32 (onnx/model.onnx), fp16 (onnx/model_fp16.onnx). Choose one of these with --dtype.',
    );
  });

  it('brings the files that hold its weights', async () => {
    await serve({
      ...FILES,
      'onnx/model.onnx': withExternalWeights('model.onnx_data'),
      'onnx/model.onnx_data': 'w'.repeat(12),
    });
    const { folder } = await get();
    expect(readFileSync(join(folder, 'onnx/model.onnx_data'), 'utf8')).toBe('w'.repeat(12));
    hub.requests.length = 0;
    await get();
    expect(hub.downloads).toEqual([]);
  });

  it('is found by --model, with its preprocessing', async () => {
    expect(await findModel('hf:org/name')).toMatchObject({
      name: 'org/name/onnx/model.onnx',
      input: { width: 16, height: 16, mean: [0, 0, 0], interpolation: 'bilinear' },
    });
  });

  it('that has moved on is downloaded anew, and the old commit stays', async () => {
    await get();
    hub.commit = COMMIT.replace('0', 'f');
    expect(await get()).toMatchObject({ commit: hub.commit });
    expect(readdirSync(repository('snapshots')).sort()).toEqual([COMMIT, hub.commit].sort());
    // Its files are the same: nothing came twice.
    expect(hub.downloads).toHaveLength(2);
  });

  it('goes with the token that the user has', async () => {
    mkdirSync(join(root, 'home'));
    writeFileSync(join(root, 'home', 'token'), 'hf_of_a_file\n');
    await get();
    const shown = (requests: readonly HubRequestLog[]): Set<string | undefined> =>
      new Set(requests.map(({ authorization }) => authorization));
    expect(shown(hub.requests.filter(({ path }) => !path.startsWith('/cdn/')))).toEqual(
      new Set(['Bearer hf_of_a_file']),
    );
    // The hub sends large files from another machine, which has no business with it.
    expect(shown(hub.downloads)).toEqual(new Set([undefined]));
    hub.requests.length = 0;
    vi.stubEnv('HF_TOKEN', 'of-a-mirror');
    await get();
    expect(hub.requests[0]!.authorization).toBe('Bearer of-a-mirror');
  });
});

describe('a download', () => {
  it.each([
    ['a cut connection', { kind: 'cut', afterBytes: 100 }, 100],
    ['a connection that stalls', { kind: 'stall', afterBytes: 60 }, 60],
  ] as const)('continues after %s', async (_, mishap, received) => {
    hub.mishaps.push({ kind: 'whole' }, mishap);
    const progress: number[] = [];
    const { folder } = await get({
      onDownload: ({ file, receivedBytes }) => void (file.endsWith('.onnx') && progress.push(receivedBytes)),
    });
    expect(hub.downloads.map(({ range }) => range)).toEqual([undefined, undefined, `bytes=${received}-`]);
    expect(readFileSync(join(folder, 'onnx/model.onnx')).equals(NETWORK)).toBe(true);
    expect(progress.at(-1)).toBe(NETWORK.length);
  });

  it('begins again where the server knows no ranges, or has another file by now', async () => {
    hub.mishaps.push({ kind: 'whole' }, { kind: 'cut', afterBytes: 100 }, { kind: 'whole' });
    expect(readFileSync(join((await get()).folder, 'onnx/model.onnx')).equals(NETWORK)).toBe(true);
    rmSync(repository(), { recursive: true });
    hub.mishaps.push({ kind: 'whole' }, { kind: 'cut', afterBytes: 100 }, { kind: 'status', status: 416 });
    expect(readFileSync(join((await get()).folder, 'onnx/model.onnx')).equals(NETWORK)).toBe(true);
  });

  it('is tried again while the hub is busy, and not for ever', async () => {
    hub.mishaps.push(
      { kind: 'whole' },
      ...[503, 429, 500].map((status) => ({ kind: 'status', status }) as const),
    );
    await get();
    rmSync(repository(), { recursive: true });
    hub.mishaps.push({ kind: 'whole' }, ...Array(PATIENCE.tries).fill({ kind: 'status', status: 503 }));
    expect(await codeOf(get())).toMatch(
      /^ERR_HUB http.*onnx\/model\.onnx: could not be downloaded \(.*\)\. Run the same command again: it continues/,
    );
  });

  it('of other bytes than announced is thrown away, tried once more, and then an error', async () => {
    hub.mishaps.push({ kind: 'whole' }, { kind: 'garbage' });
    expect(readFileSync(join((await get()).folder, 'onnx/model.onnx')).equals(NETWORK)).toBe(true);
    rmSync(repository(), { recursive: true });
    hub.mishaps.push({ kind: 'whole' }, { kind: 'garbage' }, { kind: 'garbage' });
    expect(await codeOf(get())).toMatch(
      /^ERR_HUB .*what came twice is not what the hub announces \(its SHA-256/,
    );
    expect(existsSync(blob())).toBe(false);
    expect(existsSync(`${blob()}.framesift.incomplete`)).toBe(false);
  });

  it('that was stopped keeps what has come, and the next one continues', async () => {
    const controller = new AbortController();
    hub.mishaps.push({ kind: 'whole' }, { kind: 'stall', afterBytes: 77 });
    const onDownload = ({ receivedBytes }: { readonly receivedBytes: number }): void => {
      if (receivedBytes === 77) controller.abort();
    };
    await expect(get({ signal: controller.signal, onDownload })).rejects.toThrow('aborted');
    expect(readFileSync(`${blob()}.framesift.incomplete`)).toHaveLength(77);
    await get();
    expect(hub.downloads.at(-1)!.range).toBe('bytes=77-');
  });

  it('that two want at once is made once', async () => {
    const models = await Promise.all([get(), get(), get()]);
    expect(models[1]).toEqual(models[0]);
    expect(hub.downloads).toHaveLength(2);
    expect(readdirSync(repository('blobs'))).toHaveLength(2);
  });
});

describe('a hub that gives nothing', () => {
  it.each([
    [
      401,
      undefined,
      'the hub has no such model, or none that you may see (401). Look at HUB/org/name; for a private one set HF_TOKEN.',
    ],
    [
      401,
      'GatedRepo',
      'the hub keeps it from you (401). Accept its licence on HUB/org/name, and set HF_TOKEN to a token of yours.',
    ],
    [
      403,
      'GatedRepo',
      'the hub keeps it from you (403). Accept its licence on HUB/org/name, and set HF_TOKEN to a token of yours.',
    ],
    [
      404,
      'RepoNotFound',
      'the hub has no such model, or none that you may see (404). Look at HUB/org/name; for a private one set HF_TOKEN.',
    ],
    [404, 'RevisionNotFound', 'the hub has no revision main of it. See HUB/org/name/tree/main.'],
    [
      429,
      undefined,
      'HUB gets too many requests from here (429); it allows more to those who set HF_TOKEN. Run the same command again later.',
    ],
    [503, undefined, 'HUB is out of order (503, status 503). Run the same command again later.'],
  ])('because of %i (%s) says what to do', async (status, word, message) => {
    hub.apiStatus = status;
    hub.apiWord = word;
    expect((await codeOf(get())).replaceAll(hub.url, 'HUB')).toBe(`ERR_HUB hf:org/name: ${message}`);
  });

  it('because it is down: what is in the cache is used, and that is said', async () => {
    await get();
    await hub.close();
    const notices: string[] = [];
    expect(await get({ onNotice: (notice) => notices.push(notice) })).toMatchObject({ commit: COMMIT });
    expect(notices).toEqual([
      expect.stringMatching(
        /^hf:org\/name: http:\S+ cannot be reached \(.*ECONNREFUSED.*\)\. Going on with what main was before \(commit 0123456\)\.$/,
      ),
    ]);
    rmSync(repository(), { recursive: true });
    expect(await codeOf(get())).toMatch(/^ERR_HUB hf:org\/name: http:\S+ cannot be reached \(.*ECONNREFUSED/);
    await serve();
  });

  it('because nobody may ask it', async () => {
    vi.stubEnv('HF_HUB_OFFLINE', '1');
    expect(await codeOf(get())).toBe(
      'ERR_HUB hf:org/name@main: the commit is not in the cache, and HF_HUB_OFFLINE says not to ask the hub. Run the command once without it.',
    );
    expect(hub.requests).toEqual([]);
  });

  it('because the model is not in ONNX', async () => {
    await serve({ 'model.safetensors': 'x', 'preprocessor_config.json': PREPROCESSOR });
    expect(await codeOf(get())).toMatch(
      /^ERR_MODEL hf:org\/name: holds no model: expected onnx\/vision_model\.onnx or/,
    );
  });

  it('because it lists names that lead out of the cache', async () => {
    await serve({
      ...FILES,
      'onnx/model.onnx': withExternalWeights('../../../../../evil'),
      '../../../evil': 'x',
    });
    await get().catch(() => undefined);
    expect(existsSync(join(root, 'evil'))).toBe(false);
    expect(readdirSync(root).sort()).toEqual(['hub']);
  });
});

describe('what an earlier run left', () => {
  it('is enough without a preprocessor_config.json, where the repository has none', async () => {
    await serve({ 'onnx/model.onnx': NETWORK });
    await get();
    vi.stubEnv('HF_HUB_OFFLINE', '1');
    expect(await get()).toMatchObject({ file: 'onnx/model.onnx' });
    expect(await get({}, COMMIT)).toMatchObject({ file: 'onnx/model.onnx' });
  });

  it('is not taken for the model that was asked for, but said to be another', async () => {
    await get({ dtype: 'fp16' });
    vi.stubEnv('HF_HUB_OFFLINE', '1');
    expect(await codeOf(get())).toBe(
      `ERR_HUB hf:org/name@${COMMIT}: onnx/model.onnx is not in the cache, and HF_HUB_OFFLINE says not to ask the hub. Run the command once without it.`,
    );
    expect(await get({ dtype: 'fp16' })).toMatchObject({ file: 'onnx/model_fp16.onnx' });
  });

  it("lists the commit's files as Python's library does", async () => {
    await get();
    const git = createHash('sha1').update(`blob ${NETWORK.length}\0`).update(NETWORK).digest('hex');
    const tree = JSON.parse(readFileSync(repository('trees', `${COMMIT}.json`), 'utf8'));
    expect(tree.format_version).toBe(1);
    expect(Object.keys(tree.files)).toEqual(Object.keys(FILES));
    expect(tree.files['onnx/model.onnx']).toEqual({
      size: NETWORK.length,
      blob_id: git,
      lfs_sha256: sha256(NETWORK),
      lfs_size: NETWORK.length,
    });
    expect(Object.keys(tree.files['README.md'])).toEqual(['size', 'blob_id']);
  });

  it('damaged in its list is asked for again', async () => {
    await get();
    writeFileSync(
      repository('trees', `${COMMIT}.json`),
      '{"format_version":1,"files":{"onnx/model.onnx":{}}}',
    );
    hub.requests.length = 0;
    expect(await get({}, COMMIT)).toMatchObject({ file: 'onnx/model.onnx' });
    expect(hub.requests.map(({ path }) => path)).toEqual([`/api/models/org/name/tree/${COMMIT}`]);
  });
});

describe('a hub that is slow or busy', () => {
  it('is asked again', async () => {
    hub.apiMishaps.push(503, 'stall');
    expect(await get()).toMatchObject({ commit: COMMIT });
  });

  it('is not waited for where the cache has an answer', async () => {
    await get();
    hub.apiMishaps.push('stall');
    const notices: string[] = [];
    expect(await get({ onNotice: (notice) => notices.push(notice) })).toMatchObject({ commit: COMMIT });
    expect(notices).toEqual([
      expect.stringMatching(/cannot be reached \(nothing came for 0\.2 s\)\. Going on/),
    ]);
  });

  it('that refuses is not made up for by the cache', async () => {
    await get();
    hub.apiStatus = 404;
    expect(await codeOf(get())).toMatch(/^ERR_HUB hf:org\/name: the hub has no such model/);
  });
});

it('of two that wait for one download, the one that is stopped stops alone', async () => {
  const [controller, reason] = [new AbortController(), new Error('enough')];
  hub.mishaps.push({ kind: 'whole' }, { kind: 'stall', afterBytes: 50 });
  let second: ReturnType<typeof get> | undefined;
  const onDownload = ({ receivedBytes }: { readonly receivedBytes: number }): void => {
    if (receivedBytes !== 50) return;
    second = get();
    setTimeout(() => controller.abort(reason), 60);
  };
  await expect(get({ signal: controller.signal, onDownload })).rejects.toBe(reason);
  expect(await second).toMatchObject({ file: 'onnx/model.onnx' });
  expect(hub.downloads.at(-1)!.range).toBe('bytes=50-');
});

it('waiting for another process ends when the caller wants no more', async () => {
  mkdirSync(repository('blobs'), { recursive: true });
  writeFileSync(`${blob()}.lock`, String(process.ppid));
  const [controller, reason] = [new AbortController(), new Error('enough')];
  const waiting = get({ signal: controller.signal });
  setTimeout(() => controller.abort(reason), 100);
  await expect(waiting).rejects.toBe(reason);
});

it('a cache that cannot be written to is an error that says so', async () => {
  writeFileSync(join(root, 'hub'), 'a file');
  expect(await codeOf(get())).toMatch(
    /^ERR_WRITE .*models--org--name.*: cannot be written: a part of the path is a file/,
  );
});

it('a full disk says so, and what has come is gone on with (skipped where no small disk can be made)', async ({
  skip,
}) => {
  const large = new Uint8Array(600_000).fill(7);
  await serve({ 'onnx/model.onnx': large });
  await onSmallDisk(skip, join(root, 'hub'), async () => {
    const ballast = fillDisk(join(root, 'hub'));
    truncateSync(ballast, 700_000);
    expect(await codeOf(get())).toMatch(
      /^ERR_WRITE .*blobs.*: cannot be written: the disk is full\. Free some space/,
    );
    rmSync(ballast);
    expect(readFileSync(join((await get()).folder, 'onnx/model.onnx')).equals(large)).toBe(true);
    expect(hub.downloads.at(-1)!.range).toMatch(/^bytes=\d{5,}-$/);
  });
});

it('a description beside the network goes before preprocessor_config.json', async () => {
  const description = { input: { width: 16, height: 16, mean: [0.5, 0.5, 0.5], std: [1, 1, 1] } };
  await serve({ ...FILES, 'onnx/model.json': JSON.stringify(description) });
  expect(await findModel('hf:org/name')).toMatchObject({ input: { mean: [0.5, 0.5, 0.5] } });
});

it('ONNX Runtime opens a network whose weights are links into the cache', async () => {
  await serve({
    ...FILES,
    'onnx/model.onnx': withExternalWeights('model.onnx_data'),
    'onnx/model.onnx_data': Buffer.from(Float32Array.of(1, 2, -3).buffer),
  });
  const network = await openNetwork(await findModel('hf:org/name'), { device: 'cpu', pooling: 'avg' });
  const picture = new Float32Array(3 * 16 * 16).fill(1);
  expect([...(await network.run(picture, 1))]).toEqual([1, 2, -3]);
  await network.close();
});

it('framesift models lists what is in the cache', async () => {
  await get({ dtype: 'fp16' });
  hub.commit = COMMIT.replace('0', 'f');
  await get();
  mkdirSync(join(root, 'hub', 'models--some--text', 'snapshots', COMMIT, 'onnx'), { recursive: true });
  writeFileSync(join(root, 'hub', 'models--some--text', 'snapshots', COMMIT, 'onnx', 'model.onnx'), 'x');
  hub.requests.length = 0;
  const { code, stdout } = await start(['models']).finished;
  const size = (bytes: Uint8Array): string => `${bytes.length} B`;
  const rows = stdout.slice(stdout.indexOf('downloaded')).trimEnd().split('\n');
  expect({ code, rows: rows.map((row) => row.split(/ {2,}/)) }).toEqual({
    code: 0,
    rows: [
      ['downloaded', 'size', 'weights'],
      ['hf:org/name', size(NETWORK), 'fp32'],
      [`hf:org/name@${COMMIT}`, size(FILES['onnx/model_fp16.onnx']), 'fp16'],
    ],
  });
  expect(hub.requests).toEqual([]);
});

it('two processes that want a model at once bring it once', async () => {
  const line = ['models', 'show', 'hf:org/name', '--json'];
  const runs = await Promise.all([start(line).finished, start(line).finished, start(line).finished]);
  expect(runs.map(({ code, stderr }) => ({ code, stderr }))).toEqual(Array(3).fill({ code: 0, stderr: '' }));
  expect(readdirSync(repository('blobs'))).toHaveLength(2);
  expect(hub.downloads).toHaveLength(2);
});

describe('the address of a model', () => {
  it.each([
    ['hf:org/name', { repository: 'org/name', revision: 'main' }],
    ['hf:org/name@refs/pr/1', { repository: 'org/name', revision: 'refs/pr/1' }],
    [`hf:a.b/c_d-1@${COMMIT}`, { repository: 'a.b/c_d-1', revision: COMMIT }],
  ])('%s', (text, address) => {
    expect(parseHubAddress(text)).toEqual(address);
  });

  it.each([
    'hf:',
    'hf:name',
    'hf:a/b/c',
    'hf:../x',
    'hf:a/..',
    'hf:a/b@',
    'hf:a/b@../c',
    'hf:a/b@c@d',
    'hf:a/b c',
    'hf:a/b\0',
  ])('is not %j', (text) => {
    expect(() => parseHubAddress(text)).toThrow(/names no model on the hub\. Write hf:organisation\/name/);
  });
});

describe('the weights of a folder', () => {
  it.each([
    [['onnx/model.onnx', 'onnx/vision_model.onnx'], undefined, 'onnx/vision_model.onnx'],
    [['model.onnx', 'onnx/model_quantized.onnx'], undefined, 'model.onnx'],
    [['onnx/model.onnx', 'onnx/vision_model_fp16.onnx'], undefined, 'onnx/vision_model_fp16.onnx'],
    [['onnx/model_q4.onnx', 'onnx/model_fp16.onnx'], undefined, 'onnx/model_fp16.onnx'],
    [['onnx/text_model.onnx', 'onnx/vision_model_quantized.onnx'], 'q8', 'onnx/vision_model_quantized.onnx'],
  ] as const)('of %j as %s: %s', (files, type, expected) => {
    expect(chooseWeights(files, type, 'here')).toBe(expected);
  });
});

it('embed downloads a model, survives sudden death on the way, and embeds with it', async () => {
  makeNumberedFolder(join(root, 'videos'), 1, 20);
  const out = join(root, 'table.csv');
  const line = [
    'embed',
    join(root, 'videos'),
    '--out',
    out,
    '--model',
    'hf:org/name',
    '--device',
    'cpu',
    '--json',
  ];
  hub.mishaps.push({ kind: 'whole' }, { kind: 'stall', afterBytes: 50 });
  const first = start(line);
  await vi.waitFor(
    () =>
      expect(
        existsSync(`${blob()}.framesift.incomplete`) && readFileSync(`${blob()}.framesift.incomplete`).length,
      ).toBe(50),
    10_000,
  );
  first.child.kill('SIGKILL');
  await first.finished;
  const second = await start(line).finished;
  expect({ code: second.code, stderr: second.stderr.includes('error') }).toEqual({ code: 0, stderr: false });
  expect(hub.downloads.at(-1)!.range).toBe('bytes=50-');
  expect(JSON.parse(second.stdout.trim().split('\n').at(-1)!)).toMatchObject({
    rows: 20,
    dimensions: 3,
    model: 'org/name/onnx/model.onnx',
  });
});

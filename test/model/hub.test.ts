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
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest';
import { fetchHubModel, type HubOptions } from '../../src/model/hub.ts';
import { parseHubAddress } from '../../src/model/hub-address.ts';
import { PATIENCE } from '../../src/model/hub-download.ts';
import { findModel } from '../../src/model/registry.ts';
import { chooseWeights } from '../../src/model/weights-file.ts';
import { start } from '../support/command.ts';
import { makeNumberedFolder } from '../support/folder.ts';
import { COMMIT, HubServer } from '../support/hub-server.ts';
import { meanColour, withExternalWeights } from '../support/models.ts';

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

const messageOf = (work: Promise<unknown>): Promise<string> =>
  work.then(
    () => 'no error',
    (error: unknown) => `${(error as { code?: string }).code} ${(error as Error).message}`,
  );

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
    expect(await get()).toMatchObject({ file: 'onnx/model_fp16.onnx' });
    expect(await get({ dtype: 'fp32' })).toMatchObject({ file: 'onnx/model.onnx' });
    expect(await messageOf(get({ dtype: 'q8' }))).toBe(
      'ERR_MODEL hf:org/name: holds no q8 weights under a name that framesift knows; it has onnx/model.onnx, onnx/model_fp16.onnx. Choose another --dtype.',
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
    expect(new Set(hub.requests.map(({ authorization }) => authorization))).toEqual(
      new Set(['Bearer hf_of_a_file']),
    );
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
    expect(await messageOf(get())).toMatch(
      /^ERR_HUB http.*onnx\/model\.onnx: could not be downloaded \(.*\)\. Run the same command again: it continues/,
    );
  });

  it('of other bytes than announced is thrown away, tried once more, and then an error', async () => {
    hub.mishaps.push({ kind: 'whole' }, { kind: 'garbage' });
    expect(readFileSync(join((await get()).folder, 'onnx/model.onnx')).equals(NETWORK)).toBe(true);
    rmSync(repository(), { recursive: true });
    hub.mishaps.push({ kind: 'whole' }, { kind: 'garbage' }, { kind: 'garbage' });
    expect(await messageOf(get())).toMatch(
      /^ERR_HUB .*what came twice is not what the hub announces \(its SHA-256/,
    );
    expect(existsSync(blob())).toBe(false);
    expect(existsSync(`${blob()}.incomplete`)).toBe(false);
  });

  it('that was stopped keeps what has come, and the next one continues', async () => {
    const controller = new AbortController();
    hub.mishaps.push({ kind: 'whole' }, { kind: 'stall', afterBytes: 77 });
    const onDownload = ({ receivedBytes }: { readonly receivedBytes: number }): void => {
      if (receivedBytes === 77) controller.abort();
    };
    await expect(get({ signal: controller.signal, onDownload })).rejects.toThrow('aborted');
    expect(readFileSync(`${blob()}.incomplete`)).toHaveLength(77);
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
      /^ERR_HUB hf:org\/name: the hub keeps it from you \(401\)\. Set HF_TOKEN .* accept its licence on http/,
    ],
    [403, /the hub keeps it from you \(403\)/],
    [404, /^ERR_HUB hf:org\/name: there is no such model on http:.*, or it has no revision main\.$/],
    [503, /^ERR_HUB hf:org\/name: http:\S+ answers 503 \(so it is/],
  ])('because of %i says what to do', async (status, message) => {
    hub.apiStatus = status;
    expect(await messageOf(get())).toMatch(message);
  });

  it('because it is down: what is in the cache is used, and that is said', async () => {
    await get();
    await hub.close();
    const notices: string[] = [];
    expect(await get({ onNotice: (notice) => notices.push(notice) })).toMatchObject({ commit: COMMIT });
    expect(notices).toEqual([
      expect.stringMatching(
        /^hf:org\/name: http:\S+ cannot be reached \(.*ECONNREFUSED.*\)\. Going on with what was downloaded of hf:org\/name before \(commit 0123456\)\.$/,
      ),
    ]);
    rmSync(repository(), { recursive: true });
    expect(await messageOf(get())).toMatch(
      /^ERR_HUB hf:org\/name: http:\S+ cannot be reached \(.*ECONNREFUSED/,
    );
    await serve();
  });

  it('because nobody may ask it', async () => {
    vi.stubEnv('HF_HUB_OFFLINE', '1');
    expect(await messageOf(get())).toBe(
      'ERR_HUB hf:org/name@main: is not in the cache, and HF_HUB_OFFLINE says not to ask the hub. Run the command once without it.',
    );
    expect(hub.requests).toEqual([]);
  });

  it('because the model is not in ONNX', async () => {
    await serve({ 'model.safetensors': 'x', 'preprocessor_config.json': PREPROCESSOR });
    expect(await messageOf(get())).toMatch(
      /^ERR_MODEL hf:org\/name: holds no model in ONNX: expected onnx\/vision_model\.onnx or/,
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
    () => expect(existsSync(`${blob()}.incomplete`) && readFileSync(`${blob()}.incomplete`).length).toBe(50),
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

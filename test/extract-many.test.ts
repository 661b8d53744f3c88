// Ten thousand names over fifty videos: every file holds the frame of its name, whatever happens to the run.
import { createHash } from 'node:crypto';
import { cpSync, existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import sharp from 'sharp';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { readBlockCode } from './support/block-code.ts';
import { run, start } from './support/command.ts';
import { random } from './support/damage.ts';
import { makeNumberedFolder, type NumberedFolder } from './support/folder.ts';

const VIDEOS = 50;
const FRAMES_EACH = 400;
const NAMES = 10_000;
/** Of those, for runs that die: twenty of them, which would take four minutes with all. */
const NAMES_OF_DYING = 3_000;

let temporary = '';
let folder: NumberedFolder;
/** Name → the number that its picture must show, in list order. */
let wanted: Map<string, number>;
let list = '';

beforeAll(() => {
  temporary = mkdtempSync(join(tmpdir(), 'framesift-'));
  folder = makeNumberedFolder(join(temporary, 'videos'), VIDEOS, FRAMES_EACH);
  const pick = random(1);
  wanted = new Map();
  while (wanted.size < NAMES) {
    const [position, index] = [Math.floor(pick() * VIDEOS), Math.floor(pick() * FRAMES_EACH)];
    wanted.set(folder.nameOf(position, index), folder.numberOf(position, index));
  }
  list = join(temporary, 'selected.txt');
  writeFileSync(list, [...wanted.keys()].join('\n'));
}, 300_000);

afterAll(() => rmSync(temporary, { recursive: true, force: true }));

const filesIn = (out: string): string[] =>
  !existsSync(out)
    ? []
    : readdirSync(out, { recursive: true, encoding: 'utf8' })
        .filter((file) => /\.(png|jpg)$/.test(file))
        .map((file) => file.replaceAll('\\', '/'))
        .sort();

const hashesIn = (out: string): Record<string, string> =>
  Object.fromEntries(
    filesIn(out).map((file) => [
      file,
      createHash('sha1')
        .update(readFileSync(join(out, file)))
        .digest('hex'),
    ]),
  );

const numberIn = async (file: string): Promise<number | null> => {
  const { data, info } = await sharp(file).raw().toBuffer({ resolveWithObject: true });
  return readBlockCode({ width: info.width, height: info.height, data });
};

const args = (out: string, ...more: string[]): string[] => argsOf(list, out, ...more);

const argsOf = (names: string, out: string, ...more: string[]): string[] => [
  'extract',
  folder.root,
  '--filenames',
  names,
  '--out',
  out,
  '--format',
  'jpg',
  '--quiet',
  '--cache',
  join(temporary, 'cache'),
  ...more,
];

describe('ten thousand names over fifty videos', () => {
  let reference: Record<string, string> = {};

  it('are right name by name', async () => {
    const out = join(temporary, 'reference');
    const manifest = join(temporary, 'reference.jsonl');
    const { code, stderr } = await run(args(out, '--manifest', manifest));
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
    expect(filesIn(out)).toEqual([...wanted.keys()].map((name) => name.replace(/png$/, 'jpg')).sort());
    for (const [name, number] of wanted)
      expect(await numberIn(join(out, name.replace(/png$/, 'jpg'))), name).toBe(number);
    const records = readFileSync(manifest, 'utf8')
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line) as { name: string });
    expect(records.map(({ name }) => name)).toEqual([...wanted.keys()]);
    reference = hashesIn(out);
  }, 300_000);

  it('survive interruption and sudden death at random moments, and end as the same bytes', async () => {
    const moments = random(7);
    const names = join(temporary, 'of the dying.txt');
    writeFileSync(names, [...wanted.keys()].slice(0, NAMES_OF_DYING).join('\n'));
    const whole = join(temporary, 'undisturbed');
    const begun = performance.now();
    const undisturbed = await run(argsOf(names, whole, '--manifest', `${whole}.jsonl`));
    const durationMs = performance.now() - begun;
    expect(undisturbed.code).toBe(0);
    const expected = hashesIn(whole);
    expect(Object.keys(expected)).toHaveLength(NAMES_OF_DYING);
    for (const [file, hash] of Object.entries(expected)) expect(hash, file).toBe(reference[file]);
    const expectedManifest = readFileSync(`${whole}.jsonl`, 'utf8');
    for (let attempt = 0; attempt < 20; attempt++) {
      const out = join(temporary, `try ${attempt}`);
      const signal = attempt % 2 === 0 ? 'SIGINT' : 'SIGKILL';
      const first = start(argsOf(names, out));
      const timer = setTimeout(() => first.child.kill(signal), 150 + moments() * durationMs);
      const ended = await first.finished;
      clearTimeout(timer);
      // The signal came in time (before the program had begun, the system answers it), or the run was faster.
      if (signal === 'SIGINT') expect([0, 130, 'SIGINT']).toContain(ended.signal ?? ended.code);
      else expect(ended.signal ?? ended.code).toSatisfy((how: unknown) => how === 'SIGKILL' || how === 0);
      for (const [file, hash] of Object.entries(hashesIn(out))) {
        expect(hash, `${file} after ${signal}: whole, or not there`).toBe(expected[file]);
      }
      const manifest = join(temporary, `try ${attempt}.jsonl`);
      const second = await run(argsOf(names, out, '--manifest', manifest));
      expect({ attempt, code: second.code, stderr: second.stderr }).toEqual({ attempt, code: 0, stderr: '' });
      expect(hashesIn(out)).toEqual(expected);
      expect(readFileSync(manifest, 'utf8') === expectedManifest, 'the same manifest').toBe(true);
      rmSync(out, { recursive: true });
    }
  }, 900_000);

  it('are not decoded again when all is there', async () => {
    const out = join(temporary, 'reference');
    const { code, stdout } = await run(args(out, '--json'));
    expect(code).toBe(0);
    const summary = JSON.parse(stdout.trim().split('\n').at(-1)!) as Record<string, unknown>;
    expect(summary).toMatchObject({ resumed: NAMES });
  }, 120_000);

  it('are decoded again where the video has changed', async () => {
    const out = join(temporary, 'changed');
    const videos = join(temporary, 'videos changed');
    cpSync(folder.root, videos, { recursive: true });
    const name = folder.nameOf(0, 7);
    const short = join(temporary, 'short.txt');
    writeFileSync(short, `${name}\n`);
    const command = ['extract', videos, '--filenames', short, '--out', out, '--quiet', '--no-cache'];
    expect((await run(command)).code).toBe(0);
    expect(await numberIn(join(out, name))).toBe(folder.numberOf(0, 7));
    cpSync(join(videos, folder.videos[3]!), join(videos, folder.videos[0]!));
    expect((await run(command)).code).toBe(0);
    expect(await numberIn(join(out, name))).toBe(folder.numberOf(3, 7));
  }, 60_000);
});

import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { readArguments } from '../../src/cli/arguments.ts';
import { frameChoice } from '../../src/cli/frame-choice.ts';
import { type Given, mergeLayers, RANK } from '../../src/cli/given.ts';
import { quality } from '../../src/cli/image-options.ts';
import { FakeIo } from './fake-io.ts';

let directory: string;
beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), 'framesift-choice-'));
});
afterEach(() => rm(directory, { recursive: true, force: true }));

/** What a command line asks for, over what a configuration file says. */
const given = (argv: readonly string[], file: Readonly<Record<string, string | boolean>> = {}): Given => {
  const line = readArguments(argv, [...frameChoice.flags, ...FORMAT_FLAGS], []);
  const layer = new Map(
    Object.entries(file).map(([name, value]) => [
      name,
      { value, rank: RANK.fileForVerb, label: `the file: ${name}` },
    ]),
  );
  return { operands: [], flags: mergeLayers(line.flags, layer) };
};

const FORMAT_FLAGS = [
  ...quality.flags,
  { kind: 'value', name: 'format', placeholder: 'F', help: '', group: '' } as const,
];

const choose = (argv: readonly string[], file = {}, io = new FakeIo()) =>
  Promise.resolve(frameChoice.read(given(argv, file), io)).catch(
    (error: unknown) => (error as Error).message,
  );

describe('which frames', () => {
  test.each([
    [
      ['--frames', '0,20-30:5'],
      {
        kind: 'numbers',
        ranges: [
          { start: 0, end: 1, step: 1 },
          { start: 20, end: 31, step: 5 },
        ],
      },
    ],
    [['--at', '1.5,00:01:02'], { kind: 'times', seconds: [1.5, 62] }],
    [['--every', '10'], { kind: 'sample', sampler: { every: 10 } }],
    [['--fps', '0.5'], { kind: 'sample', sampler: { fps: 0.5 } }],
    [['--count', '7'], { kind: 'sample', sampler: { count: 7 } }],
    [['--keyframes'], { kind: 'sample', sampler: { keyframes: true } }],
    [['--all'], { kind: 'sample', sampler: {} }],
    [
      ['--all', '--start', '10', '--end', '0:02'],
      { kind: 'sample', sampler: { start: { kind: 'frame', index: 10 }, end: { kind: 'time', seconds: 2 } } },
    ],
  ])('%j', async (argv, choice) => {
    expect(await choose(argv)).toEqual(choice);
  });

  test('names from a file, or from standard input', async () => {
    const path = join(directory, 'names.txt');
    await writeFile(path, 'a-1-mp4.png\nb-2-mp4.png\n');
    const entries = [
      { name: 'a-1-mp4.png', line: 1 },
      { name: 'b-2-mp4.png', line: 2 },
    ];
    expect(await choose(['--filenames', path])).toEqual({ kind: 'names', list: { label: path, entries } });
    const io = new FakeIo({ input: 'a-1-mp4.png\nb-2-mp4.png\n' });
    expect(await choose(['--filenames', '-'], {}, io)).toEqual({
      kind: 'names',
      list: { label: 'standard input', entries },
    });
    expect(io.err).toBe('');
  });

  test('a terminal is told that it is being read', async () => {
    const io = new FakeIo({ input: 'a-1-mp4.png\n', terminals: ['stdin'] });
    await choose(['--filenames', '-'], {}, io);
    expect(io.err).toBe(
      'reading frame names from the terminal: one on each line, then Ctrl-D (Ctrl-C to stop)\n',
    );
  });

  test('none: the message lists the ways', async () => {
    expect(await choose([])).toBe(
      'which frames? Choose one of --filenames FILE, --frames NUMBERS, --at TIMES, --every N, --fps F, --count N, --keyframes, --all.',
    );
  });

  test.each([
    [
      ['--every', '2', '--frames', '3'],
      '--every: --frames has chosen frames in another way already. Keep one of the two.',
    ],
    [
      ['--all', '--keyframes'],
      '--all: --keyframes has chosen frames in another way already. Keep one of the two.',
    ],
    [
      ['--frames', '3', '--start', '1'],
      '--start: does not go with --frames, which says exactly which frames. Leave one of them out.',
    ],
    [['--every', '0'], '--every: "0" is not a whole number of at least 1.'],
    [['--fps', '0'], '--fps: "0" is not a number above 0.'],
    [['--fps', 'fast'], '--fps: "fast" is not a number above 0.'],
    [['--fps', '1e3'], '--fps: "1e3" is not a number above 0.'],
    [['--frames', '5-2'], '--frames: "5-2" runs backwards. Write 2-5.'],
    [['--filenames', ''], '--filenames: "" is empty.'],
  ])('%j is refused', async (argv, message) => {
    expect(await choose(argv)).toBe(message);
  });

  test('a flag replaces what the file chooses in other words', async () => {
    expect(await choose(['--frames', '3'], { every: '10', start: '5' })).toEqual({
      kind: 'numbers',
      ranges: [{ start: 3, end: 4, step: 1 }],
    });
    expect(await choose(['--start', '5'], { every: '10' })).toEqual({
      kind: 'sample',
      sampler: { every: 10, start: { kind: 'frame', index: 5 } },
    });
    expect(await choose([], { every: '10', all: false })).toEqual({ kind: 'sample', sampler: { every: 10 } });
    expect(await choose([], { every: '10', fps: '2' })).toBe(
      'the file: fps: the file: every has chosen frames in another way already. Keep one of the two.',
    );
  });
});

describe('quality', () => {
  const read = (argv: readonly string[], file = {}): unknown => {
    try {
      return quality.read(given(argv, file), new FakeIo());
    } catch (error) {
      return (error as Error).message;
    }
  };
  const refused = 'png is lossless and has no quality. Leave it out, or choose --format jpg or webp.';

  test('belongs to jpg and webp', () => {
    expect(read(['--format', 'jpg', '--quality', '80'])).toBe(80);
    expect(read(['--format', 'webp', '--quality', '100'])).toBe(100);
    expect(read(['--format', 'png'])).toBeUndefined();
    expect(read(['--format', 'png', '--quality', '80'])).toBe(`--quality: ${refused}`);
    expect(read(['--quality', '80'])).toBe(`--quality: ${refused}`);
    expect(read(['--format', 'jpg', '--quality', '101'])).toBe(
      '--quality: "101" is not a whole number from 1 to 100.',
    );
  });

  test('in a file it waits for a format that has one', () => {
    expect(read(['--format', 'png'], { quality: '80' })).toBeUndefined();
    expect(read(['--format', 'jpg'], { quality: '80' })).toBe(80);
    expect(read(['--quality', '70'], { format: 'jpg', quality: '80' })).toBe(70);
    expect(read([], { format: 'png', quality: '80' })).toBe(`the file: quality: ${refused}`);
  });
});

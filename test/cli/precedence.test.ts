import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { main } from '../../src/cli/main.ts';
import { FakeIo } from './fake-io.ts';
import { fakeVerbs } from './fake-verbs.ts';

let directory: string;
beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), 'framesift-config-'));
});
afterEach(() => rm(directory, { recursive: true, force: true }));

interface Ran {
  readonly code: number;
  readonly out: string;
  readonly err: string;
}

const run = async (argv: readonly string[], env: Readonly<Record<string, string>> = {}): Promise<Ran> => {
  const io = new FakeIo({ env, directory });
  const code = await main(argv, io, fakeVerbs());
  return { code, out: io.out, err: io.err };
};

const baked = async (
  argv: readonly string[],
  env: Readonly<Record<string, string>> = {},
): Promise<unknown> => {
  const { code, out, err } = await run(['bake', 'rye', ...argv], env);
  expect({ code, err }).toEqual({ code: 0, err: '' });
  return JSON.parse(out);
};

const config = (text: string, name = 'framesift.config.yaml'): Promise<void> =>
  writeFile(join(directory, name), text);

describe('who decides', () => {
  test('the flag, then the environment, then the verb of the file, then all verbs of the file', async () => {
    await config(
      'all:\n  oven: all\n  loaves: 1\n  shape: long\n  seed: [all]\nbake:\n  oven: file\n  loaves: 2\n  shape: round\n',
    );
    const env = { FRAMESIFT_OVEN: 'env', FRAMESIFT_LOAVES: '3' };
    expect(await baked(['--oven', 'flag'], env)).toEqual({
      flour: 'rye',
      oven: 'flag',
      loaves: 3,
      shape: 'round',
      seed: ['all'],
    });
  });

  test('what a weaker layer switched on, a stronger one switches off', async () => {
    await config('bake:\n  slowRise: true\n  starter: s\n  oven: o\n');
    expect(await baked([])).toEqual({ flour: 'rye', oven: 'o', slowRise: true, starter: 's' });
    expect(await baked(['--no-slow-rise', '--no-starter'])).toEqual({
      flour: 'rye',
      oven: 'o',
      slowRise: false,
      starter: false,
    });
    expect(await baked([], { FRAMESIFT_SLOW_RISE: '0', FRAMESIFT_NO_STARTER: '1' })).toEqual({
      flour: 'rye',
      oven: 'o',
      slowRise: false,
      starter: false,
    });
    expect(await baked(['-s'], { FRAMESIFT_NO_SLOW_RISE: 'yes' })).toMatchObject({ slowRise: true });
  });
});

describe('the environment', () => {
  test('an empty variable is none; a list has one value a line', async () => {
    const env = {
      FRAMESIFT_OVEN: 'o',
      FRAMESIFT_LOAVES: '',
      FRAMESIFT_SEED: 'a\nb, c\n',
      FRAMESIFT_SLOW_RISE: 'on',
    };
    expect(await baked([], env)).toEqual({ flour: 'rye', oven: 'o', seed: ['a', 'b, c'], slowRise: true });
  });

  test('a bad value is refused under the name of the variable', async () => {
    const err = (text: string) => `error: ${text}\nSee framesift bake --help.\n`;
    const loaves = await run(['bake', 'rye', '--oven', 'o'], { FRAMESIFT_LOAVES: 'x' });
    expect(loaves).toEqual({
      code: 2,
      out: '',
      err: err('FRAMESIFT_LOAVES: "x" is not a whole number from 1 to 99.'),
    });
    const rise = await run(['bake', 'rye', '--oven', 'o'], { FRAMESIFT_SLOW_RISE: 'maybe' });
    expect(rise.err).toBe(err('FRAMESIFT_SLOW_RISE: "maybe" is neither on nor off. Write 1 or 0.'));
  });

  test('a misspelt variable is named; one of another verb, or of nobody, is not', async () => {
    const env = { FRAMESIFT_LOAFES: '2', FRAMESIFT_BRICKS: '3', FRAMESIFT_CACHE: 'x', LOAVES: '4' };
    const { code, out, err } = await run(['bake', 'rye', '--oven', 'o'], env);
    expect({ code, out }).toEqual({ code: 0, out: '{"flour":"rye","oven":"o"}\n' });
    expect(err).toBe(
      'warning: the environment holds FRAMESIFT_LOAFES, which means nothing. Did you mean FRAMESIFT_LOAVES?\n',
    );
  });
});

describe('the configuration file', () => {
  test.each([
    ['framesift.config.json', '{"bake": {"oven": "o", "slow-rise": true, "seed": ["a", "b"], "loaves": 2}}'],
    [
      'framesift.config.json',
      '\uFEFF{\n\t"bake": {\n\t\t"oven": "o",\n\t\t"slowRise": true, "seed": ["a", "b"], "loaves": 2}}\n',
    ],
    ['framesift.config.yaml', 'bake:\n  oven: o\n  slowRise: true\n  seed: [a, b]\n  loaves: 2\n'],
    ['framesift.config.yml', '# mine\nbake: &b {oven: o, slowRise: true, seed: [a, b], loaves: 2}\nmend:\n'],
  ])('%s: %j', async (name, text) => {
    await config(text, name);
    expect(await baked([])).toEqual({ flour: 'rye', oven: 'o', slowRise: true, seed: ['a', 'b'], loaves: 2 });
  });

  test('values keep the spelling of the file; one text may stand for a list of one', async () => {
    await config('bake:\n  oven: 1.50\n  seed: 00:01:02\n  starter: false\n');
    expect(await baked([])).toEqual({ flour: 'rye', oven: '1.50', seed: ['00:01:02'], starter: false });
  });

  test('--config and FRAMESIFT_CONFIG name another file, which must be there', async () => {
    await config('bake: {oven: here}');
    await config('bake: {oven: there}', 'other.yaml');
    const other = join(directory, 'other.yaml');
    expect(await baked(['--config', other])).toEqual({ flour: 'rye', oven: 'there' });
    expect(await baked([], { FRAMESIFT_CONFIG: other })).toEqual({ flour: 'rye', oven: 'there' });
    expect(await run(['bake', 'rye', '--config', 'nope.yaml'])).toEqual({
      code: 2,
      out: '',
      err: 'error: nope.yaml: there is no such configuration file. Check the path.\n',
    });
  });

  test('two files are one too many', async () => {
    await config('{}', 'framesift.config.json');
    await config('', 'framesift.config.yml');
    expect((await run(['bake', 'rye'])).err).toBe(
      'error: there is a framesift.config.json and a framesift.config.yml. Keep one of them, or choose one with --config.\n',
    );
  });

  test('what stands under "all" may be meant for another verb', async () => {
    await config('all: {oven: o, bricks: 3}');
    expect(await baked([])).toEqual({ flour: 'rye', oven: 'o' });
  });

  test('an empty file is fine', async () => {
    await config('');
    expect(await baked(['--oven', 'o'])).toEqual({ flour: 'rye', oven: 'o' });
  });

  test('settings of the run itself can stand there, too', async () => {
    await config('all: {verbose: yes please}');
    expect((await run(['bake', 'rye', '--oven', 'o'])).err).toBe(
      'error: framesift.config.yaml, line 1: "verbose" must be true or false.\n',
    );
    await config('all: {config: x}');
    expect((await run(['bake', 'rye', '--oven', 'o'])).err).toBe(
      'error: framesift.config.yaml, line 1: unknown key "config" under "all".\n',
    );
  });

  test.each([
    ['bake:\n  oven: o\n  loafs: 3\n', 'line 3: unknown key "loafs" under "bake". Did you mean loaves?'],
    [
      'bake:\n  oven: o\n  slowRize: true\n',
      'line 3: unknown key "slowRize" under "bake". Did you mean slowRise?',
    ],
    ['bake:\n  slow-rize: true\n', 'line 2: unknown key "slow-rize" under "bake". Did you mean slow-rise?'],
    ['bake:\n  zebra: 1\n', 'line 2: unknown key "zebra" under "bake".'],
    ['all:\n  brickz: 1\n', 'line 2: unknown key "brickz" under "all". Did you mean bricks?'],
    ['\n\nbaek: {}\n', 'line 3: unknown verb "baek". Did you mean bake?'],
    ['sing: {}\n', 'line 1: unknown verb "sing". Its keys are all, bake, eat, mend.'],
    ['bake: 4\n', 'line 1: "bake" must hold names and values, as in "extract: { jobs: 4 }".'],
    ['- bake\n', 'line 1: The file must hold names and values, as in "extract: { jobs: 4 }".'],
    ['bake:\n  loaves: [1, 2]\n', 'line 2: "loaves" must be one value (N).'],
    ['bake:\n  loaves:\n', 'line 2: "loaves" must be one value (N).'],
    ['bake:\n  starter: true\n', 'line 2: "starter" must be one value (FILE), or false.'],
    ['bake:\n  slowRise: 1\n', 'line 2: "slowRise" must be true or false.'],
    ['bake:\n  seed:\n    - a\n    - {b: c}\n', 'line 4: "seed" must be a list of texts.'],
    ['bake:\n  slowRise: true\n  slow-rise: true\n', 'line 3: "slow-rise" is given twice under "bake".'],
    ['bake:\n  oven: o\n  loaves: 100\n', 'line 3: loaves: "100" is not a whole number from 1 to 99.'],
    ['bake:\n  oven: [o\nloaves: 1\n', expect.stringMatching(/^line 3: /)],
    ['bake: {}\nbake: {}\n', 'line 2: Map keys must be unique.'],
  ])('%j is refused with its line', async (text, message) => {
    await config(text);
    const { code, out, err } = await run(['bake', 'rye', '--oven', 'o']);
    expect({ code, out }).toEqual({ code: 2, out: '' });
    const [, found] = /^error: framesift\.config\.yaml, (.*)\n$/s.exec(err)!;
    expect(found).toEqual(message);
  });

  test.each([
    ['{"bake": {"loaves": 3,}}', 1],
    ['{\n  "bake": {\n    // mine\n    "loaves": 3\n  }\n}', 3],
    ['{\n  "bake": {\n', 2],
    ['{\n  "bake": {"seed": [\n1,\n2,\n]\n}}\n', 5],
    ['{\n  "bake": {\n    "shape": long\n  },\n  "mend": {}}', 3],
    ['', 1],
  ])('%j is not JSON, and the message says where', async (text, line) => {
    await config(text, 'framesift.config.json');
    const { code, err } = await run(['bake', 'rye', '--oven', 'o']);
    expect(code).toBe(2);
    expect(err).toMatch(
      new RegExp(`^error: framesift\\.config\\.json, line ${line}: this is not JSON: [^"]+\\.\n$`),
    );
  });
});

import { describe, expect, test } from 'vitest';
import { main } from '../../src/cli/main.ts';
import { FakeIo } from './fake-io.ts';
import { fakeVerbs } from './fake-verbs.ts';

const bake = async (...argv: string[]): Promise<{ code: number; out: string; err: string }> => {
  const io = new FakeIo();
  const code = await main(['bake', ...argv], io, fakeVerbs());
  return { code, out: io.out, err: io.err };
};

const refused = (message: string) => ({
  code: 2,
  out: '',
  err: `error: ${message}\nSee framesift bake --help.\n`,
});

describe('flags as people write them', () => {
  test.each([
    [['rye', '--oven', 'o'], { flour: 'rye', oven: 'o' }],
    [['--oven=o', 'rye'], { flour: 'rye', oven: 'o' }],
    [['rye', '--oven', 'a', '--oven', 'b'], { flour: 'rye', oven: 'b' }],
    [['rye', '--oven=-o'], { flour: 'rye', oven: '-o' }],
    [['rye', '--oven=a=b'], { flour: 'rye', oven: 'a=b' }],
    [['--oven', 'o', '--', '--rye'], { flour: '--rye', oven: 'o' }],
    [['-', '--oven', '-'], { flour: '-', oven: '-' }],
    [['rye', '--oven', 'o', '-sq'], { flour: 'rye', oven: 'o', slowRise: true }],
    [['rye', '--oven', 'o', '-s', '--no-slow-rise'], { flour: 'rye', oven: 'o', slowRise: false }],
    [['rye', '--oven', 'o', '--seed', 'a', '--seed=b'], { flour: 'rye', oven: 'o', seed: ['a', 'b'] }],
    [['rye', '--oven', 'o', '--no-starter'], { flour: 'rye', oven: 'o', starter: false }],
    [['rye', '--oven', 'o', '--no-starter', '--starter', 's'], { flour: 'rye', oven: 'o', starter: 's' }],
    [
      ['rye', '--oven', 'o', '--loaves', '2', '--shape', 'long'],
      { flour: 'rye', oven: 'o', loaves: 2, shape: 'long' },
    ],
  ])('%j', async (argv, values) => {
    const { code, out, err } = await bake(...argv);
    expect({ code, err }).toEqual({ code: 0, err: '' });
    expect(JSON.parse(out)).toEqual(values);
  });
});

describe('what cannot be meant', () => {
  test.each([
    [['rye', '--oven', 'o', '--loavs', '3'], 'unknown option --loavs. Did you mean --loaves?'],
    [['rye', '--oven', 'o', '--loavs=3'], 'unknown option --loavs. Did you mean --loaves?'],
    [['rye', '--oven', 'o', '--no-startr'], 'unknown option --no-startr. Did you mean --no-starter?'],
    [['rye', '--oven', 'o', '--zebra'], 'unknown option --zebra.'],
    [['rye', '--oven', 'o', '-x'], 'unknown option -x.'],
    [['rye', '--oven', 'o', '-sx'], 'unknown option -x.'],
    [['rye', '--oven', 'o', '--slow-rise=yes'], '--slow-rise takes no value. Leave "=yes" out.'],
    [
      ['rye', '--oven'],
      '--oven needs a value: --oven DIR. One that begins with a dash is written --oven=-value.',
    ],
    [
      ['rye', '--oven', '--json'],
      '--oven needs a value: --oven DIR. One that begins with a dash is written --oven=-value.',
    ],
    [['rye', '--oven', ''], '--oven: "" is empty.'],
    [
      ['rye', 'wheat', '--oven', 'o'],
      '"wheat" is one argument too many: this verb takes one FLOUR. A path with spaces needs quotes around it.',
    ],
    [['--oven', 'o'], 'FLOUR is missing: what to bake.'],
    [
      ['rye'],
      '--oven DIR is missing: where to bake. FRAMESIFT_OVEN or a configuration file can give it, too.',
    ],
    [['rye', '--oven', 'o', '--loaves', 'many'], '--loaves: "many" is not a whole number from 1 to 99.'],
    [['rye', '--oven', 'o', '--loaves', '0'], '--loaves: "0" is not a whole number from 1 to 99.'],
    [['rye', '--oven', 'o', '--loaves', '1.5'], '--loaves: "1.5" is not a whole number from 1 to 99.'],
    [['rye', '--oven', 'o', '--loaves', '-1'], '--loaves: "-1" is not a whole number from 1 to 99.'],
    [
      ['rye', '--oven', 'o', '--shape', 'lnog'],
      '--shape: "lnog" is not one of round, long. Did you mean long?',
    ],
    [['rye', '--oven', 'o', '--shape', 'cube'], '--shape: "cube" is not one of round, long.'],
  ])('%j', async (argv, message) => {
    expect(await bake(...argv)).toEqual(refused(message));
  });
});

import { describe, expect, test } from 'vitest';
import { readArguments } from '../../src/cli/arguments.ts';
import { flagTerm } from '../../src/cli/flag.ts';
import { allFlagsOf } from '../../src/cli/help.ts';
import { main } from '../../src/cli/main.ts';
import { VERBS } from '../../src/cli/verbs.ts';
import { FakeIo, type FakeIoOptions } from './fake-io.ts';
import { fakeVerbs } from './fake-verbs.ts';

const helpOf = async (
  argv: readonly string[],
  options: FakeIoOptions = {},
  verbs = fakeVerbs(),
): Promise<string> => {
  const io = new FakeIo(options);
  expect(await main(argv, io, verbs)).toBe(0);
  expect(io.err).toBe('');
  return io.out;
};

const BAKE = `Usage: framesift bake FLOUR --oven DIR [options]

Makes bread out of flour.

Arguments:
  FLOUR               what to bake

Bread:
  --oven DIR          where to bake
  --loaves N          how many
  --shape round|long  the shape
  -s, --slow-rise     let it rise overnight
  --seed NAME         put these on top; may be repeated
  --starter FILE      the starter
  --no-starter        no starter

Output and settings:
  --json              write records (NDJSON) to standard output, for programs
  -q, --quiet         no progress and no summary; errors only
  -v, --verbose       say more: FFmpeg's own messages, causes of errors
  --color             colours even where there is no terminal
  --no-color          no colours
  --config FILE       settings (default: framesift.config.json, .yaml or .yml in
                      this folder)
  -h, --help          show this help

Examples:
  # two long ones
  framesift bake rye --oven o --loaves 2 --shape long
`;

describe('the help of a verb', () => {
  test('has its flags in groups, and examples at its end', async () => {
    expect(await helpOf(['bake', '--help'])).toBe(BAKE);
  });

  test('comes whatever else is on the line', async () => {
    expect(await helpOf(['bake', '--lovaes', '3', '--shape', 'x', 'a', 'b', '-h'])).toBe(BAKE);
  });

  test('has bold headings on a terminal, unless NO_COLOR says no', async () => {
    const colored = await helpOf(['bake', '-h'], { terminals: ['stdout'] });
    expect(colored).toContain('\u001b[1mExamples:\u001b[22m');
    expect(await helpOf(['bake', '-h'], { terminals: ['stdout'], env: { NO_COLOR: '1' } })).toBe(BAKE);
  });

  test('fits narrow terminals', async () => {
    const lines = (await helpOf(['bake', '-h'], { columns: 60 })).split('\n').slice(2, -4);
    expect(Math.max(...lines.map((line) => line.length))).toBeLessThanOrEqual(60);
  });

  test.each(VERBS.map(({ name }) => name))('%s: as recorded', async (name) => {
    await expect(await helpOf([name, '--help'], {}, [...VERBS])).toMatchFileSnapshot(
      `help/${name.replace(' ', '-')}.txt`,
    );
  });
});

describe('the table of verbs', () => {
  test.each(VERBS.map((verb) => [verb.name, verb] as const))(
    '%s has no flag twice, and helps with each',
    async (_, verb) => {
      const { command } = await verb.load();
      const flags = allFlagsOf(command);
      const names = flags.map(({ name }) => name);
      expect(new Set(names).size).toBe(names.length);
      const shorts = flags.flatMap(({ short }) => short ?? []);
      expect(new Set(shorts).size).toBe(shorts.length);
      for (const flag of flags) {
        expect(flag.help, flagTerm(flag)).toMatch(/^(?:[^A-Z]|N ).*[^.]$/s);
        expect(flag.name).toMatch(/^[a-z]+(-[a-z]+)*$/);
        expect(flag.name).not.toMatch(/^no-/);
      }
    },
  );

  test.each(VERBS.map((verb) => [verb.name, verb] as const))(
    'the examples of %s are understood',
    async (name, verb) => {
      const { command } = await verb.load();
      expect(command.examples.length).toBeGreaterThan(0);
      for (const { line } of command.examples) {
        for (const part of `framesift ${line}`
          .split(/ [|>] /)
          .filter((each) => each.startsWith('framesift '))) {
          const words = part.split(' ').slice(1);
          const named = (length: number) =>
            VERBS.find((each) => each.name === words.slice(0, length).join(' '));
          const [length, exampleVerb] = named(2) ? ([2, named(2)!] as const) : ([1, named(1)!] as const);
          const { command: meant } = await exampleVerb.load();
          const given = readArguments(words.slice(length), allFlagsOf(meant), meant.operands);
          const ended = await meant
            .prepare(given, new FakeIo({ input: 'a-0-mp4.png' }))
            .catch((error: unknown) => error);
          // A list that an example names is not there; all else must be right.
          if (ended instanceof Error)
            expect(ended.message, `${name}: ${line}`).toMatch(/there is no such list/);
        }
      }
    },
  );
});

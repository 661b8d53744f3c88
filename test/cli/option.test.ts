import { describe, expect, expectTypeOf, test } from 'vitest';
import { defineCommand } from '../../src/cli/command.ts';
import { EXIT } from '../../src/cli/exit-code.ts';
import { type CliOptions, operand, optional, required, toggle } from '../../src/cli/option.ts';
import { someText, wholeNumber } from '../../src/cli/value-readers.ts';
import { BAKE_OPTIONS } from './fake-verbs.ts';

interface Options {
  readonly input: string;
  readonly out: string;
  readonly jobs?: number | undefined;
  readonly isFast?: boolean;
  readonly onProgress?: () => void;
}

const group = 'Test';
const input = operand({ term: 'INPUT', help: 'x' });
const out = required({ name: 'out', placeholder: 'DIR', help: 'x', group }, someText);
const jobs = optional({ name: 'jobs', placeholder: 'N', help: 'x', group }, wholeNumber(1));
const isFast = toggle({ name: 'fast', help: 'x', group });

describe('the table of options, judged by the compiler (npm run check)', () => {
  test('takes one entry for each option of the library', () => {
    const table = { input, out, jobs, isFast, onProgress: null } satisfies CliOptions<Options>;
    const command = defineCommand({
      usage: '',
      description: '',
      options: table,
      examples: [],
      run: async (values) => {
        // What the library must have is there; what it may have can be passed on as it is.
        expectTypeOf(values.out).toEqualTypeOf<string>();
        expectTypeOf(values.jobs).toEqualTypeOf<number | undefined>();
        expectTypeOf({ ...values }).toExtend<Options>();
        // @ts-expect-error: not on the command line
        values.onProgress;
        return EXIT.done;
      },
    });
    expect(command.flags.map(({ name }) => name)).toEqual(['out', 'jobs', 'fast']);
  });

  test('refuses to forget one', () => {
    // @ts-expect-error: `jobs` is missing
    const table: CliOptions<Options> = { input, out, isFast, onProgress: null };
    expect(table.jobs).toBeUndefined();
  });

  test('refuses a flag that may be absent for an option that may not', () => {
    const mayBeAbsent = optional({ name: 'out', placeholder: 'DIR', help: 'x', group }, someText);
    // @ts-expect-error: `out` may be absent
    const table: CliOptions<Options> = { input, out: mayBeAbsent, jobs, isFast, onProgress: null };
    expect(table.out).toBe(mayBeAbsent);
  });

  test('refuses a value of the wrong type', () => {
    const text = optional({ name: 'jobs', placeholder: 'N', help: 'x', group }, someText);
    // @ts-expect-error: `jobs` is a number
    const table: CliOptions<Options> = { input, out, jobs: text, isFast, onProgress: null };
    expect(table.jobs).toBe(text);
  });

  test('refuses an option that the library does not have', () => {
    // @ts-expect-error: there is no `speed`
    const table: CliOptions<Options> = { input, out, jobs, isFast, onProgress: null, speed: jobs };
    expect(Object.keys(table)).toContain('speed');
  });
});

test('slow options are read last, whatever their place', async () => {
  const order: string[] = [];
  const noting = (name: string, isSlow: boolean) => ({
    flags: [],
    isSlow,
    read: () => {
      order.push(name);
      return name;
    },
  });
  const command = defineCommand({
    usage: '',
    description: '',
    options: { a: noting('a', true), b: noting('b', false) },
    examples: [],
    run: async () => EXIT.done,
  });
  await command.prepare({ operands: [], flags: new Map() }, {} as never);
  expect(order).toEqual(['b', 'a']);
  expect(BAKE_OPTIONS.onSmell).toBeNull();
});

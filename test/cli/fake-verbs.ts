/** A small table of verbs that shows what it was given. */
import { type CommandDefinition, defineCommand, type Verb } from '../../src/cli/command.ts';
import { EXIT } from '../../src/cli/exit-code.ts';
import {
  type CliOptions,
  list,
  operand,
  optional,
  optionalOrOff,
  required,
  toggle,
} from '../../src/cli/option.ts';
import type { Session } from '../../src/cli/session.ts';
import { oneOf, someText, wholeNumber } from '../../src/cli/value-readers.ts';

export interface BakeOptions {
  readonly flour: string;
  readonly oven: string;
  readonly loaves?: number;
  readonly shape?: 'round' | 'long';
  readonly slowRise?: boolean;
  readonly seed?: readonly string[];
  readonly starter?: string | false;
  readonly onSmell?: () => void;
}

const group = 'Bread';

export const BAKE_OPTIONS = {
  flour: operand({ term: 'FLOUR', help: 'what to bake' }),
  oven: required(
    { name: 'oven', placeholder: 'DIR', help: 'where to bake', group, completes: 'folder' },
    someText,
  ),
  loaves: optional({ name: 'loaves', placeholder: 'N', help: 'how many', group }, wholeNumber(1, 99)),
  shape: optional(
    { name: 'shape', placeholder: 'round|long', help: 'the shape', group, choices: ['round', 'long'] },
    oneOf(['round', 'long']),
  ),
  slowRise: toggle({ name: 'slow-rise', short: 's', help: 'let it rise overnight', group }),
  seed: list({ name: 'seed', placeholder: 'NAME', help: 'put these on top; may be repeated', group }),
  starter: optionalOrOff(
    {
      name: 'starter',
      placeholder: 'FILE',
      help: 'the starter',
      offHelp: 'no starter',
      group,
      completes: 'file',
    },
    someText,
  ),
  onSmell: null,
} satisfies CliOptions<BakeOptions>;

/** Verbs: `bake` writes what it was given, `eat` does what the test says, `mend` has an option of its own. */
export const fakeVerbs = (
  eat: (session: Session) => Promise<void> = async () => undefined,
  more: Partial<CommandDefinition<Record<never, never>>> = {},
): readonly Verb[] => [
  {
    name: 'bake',
    summary: 'make bread',
    load: async () => ({
      command: defineCommand({
        usage: 'FLOUR --oven DIR [options]',
        description: 'Makes bread out of flour.',
        options: BAKE_OPTIONS,
        examples: [{ what: 'two long ones', line: 'bake rye --oven o --loaves 2 --shape long' }],
        run: async (values, { results }) => {
          await results.line(JSON.stringify(values));
          return EXIT.done;
        },
      }),
    }),
  },
  {
    name: 'eat',
    summary: 'eat it',
    load: async () => ({
      command: defineCommand({
        usage: '',
        description: 'Eats.',
        options: {},
        examples: [],
        run: async (_, session) => {
          await eat(session);
          return EXIT.done;
        },
        ...more,
      }),
    }),
  },
  {
    name: 'mend',
    summary: 'mend the oven',
    load: async () => ({
      command: defineCommand({
        usage: '',
        description: 'Mends.',
        options: {
          bricks: optional({ name: 'bricks', placeholder: 'N', help: 'how many', group }, wholeNumber(1)),
        },
        examples: [],
        run: async () => EXIT.done,
      }),
    }),
  },
];

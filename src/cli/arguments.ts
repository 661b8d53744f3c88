import { FramesiftError } from '../base/errors.ts';
import { nearest } from '../base/nearest.ts';
import { quote } from '../base/quote.ts';
import { type FlagSyntax, parseArguments } from '../native/commander.ts';
import { canBeOff, type Flag, flagTerm, type Operand } from './flag.ts';
import { type Given, type GivenValue, RANK } from './given.ts';

/** A command line, cut where its verb stands. */
export interface SplitLine {
  /** What stands before the verb. */
  readonly before: readonly string[];
  readonly verb: string | undefined;
  readonly after: readonly string[];
}

/** Finds the verb: flags that every verb has may stand before it. */
export const splitAtVerb = (argv: readonly string[], flags: readonly Flag[]): SplitLine => {
  const { operands, unknown } = parseArguments(argv, syntaxOf(flags), { stopAtOperand: true });
  if (unknown !== undefined) {
    throw new FramesiftError(
      'ERR_OPTION',
      `${unknown} is no option of framesift itself. Options of a verb come after it: framesift VERB ${unknown}`,
      { facts: { option: unknown } },
    );
  }
  const [verb, ...after] = operands;
  return { before: argv.slice(0, argv.length - operands.length), verb, after };
};

/** True when help is asked for, whatever else is on the line. */
export const asksForHelp = (argv: readonly string[], flags: readonly Flag[]): boolean =>
  parseArguments(argv, syntaxOf(flags)).flags.some(({ name }) => name === 'help');

/**
 * The layer of the command line itself.
 *
 * @throws ERR_OPTION for an unknown flag, naming the nearest; for a flag without its value; for an operand too many
 */
export const readArguments = (
  argv: readonly string[],
  flags: readonly Flag[],
  operands: readonly Operand[],
): Given => {
  const parsed = parseArguments(argv, syntaxOf(flags));
  if (parsed.unknown !== undefined) throw unknownFlag(parsed.unknown, flags);
  const given = new Map<string, GivenValue>();
  for (const { name, value } of parsed.flags) {
    const isOff = name.startsWith('no-') && !flags.some((flag) => flag.name === name);
    const flag = flags.find((candidate) => candidate.name === (isOff ? name.slice('no-'.length) : name));
    if (flag === undefined) continue;
    given.set(flag.name, {
      value: isOff ? false : valueGiven(flag, value, given.get(flag.name)),
      rank: RANK.flag,
      label: `--${name}`,
    });
  }
  const most = operands.some(({ isRepeatable }) => isRepeatable) ? Infinity : operands.length;
  const extra = parsed.operands[most];
  if (extra !== undefined) {
    const takes =
      operands.length === 0 ? 'nothing but options' : `one ${operands.map(({ term }) => term).join(' ')}`;
    const hint = ' A path with spaces needs quotes around it.';
    throw new FramesiftError(
      'ERR_OPTION',
      `${quote(extra)} is one argument too many: this verb takes ${takes}.${hint}`,
      {
        facts: { argument: extra },
      },
    );
  }
  return { operands: parsed.operands, flags: given };
};

const valueGiven = (
  flag: Flag,
  value: string | null,
  before: GivenValue | undefined,
): GivenValue['value'] => {
  if (flag.kind === 'switch') return true;
  if (value === null) {
    throw new FramesiftError(
      'ERR_OPTION',
      `--${flag.name} needs a value: ${flagTerm(flag)}. One that begins with a dash is written --${flag.name}=-value.`,
      { facts: { option: flag.name } },
    );
  }
  if (flag.kind === 'value') return value;
  return [...(typeof before?.value === 'object' ? before.value : []), value];
};

const syntaxOf = (flags: readonly Flag[]): FlagSyntax[] =>
  flags.flatMap((flag) => {
    const on = { name: flag.name, short: flag.short, takesValue: flag.kind !== 'switch' };
    return canBeOff(flag) ? [on, { name: `no-${flag.name}`, takesValue: false }] : [on];
  });

const unknownFlag = (written: string, flags: readonly Flag[]): FramesiftError => {
  const spelling = written.replace(/=.*/s, '');
  const known = syntaxOf(flags).map(({ name }) => `--${name}`);
  if (spelling !== written && known.includes(spelling)) {
    return new FramesiftError(
      'ERR_OPTION',
      `${spelling} takes no value. Leave ${quote(written.slice(spelling.length))} out.`,
      {
        facts: { option: spelling },
      },
    );
  }
  const suggestion =
    nearest(spelling, known) ??
    known.find((flag) => spelling.startsWith(`${flag}-`) || flag.startsWith(`${spelling}-`));
  return new FramesiftError(
    'ERR_OPTION',
    `unknown option ${spelling}.${suggestion === undefined ? '' : ` Did you mean ${suggestion}?`}`,
    { facts: { option: spelling, suggestion: suggestion ?? null } },
  );
};

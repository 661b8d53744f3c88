import { FramesiftError } from '../base/errors.ts';
import { nearest } from '../base/nearest.ts';
import { readVersion } from '../base/version.ts';
import { splitAtVerb } from './arguments.ts';
import type { Verb } from './command.ts';
import { EXIT, type ExitCode } from './exit-code.ts';
import { HELP_FLAG, mainHelp, VERSION_FLAG } from './help.ts';
import type { Io } from './io.ts';
import { flagsOf } from './option.ts';
import { painter, wantsColor } from './paint.ts';
import { reportError } from './report-error.ts';
import { printPage, runVerb } from './run-verb.ts';
import { Screen } from './screen.ts';
import { SHARED_OPTIONS } from './shared-options.ts';
import { VERBS } from './verbs.ts';

/**
 * The command line.
 *
 * @param argv what stands after `framesift`
 * @returns the exit code; everything that people or programs are to know has been written by then
 */
export const main = async (
  argv: readonly string[],
  io: Io,
  verbs: readonly Verb[] = VERBS,
): Promise<ExitCode> => {
  const screen = new Screen(io.stderr, wantsColor(io.stderr, io.env, undefined));
  try {
    return await dispatch(argv, io, screen, verbs);
  } catch (error) {
    return reportError(error, screen);
  }
};

const dispatch = async (
  argv: readonly string[],
  io: Io,
  screen: Screen,
  verbs: readonly Verb[],
): Promise<ExitCode> => {
  const flags = [HELP_FLAG, VERSION_FLAG, ...flagsOf(SHARED_OPTIONS)];
  const { before, verb: name, after } = splitAtVerb(argv, flags);
  if (before.some((argument) => argument === '--version' || argument === '-V')) {
    return printPage(readVersion(), io);
  }
  // `framesift help extract` is `framesift extract --help`, and `framesift help` is `framesift --help`.
  if (name === 'help') return dispatch([...after.slice(0, 2), '--help'], io, screen, verbs);
  if (name === undefined) {
    if (before.some((argument) => argument === '--help' || argument === '-h')) {
      const paint = painter(wantsColor(io.stdout, io.env, undefined));
      return printPage(mainHelp(verbs, io.stdout.columns || 80, paint), io);
    }
    screen.say(mainHelp(verbs, screen.columns, (_, text) => text).replace(/\n$/, ''));
    return EXIT.usage;
  }
  const verbNamed = (wanted: string): Verb | undefined => verbs.find((each) => each.name === wanted);
  const [next, ...others] = after;
  const longer = verbNamed(`${name} ${next}`);
  if (longer !== undefined) return runVerb(longer, [...before, ...others], io, screen, verbs);
  const verb = verbNamed(name);
  if (verb === undefined) throw unknownVerb(name, verbs);
  return runVerb(verb, [...before, ...after], io, screen, verbs);
};

const unknownVerb = (name: string, verbs: readonly Verb[]): FramesiftError => {
  const names = verbs.map((verb) => verb.name);
  const suggestion = nearest(name, names);
  const hint =
    suggestion === undefined ? `The verbs are ${names.join(', ')}.` : `Did you mean ${suggestion}?`;
  return new FramesiftError('ERR_OPTION', `unknown verb ${name}. ${hint}`, {
    facts: { verb: name, suggestion: suggestion ?? null },
  });
};

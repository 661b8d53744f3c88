import { FramesiftError, messageOf } from '../base/errors.ts';
import { readVersion } from '../base/version.ts';
import { EXIT, type ExitCode, exitCodeOf } from './exit-code.ts';
import type { Screen } from './screen.ts';

/**
 * Tells people what ended the run.
 *
 * @param verb for a hint where its options are explained
 */
export const reportError = (error: unknown, screen: Screen, verb?: string, isVerbose = false): ExitCode => {
  if (!(error instanceof FramesiftError)) return reportBug(error, screen);
  screen.error(error.message);
  if (error.code === 'ERR_OPTION') screen.say(`See framesift ${verb === undefined ? '' : `${verb} `}--help.`);
  if (isVerbose) for (const cause of causesOf(error)) screen.say(`  because: ${cause}`);
  return exitCodeOf(error.code);
};

const reportBug = (error: unknown, screen: Screen): ExitCode => {
  const stack = error instanceof Error ? (error.stack ?? error.message) : String(error);
  const machine = `framesift ${readVersion()}, Node ${process.versions.node}, ${process.platform} ${process.arch}`;
  screen.error(
    `something happened that should never happen. This is a bug in framesift, not in what you did.`,
  );
  screen.say(`${stack}\n${machine}\nPlease report it, with the lines above and the command that you ran.`);
  return EXIT.unexpected;
};

const causesOf = (error: Error): string[] => {
  const causes: string[] = [];
  for (let cause = error.cause; cause !== undefined && causes.length < 10; ) {
    causes.push(messageOf(cause));
    cause = cause instanceof Error ? cause.cause : undefined;
  }
  return causes;
};

import type { Failure } from '../base/outcome.ts';
import { EXIT, type ExitCode } from './exit-code.ts';
import { formatCount } from './quantities.ts';
import type { Results } from './results.ts';
import type { Session } from './session.ts';

const SHOWN = 10;

/** All failures, as records. */
export const recordFailures = async (failed: readonly Failure[], results: Results): Promise<void> => {
  for (const { item, error } of failed) await results.record('failure', { item, ...error.toJSON() });
};

/** The first failures in full, for people; all of them where more is to be said. */
export const tellFailures = (
  failed: readonly Failure[],
  { screen, progress, verbose, json }: Pick<Session, 'screen' | 'progress' | 'verbose' | 'json'>,
): void => {
  progress.close();
  const shown = verbose ? failed : failed.slice(0, SHOWN);
  for (const { item, error } of shown) {
    // Most messages say what they are about; the others get it in front.
    const message = error.message.includes(item) ? error.message : `${item}: ${error.message}`;
    screen.say(message, { text: 'failed:', style: 'red' });
  }
  const more = failed.length - shown.length;
  if (more === 0) return;
  const where = json
    ? 'the records hold them all'
    : '--json has them all as records, --verbose shows them here';
  screen.say(`… and ${formatCount(more)} more; ${where}`);
};

/** 3 when something failed, 4 when there was nothing to do, else 0. */
export const exitCodeOfOutcome = (done: number, failed: number): ExitCode => {
  if (failed > 0) return EXIT.failures;
  return done === 0 ? EXIT.nothingMatched : EXIT.done;
};

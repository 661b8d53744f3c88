import type { Progress } from '../base/progress.ts';
import type { Io } from './io.ts';
import type { Paint } from './paint.ts';
import type { ProgressDisplay } from './progress-display.ts';
import type { Results } from './results.ts';
import type { Screen } from './screen.ts';

/** What a verb has at hand while it runs. */
export interface Session {
  readonly io: Io;
  /** Standard output: what programs read. */
  readonly results: Results;
  /** Standard error: what people read. */
  readonly screen: Screen;
  /** Colours for standard output, if it is to have any. */
  readonly paint: Paint;
  readonly progress: ProgressDisplay;
  /** Aborted by Ctrl-C and `kill`. */
  readonly signal: AbortSignal;
  readonly json: boolean;
  readonly quiet: boolean;
  readonly verbose: boolean;
  /** When the verb began, on the clock of `io`. */
  readonly startedAt: number;
}

/** What a verb of the library takes to be stopped and watched. */
export const watchOf = ({
  signal,
  progress,
  screen,
  verbose,
}: Session): {
  signal: AbortSignal;
  onProgress: (progress: Progress) => void;
  onLog?: (path: string, line: string) => void;
} => ({
  signal,
  onProgress: progress.update,
  ...(verbose && { onLog: (path: string, line: string) => screen.say(`${path}: ${line}`) }),
});

/** A summary for people: after the progress line is gone, unless nothing is to be said. */
export const conclude = ({ progress, screen, quiet }: Session, sentence: string): void => {
  progress.close();
  if (!quiet) screen.say(sentence);
};

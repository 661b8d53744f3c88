import { exitCodeOfSignal } from './exit-code.ts';
import type { Io, StopSignal } from './io.ts';
import type { Screen } from './screen.ts';

/** Ctrl-C and `kill`, turned into an AbortSignal. */
export interface Interruption {
  readonly signal: AbortSignal;
  /** The first that came. */
  received(): StopSignal | undefined;
  stopWatching(): void;
}

/** The first signal asks the work to stop and waits until it has put everything in order; the second does not wait. */
export const watchSignals = (io: Io, screen: Screen): Interruption => {
  const controller = new AbortController();
  let first: StopSignal | undefined;
  const stopWatching = io.onSignal((signal) => {
    if (first !== undefined) {
      screen.hideLive();
      io.exitNow(exitCodeOfSignal(signal));
      return;
    }
    first = signal;
    screen.say(signal === 'SIGINT' ? 'stopping (Ctrl-C again to stop at once) …' : 'stopping …');
    controller.abort();
  });
  return { signal: controller.signal, received: () => first, stopWatching };
};

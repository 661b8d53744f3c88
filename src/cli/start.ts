// Where the process meets the command line. Nothing else in framesift touches `process.exit`.
import type { Io, StopSignal } from './io.ts';
import { main } from './main.ts';

const SIGNALS: readonly StopSignal[] = ['SIGINT', 'SIGTERM'];

const io: Io = {
  stdin: process.stdin,
  stdout: process.stdout,
  stderr: process.stderr,
  env: process.env,
  directory: process.cwd(),
  clock: {
    now: () => performance.now(),
    every: (milliseconds, callback) => {
      const timer = setInterval(callback, milliseconds).unref();
      return () => clearInterval(timer);
    },
  },
  onSignal: (listener) => {
    for (const signal of SIGNALS) process.on(signal, listener);
    return () => {
      for (const signal of SIGNALS) process.off(signal, listener);
    };
  },
  exitNow: (code) => process.exit(code),
};

// Nobody reads the messages any more: no reason to stop the work.
process.stderr.on('error', () => undefined);

// Exits by itself: a thread or handle that somebody forgot must not keep a finished command from ending.
process.exit(await main(process.argv.slice(2), io));

import type { Readable, Writable } from 'node:stream';

/** What a stream says of itself when a terminal is behind it. */
export interface Terminal {
  readonly isTTY?: boolean;
  readonly columns?: number;
}

/** Time, so that tests need not wait for it. */
export interface Clock {
  /** Milliseconds that never run backwards; only differences mean anything. */
  now(): number;
  /** Calls back every so often, without keeping the process alive. Returns how to stop it. */
  every(milliseconds: number, callback: () => void): () => void;
}

export type StopSignal = 'SIGINT' | 'SIGTERM';

/** Everything that the command line touches outside itself: the process has one, every test its own. */
export interface Io {
  readonly stdin: Readable & Terminal;
  readonly stdout: Writable & Terminal;
  readonly stderr: Writable & Terminal;
  readonly env: Readonly<Record<string, string | undefined>>;
  /** Where `framesift.config.*` is looked for. */
  readonly directory: string;
  readonly clock: Clock;
  /** From now on signals come here instead of ending the process. Returns how to undo that. */
  onSignal(listener: (signal: StopSignal) => void): () => void;
  /** Ends the process this instant. */
  exitNow(code: number): void;
}

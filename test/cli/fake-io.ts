/** A command line's surroundings without a process: what it writes is kept, time and signals come when told to. */
import { Readable, Writable } from 'node:stream';
import type { Clock, Io, StopSignal } from '../../src/cli/io.ts';

export class FakeClock implements Clock {
  #now = 0;
  readonly #timers = new Set<{ readonly every: number; due: number; readonly callback: () => void }>();

  now(): number {
    return this.#now;
  }

  every(milliseconds: number, callback: () => void): () => void {
    const timer = { every: milliseconds, due: this.#now + milliseconds, callback };
    this.#timers.add(timer);
    return () => this.#timers.delete(timer);
  }

  /** How many callbacks are still to come. */
  get timerCount(): number {
    return this.#timers.size;
  }

  advance(milliseconds: number): void {
    const end = this.#now + milliseconds;
    for (;;) {
      const next = [...this.#timers].filter(({ due }) => due <= end).sort((a, b) => a.due - b.due)[0];
      if (next === undefined) break;
      this.#now = next.due;
      next.due += next.every;
      next.callback();
    }
    this.#now = end;
  }
}

export interface FakeIoOptions {
  readonly env?: Readonly<Record<string, string>>;
  readonly directory?: string;
  readonly input?: string;
  /** Which streams are terminals. */
  readonly terminals?: readonly ('stdin' | 'stdout' | 'stderr')[];
  readonly columns?: number;
}

export class FakeIo implements Io {
  readonly stdin: Io['stdin'];
  readonly stdout: Io['stdout'];
  readonly stderr: Io['stderr'];
  readonly env: Io['env'];
  readonly directory: string;
  readonly clock = new FakeClock();
  readonly exits: number[] = [];
  out = '';
  err = '';
  readonly #listeners = new Set<(signal: StopSignal) => void>();

  constructor({
    env = {},
    directory = '/nowhere',
    input = '',
    terminals = [],
    columns = 80,
  }: FakeIoOptions = {}) {
    const terminal = (name: 'stdin' | 'stdout' | 'stderr') => ({ isTTY: terminals.includes(name), columns });
    this.env = env;
    this.directory = directory;
    this.stdin = Object.assign(Readable.from([Buffer.from(input)]), terminal('stdin'));
    this.stdout = Object.assign(
      collecting((text) => {
        this.out += text;
      }),
      terminal('stdout'),
    );
    this.stderr = Object.assign(
      collecting((text) => {
        this.err += text;
      }),
      terminal('stderr'),
    );
  }

  onSignal(listener: (signal: StopSignal) => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  exitNow(code: number): void {
    this.exits.push(code);
  }

  signal(signal: StopSignal): void {
    for (const listener of this.#listeners) listener(signal);
  }

  /** True while somebody wants to hear of signals. */
  get isWatched(): boolean {
    return this.#listeners.size > 0;
  }
}

const collecting = (take: (text: string) => void): Writable =>
  new Writable({
    decodeStrings: false,
    write: (text: string, _, done) => {
      take(text);
      done();
    },
  });

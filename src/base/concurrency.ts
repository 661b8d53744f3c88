import { setImmediate as nextTurn } from 'node:timers/promises';

const LONGEST_TURN_MS = 12;

/**
 * Lets long synchronous work share its thread: `await breather.pause()` now and then gives the event loop a
 * turn once the work has held it long enough, and throws if `signal` was aborted. Costs next to nothing when
 * neither is due.
 */
export class Breather {
  #turnStarted = performance.now();
  readonly #signal: AbortSignal | undefined;

  constructor(signal?: AbortSignal | undefined) {
    this.#signal = signal;
    signal?.throwIfAborted();
  }

  /** True when {@link pause} would give the event loop a turn: lets a hot loop skip the await. */
  get isDue(): boolean {
    return performance.now() - this.#turnStarted > LONGEST_TURN_MS;
  }

  async pause(): Promise<void> {
    if (this.isDue) {
      await nextTurn();
      this.#turnStarted = performance.now();
    }
    this.#signal?.throwIfAborted();
  }
}

/**
 * Works on items side by side, at most `limit` at a time, in order of arrival. After the first failure no further
 * item is begun; the failure is thrown once those under way have ended.
 */
export const forEachConcurrent = async <T>(
  items: Iterable<T>,
  limit: number,
  work: (item: T) => Promise<void>,
): Promise<void> => {
  const iterator = items[Symbol.iterator]();
  let hasFailed = false;
  let failure: unknown;
  const lane = async (): Promise<void> => {
    for (let next = iterator.next(); !next.done && !hasFailed; next = iterator.next()) {
      try {
        await work(next.value);
      } catch (error) {
        if (!hasFailed) failure = error;
        hasFailed = true;
      }
    }
  };
  await Promise.all(Array.from({ length: Math.max(1, limit) }, lane));
  if (hasFailed) throw failure;
};

/** What is under way, within a bound: whoever adds to it then waits until there is room again. */
export class Backlog {
  readonly #most: number;
  #size = 0;
  #waiting: (() => void)[] = [];

  /** @param most bytes, pieces, whatever is counted */
  constructor(most: number) {
    this.#most = most;
  }

  add(size: number): void {
    this.#size += size;
  }

  remove(size: number): void {
    this.#size -= size;
    if (this.#size < this.#most) for (const goOn of this.#waiting.splice(0)) goOn();
  }

  /** Resolves once less than the bound is under way. */
  async room(): Promise<void> {
    while (this.#size >= this.#most) await new Promise<void>((resolve) => this.#waiting.push(resolve));
  }
}

/** At most so many at a time, first come first served. */
export class Slots {
  #free: number;
  readonly #waiting: (() => void)[] = [];

  constructor(count: number) {
    this.#free = count;
  }

  /** Runs `work` when a slot is free. */
  async run<T>(work: () => Promise<T>): Promise<T> {
    if (this.#free > 0) this.#free--;
    else await new Promise<void>((resolve) => this.#waiting.push(resolve));
    try {
      return await work();
    } finally {
      const next = this.#waiting.shift();
      if (next === undefined) this.#free++;
      else next();
    }
  }
}

/** Waits for work, and no longer once the signal is aborted: then with its reason. The work goes on. */
export const untilAborted = <T>(signal: AbortSignal | undefined, work: Promise<T>): Promise<T> =>
  new Promise((resolve, reject) => {
    if (signal?.aborted) reject(signal.reason);
    const onAbort = (): void => reject(signal?.reason);
    signal?.addEventListener('abort', onAbort, { once: true });
    work.then(resolve, reject).finally(() => signal?.removeEventListener('abort', onAbort));
  });

/** A series of events, of which each wakes all who wait for the next one. */
export class Pulse {
  #waiting: (() => void)[] = [];

  beat(): void {
    for (const goOn of this.#waiting.splice(0)) goOn();
  }

  /** @throws the signal's reason */
  next(signal?: AbortSignal | undefined): Promise<void> {
    return untilAborted(signal, new Promise<void>((resolve) => this.#waiting.push(resolve)));
  }
}

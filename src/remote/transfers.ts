// Blocks that are on their way: which of them, at most so many requests at a time, and how all are ended together.
import { setMaxListeners } from 'node:events';
import { Slots } from '../base/concurrency.ts';

/** Requests at a time, for one file. */
const MOST_REQUESTS = 8;

export class Transfers {
  readonly #slots = new Slots(MOST_REQUESTS);
  readonly #underway = new Map<number, Promise<void>>();
  readonly #running = new Set<Promise<void>>();
  #round = newRound();

  /** What goes together: {@link stop} ends it. Whoever asks later belongs to the next one. */
  get round(): AbortController {
    return this.#round;
  }

  /** The transfer that brings a block; undefined where none does. */
  bringing(block: number): Promise<void> | undefined {
    return this.#underway.get(block);
  }

  /** Begins to bring the blocks `[first, end)` when there is a slot. A failure is told to whoever awaits it, if anybody. */
  begin(first: number, end: number, work: (signal: AbortSignal) => Promise<void>): Promise<void> {
    const { signal } = this.#round;
    const coming = this.#slots
      .run(() => work(signal))
      .finally(() => {
        this.#running.delete(coming);
        for (let block = first; block < end; block++)
          if (this.#underway.get(block) === coming) this.#underway.delete(block);
      });
    coming.catch(() => undefined);
    this.#running.add(coming);
    for (let block = first; block < end; block++) this.#underway.set(block, coming);
    return coming;
  }

  /** Ends what is under way, unless that has been done. */
  stop(round: AbortController, reason: unknown): void {
    if (round !== this.#round) return;
    this.#round = newRound();
    this.#underway.clear();
    round.abort(reason);
  }

  /** Resolves when nothing that was begun so far runs any more. */
  async settled(): Promise<void> {
    await Promise.allSettled(this.#running);
  }
}

/** Every request listens to it. */
const newRound = (): AbortController => {
  const round = new AbortController();
  setMaxListeners(0, round.signal);
  return round;
};

// Frames to a destination, each of them once: whatever breaks on the way, and however often it is begun again.
import { setTimeout as sleep } from 'node:timers/promises';
import type { AnnotationItem } from '../annotation/item.ts';
import { FramesiftError } from '../base/errors.ts';
import type { Failure } from '../base/outcome.ts';
import type { Progress } from '../base/progress.ts';
import type { Destination } from './destination.ts';
import { type Patience, Refused, Unanswered } from './http.ts';
import type { PushLedger } from './ledger.ts';

export interface DeliverOptions {
  readonly batchSize: number;
  readonly patience: Patience;
  readonly signal?: AbortSignal | undefined;
  readonly onProgress?: ((progress: Progress) => void) | undefined;
}

export interface Delivered {
  /** Frames that were sent now. */
  readonly sent: number;
  /** Frames that were there. */
  readonly already: number;
  /** Frames that came twice and of which one was removed. */
  readonly removed: number;
  readonly failed: readonly Failure[];
}

/** So many frames that are refused one by one, and none that is taken: the fault is not theirs. */
const HOPELESS = 20;
const LONGEST_PAUSE_MS = 600_000;

/**
 * Before a batch is sent, the ledger says so; when the answer is there, it says that. A batch whose answer was lost is
 * looked for before anything is sent again, and so are all frames when there is no ledger yet. Where the destination has
 * nothing to look with, it is sent again as it was, under the same number.
 *
 * @throws ERR_REMOTE when the destination refuses altogether, or cannot be reached for long; ERR_WRITE; the signal's
 *   reason. What was sent until then is in the ledger. Frames that are refused by themselves are in the result
 */
export const deliver = async (
  items: readonly AnnotationItem[],
  destination: Destination,
  ledger: PushLedger,
  options: DeliverOptions,
): Promise<Delivered> => new Courier(items, destination, ledger, options).run();

class Courier {
  readonly #items: readonly AnnotationItem[];
  readonly #destination: Destination;
  readonly #ledger: PushLedger;
  readonly #options: DeliverOptions;
  readonly #failed: Failure[] = [];
  #sent = 0;
  #wasUnanswered = false;

  constructor(
    items: readonly AnnotationItem[],
    destination: Destination,
    ledger: PushLedger,
    options: DeliverOptions,
  ) {
    this.#items = items;
    this.#destination = destination;
    this.#ledger = ledger;
    this.#options = options;
  }

  async run(): Promise<Delivered> {
    const { signal } = this.#options;
    await this.#patiently(() => this.#destination.open(signal));
    await this.#lookForLost();
    this.#sent = 0;
    const already = this.#items.filter((item) => this.#isThere(item)).length;
    for (const batch of this.#batches()) {
      this.#tell(already);
      await this.#send(batch);
    }
    this.#tell(already);
    const { removeRepeated } = this.#destination;
    let removed = 0;
    if (this.#ledger.isDoubtful && removeRepeated !== undefined) {
      removed = await this.#patiently(() => removeRepeated.call(this.#destination, this.#items, signal));
      // What was lost just now may be done after this look: the next run looks once more.
      if (!this.#wasUnanswered) this.#ledger.settled();
    }
    return { sent: this.#sent, already, removed, failed: this.#failed };
  }

  /** What a process that died has sent, or one whose ledger is gone. */
  async #lookForLost(): Promise<void> {
    const { unanswered, isNew } = this.#ledger;
    if (this.#destination.find === undefined || (unanswered.size === 0 && !isNew)) return;
    if (unanswered.size > 0) this.#doubt();
    await this.#lookFor(this.#items.filter((item) => !this.#isThere(item)));
    for (const frames of [...unanswered.values()]) this.#ledger.notSent(frames);
  }

  /** Those that nobody answered for as they were; the others as many as go together. */
  *#batches(): Generator<readonly AnnotationItem[]> {
    const byKey = new Map(this.#items.map((item) => [item.frameKey, item]));
    const repeated = new Set<string>();
    for (const frames of [...this.#ledger.unanswered.values()]) {
      const batch = frames.flatMap((frame) => byKey.get(frame) ?? []);
      // Part of it is no longer wanted: then it is another batch, and its frames are sent with the others.
      if (batch.length < frames.length) continue;
      for (const frame of frames) repeated.add(frame);
      yield batch;
    }
    const open = this.#items.filter((item) => !this.#isThere(item) && !repeated.has(item.frameKey));
    const { batchSize } = this.#options;
    for (let i = 0; i < open.length; i += batchSize) yield open.slice(i, i + batchSize);
  }

  async #send(batch: readonly AnnotationItem[]): Promise<void> {
    const { patience, signal } = this.#options;
    let open = batch;
    for (let attempt = 1; ; attempt++) {
      const keys = open.map(({ frameKey }) => frameKey);
      this.#ledger.sending(keys);
      try {
        const ids = await this.#destination.send(open, signal);
        this.#ledger.sent(keys, ids);
        this.#sent += open.length;
        return;
      } catch (error) {
        signal?.throwIfAborted();
        if (error instanceof Refused) this.#ledger.notSent(keys);
        if (error instanceof Refused && !error.isPassing) return this.#refused(open, error);
        const isKnown = error instanceof Refused || error instanceof Unanswered;
        if (!isKnown || attempt === patience.tries) throw isKnown ? this.#ended(error) : error;
        await this.#pause(attempt, error.retryAfterMs);
        if (error instanceof Unanswered && this.#destination.find !== undefined) {
          this.#doubt();
          await this.#lookFor(open);
          open = open.filter((item) => !this.#isThere(item));
          this.#ledger.notSent(keys);
          if (open.length === 0) return;
        }
      }
    }
  }

  /** Servers take or refuse a batch as a whole: the frames that are at fault are found by halves. */
  async #refused(batch: readonly AnnotationItem[], error: Refused): Promise<void> {
    if (![400, 413, 422].includes(error.status ?? 0)) throw this.#ended(error);
    const [only] = batch;
    if (batch.length === 1 && only !== undefined) {
      this.#failed.push({
        item: only.name,
        error: new FramesiftError(
          'ERR_REMOTE',
          `${only.name}: ${this.#destination.title} ${error.message}.`,
          {
            facts: { name: only.name, status: error.status ?? null },
          },
        ),
      });
      if (this.#sent === 0 && this.#failed.length >= HOPELESS) throw this.#ended(error);
      return;
    }
    const half = Math.ceil(batch.length / 2);
    await this.#send(batch.slice(0, half));
    await this.#send(batch.slice(half));
  }

  async #lookFor(items: readonly AnnotationItem[]): Promise<void> {
    const { signal } = this.#options;
    const found = await this.#patiently(
      async () => this.#destination.find?.(items, signal) ?? new Map<string, string>(),
    );
    const there = items.flatMap(({ frameKey }) => {
      const id = found.get(frameKey);
      return id === undefined ? [] : [{ frameKey, id }];
    });
    if (there.length === 0) return;
    this.#ledger.sent(
      there.map(({ frameKey }) => frameKey),
      there.map(({ id }) => id),
    );
    this.#sent += there.length;
  }

  /** For what may be asked as often as one likes. */
  async #patiently<T>(work: () => Promise<T>): Promise<T> {
    const { patience, signal } = this.#options;
    for (let attempt = 1; ; attempt++) {
      try {
        return await work();
      } catch (error) {
        signal?.throwIfAborted();
        if (!(error instanceof Refused || error instanceof Unanswered)) throw error;
        const isLast = attempt === patience.tries || (error instanceof Refused && !error.isPassing);
        if (isLast) throw this.#ended(error);
        await this.#pause(attempt, error.retryAfterMs);
      }
    }
  }

  async #pause(attempt: number, wanted: number | undefined): Promise<void> {
    const { patience, signal } = this.#options;
    const ms = wanted ?? patience.firstPauseMs * 2 ** (attempt - 1);
    await sleep(Math.min(ms, LONGEST_PAUSE_MS), undefined, signal === undefined ? undefined : { signal });
  }

  #doubt(): void {
    this.#wasUnanswered = true;
    this.#ledger.doubtful();
  }

  #isThere({ frameKey }: AnnotationItem): boolean {
    return this.#ledger.there.has(frameKey);
  }

  #tell(already: number): void {
    this.#options.onProgress?.({
      stage: 'pushing',
      done: already + this.#sent,
      total: this.#items.length,
      failed: this.#failed.length,
      unit: 'frames',
    });
  }

  #ended(error: Refused | Unanswered): FramesiftError {
    const { title, address } = this.#destination;
    const status = error instanceof Refused ? error.status : undefined;
    const remedy =
      REMEDIES[status ?? 0] ?? 'Run the same command again later: it goes on where this one ended';
    return new FramesiftError('ERR_REMOTE', `${title} (${address}) ${error.message}. ${remedy}.`, {
      facts: { address, status: status ?? null },
      cause: error,
    });
  }
}

const REMEDIES: Readonly<Record<number, string>> = {
  400: 'Correct what it says',
  401: 'Check the token, and whether it has expired',
  403: 'Check what the token may do',
  404: 'Check the address and the number of the project',
  413: 'Let it take larger requests, or send fewer frames at once (--batch)',
  422: 'Correct what it says',
};

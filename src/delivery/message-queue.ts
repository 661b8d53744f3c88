// Batches of frames as jobs of a queue in Redis, Valkey or PostgreSQL, for workers of the user's own.
import { setTimeout as sleep } from 'node:timers/promises';
import type { AnnotationItem } from '../annotation/item.ts';
import { messageOf } from '../base/errors.ts';
import { type JobQueue, openJobQueue } from '../native/bullmq.ts';
import type { Destination, FirstRequest } from './destination.ts';
import { type Patience, Refused, Unanswered } from './http.ts';
import { batchDocument } from './webhook.ts';

export interface MessageQueueOptions {
  /** `redis://…`, `postgres://…`. */
  readonly url: string;
  /** What the queue is called there. */
  readonly name: string;
  readonly prefix?: string | undefined;
  readonly patience: Patience;
}

/** A batch is a BullMQ job whose id is the number of the batch: one that comes again is not added again. */
export class MessageQueue implements Destination {
  readonly title = 'the queue';
  readonly usualBatchSize = 100;
  readonly address: string;
  readonly page = undefined;
  readonly #options: MessageQueueOptions;
  #queue: JobQueue | undefined;
  #trouble = 'does not answer';

  constructor(options: MessageQueueOptions) {
    this.#options = options;
    const { protocol, host, pathname } = new URL(options.url);
    // Without the password.
    this.address = `${protocol}//${host}${pathname}, ${options.name}`;
  }

  describe(batch: readonly AnnotationItem[]): FirstRequest {
    return { method: 'ADD', url: this.address, body: batchDocument(batch, this.#options.prefix) };
  }

  async open(signal: AbortSignal | undefined): Promise<void> {
    const { url, name } = this.#options;
    this.#queue ??= await openJobQueue(url, name, (what) => {
      this.#trouble = `is out of reach: ${what}`;
    });
    // Asking changes nothing.
    await this.#answered(this.#queue.counts(), signal).catch((error: unknown) => {
      signal?.throwIfAborted();
      throw new Refused(messageOf(error), true);
    });
  }

  async send(batch: readonly AnnotationItem[], signal: AbortSignal | undefined): Promise<undefined> {
    const data = batchDocument(batch, this.#options.prefix);
    await this.#answered(this.#queue!.add([{ id: `batch-${data.batch}`, data }]), signal);
  }

  async close(): Promise<void> {
    await this.#queue?.close();
    this.#queue = undefined;
  }

  async #answered<T>(work: Promise<T>, signal: AbortSignal | undefined): Promise<T> {
    const limit = new AbortController();
    const ends = [limit.signal, ...(signal === undefined ? [] : [signal])];
    const late = sleep(this.#options.patience.answerMs, undefined, { signal: AbortSignal.any(ends) }).then(
      () => {
        throw new Unanswered(this.#trouble);
      },
    );
    try {
      return await Promise.race([work, late]);
    } catch (error) {
      signal?.throwIfAborted();
      throw error instanceof Unanswered ? error : new Unanswered(messageOf(error));
    } finally {
      limit.abort();
      late.catch(() => undefined);
    }
  }
}

// Batches of frames as JSON to an address of the user's, signed as Standard Webhooks has it.
import { createHmac } from 'node:crypto';
import { addressOf, identityOf } from '../annotation/exporter.ts';
import type { AnnotationItem } from '../annotation/item.ts';
import type { Destination } from './destination.ts';
import { ask, type Patience, Refused, type Request, Unanswered } from './http.ts';
import { batchId } from './ledger.ts';

export interface WebhookOptions {
  readonly url: string;
  /** Of the signature; without it there is none. `whsec_` and base64, or any text. */
  readonly secret?: string | undefined;
  readonly prefix?: string | undefined;
  readonly patience: Patience;
}

/**
 * The receiver tells a batch that comes again by its `webhook-id`, and each frame by its `frame_key`.
 */
export class Webhook implements Destination {
  readonly title = 'the webhook';
  readonly usualBatchSize = 100;
  readonly address: string;
  readonly page = undefined;
  readonly #options: WebhookOptions;

  constructor(options: WebhookOptions) {
    this.#options = options;
    const { origin, pathname } = new URL(options.url);
    // The query may hold a secret.
    this.address = `${origin}${pathname}`;
  }

  describe(batch: readonly AnnotationItem[]): Pick<Request, 'method' | 'url' | 'body'> {
    return { method: 'POST', url: this.address, body: batchDocument(batch, this.#options.prefix) };
  }

  async open(): Promise<void> {
    // An address that takes batches need not answer anything else.
  }

  async send(batch: readonly AnnotationItem[], signal: AbortSignal | undefined): Promise<undefined> {
    const { url, secret, prefix, patience } = this.#options;
    const document = batchDocument(batch, prefix);
    const body = JSON.stringify(document);
    const timestamp = String(Math.floor(Date.now() / 1000));
    const headers = {
      'content-type': 'application/json',
      'webhook-id': document.batch,
      'webhook-timestamp': timestamp,
      ...(secret !== undefined && {
        'webhook-signature': signature(secret, `${document.batch}.${timestamp}.${body}`),
      }),
    };
    try {
      await ask({ method: 'POST', url, headers, body }, patience, signal);
    } catch (error) {
      // It was taken, whatever the receiver writes back.
      if (error instanceof Unanswered && (error.status ?? 500) < 300 && !error.isPage) return;
      // It has this batch.
      if (error instanceof Refused && error.status === 409) return;
      throw error;
    }
  }
}

/** A batch as JSON: for webhooks and for queues. */
export const batchDocument = (batch: readonly AnnotationItem[], prefix: string | undefined) => ({
  schemaVersion: 1,
  batch: batchId(batch.map(({ frameKey }) => frameKey)),
  frames: batch.map((item) => ({
    ...identityOf(item),
    file: item.file,
    ...(prefix !== undefined && { address: addressOf(item, { prefix }) }),
    width: item.width,
    height: item.height,
    sha256: item.sha256,
    reason: item.reason,
    distance: item.distance,
  })),
});

/** https://github.com/standard-webhooks/standard-webhooks: the scheme v1, HMAC-SHA-256. */
const signature = (secret: string, signed: string): string => {
  const key = secret.startsWith('whsec_') ? Buffer.from(secret.slice('whsec_'.length), 'base64') : secret;
  return `v1,${createHmac('sha256', key).update(signed).digest('base64')}`;
};

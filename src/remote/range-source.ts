// What a server is asked for, whatever it speaks: some bytes of a file.
import type { Readable } from 'node:stream';

/** What a server sends of a file. */
export interface RangeAnswer {
  /** Where in the file {@link body} begins. */
  readonly start: number;
  /** Size of the whole file; undefined where the server does not say. */
  readonly totalBytes: number | undefined;
  /** Changes when the file does: its entity tag or, where there is none, its time of modification. */
  readonly version: string | undefined;
  /** The version speaks of every byte of the content, not only of a date. */
  readonly isStrong: boolean;
  /** False when the server has ignored the range and sends everything. */
  readonly isRange: boolean;
  readonly body: Readable;
}

/** A file on a server. */
export interface RangeSource {
  /**
   * @param range half-open, in bytes; undefined for everything
   * @throws {@link RemoteTrouble}, or the signal's reason
   */
  request(
    range: readonly [start: number, end: number] | undefined,
    signal: AbortSignal,
  ): Promise<RangeAnswer>;
}

/** Why a server did not send what it was asked for. */
export class RemoteTrouble extends Error {
  /** `passing`: it may do so in a while; `empty`: the file has not a single byte; `outside`: it ends before the range; `unlisted`: the server keeps no lists of folders. */
  readonly kind: 'passing' | 'missing' | 'refused' | 'empty' | 'outside' | 'unlisted' | 'other';
  readonly retryAfterMs: number | undefined;

  constructor(kind: RemoteTrouble['kind'], message: string, retryAfterMs?: number) {
    super(message);
    this.kind = kind;
    this.retryAfterMs = retryAfterMs;
  }
}

/** The trouble that a status says. @param said what the server adds to it */
export const troubleOfStatus = (status: number, said: string, retryAfterMs?: number): RemoteTrouble => {
  const message = `the server answered ${status}${said === '' ? '' : `: ${said}`}`;
  if (status === 404 || status === 410) return new RemoteTrouble('missing', message);
  if (status === 401 || status === 403) return new RemoteTrouble('refused', message);
  const isPassing = status === 408 || status === 429 || status >= 500;
  return new RemoteTrouble(isPassing ? 'passing' : 'other', message, retryAfterMs);
};

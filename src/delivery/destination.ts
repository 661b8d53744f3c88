// The contract of servers and queues that frames are pushed to.
import type { AnnotationItem } from '../annotation/item.ts';

/** For people: what would be sent. */
export interface FirstRequest {
  readonly method: string;
  readonly url: string;
  readonly body?: unknown;
}

export interface Destination {
  /** What it is called, for people. */
  readonly title: string;
  /** Where it is, without secrets: what is pushed there is remembered under this. */
  readonly address: string;
  /** How many frames it takes at once, unless told otherwise. */
  readonly usualBatchSize: number;
  /** Where people find the frames there. */
  readonly page: string | undefined;

  /** What would be sent for a batch; the first request, where there are several. Needs no connection. */
  describe(batch: readonly AnnotationItem[]): FirstRequest;

  /** Looks whether it is what it is said to be. @throws `Refused`, `Unanswered`, or the signal's reason */
  open(signal: AbortSignal | undefined): Promise<void>;

  /**
   * Sends a batch: all of it, or, where it is refused, nothing. The same batch may come again after an answer was lost.
   *
   * @returns what the frames are called there, where it says so
   * @throws `Refused`, `Unanswered`, or the signal's reason
   */
  send(
    batch: readonly AnnotationItem[],
    signal: AbortSignal | undefined,
  ): Promise<readonly string[] | undefined>;

  /**
   * Which frames are there, by key, and what they are called. Absent where the receiver tells repeated batches by their
   * number.
   */
  find?(
    items: readonly AnnotationItem[],
    signal: AbortSignal | undefined,
  ): Promise<ReadonlyMap<string, string>>;

  /**
   * Removes what came twice, since a request was done after all that nobody seemed to have answered; never what somebody
   * has worked on.
   *
   * @returns how many were removed
   */
  removeRepeated?(items: readonly AnnotationItem[], signal: AbortSignal | undefined): Promise<number>;

  close?(): Promise<void>;
}

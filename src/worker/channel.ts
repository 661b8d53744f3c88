// A worker's end of the line to the main process.
import { FramesiftError } from '../base/errors.ts';
import type { ErrorData, Reply } from './job.ts';

export const send = (reply: Reply): void => {
  process.send?.(reply);
};

/** Those who wait for the main process to take care of what they sent, in the order of their messages. */
const untaken: (() => void)[] = [];

/** Resolves once the main process has taken care of the event. */
export const sendUntilTaken = (event: Extract<Reply, { type: 'written' | 'pixels' }>): Promise<void> => {
  send(event);
  return new Promise((resolve) => untaken.push(resolve));
};

/** The main process has taken care of the oldest event that waits. */
export const taken = (): void => {
  untaken.shift()?.();
};

/** Says why there is nothing of a frame. Other errors than those for users are bugs, and thrown again. */
export const sendFailure = (rank: number, error: unknown): void => {
  if (!(error instanceof FramesiftError)) throw error;
  send({ type: 'failed', rank, error: dataOf(error) });
};

export const dataOf = ({ code, message, facts }: FramesiftError): ErrorData => ({ code, message, facts });

// Asking again where that may help, and saying what is wrong where it does not.
import { setTimeout as sleep } from 'node:timers/promises';
import { causeOf, type ErrorCode, FramesiftError, messageOf, systemCodeOf } from '../base/errors.ts';
import { IdleWatch } from '../base/idle-watch.ts';
import { RemoteTrouble } from './range-source.ts';

/** How long is waited for what; shorter in tests. */
export const PATIENCE = {
  /** For an answer, and for the next bytes of it. */
  idleMs: 30_000,
  /** How often something is asked for without a single block of it coming. */
  tries: 6,
  /** The same before anything is known of a file: a server that is not there is not waited for long. */
  firstTries: 4,
  /** Before the second try; doubled from try to try. */
  firstPauseMs: 500,
  /** A server may ask for no longer pause than this. */
  longestPauseMs: 60_000,
};

/**
 * Tries until it is done, or was tried often enough without any progress.
 *
 * @throws FramesiftError, or the signal's reason
 */
export const withPatience = async <T>(
  address: string,
  signal: AbortSignal | undefined,
  work: (watch: IdleWatch, progress: () => void) => Promise<T>,
  tries = PATIENCE.tries,
): Promise<T> => {
  for (let attempt = 1; ; attempt++) {
    using watch = new IdleWatch(PATIENCE.idleMs, signal);
    try {
      return await work(watch, () => {
        attempt = 1;
      });
    } catch (error) {
      signal?.throwIfAborted();
      if (error instanceof FramesiftError) throw error;
      const trouble =
        error instanceof RemoteTrouble ? error : new RemoteTrouble('passing', reasonOf(error, watch));
      if (trouble.kind !== 'passing' || attempt >= tries) throw errorOf(address, trouble);
      const pause = Math.max(PATIENCE.firstPauseMs * 2 ** (attempt - 1), trouble.retryAfterMs ?? 0);
      await sleep(Math.min(pause, PATIENCE.longestPauseMs), undefined, signal && { signal }).catch(
        () => undefined,
      );
      signal?.throwIfAborted();
    }
  }
};

const reasonOf = (error: unknown, { signal }: IdleWatch): string => {
  if (signal.aborted) return messageOf(signal.reason);
  const cause = error instanceof Error && error.cause !== undefined ? error.cause : error;
  return systemCodeOf(cause) === 'UND_ERR_SOCKET' ? 'the connection broke off' : causeOf(error);
};

/** What trouble with a server means for whoever asked, and what to do. Its kind is the fact `trouble`. */
const errorOf = (address: string, { kind, message }: RemoteTrouble): FramesiftError => {
  const said = message.replace(/\.$/, '');
  const [code, sentence] = WORDS[kind](said, address);
  return new FramesiftError(code, `${address}: ${sentence}`, {
    facts: { path: address, trouble: kind, said },
  });
};

const WORDS: Readonly<
  Record<
    RemoteTrouble['kind'],
    (said: string, address: string) => readonly [code: ErrorCode, sentence: string]
  >
> = {
  missing: (said) => ['ERR_NOT_FOUND', `there is nothing at this address (${said}).`],
  outside: (said) => ['ERR_REMOTE', `cannot be read: ${said}.`],
  empty: () => ['ERR_VIDEO_OPEN', 'is empty (0 bytes).'],
  refused: (said, address) => ['ERR_REMOTE', `may not be read (${said}). ${credentialsFor(address)}`],
  passing: (said) => [
    'ERR_REMOTE',
    `cannot be read, after several tries: ${said}. Run the command again: it continues where it was.`,
  ],
  unlisted: (said) => ['ERR_REMOTE', `cannot be searched: ${said}.`],
  other: (said) => ['ERR_REMOTE', `cannot be read: ${said}.`],
};

const credentialsFor = (address: string): string =>
  /^s3:/i.test(address)
    ? 'Check the AWS credentials, and that they allow s3:GetObject and s3:ListBucket.'
    : 'Give credentials with FRAMESIFT_HTTP_AUTHORIZATION, or a signed address.';

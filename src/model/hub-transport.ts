// Requests to a hub: with the user's token, never waiting for ever, and tried again where that may help.
import { readFile } from 'node:fs/promises';
import { homedir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { IdleWatch } from '../base/idle-watch.ts';

/** How long is waited for what; shorter in tests. */
export const PATIENCE = {
  /** For an answer of the hub. */
  answerMs: 20_000,
  /** For the next bytes of a file. */
  idleMs: 30_000,
  tries: 6,
  /** Doubled from try to try. */
  firstPauseMs: 500,
  /** Between two looks whether another process has brought a file. */
  lockPauseMs: 500,
};

/** The hub answered, and not with what was asked for. */
export class HubStatusError extends Error {
  readonly status: number;
  /** The hub's own word for it: `GatedRepo`, `RepoNotFound`, `RevisionNotFound`, … */
  readonly word: string | undefined;

  constructor({ status, headers }: Response) {
    super(headers.get('x-error-message') ?? `status ${status}`);
    this.status = status;
    this.word = headers.get('x-error-code') ?? undefined;
  }

  /** Whether it may answer otherwise in a while. */
  get isPassing(): boolean {
    return this.status === 429 || this.status >= 500;
  }
}

/** Waits, longer from try to try. @throws the signal's reason */
export const pauseBefore = async (attempt: number, signal: AbortSignal | undefined): Promise<void> => {
  await sleep(PATIENCE.firstPauseMs * 2 ** (attempt - 1), undefined, signal && { signal }).catch(
    () => undefined,
  );
  signal?.throwIfAborted();
};

/**
 * A `fetch` for the hub's interface: answers are read whole, within a time; a hub that is busy is asked again.
 *
 * @throws HubStatusError, the signal's reason, or fetch's error; from the function that is returned
 */
export const hubFetch =
  (token: string | undefined, signal: AbortSignal | undefined, tries: number): typeof fetch =>
  async (url, init) => {
    for (let attempt = 1; ; attempt++) {
      try {
        using watch = new IdleWatch(PATIENCE.answerMs, signal);
        const headers = { ...(init?.headers as Record<string, string> | undefined), ...authorization(token) };
        const response = await fetch(url, { ...init, headers, signal: watch.signal });
        if (!response.ok) throw new HubStatusError(response);
        return new Response(await response.arrayBuffer(), { headers: response.headers });
      } catch (error) {
        signal?.throwIfAborted();
        if ((error instanceof HubStatusError && !error.isPassing) || attempt >= tries) throw error;
      }
      await pauseBefore(attempt, signal);
    }
  };

/** The header that a token goes into. Not as the hub package's own parameter, which refuses the tokens of mirrors. */
export const authorization = (token: string | undefined): Record<string, string> =>
  token === undefined ? {} : { Authorization: `Bearer ${token}` };

/** What the environment says about the hub, in the words of Python's huggingface_hub. */
export const hubEndpoint = (): string =>
  (process.env['HF_ENDPOINT'] || 'https://huggingface.co').replace(/\/+$/, '');

export const isOffline = (): boolean => /^(1|on|yes|true)$/i.test(process.env['HF_HUB_OFFLINE'] ?? '');

export const readToken = async (): Promise<string | undefined> => {
  const { HF_TOKEN, HF_TOKEN_PATH, HF_HOME, XDG_CACHE_HOME } = process.env;
  const given = HF_TOKEN?.trim();
  if (given) return given;
  const home = HF_HOME || join(XDG_CACHE_HOME || join(homedir(), '.cache'), 'huggingface');
  const text = await readFile(HF_TOKEN_PATH || join(home, 'token'), 'utf8').catch(() => '');
  return text.trim() || undefined;
};

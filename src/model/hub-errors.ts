// What a hub's refusal means and what to do about it.
import { causeOf, FramesiftError } from '../base/errors.ts';
import type { HubAddress } from './hub-address.ts';
import { HubStatusError } from './hub-transport.ts';

export interface HubAsked extends HubAddress {
  readonly endpoint: string;
  readonly token: string | undefined;
}

/** Whether an error says that the hub cannot be had just now, and nothing about what was asked. */
export const isHubAway = (error: unknown): boolean =>
  error instanceof HubStatusError ? error.isPassing : !(error instanceof FramesiftError);

/** What asking the hub has thrown, for people. */
export const hubError = (asked: HubAsked, error: unknown): FramesiftError => {
  if (error instanceof FramesiftError) return error;
  const { repository, revision } = asked;
  const isAnswer = error instanceof HubStatusError;
  const isFinal = isAnswer && !error.isPassing;
  const reason = isFinal
    ? refusal(asked, error)
    : `${absence(asked, error)} Run the same command again later.`;
  return new FramesiftError('ERR_HUB', `hf:${repository}: ${reason}`, {
    facts: { repository, revision, status: isAnswer ? error.status : null },
    cause: error,
  });
};

/** How it is that the hub cannot be had, in a sentence. */
export const absence = ({ endpoint, token }: HubAsked, error: unknown): string => {
  if (!(error instanceof HubStatusError)) return `${endpoint} cannot be reached (${causeOf(error)}).`;
  if (error.status !== 429) return `${endpoint} is out of order (${error.status}, ${error.message}).`;
  const more = token === undefined ? '; it allows more to those who set HF_TOKEN' : '';
  return `${endpoint} gets too many requests from here (429)${more}.`;
};

const refusal = (
  { repository, revision, endpoint, token }: HubAsked,
  { status, word, message }: HubStatusError,
): string => {
  const page = `${endpoint}/${repository}`;
  if (word === 'RevisionNotFound') return `the hub has no revision ${revision} of it. See ${page}/tree/main.`;
  if (word === 'GatedRepo' || status === 403)
    return `the hub keeps it from you (${status}). Accept its licence on ${page}, and set HF_TOKEN to a token of yours.`;
  if (status === 401 || status === 404) {
    const secret =
      token === undefined
        ? 'for a private one set HF_TOKEN'
        : 'the token in use may be void, or may not read it';
    return `the hub has no such model, or none that you may see (${status}). Look at ${page}; ${secret}.`;
  }
  return `${endpoint} refuses (${status}, ${message}).`;
};

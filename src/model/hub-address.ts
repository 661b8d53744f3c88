// `hf:org/name[@revision]`: a model on Hugging Face's hub, as people write it. Pure.
import { FramesiftError } from '../base/errors.ts';

export interface HubAddress {
  readonly repository: string;
  /** A branch, a tag, or a commit's hash. */
  readonly revision: string;
}

const PREFIX = 'hf:';
/** Two dashes part organisation and name in the cache; the hub does not allow them. */
const PART = /^[A-Za-z0-9_.-]{1,96}$/;
const REVISION = /^[A-Za-z0-9_./-]{1,200}$/;

export const isHubAddress = (text: string): boolean => text.startsWith(PREFIX);

/** @throws ERR_OPTION */
export const parseHubAddress = (text: string): HubAddress => {
  const [repository = '', revision = 'main', ...others] = text.slice(PREFIX.length).split('@');
  const parts = repository.split('/');
  const isRepository =
    parts.length === 2 && parts.every((part) => PART.test(part) && !isUpwards(part) && !part.includes('--'));
  const isRevision =
    REVISION.test(revision) && !revision.split('/').some((part) => part === '' || isUpwards(part));
  if (isRepository && isRevision && others.length === 0) return { repository, revision };
  throw new FramesiftError(
    'ERR_OPTION',
    `${JSON.stringify(text)} names no model on the hub. Write hf:organisation/name, or hf:organisation/name@revision.`,
    { facts: { model: text } },
  );
};

const isUpwards = (part: string): boolean => /^\.+$/.test(part);

/** Whether a revision is a commit's hash, which stands for the same files for ever. */
export const isCommit = (revision: string): boolean => /^[0-9a-f]{40}$/.test(revision);

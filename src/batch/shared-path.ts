import { resolve } from 'node:path';
import { isAddress, shownAddress } from '../base/address.ts';
import { FramesiftError } from '../base/errors.ts';

/**
 * A path or address as workers on other machines are to take it: from the root of the disk.
 *
 * @throws ERR_OPTION for an address that holds a password or a signature: it would lie in the queue for all to read
 */
export const sharedPath = (path: string): string => {
  if (!isAddress(path)) return resolve(path);
  if (!hasSecrets(path)) return path;
  const shown = shownAddress(path);
  throw new FramesiftError(
    'ERR_OPTION',
    `${shown}: holds a password, or a signature behind its question mark, which would lie in the queue. Give the workers credentials of their own (FRAMESIFT_HTTP_AUTHORIZATION, AWS_PROFILE) and the plain address.`,
    { facts: { path: shown } },
  );
};

const hasSecrets = (address: string): boolean => {
  if (/^s3:/i.test(address)) return shownAddress(address) !== address;
  if (!URL.canParse(address)) return false;
  const { username, password, search } = new URL(address);
  return username !== '' || password !== '' || search !== '';
};

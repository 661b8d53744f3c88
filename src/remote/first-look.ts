// What there is at an address: the first request, before anything is known of the file.
import { createHash } from 'node:crypto';
import type { IdleWatch } from '../base/idle-watch.ts';
import { takeFirst } from './body.ts';
import { PORTIONS } from './portions.ts';
import { type RangeAnswer, type RangeSource, RemoteTrouble } from './range-source.ts';

/** What the server says of the file. */
export interface FileFacts {
  readonly sizeBytes: number;
  /** Its entity tag or, where there is none, its date. */
  readonly version: string | undefined;
  /** The version speaks of every byte. */
  readonly isStrong: boolean;
  /** Changes when the content does: 64 hexadecimal digits. */
  readonly contentKey: string;
  readonly hasRanges: boolean;
}

/**
 * Asks for the beginning of a file.
 *
 * @param shown its address, as it may be stored
 * @returns what that told, and the bytes that came
 * @throws {@link RemoteTrouble}
 */
export const lookAt = async (
  source: RangeSource,
  shown: string,
  watch: IdleWatch,
): Promise<{ readonly facts: FileFacts; readonly first: Uint8Array }> => {
  const answer = await source.request([0, PORTIONS.firstBytes], watch.signal).catch((error: unknown) => {
    // Nothing lies outside but of an empty file.
    const isEmpty = error instanceof RemoteTrouble && error.kind === 'outside';
    throw isEmpty ? new RemoteTrouble('empty', error.message) : error;
  });
  const sizeBytes = sizeOf(answer);
  const first = await takeFirst(answer.body, Math.min(PORTIONS.firstBytes, sizeBytes), watch);
  const { version, isStrong, isRange: hasRanges } = answer;
  // A date alone says little: recordings grow, and copies keep dates. So both ends are looked at each time.
  const ends = isStrong ? '' : await fingerprint(source, first, hasRanges ? sizeBytes : 0, watch);
  const contentKey = createHash('sha256').update(`${shown} ${sizeBytes} ${version} ${ends}`).digest('hex');
  return { facts: { sizeBytes, version, isStrong, contentKey, hasRanges }, first };
};

const sizeOf = ({ body, totalBytes, start }: RangeAnswer): number => {
  if (start === 0 && totalBytes !== undefined && totalBytes > 0) return totalBytes;
  body.destroy();
  if (start > 0) throw new RemoteTrouble('other', 'the server sends other bytes than those asked for');
  throw totalBytes === 0
    ? new RemoteTrouble('empty', 'the file is empty')
    : new RemoteTrouble('other', 'the server does not say how large the file is');
};

/** Of the first and the last bytes. */
const fingerprint = async (
  source: RangeSource,
  first: Uint8Array,
  sizeBytes: number,
  watch: IdleWatch,
): Promise<string> => {
  const hash = createHash('sha256').update(first);
  const lastBytes = Math.min(PORTIONS.firstBytes, sizeBytes - first.length);
  if (lastBytes > 0) {
    const { body } = await source.request([sizeBytes - lastBytes, sizeBytes], watch.signal);
    hash.update(await takeFirst(body, lastBytes, watch));
  }
  return hash.digest('hex');
};

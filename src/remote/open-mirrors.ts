// The mirrors that this process has open: one for each address, however many use it.
import { createHash } from 'node:crypto';
import { untilAborted } from '../base/concurrency.ts';
import { Mirror } from './mirror.ts';

interface OpenMirror {
  readonly mirror: Promise<Mirror>;
  /** Once it is open. */
  opened: Mirror | undefined;
  readonly openedMs: number;
  users: number;
}

const mirrors = new Map<string, OpenMirror>();

/** After so long the server is asked again whether the file is still the same. */
const BELIEVED_MS = 60_000;
/** Mirrors that stay open while nobody uses them: the next step with the same video comes soon. */
const MOST_IDLE = 8;

/** A mirror in use: to be disposed of when it is not needed any more. */
export interface MirrorUse extends Disposable {
  readonly mirror: Mirror;
}

/** @throws as {@link Mirror.open}, or the signal's reason */
export const useMirror = async (address: string, signal?: AbortSignal): Promise<MirrorUse> => {
  const entry = entryOf(address);
  entry.users++;
  try {
    const mirror = await untilAborted(signal, entry.mirror);
    entry.opened = mirror;
    return { mirror, [Symbol.dispose]: () => letGo(entry) };
  } catch (error) {
    letGo(entry);
    throw error;
  }
};

const entryOf = (address: string): OpenMirror => {
  const known = mirrors.get(address);
  const isBelieved =
    known !== undefined &&
    (known.users > 0 || (known.opened?.isOutdated !== true && Date.now() - known.openedMs < BELIEVED_MS));
  if (isBelieved) return known;
  const closing = known === undefined ? Promise.resolve() : close(address, known);
  const mirror = closing.then(() => Mirror.open(address));
  const entry: OpenMirror = { mirror, opened: undefined, openedMs: Date.now(), users: 0 };
  mirrors.set(address, entry);
  mirror.catch(() => {
    if (mirrors.get(address) === entry) mirrors.delete(address);
  });
  return entry;
};

const letGo = (entry: OpenMirror): void => {
  entry.users--;
  const idle = [...mirrors].filter(([, { users }]) => users === 0);
  for (const [address, each] of idle.slice(0, Math.max(0, idle.length - MOST_IDLE)))
    void close(address, each);
};

const close = async (address: string, entry: OpenMirror): Promise<void> => {
  if (mirrors.get(address) === entry) mirrors.delete(address);
  await entry.mirror.then(
    (mirror) => mirror.close(),
    () => undefined,
  );
};

/** What changes at the end of a file that is only dated: recordings grow there. */
const END_BYTES = 256 * 1024;

/**
 * A key that changes when the content of a remote file does: of its size and entity tag or, where there is none that
 * speaks of every byte, of its date and its first and last 256 KiB.
 *
 * @returns 64 hexadecimal digits
 * @throws as {@link useMirror}
 */
export const remoteContentKey = async (address: string, signal?: AbortSignal): Promise<string> => {
  using use = await useMirror(address, signal);
  const { mirror } = use;
  const { sizeBytes, version, isStrong } = mirror;
  const hash = createHash('sha256').update(`remote ${sizeBytes} ${version}\n`);
  if (!isStrong) {
    hash.update(await mirror.read(0, END_BYTES, { signal }));
    hash.update(await mirror.read(Math.max(END_BYTES, sizeBytes - END_BYTES), sizeBytes, { signal }));
  }
  return hash.digest('hex');
};

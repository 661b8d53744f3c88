// The mirrors that this process has open: one for each address, however many use it.
import { untilAborted } from '../base/concurrency.ts';
import { Mirror } from './mirror.ts';

interface OpenMirror {
  readonly address: string;
  readonly mirror: Promise<Mirror>;
  /** Once it is open. */
  opened: Mirror | undefined;
  readonly openedMs: number;
  users: number;
}

/** The newest of each address. */
const mirrors = new Map<string, OpenMirror>();
/** All that are open, older ones too. */
const opened = new Set<Mirror>();

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
  for (let tries = 0; ; tries++) {
    const entry = entryOf(address);
    entry.users++;
    try {
      const mirror = await untilAborted(signal, entry.mirror);
      if (tries > MOST_TRIES || (await mirror.isInPlace()))
        return { mirror, [Symbol.dispose]: () => letGo(entry) };
      // Somebody has removed it from the cache: the next one is made anew.
      mirrors.delete(address);
      letGo(entry);
    } catch (error) {
      letGo(entry);
      throw error;
    }
  }
};

const MOST_TRIES = 3;

/** A key that changes when the content of a remote file does. @returns 64 hexadecimal digits @throws as {@link useMirror} */
export const remoteContentKey = async (address: string, signal?: AbortSignal): Promise<string> => {
  using use = await useMirror(address, signal);
  return use.mirror.contentKey;
};

const entryOf = (address: string): OpenMirror => {
  const known = mirrors.get(address);
  const isBelieved =
    known !== undefined && !known.opened?.isOutdated && Date.now() - known.openedMs < BELIEVED_MS;
  if (isBelieved) return known;
  const entry: OpenMirror = {
    address,
    mirror: Mirror.open(address),
    opened: undefined,
    openedMs: Date.now(),
    users: 0,
  };
  mirrors.set(address, entry);
  entry.mirror.then(
    (mirror) => {
      entry.opened = mirror;
      opened.add(mirror);
    },
    () => {
      if (mirrors.get(address) === entry) mirrors.delete(address);
    },
  );
  // Whoever uses the one before goes on with it.
  if (known?.users === 0) close(known);
  return entry;
};

const letGo = (entry: OpenMirror): void => {
  entry.users--;
  if (entry.users === 0 && mirrors.get(entry.address) !== entry) close(entry);
  const idle = [...mirrors.values()].filter(({ users }) => users === 0);
  for (const each of idle.slice(0, Math.max(0, idle.length - MOST_IDLE))) close(each);
};

const close = (entry: OpenMirror): void => {
  if (mirrors.get(entry.address) === entry) mirrors.delete(entry.address);
  entry.mirror
    .then(async (mirror) => {
      await mirror.close();
      opened.delete(mirror);
    })
    .catch(() => undefined); // it was never open, or its files are gone
};

process.once('exit', () => {
  for (const mirror of opened) mirror.leaveSync();
});

/** What a test clip is, and the small words in which recipes are written. */
import { join } from 'node:path';
import { range } from '../streams.ts';

export interface Clip {
  /** File name, e.g. `h264_opengop.ts`. */
  readonly name: string;
  /** One or two sentences: what this clip is for, what it catches. */
  readonly fact: string;
  /** The file itself is broken: some frames may legitimately be errors. */
  readonly damaged: boolean;
  /** The file must be refused on opening, for this reason. */
  readonly refused?: string;
  /**
   * The number that each frame of a full sequential decode shows, in order. An entry is null where the recipe
   * alone cannot say, and the whole list where it says nothing at all. For a damaged clip the list may be only the
   * beginning: what comes behind it depends on how the decoder covers the damage up.
   */
  readonly codes: readonly (number | null)[] | null;
  /** Degrees by which the picture has to be turned clockwise to be seen as meant. */
  readonly rotation?: number;
  /** Writes `directory/name`, from nothing. */
  make(directory: string): void | Promise<void>;
}

export interface Draft {
  readonly name: string;
  readonly fact: string;
  /** A count stands for 0, 1, 2, … */
  readonly codes: number | readonly (number | null)[] | null;
  readonly damaged?: boolean;
  readonly refused?: string;
  readonly rotation?: number;
  readonly write: (path: string) => void;
}

export function clip(draft: Draft): Clip {
  const { name, fact, damaged = false, write } = draft;
  return {
    name,
    fact,
    damaged,
    codes: typeof draft.codes === 'number' ? range(0, draft.codes) : draft.codes,
    ...(draft.refused === undefined ? {} : { refused: draft.refused }),
    ...(draft.rotation === undefined ? {} : { rotation: draft.rotation }),
    make: (directory) => write(join(directory, name)),
  };
}

/** Makes something when it is first asked for, and keeps it. */
export function once<T>(make: () => T): () => T {
  let made: { readonly value: T } | undefined;
  return () => {
    made ??= { value: make() };
    return made.value;
  };
}

// What somebody asked for, before it means anything: flags' values as they were written, and where.
import { type ErrorFacts, FramesiftError } from '../base/errors.ts';

/** Who decides when several do: the smaller number. */
export const RANK = { flag: 0, environment: 1, fileForVerb: 2, fileForAll: 3 } as const;

export interface GivenValue {
  /** Switches: on or off. Values: as written, or false for `--no-…`. Lists: all of them. */
  readonly value: string | boolean | readonly string[];
  readonly rank: (typeof RANK)[keyof typeof RANK];
  /** What messages call it: `--jobs`, `FRAMESIFT_JOBS`, `framesift.config.json, line 3: jobs`. */
  readonly label: string;
}

export interface Given {
  readonly operands: readonly string[];
  /** By the flag's name. */
  readonly flags: ReadonlyMap<string, GivenValue>;
}

/** Of each flag the value that counts. Layers in any order. */
export const mergeLayers = (
  ...layers: readonly ReadonlyMap<string, GivenValue>[]
): Map<string, GivenValue> => {
  const merged = new Map<string, GivenValue>();
  for (const layer of layers) {
    for (const [name, value] of layer) {
      const known = merged.get(name);
      if (known === undefined || value.rank < known.rank) merged.set(name, value);
    }
  }
  return merged;
};

/** An error about something that was given, in words that say where. */
export const givenError = (given: GivenValue, problem: string, facts: ErrorFacts = {}): FramesiftError =>
  new FramesiftError(
    given.rank >= RANK.fileForVerb ? 'ERR_CONFIG' : 'ERR_OPTION',
    `${given.label}: ${problem}`,
    { facts },
  );

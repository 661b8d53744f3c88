// Options of a verb: which flags or operands make each of them, and what their values are.
import { type ErrorFacts, FramesiftError } from '../base/errors.ts';
import {
  environmentName,
  type Flag,
  flagTerm,
  type ListFlag,
  type Operand,
  type Switch,
  type ValueFlag,
} from './flag.ts';
import { type Given, type GivenValue, givenError } from './given.ts';
import type { Io } from './io.ts';

/** One option of a verb, and how the command line makes it. */
export interface CliOption<V> {
  readonly flags: readonly Flag[];
  readonly operand?: Operand;
  /** Read after the others: nobody should type a list only to learn of a wrong `--size`. */
  readonly isSlow?: boolean;
  /** @throws ERR_OPTION, or ERR_CONFIG when the value came from a file */
  readonly read: (given: Given, io: Io) => V | Promise<V>;
}

/**
 * For every option of a verb what makes it on the command line, or null where nothing is to. An option that the
 * library has and this table forgets does not compile, nor does an optional flag for what the verb must have.
 */
export type CliOptions<T> = { readonly [K in keyof T]-?: CliOption<T[K]> | null };

/** Any table of options. */
export type OptionTable = Readonly<Record<string, CliOption<unknown> | null>>;

type ValueOf<O> = O extends CliOption<infer V> ? V : never;

/** The values of a table: what is not given is left out, so that the verb's own defaults apply. */
export type ValuesOf<T extends OptionTable> = {
  readonly [K in keyof T as T[K] extends null ? never : undefined extends ValueOf<T[K]> ? never : K]: ValueOf<
    T[K]
  >;
} & {
  readonly [K in keyof T as undefined extends ValueOf<T[K]> ? K : never]?: Exclude<ValueOf<T[K]>, undefined>;
};

/** @throws ERR_OPTION, ERR_CONFIG, and whatever reading a file that an option names throws */
export const readOptions = async <T extends OptionTable>(
  table: T,
  given: Given,
  io: Io,
): Promise<ValuesOf<T>> => {
  const values: Record<string, unknown> = {};
  const entries = Object.entries(table);
  const inOrder = [...entries.filter(([, o]) => !o?.isSlow), ...entries.filter(([, o]) => o?.isSlow)];
  for (const [key, option] of inOrder) {
    const value = await option?.read(given, io);
    if (value !== undefined) values[key] = value;
  }
  return values as ValuesOf<T>;
};

export const flagsOf = (table: OptionTable): readonly Flag[] =>
  Object.values(table).flatMap((option) => option?.flags ?? []);

export const operandsOf = (table: OptionTable): readonly Operand[] =>
  Object.values(table).flatMap((option) => option?.operand ?? []);

/** The one thing that a verb works on. */
export const operand = (place: Omit<Operand, 'isRepeatable'>): CliOption<string> => ({
  flags: [],
  operand: { ...place, isRepeatable: false },
  read: ({ operands: [first] }) => first ?? missing(place.term, place.help),
});

/** The things that a verb works on: at least one. */
export const operands = (place: Omit<Operand, 'isRepeatable'>): CliOption<readonly string[]> => ({
  flags: [],
  operand: { ...place, isRepeatable: true },
  read: ({ operands: all }) => (all.length > 0 ? all : missing(place.term.replace(/\W+$/, ''), place.help)),
});

/** A switch; undefined where nobody touched it. */
export const toggle = (flag: Omit<Switch, 'kind'>): CliOption<boolean | undefined> => ({
  flags: [{ ...flag, kind: 'switch' }],
  read: ({ flags }) => {
    const value = flags.get(flag.name)?.value;
    return typeof value === 'boolean' ? value : undefined;
  },
});

type ValueText = Omit<ValueFlag, 'kind' | 'offHelp'>;

/** A flag with a value, which may be absent. */
export const optional = <V>(flag: ValueText, parse: (text: string) => V): CliOption<V | undefined> => ({
  flags: [{ ...flag, kind: 'value' }],
  read: ({ flags }) => readGiven(flags.get(flag.name), parse),
});

/** A flag that must be given, somewhere. */
export const required = <V>(flag: ValueText, parse: (text: string) => V): CliOption<V> => {
  const asFlag: ValueFlag = { ...flag, kind: 'value' };
  return {
    flags: [asFlag],
    read: ({ flags }) => {
      const given = flags.get(flag.name);
      if (given !== undefined) return parseGiven(given, parse);
      return missing(
        flagTerm(asFlag),
        `${flag.help}. ${environmentName(asFlag)} or a configuration file can give it, too`,
      );
    },
  };
};

/** A flag with a value that can also be turned off: `--cache DIR`, `--no-cache`. */
export const optionalOrOff = <V>(
  flag: ValueText & { readonly offHelp: string },
  parse: (text: string) => V,
): CliOption<V | false | undefined> => ({
  flags: [{ ...flag, kind: 'value' }],
  read: ({ flags }) => {
    const given = flags.get(flag.name);
    return given?.value === false ? false : readGiven(given, parse);
  },
});

/** A flag that may be given several times. */
export const list = (flag: Omit<ListFlag, 'kind'>): CliOption<readonly string[] | undefined> => ({
  flags: [{ ...flag, kind: 'list' }],
  read: ({ flags }) => {
    const value = flags.get(flag.name)?.value;
    return typeof value === 'object' ? value : undefined;
  },
});

/** Reads a value if there is one; an error says where the value stood. */
export const readGiven = <V>(given: GivenValue | undefined, parse: (text: string) => V): V | undefined =>
  typeof given?.value === 'string' ? parseGiven(given, parse) : undefined;

const parseGiven = <V>(given: GivenValue, parse: (text: string) => V): V => {
  try {
    return parse(String(given.value));
  } catch (error) {
    if (!(error instanceof FramesiftError) || error.code !== 'ERR_OPTION') throw error;
    throw givenError(given, error.message, error.facts);
  }
};

const missing = (term: string, help: string): never => {
  const facts: ErrorFacts = { missing: term };
  throw new FramesiftError('ERR_OPTION', `${term} is missing: ${help}.`, { facts });
};

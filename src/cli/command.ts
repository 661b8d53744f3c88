// The contract of a verb on the command line. To add one: a file in commands/ and a line in verbs.ts.
import type { ExitCode } from './exit-code.ts';
import type { Flag, Operand } from './flag.ts';
import type { Given } from './given.ts';
import type { Io } from './io.ts';
import { flagsOf, type OptionTable, operandsOf, readOptions, type ValuesOf } from './option.ts';
import type { Session } from './session.ts';

/** A command line that does something, and what. */
export interface Example {
  readonly line: string;
  readonly what: string;
}

export interface CommandDefinition<T extends OptionTable> {
  /** What stands after the verb: `INPUT --out DIR`. */
  readonly usage: string;
  /** What it does, in a few sentences. */
  readonly description: string;
  readonly options: T;
  readonly examples: readonly Example[];
  /** False for a verb that has no use for `--json`, `--quiet` and so on. Default: true. */
  readonly takesSharedOptions?: boolean;
  /** True when the same command continues what was interrupted. */
  readonly isResumable?: boolean;
  /** Calls the library, shows what came of it. */
  readonly run: (values: ValuesOf<T>, session: Session) => Promise<ExitCode>;
}

/** A verb whose options the rest of the command line need not know by name. */
export interface Command {
  readonly usage: string;
  readonly description: string;
  readonly flags: readonly Flag[];
  readonly operands: readonly Operand[];
  readonly examples: readonly Example[];
  readonly takesSharedOptions: boolean;
  readonly isResumable: boolean;
  /**
   * Makes sense of what was given, before anything runs.
   *
   * @throws ERR_OPTION, ERR_CONFIG, and whatever reading a file that an option names throws
   */
  readonly prepare: (given: Given, io: Io) => Promise<(session: Session) => Promise<ExitCode>>;
}

export const defineCommand = <T extends OptionTable>(definition: CommandDefinition<T>): Command => ({
  usage: definition.usage,
  description: definition.description,
  flags: flagsOf(definition.options),
  operands: operandsOf(definition.options),
  examples: definition.examples,
  takesSharedOptions: definition.takesSharedOptions ?? true,
  isResumable: definition.isResumable ?? false,
  prepare: async (given, io) => {
    const values = await readOptions(definition.options, given, io);
    return (session) => definition.run(values, session);
  },
});

/** A verb's entry in the table: enough for the list of verbs, without loading it. */
export interface Verb {
  readonly name: string;
  /** What it does, without a full stop. */
  readonly summary: string;
  readonly load: () => Promise<{ readonly command: Command }>;
}

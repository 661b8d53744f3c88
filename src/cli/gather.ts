import { readArguments } from './arguments.ts';
import type { Command, Verb } from './command.ts';
import { readConfig } from './config-file.ts';
import { layersOfConfig } from './config-layers.ts';
import { misspeltVariables, readEnvironment } from './environment.ts';
import type { Flag } from './flag.ts';
import { type Given, mergeLayers } from './given.ts';
import { allFlagsOf, HELP_FLAG } from './help.ts';
import type { Io } from './io.ts';
import { readOptions } from './option.ts';
import type { Screen } from './screen.ts';
import { SHARED_OPTIONS } from './shared-options.ts';

/**
 * What was given to a verb: by flags, else by the environment, else by the configuration file.
 *
 * @throws ERR_OPTION, ERR_CONFIG; ERR_NOT_FOUND when the configuration file that was asked for is not there
 */
export const gather = async (
  name: string,
  command: Command,
  argv: readonly string[],
  io: Io,
  verbs: readonly Verb[],
  screen: Screen,
): Promise<Given> => {
  const line = readArguments(argv, allFlagsOf(command), command.operands);
  // A script for a shell's start must not depend on the folder in which the shell is started.
  if (!command.takesSharedOptions) return line;
  const flags = settableFlags(command);
  const flagsOfAllVerbs = async (): Promise<readonly Flag[]> =>
    (await Promise.all(verbs.map(async ({ load }) => (await load()).command))).flatMap(settableFlags);
  const environment = readEnvironment(io.env, flags);
  await warnOfMisspeltVariables(io, flags, flagsOfAllVerbs, screen);
  const strong = mergeLayers(line.flags, environment);
  const { config: path } = await readOptions(SHARED_OPTIONS, { operands: [], flags: strong }, io);
  const config = await readConfig(
    path,
    io.directory,
    verbs.map((verb) => verb.name),
  );
  const files =
    config === undefined
      ? []
      : await layersOfConfig(config, name, inFiles(flags), async () => inFiles(await flagsOfAllVerbs()));
  if (config?.notice !== undefined) screen.warn(`${config.path}: ${config.notice}`);
  return { operands: line.operands, flags: mergeLayers(strong, ...files) };
};

/** A file does not name another. */
const inFiles = (flags: readonly Flag[]): readonly Flag[] => flags.filter(({ name }) => name !== 'config');

const settableFlags = (command: Command): readonly Flag[] =>
  allFlagsOf(command).filter((flag) => flag !== HELP_FLAG);

const warnOfMisspeltVariables = async (
  { env }: Io,
  flags: readonly Flag[],
  flagsOfAllVerbs: () => Promise<readonly Flag[]>,
  screen: Screen,
): Promise<void> => {
  // Loading all verbs takes time, and nearly always there is nothing to warn of.
  if (misspeltVariables(env, flags).length === 0) return;
  for (const { name, meant } of misspeltVariables(env, await flagsOfAllVerbs())) {
    screen.warn(`the environment holds ${name}, which means nothing. Did you mean ${meant}?`);
  }
};

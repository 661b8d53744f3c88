import { nearest } from '../base/nearest.ts';
import { quote } from '../base/quote.ts';
import { canBeOff, environmentName, type Flag, offEnvironmentName } from './flag.ts';
import { type GivenValue, givenError, RANK } from './given.ts';

type Environment = Readonly<Record<string, string | undefined>>;

/**
 * The layer of the environment: `FRAMESIFT_JOBS` for `--jobs`. An empty variable is one that is not set; a flag
 * that may be repeated takes one value a line.
 *
 * @throws ERR_OPTION for a switch that is neither on nor off
 */
export const readEnvironment = (env: Environment, flags: readonly Flag[]): Map<string, GivenValue> => {
  const given = new Map<string, GivenValue>();
  for (const flag of flags) {
    const value = variable(env, environmentName(flag));
    if (value !== undefined) given.set(flag.name, { ...value, value: layerValue(flag, value) });
    const off = canBeOff(flag) ? variable(env, offEnvironmentName(flag)) : undefined;
    if (off !== undefined && switchValue(off)) given.set(flag.name, { ...off, value: false });
  }
  return given;
};

/** Variables that look like ours, mean nothing, and are nearly one that does. */
export const misspeltVariables = (
  env: Environment,
  flags: readonly Flag[],
): { name: string; meant: string }[] => {
  const known = new Set(flags.flatMap((flag) => [environmentName(flag), offEnvironmentName(flag)]));
  return Object.keys(env)
    .filter((name) => name.startsWith('FRAMESIFT_') && !known.has(name))
    .flatMap((name) => {
      const meant = nearest(name, known, 2);
      return meant === undefined ? [] : [{ name, meant }];
    });
};

const SWITCH_WORDS: Readonly<Record<string, boolean>> = {
  1: true,
  true: true,
  yes: true,
  on: true,
  0: false,
  false: false,
  no: false,
  off: false,
};

type Variable = GivenValue & { readonly value: string };

const variable = (env: Environment, name: string): Variable | undefined => {
  const value = env[name];
  return value === undefined || value === '' ? undefined : { value, rank: RANK.environment, label: name };
};

const layerValue = (flag: Flag, given: Variable): GivenValue['value'] => {
  if (flag.kind === 'switch') return switchValue(given);
  return flag.kind === 'value' ? given.value : given.value.split('\n').filter((line) => line !== '');
};

const switchValue = (given: Variable): boolean => {
  const value = SWITCH_WORDS[given.value.toLowerCase()];
  if (value === undefined)
    throw givenError(given, `${quote(given.value)} is neither on nor off. Write 1 or 0.`);
  return value;
};

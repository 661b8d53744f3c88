// What a configuration file says to one verb: keys into flags.
import type { FramesiftError } from '../base/errors.ts';
import { nearest } from '../base/nearest.ts';
import { quote } from '../base/quote.ts';
import type { LocatedEntry, LocatedValue } from '../native/yaml.ts';
import { ALL, type Config, configError } from './config-file.ts';
import { canBeOff, type Flag } from './flag.ts';
import { type GivenValue, RANK } from './given.ts';

/**
 * The layers of a configuration file for one verb: what stands under its name, and what stands under `all`.
 *
 * @param flagsOfAllVerbs asked only when `all` holds something that this verb does not know
 * @throws ERR_CONFIG for a key that is no flag, naming the nearest, and for a value of the wrong kind
 */
export const layersOfConfig = async (
  config: Config,
  verb: string,
  flags: readonly Flag[],
  flagsOfAllVerbs: () => Promise<readonly Flag[]>,
): Promise<readonly ReadonlyMap<string, GivenValue>[]> => {
  if (config.onlyFor !== undefined && !config.onlyFor.verbs.includes(verb)) {
    const { verbs, what } = config.onlyFor;
    throw configError(config.path, 1, `this is ${what}, which is for ${verbs.join(' and ')}.`);
  }
  const own = readSection(config, verb, flags, RANK.fileForVerb, flags);
  const entries = config.sections.get(ALL) ?? [];
  const isKnown = ({ key }: LocatedEntry): boolean => flags.some(({ name }) => name === kebab(key));
  const known = entries.every(isKnown) ? flags : [...flags, ...(await flagsOfAllVerbs())];
  return [own, readSection(config, ALL, flags, RANK.fileForAll, known)];
};

const readSection = (
  { path, sections }: Config,
  section: string,
  flags: readonly Flag[],
  rank: GivenValue['rank'],
  known: readonly Flag[],
): Map<string, GivenValue> => {
  const given = new Map<string, GivenValue>();
  for (const { key, line, value } of sections.get(section) ?? []) {
    const name = kebab(key);
    const knownFlag = known.find((flag) => flag.name === name);
    if (knownFlag === undefined) throw unknownKey(path, line, section, key, known);
    const label = `${path}, line ${line}: ${key}`;
    const flag = flags.find((candidate) => candidate.name === name);
    if (given.has(name))
      throw configError(path, line, `${quote(key)} is given twice under ${quote(section)}.`);
    if (flag !== undefined) given.set(name, { value: valueFor(flag, value, path, key), rank, label });
  }
  return given;
};

const valueFor = (flag: Flag, value: LocatedValue, path: string, key: string): GivenValue['value'] => {
  if (value.kind === 'switch' && (flag.kind === 'switch' || (!value.value && canBeOff(flag))))
    return value.value;
  if (value.kind === 'text' && flag.kind !== 'switch')
    return flag.kind === 'list' ? [value.text] : value.text;
  if (value.kind === 'list' && flag.kind === 'list') {
    return value.items.map((item) => (item.kind === 'text' ? item.text : wrongKind(flag, item, path, key)));
  }
  return wrongKind(flag, value, path, key);
};

const wrongKind = (flag: Flag, { line }: LocatedValue, path: string, key: string): never => {
  const off = canBeOff(flag) ? ', or false' : '';
  const wanted = {
    switch: 'true or false',
    value: `one value (${flagValue(flag)})${off}`,
    list: 'a list of texts',
  };
  throw configError(path, line, `${quote(key)} must be ${wanted[flag.kind]}.`, { key });
};

const flagValue = (flag: Flag): string => (flag.kind === 'switch' ? '' : flag.placeholder);

const unknownKey = (
  path: string,
  line: number,
  section: string,
  key: string,
  known: readonly Flag[],
): FramesiftError => {
  const names = known.map(({ name }) => name);
  const suggestion = nearest(kebab(key), names);
  const spelling = suggestion !== undefined && !key.includes('-') ? camel(suggestion) : suggestion;
  const hint = spelling === undefined ? '' : ` Did you mean ${spelling}?`;
  return configError(path, line, `unknown key ${quote(key)} under ${quote(section)}.${hint}`, {
    key,
    suggestion: spelling ?? null,
  });
};

/** `keepDamaged` is `keep-damaged`. */
const kebab = (key: string): string => key.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`);

const camel = (name: string): string =>
  name.replace(/-(?<letter>.)/g, (_, letter: string) => letter.toUpperCase());

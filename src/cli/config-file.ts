// Reading a configuration file: verbs (and `all`) at the top, flags' names below them.
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { FramesiftError, messageOf, systemCodeOf } from '../base/errors.ts';
import { nearest } from '../base/nearest.ts';
import { quote } from '../base/quote.ts';
import type { LocatedEntry, LocatedValue } from '../native/yaml.ts';
import { isLightlyConfig, readLightlyConfig, TRAINING_VERBS } from './lightly-config.ts';

/** A file that was read and whose sections are known to be maps; their keys have not been looked at. */
export interface Config {
  readonly path: string;
  readonly sections: ReadonlyMap<string, readonly LocatedEntry[]>;
  /** There for a file that is of use to these verbs only. */
  readonly onlyFor?: { readonly verbs: readonly string[]; readonly what: string };
  /** What the user should know of it. */
  readonly notice?: string | undefined;
}

/** Names that are looked for in the working directory; there may be one of them. */
const FILE_NAMES = ['framesift.config.json', 'framesift.config.yaml', 'framesift.config.yml'];

/** The section for all verbs. */
export const ALL = 'all';

/**
 * Reads the file that was asked for, or the one in `directory`, if there is one.
 *
 * @throws ERR_NOT_FOUND when the file asked for is not there, ERR_CONFIG when there are several or it is malformed
 */
export const readConfig = async (
  asked: string | undefined,
  directory: string,
  verbs: readonly string[],
): Promise<Config | undefined> => {
  if (asked !== undefined) {
    const text = await textOf(asked);
    if (text !== undefined) return parseConfig(asked, text, verbs);
    throw new FramesiftError(
      'ERR_NOT_FOUND',
      `${asked}: there is no such configuration file. Check the path.`,
      {
        facts: { path: asked },
      },
    );
  }
  const found = await Promise.all(
    FILE_NAMES.map(async (name) => ({ name, text: await textOf(join(directory, name), name) })),
  );
  const [first, second] = found.flatMap(({ name, text }) => (text === undefined ? [] : [{ name, text }]));
  if (first !== undefined && second !== undefined) {
    throw new FramesiftError(
      'ERR_CONFIG',
      `there is a ${first.name} and a ${second.name}. Keep one of them, or choose one with --config.`,
      { facts: { files: [first.name, second.name] } },
    );
  }
  return first && parseConfig(first.name, first.text, verbs);
};

const textOf = async (path: string, label = path): Promise<string | undefined> => {
  try {
    return await readFile(path, 'utf8');
  } catch (error) {
    if (systemCodeOf(error) === 'ENOENT') return undefined;
    throw new FramesiftError('ERR_CONFIG', `${label}: cannot be read: ${messageOf(error)}.`, {
      facts: { path: label },
      cause: error,
    });
  }
};

const parseConfig = async (path: string, text: string, verbs: readonly string[]): Promise<Config> => {
  // Most runs have no file, and the parser takes longer to load than all the rest of the command line.
  const { parseYaml } = await import('../native/yaml.ts');
  const plain = text.replace(/^\uFEFF/, '');
  if (path.toLowerCase().endsWith('.json')) checkJson(path, plain);
  const root = parseYaml(plain);
  if ('problem' in root) throw configError(path, root.line, `${root.problem.replace(/\.$/, '')}.`);
  if (isSelectionConfig(root))
    return {
      path,
      sections: selectionSections(path, root.line),
      onlyFor: { verbs: SELECTING_VERBS, what: 'a selection_config of Lightly' },
    };
  if (isLightlyConfig(root)) return lightlySections(path, root);
  const sections = new Map<string, readonly LocatedEntry[]>();
  const known = [ALL, ...verbs];
  for (const { key, line, value } of entriesOf(path, root, 'The file')) {
    if (!known.includes(key)) {
      const suggestion = nearest(key, known);
      const hint =
        suggestion === undefined ? ` Its keys are ${known.join(', ')}.` : ` Did you mean ${suggestion}?`;
      throw configError(path, line, `unknown verb ${quote(key)}.${hint}`, {
        key,
        suggestion: suggestion ?? null,
      });
    }
    sections.set(key, entriesOf(path, value, quote(key)));
  }
  return { path, sections };
};

/** Verbs that select, and so take Lightly's `selection_config` in place of a file of settings. */
const SELECTING_VERBS = ['select', 'run'];

const isSelectionConfig = (root: LocatedValue): boolean =>
  root.kind === 'map' && root.entries.some(({ key }) => key === 'strategies');

/** As if the file had said: for these verbs, --selection is this file. */
const selectionSections = (path: string, line: number): Map<string, readonly LocatedEntry[]> =>
  new Map(
    SELECTING_VERBS.map((verb) => [
      verb,
      [{ key: 'selection', line, value: { kind: 'text', line, text: path } }],
    ]),
  );

const lightlySections = (path: string, root: LocatedValue): Config => {
  const { entries, passedOver } = readLightlyConfig(path, root);
  return {
    path,
    sections: new Map(TRAINING_VERBS.map((verb) => [verb, entries])),
    onlyFor: { verbs: TRAINING_VERBS, what: 'a config.yaml of Lightly' },
    notice:
      passedOver.length === 0
        ? undefined
        : `means nothing here, and is passed over: ${passedOver.join(', ')}`,
  };
};

// The YAML reader takes JSON with comments and bare words, too; a .json file with those would fail everywhere else.
const checkJson = (path: string, text: string): void => {
  const message = jsonProblem(text);
  if (message === undefined) return;
  const position = /position (?<at>\d+)/.exec(message)?.groups?.['at'];
  const end = position === undefined ? endOfGoodPart(text) : Number(position);
  const line = text.slice(0, Math.min(end, text.trimEnd().length)).split('\n').length;
  throw configError(path, line, `this is not JSON: ${message.replace(/,? (?:in JSON|"|\.\.\.).*/s, '')}.`);
};

const jsonProblem = (text: string): string | undefined => {
  try {
    JSON.parse(text);
    return undefined;
  } catch (error) {
    return messageOf(error);
  }
};

/** For "Unexpected token", of which V8 does not say where: the longest beginning that does not have it yet. */
const endOfGoodPart = (text: string): number => {
  let [good, bad] = [0, text.length];
  while (bad - good > 1) {
    const middle = (good + bad) >> 1;
    if (jsonProblem(text.slice(0, middle))?.startsWith('Unexpected token')) bad = middle;
    else good = middle;
  }
  return good;
};

const entriesOf = (path: string, value: LocatedValue, what: string): readonly LocatedEntry[] => {
  if (value.kind === 'map') return value.entries;
  if (value.kind === 'nothing') return [];
  throw configError(path, value.line, `${what} must hold names and values, as in "extract: { jobs: 4 }".`);
};

/** What is wrong with a line of a configuration file, and what to do. */
export const configError = (path: string, line: number, problem: string, facts = {}): FramesiftError =>
  new FramesiftError('ERR_CONFIG', `${path}, line ${line}: ${problem}`, { facts: { path, line, ...facts } });

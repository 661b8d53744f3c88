// One strategy of a `selection_config`, with the input that it looks at. Pure.
import { quote } from '../base/quote.ts';
import type { BalanceTarget } from './balance.ts';
import { DocumentReader, documentError } from './document-reader.ts';
import type {
  ClassSource,
  ConfiguredStrategy,
  ConfiguredThreshold,
  NumberSource,
} from './selection-config.ts';

/** What each strategy may look at (Lightly's table of combinations), and the keys that it has. */
const STRATEGIES = {
  DIVERSITY: { inputs: ['EMBEDDINGS'], keys: ['stopping_condition_minimum_distance'] },
  SIMILARITY: { inputs: ['EMBEDDINGS'], keys: [] },
  TYPICALITY: {
    inputs: ['EMBEDDINGS'],
    keys: ['num_nearest_neighbors', 'stopping_condition_minimum_typicality'],
  },
  WEIGHTS: {
    inputs: ['SCORES', 'METADATA', 'PREDICTIONS', 'RANDOM'],
    keys: ['stopping_condition_max_sum'],
  },
  THRESHOLD: { inputs: ['SCORES', 'METADATA', 'PREDICTIONS'], keys: ['threshold', 'operation'] },
  BALANCE: { inputs: ['PREDICTIONS', 'METADATA'], keys: ['target', 'distribution'] },
} as const;

const INPUTS = {
  EMBEDDINGS: { keys: ['dataset_id', 'tag_name', 'task'] },
  SCORES: { keys: ['task', 'score'] },
  PREDICTIONS: { keys: ['task', 'name', 'categories'] },
  METADATA: { keys: ['key'] },
  RANDOM: { keys: ['random_seed'] },
} as const;

type StrategyType = keyof typeof STRATEGIES;
type InputType = keyof typeof INPUTS;

const OPERATIONS = ['SMALLER', 'SMALLER_EQUAL', 'BIGGER', 'BIGGER_EQUAL'] as const;
const PREDICTION_NAMES = ['CLASS_DISTRIBUTION', 'CATEGORY_COUNT'] as const;
const MOST_STRENGTH = 1e9;
const SHARES_TOLERANCE = 1e-9;

/** What one entry of `strategies` comes to: a strategy, or a threshold. */
interface ParsedStrategy {
  readonly strategy?: ConfiguredStrategy;
  readonly threshold?: ConfiguredThreshold;
  readonly minDistance?: number | undefined;
}

/**
 * @param value an entry of `strategies`
 * @param label what messages call the document
 * @param place of the entry in it
 * @throws ERR_CONFIG with the place of what is wrong
 */
export const parseStrategy = (value: unknown, label: string, place: string): ParsedStrategy => {
  // Lightly has strength in the strategy; an example of its documentation has it beside.
  const entry = new DocumentReader(value, label, place, ['input', 'strategy', 'strength']);
  for (const part of ['input', 'strategy'])
    if (!entry.has(part)) entry.missing(part, 'both input and strategy');
  const type = typeOf(entry.raw('strategy'), label, `${place}.strategy`, STRATEGIES);
  const inputType = typeOf(entry.raw('input'), label, `${place}.input`, INPUTS);
  requirePair(entry, type, inputType);
  const input = new DocumentReader(entry.raw('input'), label, `${place}.input`, [
    'type',
    ...INPUTS[inputType].keys,
  ]);
  const strategy = new DocumentReader(entry.raw('strategy'), label, `${place}.strategy`, [
    'type',
    'strength',
    ...STRATEGIES[type].keys,
  ]);
  const strength = strengthOf(entry, strategy);
  switch (type) {
    case 'DIVERSITY': {
      requireFrames(input, type);
      const minDistance = strategy.number('stopping_condition_minimum_distance', { least: 0 });
      return { strategy: { type: 'diversity', strength }, minDistance };
    }
    case 'SIMILARITY':
      requireFrames(input, type);
      return { strategy: { type: 'similarity', strength } };
    case 'TYPICALITY': {
      requireFrames(input, type);
      const neighbours = strategy.number('num_nearest_neighbors', { least: 2, isWhole: true });
      const minimum = strategy.number('stopping_condition_minimum_typicality', {
        least: 0,
        isAbove: true,
        most: 1,
      });
      return { strategy: { type: 'typicality', neighbours, minimum, strength } };
    }
    case 'WEIGHTS': {
      const maxSum = strategy.number('stopping_condition_max_sum', { least: 0, isAbove: true });
      if (inputType !== 'RANDOM')
        return { strategy: { type: 'weights', source: numberSource(input, inputType), maxSum, strength } };
      if (maxSum !== undefined)
        throw strategy.error('stopping_condition_max_sum', 'has no meaning for RANDOM. Leave it out.');
      const seed = input.number('random_seed', { least: 0, isWhole: true });
      return { strategy: { type: 'random', seed, strength } };
    }
    case 'THRESHOLD': {
      const threshold = strategy.number('threshold') ?? strategy.missing('threshold', 'a number');
      const operation = strategy.requiredWord('operation', OPERATIONS);
      return { threshold: { source: numberSource(input, inputType), operation, threshold } };
    }
    case 'BALANCE': {
      const target = balanceTarget(strategy);
      return { strategy: { type: 'balance', source: classSource(input, inputType), target, strength } };
    }
  }
};

/** The `type` of a map: which other keys it may have hangs on it, so that without it only keys of no type are unknown. */
const typeOf = <K extends string>(
  value: unknown,
  label: string,
  place: string,
  kinds: Readonly<Record<K, { readonly keys: readonly string[] }>>,
): K => {
  if (typeof value !== 'object' || value === null || Array.isArray(value))
    throw documentError(label, place, 'is no object. Write { "type": … }.');
  const names = Object.keys(kinds) as K[];
  const keys = names.flatMap((name) => kinds[name].keys);
  const known = ['type', 'strength', ...keys];
  const typed = 'type' in value ? { type: value.type } : value;
  return new DocumentReader(typed, label, place, known).requiredWord('type', names);
};

const requirePair = (entry: DocumentReader, type: StrategyType, inputType: InputType): void => {
  const inputsOf = (name: StrategyType): readonly InputType[] => STRATEGIES[name].inputs;
  if (inputsOf(type).includes(inputType)) return;
  const others = (Object.keys(STRATEGIES) as StrategyType[]).filter((name) =>
    inputsOf(name).includes(inputType),
  );
  throw entry.error(
    '',
    `${type} does not go with ${inputType}. It goes with ${inputsOf(type).join(', ')}; ${inputType} goes with ${others.join(', ')}.`,
  );
};

const strengthOf = (entry: DocumentReader, strategy: DocumentReader): number | undefined => {
  if (entry.has('strength') && strategy.has('strength'))
    throw entry.error('strength', 'is in the strategy, too. Keep that one.');
  const holder = entry.has('strength') ? entry : strategy;
  return holder.number('strength', { least: -MOST_STRENGTH, most: MOST_STRENGTH });
};

/** Lightly's names of queries are passed over, since the caller brings these. */
const requireFrames = (input: DocumentReader, type: StrategyType): void => {
  if (input.has('task'))
    throw input.error(
      'task',
      'embeddings of objects are not supported. Leave it out to select by those of frames.',
    );
  for (const name of ['dataset_id', 'tag_name'])
    if (input.text(name) !== undefined && type !== 'SIMILARITY')
      throw input.error(name, `is for the queries of SIMILARITY. Leave it out for ${type}.`);
};

const numberSource = (input: DocumentReader, type: InputType): NumberSource => {
  if (type === 'METADATA') return { kind: 'metadata', key: input.requiredText('key') };
  const task = input.requiredText('task');
  if (type === 'SCORES') return { kind: 'score', task, score: input.requiredText('score') };
  if (input.requiredWord('name', PREDICTION_NAMES) === 'CLASS_DISTRIBUTION')
    throw input.error('name', 'CLASS_DISTRIBUTION goes with BALANCE only. Here it must be CATEGORY_COUNT.');
  const categories = input.texts('categories') ?? input.missing('categories', 'the names of categories');
  return { kind: 'category count', task, categories };
};

const classSource = (input: DocumentReader, type: InputType): ClassSource => {
  if (type === 'METADATA') return { kind: 'metadata', key: input.requiredText('key') };
  const task = input.requiredText('task');
  if (input.requiredWord('name', PREDICTION_NAMES) === 'CATEGORY_COUNT')
    throw input.error(
      'name',
      'CATEGORY_COUNT goes with WEIGHTS and THRESHOLD. Here it must be CLASS_DISTRIBUTION.',
    );
  if (input.has('categories'))
    throw input.error(
      'categories',
      'are for CATEGORY_COUNT. Leave them out; the target names those that matter.',
    );
  return { kind: 'class distribution', task };
};

const balanceTarget = (strategy: DocumentReader): BalanceTarget => {
  const target = strategy.raw('target');
  const distribution = strategy.word('distribution', ['TARGET', 'UNIFORM', 'INPUT']);
  if (distribution === 'UNIFORM' || distribution === 'INPUT') {
    if (target === undefined) return distribution === 'UNIFORM' ? 'uniform' : 'input';
    throw strategy.error('target', `contradicts the distribution ${distribution}. Leave one of them out.`);
  }
  if (target === undefined)
    return strategy.missing('target', 'shares of classes, or the distribution UNIFORM or INPUT');
  const shares = typeof target === 'object' && target !== null ? Object.entries(target) : [];
  if (Array.isArray(target) || shares.length === 0)
    throw strategy.error('target', 'has no shares of classes. Write { "class": 0.5 }.');
  let sum = 0;
  for (const [name, share] of shares) {
    if (typeof share !== 'number' || !(share >= 0 && share <= 1))
      throw strategy.error('target', `the share of ${quote(name)} is not a number in [0, 1].`);
    sum += share;
  }
  if (sum > 1 + SHARES_TOLERANCE)
    throw strategy.error('target', `the shares sum to ${sum}, and may sum to 1 at most.`);
  return Object.fromEntries(shares) as Readonly<Record<string, number>>;
};

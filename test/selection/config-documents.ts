// Selection configs at random, and documents that say them in either spelling.
import fc from 'fast-check';
import type {
  ConfiguredStrategy,
  ConfiguredThreshold,
  SelectionConfig,
} from '../../src/selection/selection-config.ts';

const name = fc.string({ minLength: 1 });
const share = fc.double({ min: 0.001, max: 1, noNaN: true });
const finite = fc.double({ noNaN: true, noDefaultInfinity: true });
const strength = fc.double({ min: -1e9, max: 1e9, noNaN: true });

const metadata = fc.record({ kind: fc.constant('metadata' as const), key: name });
const numbers = fc.oneof(
  metadata,
  fc.record({ kind: fc.constant('score' as const), task: name, score: name }),
  fc.record({
    kind: fc.constant('category count' as const),
    task: name,
    categories: fc.uniqueArray(name, { minLength: 1, maxLength: 3 }),
  }),
);
const classes = fc.oneof(
  metadata,
  fc.record({ kind: fc.constant('class distribution' as const), task: name }),
);
const targets = fc.oneof(
  fc.constantFrom('uniform' as const, 'input' as const),
  fc
    .dictionary(name, share, { minKeys: 1, maxKeys: 4, noNullPrototype: true })
    .map((shares) =>
      Object.fromEntries(
        Object.entries(shares).map(([key, each]) => [key, each / Object.keys(shares).length]),
      ),
    ),
);

const configuredStrategies: fc.Arbitrary<ConfiguredStrategy> = fc.oneof(
  fc.record({ type: fc.constant('diversity' as const), strength }, { requiredKeys: ['type'] }),
  fc.record({ type: fc.constant('similarity' as const), strength }, { requiredKeys: ['type'] }),
  fc.record(
    {
      type: fc.constant('typicality' as const),
      neighbours: fc.integer({ min: 2, max: 100 }),
      minimum: share,
      strength,
    },
    { requiredKeys: ['type'] },
  ),
  fc.record(
    { type: fc.constant('weights' as const), source: numbers, maxSum: share, strength },
    { requiredKeys: ['type', 'source'] },
  ),
  fc.record(
    { type: fc.constant('balance' as const), source: classes, target: targets, strength },
    { requiredKeys: ['type', 'source', 'target'] },
  ),
  fc.record({ type: fc.constant('random' as const), seed: fc.nat(), strength }, { requiredKeys: ['type'] }),
);
const configuredThresholds: fc.Arbitrary<ConfiguredThreshold> = fc.record({
  source: numbers,
  operation: fc.constantFrom('SMALLER', 'SMALLER_EQUAL', 'BIGGER', 'BIGGER_EQUAL'),
  threshold: finite,
});

/** With a minimum distance only where a diversity strategy can say it. */
export const configs: fc.Arbitrary<SelectionConfig> = fc
  .record({
    count: fc.oneof(
      fc.constant({}),
      fc.record({ nSamples: fc.integer({ min: 1 }) }),
      fc.record({ proportionSamples: share }),
    ),
    strategies: fc.array(configuredStrategies, { maxLength: 4 }),
    thresholds: fc.array(configuredThresholds, { maxLength: 2 }),
    minDistance: fc.option(share, { nil: undefined }),
  })
  .filter(({ strategies, thresholds }) => strategies.length + thresholds.length > 0)
  .map(({ count, strategies, thresholds, minDistance }) => {
    const isDiverse = strategies.some(({ type }) => type === 'diversity');
    return { ...count, strategies, thresholds, minDistance: isDiverse ? minDistance : undefined };
  });

/** What the Python client would send for it. */
export const documentOf = ({
  nSamples,
  proportionSamples,
  strategies,
  thresholds,
  minDistance,
}: SelectionConfig) => ({
  n_samples: nSamples,
  proportion_samples: proportionSamples,
  strategies: [
    ...strategies.map((strategy) => ({
      input: inputOf(strategy),
      strategy: { ...strategyOf(strategy, minDistance), strength: strategy.strength },
    })),
    ...thresholds.map(({ source, operation, threshold }) => ({
      input: sourceInput(source),
      strategy: { type: 'THRESHOLD', operation, threshold },
    })),
  ],
});

const strategyOf = (strategy: ConfiguredStrategy, minDistance: number | undefined): object => {
  switch (strategy.type) {
    case 'diversity':
      return { type: 'DIVERSITY', stopping_condition_minimum_distance: minDistance };
    case 'similarity':
      return { type: 'SIMILARITY' };
    case 'typicality':
      return {
        type: 'TYPICALITY',
        num_nearest_neighbors: strategy.neighbours,
        stopping_condition_minimum_typicality: strategy.minimum,
      };
    case 'weights':
      return { type: 'WEIGHTS', stopping_condition_max_sum: strategy.maxSum };
    case 'random':
      return { type: 'WEIGHTS' };
    case 'balance':
      return typeof strategy.target === 'string'
        ? { type: 'BALANCE', distribution: strategy.target.toUpperCase() }
        : { type: 'BALANCE', target: strategy.target };
  }
};

const inputOf = (strategy: ConfiguredStrategy): object => {
  if (strategy.type === 'random') return { type: 'RANDOM', random_seed: strategy.seed };
  return 'source' in strategy && strategy.source ? sourceInput(strategy.source) : { type: 'EMBEDDINGS' };
};

type Source = ConfiguredThreshold['source'] | Extract<ConfiguredStrategy, { type: 'balance' }>['source'];

const sourceInput = (source: Source): object => {
  switch (source.kind) {
    case 'metadata':
      return { type: 'METADATA', key: source.key };
    case 'score':
      return { type: 'SCORES', task: source.task, score: source.score };
    case 'category count':
      return {
        type: 'PREDICTIONS',
        task: source.task,
        name: 'CATEGORY_COUNT',
        categories: source.categories,
      };
    case 'class distribution':
      return { type: 'PREDICTIONS', task: source.task, name: 'CLASS_DISTRIBUTION' };
  }
};

const WORDS = ['type', 'operation', 'distribution', 'name'];

/** The document with each key in the spelling of the client or of the API, and each word in capitals or not. */
export const respelt = (document: object, choices: Iterator<boolean>): Record<string, unknown> =>
  Object.fromEntries(
    Object.entries(document)
      .filter(([, value]) => value !== undefined)
      .map(([key, value]) => [
        choices.next().value
          ? key.replace(/_(?<letter>.)/g, (_, letter: string) => letter.toUpperCase())
          : key,
        key === 'strategies' || key === 'input' || key === 'strategy'
          ? respeltPart(value, choices)
          : WORDS.includes(key) && choices.next().value
            ? String(value).toLowerCase()
            : value,
      ]),
  );

const respeltPart = (value: unknown, choices: Iterator<boolean>): unknown =>
  Array.isArray(value)
    ? value.map((each: object) => respelt(each, choices))
    : respelt(value as object, choices);

interface Placed {
  readonly map: Record<string, unknown>;
  readonly place: string;
}

/** All maps of a document whose keys are Lightly's. */
export const mapsOf = (document: Record<string, unknown>): readonly Placed[] => [
  { map: document, place: '' },
  ...(document['strategies'] as Record<string, Record<string, unknown>>[]).flatMap((entry, i) => [
    { map: entry, place: `strategies[${i}]` },
    { map: entry['input']!, place: `strategies[${i}].input` },
    { map: entry['strategy']!, place: `strategies[${i}].strategy` },
  ]),
];

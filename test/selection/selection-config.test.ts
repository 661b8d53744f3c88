import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { parseSelectionConfig, type SelectionConfig } from '../../src/selection/selection-config.ts';
import { thrownBy } from '../support/thrown-by.ts';
import { configs, documentOf, mapsOf, respelt } from './config-documents.ts';

const parse = (document: unknown) => parseSelectionConfig(document, 'selection.json');

const withEntry = (input: object, strategy: object) => ({ n_samples: 5, strategies: [{ input, strategy }] });

const EMBEDDINGS = { type: 'EMBEDDINGS' };
const QUERIES = { ...EMBEDDINGS, dataset_id: 'a1', tag_name: 'initial-tag' };
const SCORES = { type: 'SCORES', task: 'detector', score: 'uncertainty_entropy' };
const METADATA = { type: 'METADATA', key: 'lightly.sharpness' };
const COUNT = { type: 'PREDICTIONS', task: 'detector', name: 'CATEGORY_COUNT', categories: ['car', 'bus'] };
const CLASSES = { type: 'PREDICTIONS', task: 'weather', name: 'CLASS_DISTRIBUTION' };
const RANDOM = { type: 'RANDOM', random_seed: 42 };

const SCORE_SOURCE = { kind: 'score', task: 'detector', score: 'uncertainty_entropy' } as const;
const KEY_SOURCE = { kind: 'metadata', key: 'lightly.sharpness' } as const;
const COUNT_SOURCE = { kind: 'category count', task: 'detector', categories: ['car', 'bus'] } as const;

/** Every pair of input and strategy that Lightly's documentation has, and what it comes to. */
const PAIRS: readonly (readonly [string, object, object, Partial<SelectionConfig>])[] = [
  ['visual diversity', EMBEDDINGS, { type: 'DIVERSITY' }, { strategies: [{ type: 'diversity' }] }],
  [
    'diversity of some strength that stops',
    EMBEDDINGS,
    { type: 'DIVERSITY', stopping_condition_minimum_distance: 0.2, strength: 0.6 },
    { strategies: [{ type: 'diversity', strength: 0.6 }], minDistance: 0.2 },
  ],
  ['typicality', EMBEDDINGS, { type: 'TYPICALITY' }, { strategies: [{ type: 'typicality' }] }],
  [
    'typicality that stops',
    EMBEDDINGS,
    { type: 'TYPICALITY', num_nearest_neighbors: 20, stopping_condition_minimum_typicality: 0.5 },
    { strategies: [{ type: 'typicality', neighbours: 20, minimum: 0.5 }] },
  ],
  ['similarity search', QUERIES, { type: 'SIMILARITY' }, { strategies: [{ type: 'similarity' }] }],
  [
    'active learning',
    SCORES,
    { type: 'WEIGHTS' },
    { strategies: [{ type: 'weights', source: SCORE_SOURCE }] },
  ],
  [
    'weights of metadata up to a sum',
    METADATA,
    { type: 'WEIGHTS', stopping_condition_max_sum: 1000 },
    { strategies: [{ type: 'weights', source: KEY_SOURCE, maxSum: 1000 }] },
  ],
  [
    'few objects',
    COUNT,
    { type: 'WEIGHTS', strength: -1 },
    { strategies: [{ type: 'weights', source: COUNT_SOURCE, strength: -1 }] },
  ],
  ['chance', RANDOM, { type: 'WEIGHTS' }, { strategies: [{ type: 'random', seed: 42 }] }],
  [
    'sharp frames only',
    METADATA,
    { type: 'THRESHOLD', threshold: 20, operation: 'BIGGER' },
    { thresholds: [{ source: KEY_SOURCE, operation: 'BIGGER', threshold: 20 }] },
  ],
  [
    'scores from a limit on',
    SCORES,
    { type: 'THRESHOLD', threshold: 0.5, operation: 'BIGGER_EQUAL' },
    { thresholds: [{ source: SCORE_SOURCE, operation: 'BIGGER_EQUAL', threshold: 0.5 }] },
  ],
  [
    'frames without objects',
    COUNT,
    { type: 'THRESHOLD', threshold: 1, operation: 'SMALLER' },
    { thresholds: [{ source: COUNT_SOURCE, operation: 'SMALLER', threshold: 1 }] },
  ],
  [
    'balanced objects',
    CLASSES,
    { type: 'BALANCE', target: { Ambulance: 0.4, Bus: 0.6 } },
    {
      strategies: [
        {
          type: 'balance',
          source: { kind: 'class distribution', task: 'weather' },
          target: { Ambulance: 0.4, Bus: 0.6 },
        },
      ],
    },
  ],
  [
    'balanced metadata',
    METADATA,
    { type: 'BALANCE', distribution: 'TARGET', target: { sunny: 0.2, cloudy: 0.4 } },
    { strategies: [{ type: 'balance', source: KEY_SOURCE, target: { sunny: 0.2, cloudy: 0.4 } }] },
  ],
  [
    'metadata as they come',
    METADATA,
    { type: 'BALANCE', distribution: 'INPUT' },
    { strategies: [{ type: 'balance', source: KEY_SOURCE, target: 'input' }] },
  ],
];

describe("Lightly's selection_config", () => {
  it.each(PAIRS)('holds %s', (_, input, strategy, expected) => {
    expect(parse(withEntry(input, strategy))).toEqual({
      nSamples: 5,
      strategies: [],
      thresholds: [],
      ...expected,
    });
  });

  it('keeps strategies in their order, and thresholds apart', () => {
    const strategies = PAIRS.map(([, input, strategy]) => ({ input, strategy }));
    expect(parse({ proportion_samples: 0.1, strategies })).toEqual({
      proportionSamples: 0.1,
      strategies: PAIRS.flatMap(([, , , expected]) => expected.strategies ?? []),
      thresholds: PAIRS.flatMap(([, , , expected]) => expected.thresholds ?? []),
      minDistance: 0.2,
    });
  });

  it('may have a strength beside the strategy, as an example of the documentation does', () => {
    const entry = { input: EMBEDDINGS, strategy: { type: 'DIVERSITY' }, strength: 2 };
    expect(parse({ strategies: [entry] }).strategies).toEqual([{ type: 'diversity', strength: 2 }]);
  });

  it('may be a dump of the client, where null stands for what no one gave', () => {
    const nothing = { threshold: null, operation: null, target_range: null };
    const input = { ...EMBEDDINGS, task: null, key: null, random_seed: null };
    expect(parse(withEntry(input, { type: 'DIVERSITY', strength: null, ...nothing }))).toEqual({
      nSamples: 5,
      strategies: [{ type: 'diversity' }],
      thresholds: [],
    });
  });

  it('is the same in the spelling of the API, and null is nothing', () => {
    const strategies = [
      {
        input: { type: 'EMBEDDINGS', datasetId: null },
        strategy: { type: 'DIVERSITY', stoppingConditionMinimumDistance: 0.1 },
      },
      { input: METADATA, strategy: { type: 'balance', distribution: 'uniform' } },
    ];
    expect(parse({ nSamples: null, proportionSamples: 0.1, strategies, autoTasks: [] })).toEqual({
      proportionSamples: 0.1,
      strategies: [
        { type: 'diversity' },
        { type: 'balance', source: { kind: 'metadata', key: 'lightly.sharpness' }, target: 'uniform' },
      ],
      thresholds: [],
      minDistance: 0.1,
    });
  });

  it('need not say how many, and of several distances the largest counts', () => {
    const diverse = (distance: number) => ({
      input: EMBEDDINGS,
      strategy: { type: 'DIVERSITY', stopping_condition_minimum_distance: distance },
    });
    expect(parse({ strategies: [diverse(0.1), diverse(0.3)] })).toMatchObject({ minDistance: 0.3 });
  });

  it.each([
    [[], 'selection.json: [] is no object. Write { "key": value }.'],
    [{ n_samples: 5 }, 'selection.json, strategies: there must be a list of at least one strategy.'],
    [{ n_sample: 5 }, 'selection.json: unknown key "n_sample". Did you mean n_samples?'],
    [{ nSample: 5 }, 'selection.json: unknown key "nSample". Did you mean nSamples?'],
    [{ n_samples: 5, nSamples: 5 }, 'selection.json, nSamples: is there twice, in two spellings. Keep one.'],
    [{ n_samples: 1.5 }, 'selection.json, n_samples: 1.5 is not a whole number of at least 1.'],
    [{ proportion_samples: 0 }, 'selection.json, proportion_samples: 0 is not a number in (0, 1].'],
    [
      { n_samples: 5, proportion_samples: 0.5 },
      'selection.json: n_samples and proportion_samples exclude each other. Keep one of them.',
    ],
    [
      withEntry(EMBEDDINGS, { type: 'DIVERSITY', strenght: 2 }),
      'selection.json, strategies[0].strategy: unknown key "strenght". Did you mean strength?',
    ],
    [
      withEntry(EMBEDDINGS, { type: 'DIVERSTY' }),
      'selection.json, strategies[0].strategy.type: "DIVERSTY" is not one of DIVERSITY, SIMILARITY, TYPICALITY, WEIGHTS, THRESHOLD, BALANCE. Did you mean DIVERSITY?',
    ],
    [
      withEntry(EMBEDDINGS, { type: 'WEIGHTS' }),
      'selection.json, strategies[0]: WEIGHTS does not go with EMBEDDINGS. It goes with SCORES, METADATA, PREDICTIONS, RANDOM; EMBEDDINGS goes with DIVERSITY, SIMILARITY, TYPICALITY.',
    ],
    [
      withEntry({ ...EMBEDDINGS, task: 'detector' }, { type: 'DIVERSITY' }),
      'selection.json, strategies[0].input.task: embeddings of objects are not supported. Leave it out to select by those of frames.',
    ],
    [
      withEntry({ type: 'METADATA' }, { type: 'WEIGHTS' }),
      'selection.json, strategies[0].input.key: is missing. Give a value.',
    ],
    [
      withEntry(METADATA, { type: 'THRESHOLD', threshold: 1 }),
      'selection.json, strategies[0].strategy.operation: is missing. Give one of SMALLER, SMALLER_EQUAL, BIGGER, BIGGER_EQUAL.',
    ],
    [
      withEntry(METADATA, { type: 'BALANCE' }),
      'selection.json, strategies[0].strategy.target: is missing. Give shares of classes, or the distribution UNIFORM or INPUT.',
    ],
    [
      withEntry(METADATA, { type: 'BALANCE', distribution: 'INPUT', target: { a: 1 } }),
      'selection.json, strategies[0].strategy.target: contradicts the distribution INPUT. Leave one of them out.',
    ],
    [
      withEntry(METADATA, { type: 'BALANCE', target: { a: 0.7, b: 0.7 } }),
      'selection.json, strategies[0].strategy.target: the shares sum to 1.4, and may sum to 1 at most.',
    ],
    [
      withEntry(CLASSES, { type: 'WEIGHTS' }),
      'selection.json, strategies[0].input.name: CLASS_DISTRIBUTION goes with BALANCE only. Here it must be CATEGORY_COUNT.',
    ],
    [
      withEntry(EMBEDDINGS, { type: 'TYPICALITY', num_nearest_neighbors: 1 }),
      'selection.json, strategies[0].strategy.num_nearest_neighbors: 1 is not a whole number of at least 2.',
    ],
    [
      withEntry(EMBEDDINGS, { type: 'DIVERSITY', strength: 2e9 }),
      'selection.json, strategies[0].strategy.strength: 2000000000 is not a number in [-1000000000, 1000000000].',
    ],
    [
      { n_samples: 1, strategies: [{ input: EMBEDDINGS }] },
      'selection.json, strategies[0].strategy: is missing. Give both input and strategy.',
    ],
    [
      { strategies: [{ input: EMBEDDINGS, strategy: 'DIVERSITY' }] },
      'selection.json, strategies[0].strategy: is no object. Write { "type": … }.',
    ],
    [{ strategies: [null] }, 'selection.json, strategies[0]: null is no object. Write { "key": value }.'],
    [{ strategies: [] }, 'selection.json, strategies: there must be a list of at least one strategy.'],
    [
      { lightly_path_regex: '(?P<camera>.*)/', strategies: [] },
      'selection.json, lightly_path_regex: is of the platform. Embed the files that you want, with --include.',
    ],
    [
      { autoTasks: [{ type: 'TILING', name: 'tiles' }], strategies: [] },
      'selection.json, autoTasks: are of the platform. Give predictions of your own.',
    ],
    [
      { strategies: [{ input: EMBEDDINGS, strategy: { type: 'DIVERSITY', strength: 1 }, strength: 2 }] },
      'selection.json, strategies[0].strength: is in the strategy, too. Keep that one.',
    ],
    [
      withEntry(EMBEDDINGS, { tpye: 'DIVERSITY' }),
      'selection.json, strategies[0].strategy: unknown key "tpye". Did you mean type?',
    ],
    [
      withEntry(EMBEDDINGS, { type: 'DIVERSITY', threshold: 2 }),
      'selection.json, strategies[0].strategy: unknown key "threshold". Its keys are type, strength, stopping_condition_minimum_distance.',
    ],
    [
      withEntry(EMBEDDINGS, { strength: 1 }),
      'selection.json, strategies[0].strategy.type: is missing. Give one of DIVERSITY, SIMILARITY, TYPICALITY, WEIGHTS, THRESHOLD, BALANCE.',
    ],
    [
      withEntry({ type: 'PIXELS' }, { type: 'DIVERSITY' }),
      'selection.json, strategies[0].input.type: "PIXELS" is not one of EMBEDDINGS, SCORES, PREDICTIONS, METADATA, RANDOM.',
    ],
    [
      withEntry({ type: 3 }, { type: 'DIVERSITY' }),
      'selection.json, strategies[0].input.type: 3 is no text with something in it.',
    ],
    [
      withEntry(QUERIES, { type: 'TYPICALITY' }),
      'selection.json, strategies[0].input.dataset_id: is for the queries of SIMILARITY. Leave it out for TYPICALITY.',
    ],
    [
      withEntry({ ...EMBEDDINGS, tag_name: 7 }, { type: 'SIMILARITY' }),
      'selection.json, strategies[0].input.tag_name: 7 is no text with something in it.',
    ],
    [
      withEntry(EMBEDDINGS, { type: 'DIVERSITY', stopping_condition_minimum_distance: -1 }),
      'selection.json, strategies[0].strategy.stopping_condition_minimum_distance: -1 is not a number of at least 0.',
    ],
    [
      withEntry(EMBEDDINGS, { type: 'TYPICALITY', stoppingConditionMinimumTypicality: 1.5 }),
      'selection.json, strategies[0].strategy.stoppingConditionMinimumTypicality: 1.5 is not a number in (0, 1].',
    ],
    [
      withEntry(METADATA, { type: 'WEIGHTS', stopping_condition_max_sum: 0 }),
      'selection.json, strategies[0].strategy.stopping_condition_max_sum: 0 is not a number above 0.',
    ],
    [
      withEntry(RANDOM, { type: 'WEIGHTS', stopping_condition_max_sum: 3 }),
      'selection.json, strategies[0].strategy.stopping_condition_max_sum: has no meaning for RANDOM. Leave it out.',
    ],
    [
      withEntry({ type: 'RANDOM', random_seed: -1 }, { type: 'WEIGHTS' }),
      'selection.json, strategies[0].input.random_seed: -1 is not a whole number of at least 0.',
    ],
    [
      withEntry({ type: 'SCORES', task: '', score: 'x' }, { type: 'WEIGHTS' }),
      'selection.json, strategies[0].input.task: "" is no text with something in it.',
    ],
    [
      withEntry({ type: 'SCORES', task: 'detector' }, { type: 'WEIGHTS' }),
      'selection.json, strategies[0].input.score: is missing. Give a value.',
    ],
    [
      withEntry(METADATA, { type: 'THRESHOLD', operation: 'BIGGER' }),
      'selection.json, strategies[0].strategy.threshold: is missing. Give a number.',
    ],
    [
      withEntry(METADATA, { type: 'THRESHOLD', threshold: '20', operation: 'BIGGER' }),
      'selection.json, strategies[0].strategy.threshold: "20" is not a number.',
    ],
    [
      withEntry({ type: 'PREDICTIONS', task: 'detector' }, { type: 'WEIGHTS' }),
      'selection.json, strategies[0].input.name: is missing. Give one of CLASS_DISTRIBUTION, CATEGORY_COUNT.',
    ],
    [
      withEntry({ ...COUNT, categories: null }, { type: 'WEIGHTS' }),
      'selection.json, strategies[0].input.categories: is missing. Give the names of categories.',
    ],
    [
      withEntry({ ...COUNT, categories: [] }, { type: 'WEIGHTS' }),
      'selection.json, strategies[0].input.categories: [] is no list of texts. Write ["…"].',
    ],
    [
      withEntry({ ...COUNT, categories: ['car', 'bus', 'car'] }, { type: 'WEIGHTS' }),
      'selection.json, strategies[0].input.categories: "car" is there twice. Keep one.',
    ],
    [
      withEntry(COUNT, { type: 'BALANCE', distribution: 'UNIFORM' }),
      'selection.json, strategies[0].input.name: CATEGORY_COUNT goes with WEIGHTS and THRESHOLD. Here it must be CLASS_DISTRIBUTION.',
    ],
    [
      withEntry({ ...CLASSES, categories: ['car'] }, { type: 'BALANCE', distribution: 'UNIFORM' }),
      'selection.json, strategies[0].input.categories: are for CATEGORY_COUNT. Leave them out; the target names those that matter.',
    ],
    [
      withEntry(METADATA, { type: 'BALANCE', target: ['sunny'] }),
      'selection.json, strategies[0].strategy.target: has no shares of classes. Write { "class": 0.5 }.',
    ],
    [
      withEntry(METADATA, { type: 'BALANCE', target: {} }),
      'selection.json, strategies[0].strategy.target: has no shares of classes. Write { "class": 0.5 }.',
    ],
    [
      withEntry(METADATA, { type: 'BALANCE', target: { sunny: 1.2 } }),
      'selection.json, strategies[0].strategy.target: the share of "sunny" is not a number in [0, 1].',
    ],
  ])('%j: %s', (document, message) => {
    const error = thrownBy(() => parse(document));
    expect(error).toEqual({ code: 'ERR_CONFIG', message });
  });

  it('is read the same, however its keys and words are spelt', () => {
    fc.assert(
      fc.property(configs, fc.infiniteStream(fc.boolean()), (config, choices) => {
        expect(parse(respelt(documentOf(config), choices))).toEqual(config);
      }),
    );
  });

  it('names any key that is misspelt, with its place', () => {
    fc.assert(
      fc.property(
        configs,
        fc.infiniteStream(fc.boolean()),
        fc.nat(),
        fc.nat(),
        (config, choices, key, at) => {
          const document = respelt(documentOf(config), choices);
          const places = mapsOf(document).flatMap(({ map, place }) =>
            Object.keys(map).map((name) => ({ map, place, name })),
          );
          const { map, place, name } = places[key % places.length]!;
          const split = at % (name.length + 1);
          const misspelt = `${name.slice(0, split)}q${name.slice(split)}`;
          map[misspelt] = map[name];
          delete map[name];
          const where = place === '' ? '' : `, ${place}`;
          expect(thrownBy(() => parse(document))).toEqual({
            code: 'ERR_CONFIG',
            message: `selection.json${where}: unknown key "${misspelt}". Did you mean ${name}?`,
          });
        },
      ),
    );
  });
});

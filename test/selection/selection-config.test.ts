import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { parseSelectionConfig } from '../../src/selection/selection-config.ts';
import { thrownBy } from '../support/thrown-by.ts';

const parse = (document: unknown) => parseSelectionConfig(document, 'selection.json');

const withEntry = (input: object, strategy: object) => ({ n_samples: 5, strategies: [{ input, strategy }] });

const EMBEDDINGS = { type: 'EMBEDDINGS' };
const SCORES = { type: 'SCORES', task: 'detector', score: 'uncertainty_entropy' };
const METADATA = { type: 'METADATA', key: 'lightly.sharpness' };
const COUNT = { type: 'PREDICTIONS', task: 'detector', name: 'CATEGORY_COUNT', categories: ['car', 'bus'] };
const CLASSES = { type: 'PREDICTIONS', task: 'weather', name: 'CLASS_DISTRIBUTION' };

describe("Lightly's selection_config", () => {
  it('is read as its documentation has it', () => {
    expect(
      parse({
        n_samples: 100,
        strategies: [
          {
            input: EMBEDDINGS,
            strategy: { type: 'DIVERSITY', stopping_condition_minimum_distance: 0.2, strength: 0.6 },
          },
          { input: EMBEDDINGS, strategy: { type: 'TYPICALITY', num_nearest_neighbors: 20 } },
          {
            input: { ...EMBEDDINGS, dataset_id: 'a1', tag_name: 'initial' },
            strategy: { type: 'SIMILARITY' },
          },
          { input: SCORES, strategy: { type: 'WEIGHTS' } },
          { input: METADATA, strategy: { type: 'THRESHOLD', threshold: 20, operation: 'BIGGER' } },
          { input: COUNT, strategy: { type: 'WEIGHTS', strength: -1 } },
          { input: CLASSES, strategy: { type: 'BALANCE', target: { sunny: 0.5, rain: 0.3 } } },
          { input: { type: 'RANDOM', random_seed: 42 }, strategy: { type: 'WEIGHTS' } },
        ],
      }),
    ).toEqual({
      nSamples: 100,
      strategies: [
        { type: 'diversity', strength: 0.6 },
        { type: 'typicality', neighbours: 20 },
        { type: 'similarity' },
        { type: 'weights', source: { kind: 'score', task: 'detector', score: 'uncertainty_entropy' } },
        {
          type: 'weights',
          source: { kind: 'category count', task: 'detector', categories: ['car', 'bus'] },
          strength: -1,
        },
        {
          type: 'balance',
          source: { kind: 'class distribution', task: 'weather' },
          target: { sunny: 0.5, rain: 0.3 },
        },
        { type: 'random', seed: 42 },
      ],
      thresholds: [
        { source: { kind: 'metadata', key: 'lightly.sharpness' }, operation: 'BIGGER', threshold: 20 },
      ],
      minDistance: 0.2,
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
      'selection.json, strategies[0].strategy.target: is missing. Give shares of classes, or a distribution.',
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
  ])('%j: %s', (document, message) => {
    const error = thrownBy(() => parse(document));
    expect(error).toEqual({ code: 'ERR_CONFIG', message });
  });

  it('names any key that is misspelt', () => {
    const whole = withEntry(EMBEDDINGS, {
      type: 'DIVERSITY',
      strength: 1,
      stopping_condition_minimum_distance: 0.1,
    });
    const keys = [
      'n_samples',
      'strategies',
      'input',
      'strategy',
      'strength',
      'stopping_condition_minimum_distance',
    ];
    fc.assert(
      fc.property(fc.constantFrom(...keys), fc.nat(40), (key, at) => {
        const place = at % (key.length + 1);
        const misspelt = `${key.slice(0, place)}x${key.slice(place)}`;
        const text = JSON.stringify(whole).replace(`"${key}":`, `"${misspelt}":`);
        expect(thrownBy(() => parse(JSON.parse(text)))?.message).toContain(`unknown key "${misspelt}"`);
      }),
    );
  });
});

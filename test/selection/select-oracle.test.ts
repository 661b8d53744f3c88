import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { matrixFromRows } from '../../src/base/matrix.ts';
import { unitRows } from '../../src/selection/distances.ts';
import { select } from '../../src/selection/select.ts';
import type { Strategy } from '../../src/selection/strategy.ts';
import { naiveSelect } from './naive-select.ts';
import { poolFrom, poolShapes } from './pools.ts';

const DIVERSITY: Strategy = { type: 'diversity' };
const WEIGHT: Strategy = { type: 'weights', column: 'weight' };

const strategySets = (dimensions: number): readonly (readonly Strategy[])[] => {
  const queries = unitRows(
    matrixFromRows([Array(dimensions).fill(1), Array.from({ length: dimensions }, (_, i) => i + 0.3)]),
  );
  return [
    [DIVERSITY],
    [WEIGHT],
    [DIVERSITY, WEIGHT],
    [
      { ...DIVERSITY, strength: 0.4 },
      { type: 'weights', column: 'quality', strength: -1.5 },
    ],
    [{ ...DIVERSITY, strength: -1 }, WEIGHT],
    [DIVERSITY, { type: 'typicality', neighbours: 3 }],
    [WEIGHT, { type: 'typicality', strength: -2 }],
    [
      { type: 'similarity', queries },
      { ...DIVERSITY, strength: 0.7 },
    ],
    [{ type: 'balance', classes: 'objects', target: { car: 0.5, dog: 0.3, tree: 0.2 } }, WEIGHT],
    [DIVERSITY, { type: 'balance', classes: 'objects', target: { car: 0.5, dog: 0.3, tree: 0.2 } }],
    [{ type: 'balance', classes: 'objects', target: 'uniform' }, WEIGHT],
    [DIVERSITY, { type: 'balance', classes: 'objects', target: 'input' }],
    [{ type: 'balance', classes: 'objects', target: { dog: 0.6 } }, WEIGHT],
    [
      { type: 'balance', classes: 'objects', target: 'input', strength: 2 },
      { type: 'balance', classes: 'objects', target: 'uniform' },
    ],
    [{ type: 'time' }],
    [{ type: 'time' }, WEIGHT, DIVERSITY],
    [{ type: 'random' }],
    [{ type: 'random', seed: 9, strength: 2 }, WEIGHT, DIVERSITY],
    [
      { type: 'random', seed: 1 },
      { type: 'random', seed: 2, strength: -1 },
    ],
    [DIVERSITY, { type: 'typicality', neighbours: 3, minimum: 0.6, strength: 0 }],
    [{ type: 'typicality', minimum: 0.5 }, WEIGHT],
    [{ type: 'weights', column: 'weight', maxSum: 4 }, DIVERSITY],
    [WEIGHT, { type: 'weights', column: 'quality', strength: 0, maxSum: 30 }],
    [WEIGHT, { type: 'weights', column: 'quality' }],
  ];
};

const constraintSets = fc.record(
  {
    count: fc.integer({ min: 0, max: 40 }),
    minDistance: fc.double({ min: 0, max: 1, noNaN: true }),
    minGapSeconds: fc.integer({ min: 0, max: 12 }).map((quarters) => quarters / 4),
    proportion: fc.double({ min: 0, max: 1, noNaN: true }),
    start: fc.constantFrom('first' as const, 'medoid' as const),
    thresholds: fc.array(
      fc.record({
        column: fc.constant('weight'),
        operation: fc.constantFrom('SMALLER', 'SMALLER_EQUAL', 'BIGGER', 'BIGGER_EQUAL' as const),
        // Some are exactly the value of a candidate.
        threshold: fc.oneof(fc.double({ min: 0, max: 1, noNaN: true }), fc.nat({ max: 29 })),
      }),
      { maxLength: 2 },
    ),
  },
  { requiredKeys: [] },
);

describe('the greedy rule', () => {
  it('picks what a double loop over all candidates picks, lazily or not', { timeout: 300_000 }, async () => {
    await fc.assert(
      fc.asyncProperty(
        poolShapes,
        constraintSets,
        fc.record({
          max: fc.integer({ min: 1, max: 8 }),
          min: fc.constantFrom(0, 1),
          allocate: fc.constantFrom(undefined, undefined, 'uniform', 'proportional', 'sqrt' as const),
        }),
        fc.nat({ max: 2 ** 20 }),
        fc.nat({ max: strategySets(1).length - 1 }),
        async (shape, constraints, perVideo, mask, which) => {
          const base = poolFrom(shape);
          const pool = {
            ...base,
            excluded: base.video.map((_, i) => (((mask >> (i % 20)) & 7) === 7 ? 1 : 0)),
          };
          const strategies = strategySets(shape.dimensions)[which]!;
          const preselected = [...pool.video.keys()].filter(
            (i) => !pool.excluded[i] && ((mask >> (i % 19)) & 15) === 5,
          );
          const { count = 40, proportion } = constraints;
          const isCounted = constraints.count !== undefined || proportion !== undefined;
          const allocate = isCounted ? perVideo.allocate : undefined;
          const isOwed =
            count >= 4 + preselected.length && proportion === undefined && allocate === undefined;
          const options = {
            ...constraints,
            thresholds: (constraints.thresholds ?? []).map((each) => ({
              ...each,
              threshold: Number.isInteger(each.threshold)
                ? pool.columns.weight[each.threshold % shape.count]!
                : each.threshold,
            })),
            strategies,
            preselected,
            perVideo: { max: perVideo.max, min: isOwed ? perVideo.min : 0, allocate },
          };
          const expected = naiveSelect(pool, options);
          expect((await select(pool, options)).indices).toEqual(expected);
          expect((await select(pool, { ...options, isLazy: false })).indices).toEqual(expected);
        },
      ),
      { numRuns: 800 },
    );
  });
});

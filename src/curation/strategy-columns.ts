// What strategies and thresholds look at, as columns of numbers and classes: out of metadata and predictions.
import { matrixOf } from '../base/matrix.ts';
import type { ClassShares } from '../selection/candidates.ts';
import type { ClassSource, NumberSource } from '../selection/selection-config.ts';
import type { Strategy } from '../selection/strategy.ts';
import type { Threshold } from '../selection/threshold.ts';
import type { FrameKnowledge } from './knowledge.ts';
import type { FrameStrategy, SelectionRules } from './rules.ts';

export interface ResolvedRules {
  readonly strategies: readonly Strategy[];
  readonly thresholds: readonly Threshold[];
  readonly columns: Readonly<Record<string, Float64Array>>;
  readonly classes: Readonly<Record<string, ClassShares>>;
}

/**
 * @param excluded 1 for frames that nobody looks at; as many as there are to choose from. Columns get zeros for what is
 *   added behind those of the table
 * @throws ERR_OPTION, ERR_METADATA, and what reading the files throws
 */
export const resolveRules = async (
  { strategies = [], thresholds = [], seed }: SelectionRules,
  knowledge: FrameKnowledge,
  excluded: Uint8Array,
): Promise<ResolvedRules> => {
  const columns: Record<string, Float64Array> = {};
  const classes: Record<string, ClassShares> = {};
  const column = async (source: NumberSource): Promise<string> => {
    const name = nameOf(source);
    columns[name] ??= padded(await numbersOf(source, knowledge, excluded), excluded.length);
    return name;
  };
  const resolved: Strategy[] = [];
  for (const strategy of strategies) resolved.push(await resolve(strategy));
  const limits: Threshold[] = [];
  for (const { source, operation, threshold } of thresholds)
    limits.push({ column: await column(source), operation, threshold });
  return { strategies: resolved, thresholds: limits, columns, classes };

  async function resolve(strategy: FrameStrategy): Promise<Strategy> {
    switch (strategy.type) {
      case 'weights': {
        const { source, maxSum, strength } = strategy;
        return { type: 'weights', column: await column(source), maxSum, strength };
      }
      case 'balance': {
        const { source, target, strength } = strategy;
        const name = nameOf(source);
        classes[name] ??= paddedClasses(await classesOf(source, knowledge, excluded), excluded.length);
        return { type: 'balance', classes: name, target, strength };
      }
      case 'similarity':
        return {
          type: 'similarity',
          queries: await (strategy.source === undefined
            ? knowledge.queries()
            : knowledge.framesWith(strategy.source)),
          strength: strategy.strength,
        };
      case 'random':
        return { ...strategy, seed: strategy.seed ?? seed };
      default:
        return strategy;
    }
  }
};

/** The heading of a column in selection.csv, and what messages call it: as the command line writes it. */
const nameOf = (source: NumberSource | ClassSource): string => {
  switch (source.kind) {
    case 'metadata':
      return source.key;
    case 'score':
      return `score:${source.task}/${source.score}`;
    case 'category count':
      return `count:${source.task}/${source.categories.join('+')}`;
    case 'class distribution':
      return `classes:${source.task}`;
  }
};

const numbersOf = async (
  source: NumberSource,
  knowledge: FrameKnowledge,
  excluded: Uint8Array,
): Promise<Float64Array> => {
  switch (source.kind) {
    case 'metadata':
      return (await knowledge.metadata()).numbers(source.key, excluded);
    case 'score':
      return (await knowledge.predictions()).scores(source.task, source.score);
    case 'category count':
      return (await knowledge.predictions()).categoryCounts(source.task, source.categories);
  }
};

const classesOf = async (
  source: ClassSource,
  knowledge: FrameKnowledge,
  excluded: Uint8Array,
): Promise<ClassShares> =>
  source.kind === 'metadata'
    ? (await knowledge.metadata()).classes(source.key, excluded)
    : (await knowledge.predictions()).classDistribution(source.task);

const padded = (numbers: Float64Array, count: number): Float64Array => {
  const longer = new Float64Array(count);
  longer.set(numbers);
  return longer;
};

const paddedClasses = ({ names, rows }: ClassShares, count: number): ClassShares => {
  const data = new Float32Array(count * rows.columns);
  data.set(rows.data);
  return { names, rows: matrixOf(data, count, rows.columns) };
};

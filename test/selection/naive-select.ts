// The greedy rule written down as it is said: at each step all objectives of all candidates, multiplied.
import type { SelectOptions } from '../../src/selection/select.ts';
import type { Strategy } from '../../src/selection/strategy.ts';
import type { TestPool } from './pools.ts';

/** Euclidean distance of two rows. */
export const distanceOf = (
  { rows: { columns, data } }: Pick<TestPool, 'rows'>,
  a: number,
  b: number,
): number => {
  let sum = 0;
  for (let i = 0; i < columns; i++) sum += (data[a * columns + i]! - data[b * columns + i]!) ** 2;
  return Math.sqrt(sum);
};

const naiveTypicality = (pool: TestPool, candidate: number, neighbours: number): number => {
  const others: number[] = [];
  for (let i = 0; i < pool.count; i++)
    if (i !== candidate && !pool.excluded?.[i]) others.push(distanceOf(pool, candidate, i));
  const near = others.sort((a, b) => a - b).slice(0, neighbours);
  if (near.length === 0) return 1;
  return 1 / (near.reduce((sum, each) => sum + each, 0) / near.length + 1e-5);
};

const naiveObjective = (
  pool: TestPool,
  strategy: Strategy,
  candidate: number,
  picks: readonly number[],
): number => {
  switch (strategy.type) {
    case 'diversity':
      return picks.length === 0 ? 1 : Math.min(...picks.map((pick) => distanceOf(pool, candidate, pick)));
    case 'weights':
      return pool.columns[strategy.column as 'weight']![candidate]!;
    case 'typicality':
      return naiveTypicality(pool, candidate, strategy.neighbours ?? 20);
    case 'similarity': {
      const { columns, data, rows } = strategy.queries;
      const cosines = Array.from({ length: rows }, (_, query) => {
        let sum = 0;
        for (let i = 0; i < columns; i++)
          sum += pool.rows.data[candidate * columns + i]! * data[query * columns + i]!;
        return sum;
      });
      return (1 + Math.max(...cosines)) / 2;
    }
    case 'balance': {
      const { names, rows } = pool.classes![strategy.classes]!;
      const target = strategy.target as Readonly<Record<string, number>>;
      const sums = names.map((_, i) =>
        [...picks, candidate].reduce((sum, pick) => sum + rows.data[pick * rows.columns + i]!, 0),
      );
      const total = sums.reduce((sum, each) => sum + each, 0);
      if (total === 0) return 1 / (1 + 1e-5);
      const miss = names.reduce((sum, name, i) => sum + Math.abs(sums[i]! / total - target[name]!), 0) / 2;
      return 1 / (miss + 1e-5);
    }
    case 'time': {
      const same = picks.filter((pick) => pool.video[pick] === pool.video[candidate]);
      const times = pool.seconds.filter(
        (_, i) => pool.video[i] === pool.video[candidate] && !pool.excluded?.[i],
      );
      const [start, end] = [Math.min(...times), Math.max(...times)];
      if (same.length === 0)
        return 1.5 * (end - start) - Math.abs(pool.seconds[candidate]! - (start + end) / 2);
      return Math.min(...same.map((pick) => Math.abs(pool.seconds[pick]! - pool.seconds[candidate]!)));
    }
    case 'random':
      throw new Error('a random objective has no naive rule');
  }
};

/** Picks in order; the first of a diverse selection is the first of the best by the other strategies. */
export const naiveSelect = (pool: TestPool, options: SelectOptions): number[] => {
  const { count = pool.count, minDistance = 0, minGapSeconds = 0, perVideo = {}, preselected = [] } = options;
  const picks = [...preselected];
  const ofVideo = (video: number): number => picks.filter((pick) => pool.video[pick] === video).length;
  const fits = (candidate: number): boolean =>
    !picks.includes(candidate) &&
    !pool.excluded?.[candidate] &&
    (options.thresholds ?? []).every(
      ({ column, threshold }) => pool.columns[column as 'weight']![candidate]! >= threshold,
    ) &&
    ofVideo(pool.video[candidate]!) < (perVideo.max ?? Infinity) &&
    picks.every(
      (pick) =>
        distanceOf(pool, candidate, pick) >= minDistance &&
        (pool.video[pick] !== pool.video[candidate] ||
          Math.abs(pool.seconds[pick]! - pool.seconds[candidate]!) >= minGapSeconds),
    );
  while (picks.length < count) {
    const fitting = [...pool.video.keys()].filter(fits);
    const owed = fitting.filter((candidate) => ofVideo(pool.video[candidate]!) < (perVideo.min ?? 0));
    let best: { candidate: number; product: number } | undefined;
    for (const candidate of owed.length > 0 ? owed : fitting) {
      let product = 1;
      for (const strategy of options.strategies)
        product *= naiveObjective(pool, strategy, candidate, picks) ** (strategy.strength ?? 1);
      if (!best || product > best.product) best = { candidate, product };
    }
    if (!best) break;
    picks.push(best.candidate);
  }
  return picks;
};

// The greedy rule written down as it is said: at each step all objectives of all candidates, multiplied.
import { Random } from '../../src/base/random.ts';
import { allocate } from '../../src/selection/allocation.ts';
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

/** Of a candidate among all that are not excluded, or among some. */
export const naiveTypicality = (
  pool: Pick<TestPool, 'rows' | 'count' | 'excluded'>,
  candidate: number,
  neighbours: number,
  among: readonly number[] = Array.from({ length: pool.count }, (_, i) => i),
): number => {
  const others: number[] = [];
  for (const i of among)
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
  open: readonly number[],
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
      const sumsOf = (some: readonly number[]): number[] =>
        names.map((_, i) => some.reduce((sum, pick) => sum + rows.data[pick * rows.columns + i]!, 0));
      const sharesOf = (some: readonly number[]): number[] => {
        const sums = sumsOf(some);
        return sums.map((each) => each / sums.reduce((sum, one) => sum + one, 0));
      };
      const shares = sharesOf([...picks, candidate]);
      if (strategy.target === 'uniform')
        return (
          1 /
          (missOf(
            shares,
            names.map(() => 1 / names.length),
          ) +
            1e-5)
        );
      if (strategy.target === 'input') return 1 / (missOf(shares, sharesOf(open)) + 1e-5);
      // Classes that are not listed are one class, which takes what is left.
      const { target } = strategy;
      const isListed = names.map((name) => Object.hasOwn(target, name));
      const wanted = names.flatMap((name) => target[name] ?? []);
      const found = shares.filter((_, i) => isListed[i]);
      const rest = (some: readonly number[]): number => 1 - some.reduce((sum, each) => sum + each, 0);
      return 1 / (missOf([...found, rest(found)], [...wanted, rest(wanted)]) + 1e-5);
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
    case 'random': {
      const random = new Random(strategy.seed ?? 0);
      const numbers = [...pool.video.keys()].map((i) => (pool.excluded?.[i] ? 0 : random.uniform()));
      return numbers[candidate]!;
    }
  }
};

const missOf = (shares: readonly number[], wanted: readonly number[]): number =>
  shares.reduce((sum, share, i) => sum + Math.abs(share - wanted[i]!), 0) / 2;

const COMPARED = {
  SMALLER: (value: number, limit: number): boolean => value < limit,
  SMALLER_EQUAL: (value: number, limit: number): boolean => value <= limit,
  BIGGER: (value: number, limit: number): boolean => value > limit,
  BIGGER_EQUAL: (value: number, limit: number): boolean => value >= limit,
};

/** Candidates that may be picked at the start. */
const openAtStart = (pool: TestPool, { thresholds = [], strategies }: SelectOptions): number[] => {
  let open = [...pool.video.keys()].filter(
    (i) =>
      !pool.excluded?.[i] &&
      thresholds.every(({ column, operation, threshold }) =>
        COMPARED[operation](pool.columns[column as 'weight']![i]!, threshold),
      ),
  );
  for (const strategy of strategies) {
    if (strategy.type !== 'typicality' || strategy.minimum === undefined) continue;
    const { minimum, neighbours = 20 } = strategy;
    const values = new Map(open.map((i) => [i, naiveTypicality(pool, i, neighbours)]));
    const least = minimum * Math.max(...values.values());
    open = open.filter((i) => values.get(i)! >= least);
  }
  return open;
};

/** By video: how many picks it takes altogether. */
const mostOf = (
  pool: TestPool,
  { perVideo: { max = Infinity, allocate: rule } = {} }: SelectOptions,
  counted: readonly number[],
  count: number,
): ReadonlyMap<number, number> => {
  const videos = [...new Set(pool.video.filter((_, i) => !pool.excluded?.[i]))];
  const sizes = videos.map((video) => counted.filter((i) => pool.video[i] === video).length);
  const room = sizes.map((size) => Math.min(size, max));
  const quotas = rule === undefined ? room.map(() => max) : allocate(count, sizes, room, rule);
  return new Map(videos.map((video, i) => [video, quotas[i]!]));
};

/** Squared distance to the mean of some rows. */
const offMean = ({ rows: { columns, data } }: TestPool, candidate: number, some: readonly number[]): number =>
  Array.from({ length: columns }, (_, i) => {
    const mean = some.reduce((sum, row) => sum + data[row * columns + i]!, 0) / some.length;
    return (data[candidate * columns + i]! - mean) ** 2;
  }).reduce((sum, each) => sum + each, 0);

/** Picks in order; the first of a diverse selection is the best by the other strategies, of such the most central. */
export const naiveSelect = (pool: TestPool, options: SelectOptions): number[] => {
  const { minDistance = 0, minGapSeconds = 0, perVideo = {}, preselected = [], strategies } = options;
  const there = [...pool.video.keys()].filter((i) => !pool.excluded?.[i]);
  const share = Math.round((options.proportion ?? 1) * there.length);
  const count = Math.min(options.count ?? pool.count, share);
  const open = openAtStart(pool, options);
  const counted = there.filter((i) => open.includes(i) || preselected.includes(i));
  const most = mostOf(pool, options, counted, count);
  const isDiverse = strategies.some(({ type, strength }) => type === 'diversity' && strength !== 0);
  const picks = [...preselected];
  const ofVideo = (video: number): number => picks.filter((pick) => pool.video[pick] === video).length;
  const fits = (candidate: number): boolean =>
    !picks.includes(candidate) &&
    ofVideo(pool.video[candidate]!) < most.get(pool.video[candidate]!)! &&
    picks.every(
      (pick) =>
        distanceOf(pool, candidate, pick) >= minDistance &&
        (pool.video[pick] !== pool.video[candidate] ||
          Math.abs(pool.seconds[pick]! - pool.seconds[candidate]!) >= minGapSeconds),
    );
  while (picks.length < count) {
    const fitting = open.filter(fits);
    const owed = fitting.filter((candidate) => ofVideo(pool.video[candidate]!) < (perVideo.min ?? 0));
    const turn = owed.length > 0 ? owed : fitting;
    const isCentral = picks.length === 0 && isDiverse && options.start !== 'first';
    let best: { candidate: number; product: number; off: number } | undefined;
    for (const candidate of turn) {
      let product = 1;
      for (const strategy of strategies)
        product *= naiveObjective(pool, strategy, candidate, picks, open) ** (strategy.strength ?? 1);
      const off = isCentral ? offMean(pool, candidate, turn) : 0;
      if (!best || product > best.product || (product === best.product && off < best.off - 1e-6))
        best = { candidate, product, off };
    }
    if (!best) break;
    const { candidate } = best;
    const exceeds = strategies.some(
      (strategy) =>
        strategy.type === 'weights' &&
        [...picks, candidate].reduce(
          (sum, pick) => sum + pool.columns[strategy.column as 'weight']![pick]!,
          0,
        ) > (strategy.maxSum ?? Infinity),
    );
    if (exceeds) break;
    picks.push(candidate);
  }
  return picks;
};

// What a strategy wants of the next pick, as a number for each candidate; and several of them as one product. Pure.

/**
 * One factor of the greedy rule: at each step the candidate is picked whose product of `value ^ strength` is largest
 * (Lightly's combination of strategies).
 */
export interface Objective {
  /** The power. Below 0, small values are wanted. */
  readonly strength: number;
  /** What picks do to values: nothing, only lower them, or anything. */
  readonly course: 'static' | 'falling' | 'free';
  /** A candidate's value now, at least 0. */
  value(candidate: number): number;
  /** At least the value now, at next to no cost. */
  bound(candidate: number): number;
  /** Tells of a pick. */
  add(candidate: number): void;
}

/** An objective whose values no pick changes. */
export const staticObjective = (values: ArrayLike<number>, strength: number): Objective => ({
  strength,
  course: 'static',
  value: (candidate) => values[candidate]!,
  bound: (candidate) => values[candidate]!,
  add: () => {},
});

/** Whether a product that was computed earlier is a bound from above for what it is now. */
export const onlyFalls = (objectives: readonly Objective[]): boolean =>
  objectives.every(({ course, strength }) => course === 'static' || (course === 'falling' && strength > 0));

/**
 * The logarithm of the product, which no strength makes overflow. A single objective is taken as it is, with its
 * strength's sign: that is the same order, and free of rounding.
 *
 * @returns −∞ where a wanted value is 0, whatever the others say
 */
export const scoreOf = (objectives: readonly Objective[], candidate: number): number =>
  combine(objectives, (objective) => objective.value(candidate));

/** At least {@link scoreOf}. Values that are wanted small are computed; of the others a bound is enough. */
export const scoreBound = (objectives: readonly Objective[], candidate: number): number =>
  combine(objectives, (objective) =>
    objective.strength > 0 ? objective.bound(candidate) : objective.value(candidate),
  );

const combine = (objectives: readonly Objective[], read: (objective: Objective) => number): number => {
  if (objectives.length === 1) {
    const [only] = objectives;
    return Math.sign(only!.strength) * read(only!);
  }
  let sum = 0;
  for (const objective of objectives) sum += objective.strength * Math.log(read(objective));
  return Number.isNaN(sum) ? Number.NEGATIVE_INFINITY : sum;
};

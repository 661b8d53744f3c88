// How many picks each video gets. Pure.

/** The same for each video, as many as it has candidates, or the square root of that, which is between the two. */
export type AllocationRule = 'uniform' | 'proportional' | 'sqrt';

const WEIGHTS: Readonly<Record<AllocationRule, (candidates: number) => number>> = {
  uniform: () => 1,
  proportional: (candidates) => candidates,
  sqrt: Math.sqrt,
};

/**
 * Divides a number of picks among videos by the method of largest remainders (Hare quotas; of equal remainders the
 * earlier video first). What a video cannot take goes to the others by the same rule.
 *
 * @param sizes candidates of each video
 * @param room what each video takes at most, and at most its size
 * @returns by video; the sum is `count`, or that of the room where it is smaller
 */
export const allocate = (
  count: number,
  sizes: readonly number[],
  room: readonly number[],
  rule: AllocationRule,
): number[] => {
  const quotas = sizes.map(() => 0);
  let open = [...sizes.keys()].filter((video) => room[video]! > 0);
  let left = count;
  while (open.length > 0 && left > 0) {
    const weights = open.map((video) => WEIGHTS[rule](sizes[video]!));
    const shares = largestRemainders(left, weights);
    const isFull = open.map((video, i) => shares[i]! >= room[video]!);
    if (!isFull.includes(true)) {
      for (const [i, video] of open.entries()) quotas[video] = shares[i]!;
      break;
    }
    for (const [i, video] of open.entries()) {
      if (!isFull[i]) continue;
      quotas[video] = room[video]!;
      left -= room[video]!;
    }
    open = open.filter((_, i) => !isFull[i]);
  }
  return quotas;
};

const largestRemainders = (count: number, weights: readonly number[]): number[] => {
  const total = weights.reduce((sum, weight) => sum + weight, 0);
  const exact = weights.map((weight) => (count * weight) / total);
  const shares = exact.map(Math.floor);
  const given = shares.reduce((sum, share) => sum + share, 0);
  const byRemainder = [...exact.keys()].sort(
    (a, b) => exact[b]! - shares[b]! - (exact[a]! - shares[a]!) || a - b,
  );
  for (const i of byRemainder.slice(0, count - given)) shares[i]!++;
  return shares;
};

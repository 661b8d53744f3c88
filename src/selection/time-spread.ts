// How far a candidate is in time from what is selected of its video. Pure.
import type { Pool } from './candidates.ts';
import type { Objective } from './objective.ts';

/**
 * Values are seconds to the nearest selected frame of the same video. While a video has none, its ends are worth its
 * whole length and its middle half as much again: long videos come first, each begins in the middle, and no pick ever
 * raises a value.
 */
export const timeObjective = (
  { videoOf, videoStarts }: Pool,
  seconds: ArrayLike<number>,
  strength: number,
): Objective => {
  const picked: number[][] = Array.from({ length: videoStarts.length - 1 }, () => []);
  const spans = picked.map((_, video) => spanOf(seconds, videoStarts[video]!, videoStarts[video + 1]!));
  const value = (candidate: number): number => {
    const video = videoOf[candidate]!;
    const times = picked[video]!;
    const time = seconds[candidate]!;
    if (times.length === 0) {
      const { start, end } = spans[video]!;
      return 1.5 * (end - start) - Math.abs(time - (start + end) / 2);
    }
    const place = firstAtLeast(times, time);
    return Math.min(
      time - (times[place - 1] ?? Number.NEGATIVE_INFINITY),
      (times[place] ?? Number.POSITIVE_INFINITY) - time,
    );
  };
  const add = (candidate: number): void => {
    const times = picked[videoOf[candidate]!]!;
    times.splice(firstAtLeast(times, seconds[candidate]!), 0, seconds[candidate]!);
  };
  return { strength, course: 'falling', value, bound: value, add };
};

const spanOf = (seconds: ArrayLike<number>, from: number, to: number): { start: number; end: number } => {
  let [start, end] = [Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY];
  for (let i = from; i < to; i++) {
    start = Math.min(start, seconds[i]!);
    end = Math.max(end, seconds[i]!);
  }
  return { start, end };
};

/** The first place in sorted numbers whose number is at least `limit`. */
const firstAtLeast = (sorted: readonly number[], limit: number): number => {
  let [low, high] = [0, sorted.length];
  while (low < high) {
    const middle = (low + high) >> 1;
    if (sorted[middle]! < limit) low = middle + 1;
    else high = middle;
  }
  return low;
};

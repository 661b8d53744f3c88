// What is asked of a selection in numbers: whether it can be, and what it comes to for each video. Pure.

import { FramesiftError } from '../base/errors.ts';
import { invalidOption, requireNumber, requireWhole } from '../base/option-checks.ts';
import { allocate } from './allocation.ts';
import type { Pool } from './candidates.ts';
import type { Limits } from './eligibility.ts';
import type { SelectOptions } from './select.ts';

/** @throws ERR_OPTION for a value out of range; ERR_CONSTRAINTS for two that contradict each other */
export const requireSelectOptions = ({
  count,
  proportion,
  minDistance,
  minGapSeconds,
  perVideo = {},
}: SelectOptions): void => {
  for (const [name, value] of Object.entries({
    count,
    'perVideo.min': perVideo.min,
    'perVideo.max': perVideo.max,
  })) {
    if (value !== undefined) requireWhole(name, value, 0);
  }
  for (const [name, value] of Object.entries({ minDistance, minGapSeconds })) {
    if (value !== undefined) requireNumber(name, value, 0);
  }
  if (proportion !== undefined && !(proportion >= 0 && proportion <= 1))
    throw invalidOption('proportion', proportion, 'a number in [0, 1]');
  const { min = 0, max, allocate: rule } = perVideo;
  if (max !== undefined && min > max)
    throw contradiction(`perVideo.min ${min}`, `perVideo.max ${max}`, 'no video can have both');
  if (rule !== undefined && min > 0)
    throw contradiction(`perVideo.allocate ${rule}`, `perVideo.min ${min}`, 'both say what a video gets');
  if (rule !== undefined && count === undefined && proportion === undefined)
    throw new FramesiftError(
      'ERR_OPTION',
      `perVideo.allocate ${rule} divides a count: give count or proportion.`,
    );
};

/** How many picks there may be altogether; ∞ where only other things end the run. */
export const mostPicks = ({ count }: Pool, options: SelectOptions): number => {
  const share = options.proportion === undefined ? Infinity : Math.round(options.proportion * count);
  return Math.min(options.count ?? Infinity, share);
};

/**
 * The preselected candidates by their places in the pool.
 *
 * @throws ERR_OPTION for a position that is none, or comes twice; ERR_CONSTRAINTS for an excluded one
 */
export const requirePreselected = ({ given, givenCount }: Pool, positions: readonly number[]): number[] => {
  if (positions.length === 0) return [];
  const places = new Map(Array.from(given, (position, place) => [position, place]));
  const seen = new Set<number>();
  return positions.map((position) => {
    if (!(Number.isSafeInteger(position) && position >= 0 && position < givenCount))
      throw invalidOption('preselected', position, `positions from 0 to ${givenCount - 1}`);
    if (seen.has(position))
      throw new FramesiftError(
        'ERR_OPTION',
        `preselected: candidate ${position} is there twice. Give it once.`,
      );
    seen.add(position);
    const place = places.get(position);
    if (place !== undefined) return place;
    const candidate = `candidate ${position}`;
    throw contradiction(`preselected ${candidate}`, `excluded ${candidate}`, 'it cannot be both');
  });
};

/**
 * What each video gets.
 *
 * @param most picks altogether
 * @throws ERR_CONSTRAINTS when there are more owed than picks; ERR_OPTION for a gap where no times are known
 */
export const limitsOf = (
  pool: Pool,
  { minGapSeconds = 0, perVideo = {} }: SelectOptions,
  isOpen: Uint8Array,
  preselected: readonly number[],
  most: number,
): Limits => {
  if (minGapSeconds > 0 && !pool.seconds)
    throw new FramesiftError('ERR_OPTION', 'minGapSeconds needs seconds, which the candidates do not have.');
  const { min = 0, max = Infinity, allocate: rule } = perVideo;
  const sizes = candidatesByVideo(pool, isOpen, preselected);
  const least = sizes.map((size) => Math.min(min, size));
  const owed = least.reduce((sum, one) => sum + one, 0);
  if (owed > most)
    throw contradiction(
      `perVideo.min ${min}`,
      `count ${most}`,
      `the ${sizes.length} videos together get at least ${owed}`,
    );
  const room = sizes.map((size) => Math.min(size, max));
  return {
    minGapSeconds,
    least,
    most: rule === undefined ? sizes.map(() => max) : allocate(most, sizes, room, rule),
  };
};

/** By video: those that are open or preselected. */
const candidatesByVideo = (pool: Pool, isOpen: Uint8Array, preselected: readonly number[]): number[] => {
  const counted = isOpen.slice();
  for (const candidate of preselected) counted[candidate] = 1;
  const sizes = Array.from({ length: pool.videoStarts.length - 1 }, () => 0);
  for (let i = 0; i < pool.count; i++) sizes[pool.videoOf[i]!]! += counted[i]!;
  return sizes;
};

const contradiction = (one: string, other: string, why: string): FramesiftError =>
  new FramesiftError(
    'ERR_CONSTRAINTS',
    `${one} and ${other} contradict each other: ${why}. Change one of them.`,
    {
      facts: { one, other },
    },
  );

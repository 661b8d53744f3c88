// A frame that was selected, and why.
import type { Strategy } from '../selection/strategy.ts';
import type { FrameCandidates } from './frame-candidates.ts';
import type { FramePicks } from './pick-frames.ts';
import type { SelectionRules } from './rules.ts';

export interface SelectedFrame {
  /** From 1, in the order of being picked. */
  readonly rank: number;
  readonly filename: string;
  /** Path of the video below the dataset's folder; undefined for an image, as the next two. */
  readonly video: string | undefined;
  readonly frame: number | undefined;
  /** When the frame is shown, where that is known. */
  readonly seconds: number | undefined;
  /** Of its embedding to the nearest one that was selected before, in [0, 2], where the strategies look at it. */
  readonly distance: number | undefined;
  /** What the strategies and thresholds looked at, by name. */
  readonly scores: Readonly<Record<string, number>>;
  /** `diversity × sharpness`, `minimum of its video`, … */
  readonly reason: string;
}

export const describePicks = (
  { rows, distances, owedCount, values }: FramePicks,
  found: FrameCandidates,
  rules: SelectionRules,
  firstRank: number,
): SelectedFrame[] => {
  const { filenames, places, seconds, rules: resolved, preselected } = found;
  const because = rules.order ?? resolved.strategies.map(labelOf).join(' × ');
  const isDiversity =
    rules.order === undefined && resolved.strategies.every(({ type }) => type === 'diversity');
  return rows.map((row, i) => {
    const ref = places.refs[row];
    const time = seconds?.[row];
    const scores = Object.fromEntries(
      Object.entries(resolved.columns).map(([name, column]) => [name, column[row]!]),
    );
    const value = values?.[i];
    if (value !== undefined) scores[rules.order!] = value;
    const isCentre = i === 0 && isDiversity && preselected.length === 0;
    return {
      rank: firstRank + i,
      filename: filenames[row]!,
      video: ref?.video,
      frame: ref?.index,
      seconds: time === undefined || Number.isNaN(time) ? undefined : time,
      distance: distances[i],
      scores,
      reason: isCentre ? 'nearest to the mean of all' : i < owedCount ? 'minimum of its video' : because,
    };
  });
};

/** `sharpness ^ 2`. */
const labelOf = (strategy: Strategy): string => {
  const { strength = 1 } = strategy;
  const name =
    strategy.type === 'weights'
      ? strategy.column
      : strategy.type === 'balance'
        ? `balance of ${strategy.classes}`
        : strategy.type;
  return strength === 1 ? name : `${name} ^ ${strength}`;
};

import type { Progress } from '../base/progress.ts';
import { cut, displayWidth } from './display-width.ts';
import { printable } from './printable.ts';
import { formatCount, formatRate, formatRemaining, formatUnits } from './quantities.ts';

const BAR_WIDTH = 20;
const LEAST_ITEM_WIDTH = 12;

/** How fast a stage goes, and how long it will still take, as far as known. */
export interface Pace {
  readonly perSecond: number | undefined;
  readonly remainingMs: number | undefined;
}

/**
 * The line that a terminal shows, at most `columns` wide:
 * `extracting ━━━━━━━━──────────── 40 % 2 000/5 000 frames 312/s 0:10 left 3 failed a/b.mp4`.
 * What matters less goes first where there is no room: the item, the bar, then what stands at the end.
 */
export const progressBar = (progress: Progress, pace: Pace, columns: number): string => {
  const { done, total, failed, unit, item } = progress;
  const share = shareOf(progress);
  const parts = [
    titleOf(progress),
    share === undefined ? '' : percent(share),
    total === undefined ? formatUnits(done, unit) : `${formatCount(done)}/${formatUnits(total, unit)}`,
    pace.perSecond === undefined ? '' : `${formatRate(pace.perSecond)}/s`,
    pace.remainingMs === undefined ? '' : `${formatRemaining(pace.remainingMs)} left`,
    failed === 0 ? '' : `${formatCount(failed)} failed`,
  ].filter((part) => part !== '');
  if (share !== undefined && displayWidth(parts.join('  ')) + BAR_WIDTH + 2 <= columns)
    parts.splice(1, 0, bar(share));
  const line = parts.join('  ');
  const room = columns - displayWidth(line) - 2;
  return item === undefined || room < LEAST_ITEM_WIDTH
    ? cut(line, columns)
    : `${line}  ${cut(printable(item), room, 'middle')}`;
};

/** The line for a log: `extracting: 2 000 of 5 000 frames (40 %), 312/s, 0:10 left, 3 failed`. */
export const progressSentence = (progress: Progress, pace: Pace): string => {
  const { done, total, failed, unit } = progress;
  const share = total === undefined || total === 0 ? '' : ` (${percent(done / total)})`;
  const parts = [
    total === undefined
      ? formatUnits(done, unit)
      : `${formatCount(done)} of ${formatUnits(total, unit)}${share}`,
    pace.perSecond === undefined ? '' : `${formatRate(pace.perSecond)}/s`,
    pace.remainingMs === undefined ? '' : `${formatRemaining(pace.remainingMs)} left`,
    failed === 0 ? '' : `${formatCount(failed)} failed`,
  ];
  return `${titleOf(progress)}: ${parts.filter((part) => part !== '').join(', ')}`;
};

/** `2/4 embedding`, `extracting`. */
const titleOf = ({ stage, step }: Progress): string =>
  step === undefined ? stage : `${step.number}/${step.of} ${stage}`;

const shareOf = ({ done, total }: Progress): number | undefined =>
  total === undefined || total === 0 ? undefined : Math.min(1, done / total);

// Rounded down: 100 % is when it is done, and not before.
const percent = (share: number): string => `${Math.floor(Math.min(1, share) * 100)} %`;

const bar = (share: number): string => {
  const full = Math.round(share * BAR_WIDTH);
  return '━'.repeat(full) + '─'.repeat(BAR_WIDTH - full);
};

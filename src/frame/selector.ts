import { FramesiftError } from '../base/errors.ts';
import { quote } from '../base/quote.ts';

/** Frame numbers `start`, `start + step`, … below `end`: [start, end) with a step of at least 1. */
export interface FrameRange {
  readonly start: number;
  readonly end: number;
  readonly step: number;
}

/** A place in a video, by number or by time: the two never share a field. */
export type Position =
  | { readonly kind: 'frame'; readonly index: number }
  | { readonly kind: 'time'; readonly seconds: number };

/**
 * Reads frame numbers as people write them: `0,10,20-30,100-200:10`, ranges with both their ends and an optional step.
 *
 * @returns in the order written
 * @throws ERR_OPTION quoting the part that cannot be read
 */
export const parseFrameNumbers = (text: string): FrameRange[] =>
  text.split(',').map((part) => {
    const { first = '', last = first, every = '1' } = FRAME_RANGE.exec(part.trim())?.groups ?? {};
    const [start, end, step] = [Number(first), Number(last), Number(every)];
    if (first === '' || ![start, end, step].every((number) => Number.isSafeInteger(number))) {
      throw partError(part, text, 'is not a frame number. Write numbers from 0 (7), ranges (20-30), or every n-th of a range (100-200:10)');
    }
    if (end < start) throw partError(part, text, `runs backwards. Write ${end}-${start}`);
    if (step === 0) throw partError(part, text, 'has a step of 0. Write a step of 1 or more');
    return { start, end: end + 1, step };
  });

const FRAME_RANGE = /^(?<first>[0-9]+)(?:\s*-\s*(?<last>[0-9]+)(?:\s*:\s*(?<every>[0-9]+))?)?$/;

/** A range as people write it; {@link parseFrameNumbers} reads it back. */
export const formatFrameRange = ({ start, end, step }: FrameRange): string => {
  if (end - start === 1) return String(start);
  return step === 1 ? `${start}-${end - 1}` : `${start}-${end - 1}:${step}`;
};

/**
 * The frames of a video that ranges ask for.
 *
 * @param frameCount how many frames the video has
 * @returns `indices`: those that exist, each once, in the order asked for; `missing`: what lies beyond the end,
 *   as ranges, because somebody may ask for 0-999999999
 */
export const resolveFrameNumbers = (
  ranges: readonly FrameRange[],
  frameCount: number,
): { readonly indices: readonly number[]; readonly missing: readonly FrameRange[] } => {
  const indices = new Set<number>();
  const missing: FrameRange[] = [];
  for (const { start, end, step } of ranges) {
    let index = start;
    for (; index < Math.min(end, frameCount); index += step) indices.add(index);
    if (index < end) missing.push({ start: index, end, step });
  }
  return { indices: [...indices], missing };
};

/**
 * Reads times: `90`, `1.5`, `1.5s`, `MM:SS`, `HH:MM:SS`, these with or without a fraction, parted by commas.
 *
 * @returns seconds, in the order written; each is the double nearest to what is written
 * @throws ERR_OPTION quoting the part that cannot be read
 */
export const parseTimes = (text: string): number[] =>
  text.split(',').map((part) => {
    const seconds = secondsOf(part.trim());
    if (seconds === undefined) throw partError(part, text, `is not a time. ${TIME_FORMS}`);
    return seconds;
  });

/**
 * Reads where a range starts or ends: a bare integer is a frame number, all else a time
 * (`12.5`, `12s`, `12.5s`, `MM:SS`, `HH:MM:SS.mmm`).
 *
 * @throws ERR_OPTION when it is neither
 */
export const parsePosition = (text: string): Position => {
  const trimmed = text.trim();
  const index = /^[0-9]+$/.test(trimmed) ? Number(trimmed) : undefined;
  if (index !== undefined && Number.isSafeInteger(index)) return { kind: 'frame', index };
  const seconds = index === undefined ? secondsOf(trimmed) : undefined;
  if (seconds === undefined) {
    throw partError(text, text, `is neither a frame number nor a time. Write a whole number for a frame. ${TIME_FORMS}`);
  }
  return { kind: 'time', seconds };
};

const TIME_FORMS = 'Write seconds (90s, 1.5) or a clock time (MM:SS, HH:MM:SS.mmm)';
const SECONDS = /^(?<whole>[0-9]+)(?<fraction>\.[0-9]+)?s?$/;
const CLOCK = /^(?:(?<hours>[0-9]+):(?=[0-5]?[0-9]:))?(?<minutes>[0-9]+):(?<whole>[0-5]?[0-9])(?<fraction>\.[0-9]+)?$/;

const secondsOf = (text: string): number | undefined => {
  const groups = (SECONDS.exec(text) ?? CLOCK.exec(text))?.groups;
  if (groups === undefined) return undefined;
  const { hours = '0', minutes = '0', whole = '0', fraction = '' } = groups;
  const wholeSeconds = (Number(hours) * 60 + Number(minutes)) * 60 + Number(whole);
  // Adding the fraction as a number would round twice and could miss the frame of exactly that time.
  return Number.isSafeInteger(wholeSeconds) ? Number(`${wholeSeconds}${fraction}`) : undefined;
};

const partError = (part: string, text: string, problem: string): FramesiftError =>
  new FramesiftError('ERR_OPTION', `${quote(part)}${part === text ? '' : ` in ${quote(text)}`} ${problem}.`, {
    facts: { part, text },
  });

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

/** What sampling has to know of a video. Times are seconds on the video's own clock. */
export interface FrameTimes {
  readonly frameCount: number;
  /** Average frames per second; 0 = unknown. */
  readonly averageFps: number;
  /** When the last frame ends. */
  readonly endSeconds: number;
  /** The time of frame `index`, for index in [0, frameCount); never falls as the index rises. */
  secondsAt(index: number): number;
  /** The last frame whose time is at most `seconds`; below 0, or the first frame, where none is. */
  indexAtSeconds(seconds: number): number;
  /** Numbers of the key frames, ascending. */
  readonly keyframes: readonly number[];
}

/**
 * Which frames of every video: at most one of `every`, `fps`, `count` and `keyframes` (none: all frames), within
 * the half-open range [`start`, `end`) (default: the whole video).
 */
export interface Sampler {
  /** Every n-th frame from the range's start on; an integer of at least 1. */
  readonly every?: number | undefined;
  /** So many frames a second; above 0. */
  readonly fps?: number | undefined;
  /** So many frames of each video, evenly spread; an integer of at least 1. */
  readonly count?: number | undefined;
  readonly keyframes?: boolean | undefined;
  readonly start?: Position | undefined;
  readonly end?: Position | undefined;
}

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
      throw partError(
        part,
        text,
        'is not a frame number. Write numbers from 0 (7), ranges (20-30), or every n-th of a range (100-200:10)',
      );
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
    throw partError(
      text,
      text,
      `is neither a frame number nor a time. Write a whole number for a frame. ${TIME_FORMS}`,
    );
  }
  return { kind: 'time', seconds };
};

const TIME_FORMS = 'Write seconds (90s, 1.5) or a clock time (MM:SS, HH:MM:SS.mmm)';
const SECONDS = /^(?<whole>[0-9]+)(?<fraction>\.[0-9]+)?s?$/;
const CLOCK =
  /^(?:(?<hours>[0-9]+):(?=[0-5]?[0-9]:))?(?<minutes>[0-9]+):(?<whole>[0-5]?[0-9])(?<fraction>\.[0-9]+)?$/;

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

/**
 * The numbers of the frames that a sampler takes from one video, ascending.
 *
 * A time as `start` or `end` stands for the first frame at or after it. `fps` keeps frame 0 and every frame `i`
 * with ⌊i·fps/averageFps⌋ ≠ ⌊(i−1)·fps/averageFps⌋ (LightlyStudio's `target_fps`), counted from the video's first
 * frame so that the range does not move the choice; all frames where the video is no faster, or its rate unknown.
 * `count` takes the middle of as many equal parts of the range, and all frames where there are no more.
 *
 * @throws ERR_OPTION as {@link checkSampler}
 */
export const sampleFrames = (video: FrameTimes, sampler: Sampler): number[] => {
  checkSampler(sampler);
  const { every = 1, fps, count, keyframes = false } = sampler;
  const start = sampler.start === undefined ? 0 : firstFrameFrom(video, sampler.start);
  const end = sampler.end === undefined ? video.frameCount : firstFrameFrom(video, sampler.end);
  if (keyframes) return video.keyframes.filter((index) => index >= start && index < end);
  if (count !== undefined) return middles(start, end, count);
  if (fps !== undefined && fps < video.averageFps) {
    const slot = (index: number): number => Math.floor((index * fps) / video.averageFps);
    return indicesWhere(start, end, (index) => index === 0 || slot(index) !== slot(index - 1));
  }
  return indicesWhere(start, end, (index) => (index - start) % every === 0);
};

/**
 * Refuses a sampler that fits no video, so that this is known before any video is opened.
 *
 * @throws ERR_OPTION when two ways of sampling are given, a number is out of its range, or `start` is not
 *   before `end` (judged here where both are of one kind)
 */
export const checkSampler = ({ every, fps, count, keyframes, start, end }: Sampler): void => {
  const ways = Object.entries({ every, fps, count, keyframes: keyframes || undefined })
    .filter(([, value]) => value !== undefined)
    .map(([way]) => way);
  if (ways.length > 1) {
    throw samplerError(`${ways.join(' and ')} are different ways of sampling. Choose one of them.`);
  }
  for (const [way, value] of Object.entries({ every, count })) {
    if (value !== undefined && !(Number.isSafeInteger(value) && value >= 1)) {
      throw samplerError(`${way} is ${value}. Give a whole number of at least 1.`);
    }
  }
  if (fps !== undefined && !(Number.isFinite(fps) && fps > 0)) {
    throw samplerError(`fps is ${fps}. Give a number above 0.`);
  }
  for (const [name, position] of Object.entries({ start, end })) {
    if (position !== undefined && !isPosition(position)) {
      throw samplerError(`${name} is ${amountOf(position)}. Give a frame number or a time from 0 on.`);
    }
  }
  if (start !== undefined && start.kind === end?.kind && amountOf(start) >= amountOf(end)) {
    throw samplerError(
      `start (${amountOf(start)}) is not before end (${amountOf(end)}). The end is not part of the range.`,
    );
  }
};

const amountOf = (position: Position): number =>
  position.kind === 'frame' ? position.index : position.seconds;

const isPosition = (position: Position): boolean =>
  amountOf(position) >= 0 &&
  (position.kind === 'frame' ? Number.isSafeInteger : Number.isFinite)(amountOf(position));

const samplerError = (message: string): FramesiftError => new FramesiftError('ERR_OPTION', message);

/** The first frame at or after a position; `frameCount` when there is none. */
const firstFrameFrom = (video: FrameTimes, position: Position): number => {
  if (position.kind === 'frame') return Math.min(position.index, video.frameCount);
  // Frames may share a time, and then the last of them is found first.
  let before = Math.min(video.indexAtSeconds(position.seconds), video.frameCount - 1);
  while (before >= 0 && video.secondsAt(before) >= position.seconds) before--;
  return Math.max(before, -1) + 1;
};

const indicesWhere = (start: number, end: number, isWanted: (index: number) => boolean): number[] => {
  const indices: number[] = [];
  for (let index = start; index < end; index++) if (isWanted(index)) indices.push(index);
  return indices;
};

const middles = (start: number, end: number, count: number): number[] => {
  const length = end - start;
  if (count >= length) return indicesWhere(start, end, () => true);
  return Array.from(
    { length: count },
    (_, part) => start + Math.floor(((2 * part + 1) * length) / (2 * count)),
  );
};

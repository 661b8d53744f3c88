// Which frames of which videos: from a list of names, or the same rule for every video.
import { compareCodePoints } from '../base/code-points.ts';
import { FramesiftError } from '../base/errors.ts';
import { nearest } from '../base/nearest.ts';
import type { Failure } from '../base/outcome.ts';
import { groupByVideo, type WantedFrame } from '../frame/group.ts';
import type { FrameList } from '../frame/list.ts';
import { type FrameRef, formatFrameName, parseFrameName, parseShortFrameName } from '../frame/name.ts';
import {
  checkSampler,
  type FrameRange,
  type FrameTimes,
  formatFrameRange,
  resolveFrameNumbers,
  type Sampler,
  sampleFrames,
} from '../frame/selector.ts';
import type { Source } from './source.ts';

/** Frames by name, by number, by time, or by rule. */
export type FrameChoice =
  | { readonly kind: 'names'; readonly list: FrameList | readonly string[] }
  | { readonly kind: 'numbers'; readonly ranges: readonly FrameRange[] }
  | { readonly kind: 'times'; readonly seconds: readonly number[] }
  | { readonly kind: 'sample'; readonly sampler: Sampler };

/** What is wanted of one video. */
export interface VideoChoice {
  /** Path below the source's root. */
  readonly video: string;
  /** The names that were asked for; empty where a rule chooses the frames. */
  readonly names: readonly string[];
  /** Frames by number, ascending, each with the names it is to have; and what the video does not have. */
  resolve(times: FrameTimes): {
    readonly wanted: ReadonlyMap<number, readonly string[]>;
    readonly failed: Failure[];
  };
}

/**
 * Says for each video what is wanted of it. Names choose their videos; the other kinds want the same of all.
 * Opens nothing.
 *
 * @throws ERR_OPTION for a sampler that fits no video
 */
export const chooseFrames = (
  source: Source,
  choice: FrameChoice,
): { readonly videos: readonly VideoChoice[]; readonly failed: readonly Failure[] } => {
  if (choice.kind === 'names') return chooseByNames(source, choice.list);
  if (choice.kind === 'sample') checkSampler(choice.sampler);
  const videos = source.files.map((video) => ({
    video,
    names: [],
    resolve: (times: FrameTimes) => {
      const { indices, failed } = indicesFor(video, choice, times);
      const wanted = new Map(
        indices.map((index) => [index, [formatFrameName(video, index, times.frameCount)]]),
      );
      return { wanted, failed };
    },
  }));
  return { videos, failed: [] };
};

const indicesFor = (
  video: string,
  choice: Exclude<FrameChoice, { kind: 'names' }>,
  times: FrameTimes,
): { indices: readonly number[]; failed: Failure[] } => {
  if (choice.kind === 'sample') return { indices: sampleFrames(times, choice.sampler), failed: [] };
  const ascending = (indices: Iterable<number>): number[] => [...new Set(indices)].sort((a, b) => a - b);
  if (choice.kind === 'numbers') {
    const { indices, missing } = resolveFrameNumbers(choice.ranges, times.frameCount);
    const failed = missing.map((range) => {
      const asked = formatFrameRange(range);
      return { item: `${video} ${asked}`, error: rangeError(video, asked, times.frameCount) };
    });
    return { indices: ascending(indices), failed };
  }
  const end = times.endSeconds;
  const failed: Failure[] = choice.seconds
    .filter((seconds) => seconds > end)
    .map((seconds) => ({
      item: `${video} ${seconds}s`,
      error: new FramesiftError(
        'ERR_FRAME_RANGE',
        `${video}: has no frame at ${seconds} s; it ends at ${end.toFixed(3)} s.`,
        {
          facts: { video, seconds, endSeconds: end },
        },
      ),
    }));
  const inside = choice.seconds.filter((seconds) => seconds <= end);
  return { indices: ascending(inside.map((seconds) => Math.max(0, times.indexAtSeconds(seconds)))), failed };
};

const rangeError = (video: string, asked: string, frameCount: number): FramesiftError =>
  new FramesiftError(
    'ERR_FRAME_RANGE',
    `${video}: has no frame ${asked}; its frames are 0 to ${frameCount - 1}.`,
    {
      facts: { video, asked, frameCount },
    },
  );

/** The names of a choice; in messages about those of a file, its label and the line. */
export const namesOf = (
  list: FrameList | readonly string[],
): { readonly name: string; readonly place: string }[] =>
  'entries' in list && 'label' in list
    ? list.entries.map(({ name, line }) => ({ name, place: `${list.label}, line ${line}: ` }))
    : list.map((name) => ({ name, place: '' }));

const chooseByNames = (
  source: Source,
  list: FrameList | readonly string[],
): ReturnType<typeof chooseFrames> => {
  const failed: Failure[] = [];
  const wanted: WantedFrame[] = [];
  const find = videoFinder(source);
  for (const { name, place } of namesOf(list)) {
    try {
      wanted.push({ ref: find(name), name });
    } catch (error) {
      if (!(error instanceof FramesiftError)) throw error;
      const { code, message, facts } = error;
      failed.push({ item: name, error: new FramesiftError(code, `${place}${message}`, { facts }) });
    }
  }
  const videos = [...groupByVideo(wanted)].map(([video, frames]) => ({
    video,
    names: [...frames.values()].flat(),
    resolve: (times: FrameTimes) => splitByRange(video, frames, times.frameCount),
  }));
  return { videos, failed };
};

const splitByRange = (
  video: string,
  frames: ReadonlyMap<number, readonly string[]>,
  frameCount: number,
): ReturnType<VideoChoice['resolve']> => {
  const inside = new Map([...frames].filter(([index]) => index < frameCount));
  const failed = [...frames]
    .filter(([index]) => index >= frameCount)
    .flatMap(([index, names]) =>
      names.map((item) => ({ item, error: rangeError(video, String(index), frameCount) })),
    );
  return { wanted: inside, failed };
};

/** Looking for what somebody may have meant takes a while where both sides are many; after so many videos it is clear. */
const MOST_SUGGESTIONS = 20;

/** Finds the video of a name in the source: by its path, whatever its Unicode normalisation; by number alone if there is only one. */
export const videoFinder = (source: Source): ((name: string) => FrameRef) => {
  const exact = new Set(source.files);
  const normalized = new Map(source.files.map((file) => [file.normalize('NFC'), file]));
  const only = source.files.length === 1 ? source.files[0] : undefined;
  const suggestions = new Map<string, string | undefined>();
  const suggest = (video: string): string | undefined => {
    if (!suggestions.has(video) && suggestions.size < MOST_SUGGESTIONS) {
      suggestions.set(video, nearest(video, source.files));
    }
    return suggestions.get(video);
  };
  return (name) => {
    const short = parseShortFrameName(name);
    if (short !== undefined && only?.toLowerCase().endsWith(`.${short.extension.toLowerCase()}`)) {
      return { video: only, index: short.index };
    }
    const ref = parseFrameName(name);
    const video = exact.has(ref.video) ? ref.video : normalized.get(ref.video.normalize('NFC'));
    if (video !== undefined) return { video, index: ref.index };
    throw missingVideo(source, name, ref.video, suggest(ref.video));
  };
};

const missingVideo = (
  source: Source,
  name: string,
  video: string,
  suggestion: string | undefined,
): FramesiftError => {
  const hint = suggestion === undefined ? '' : ` Did you mean ${suggestion}?`;
  const sorted = [...source.files].sort(compareCodePoints);
  const holds =
    sorted.length === 1 ? `holds only ${sorted[0]}` : `holds ${sorted.length} videos, the first ${sorted[0]}`;
  return new FramesiftError(
    'ERR_NOT_FOUND',
    `${name}: there is no video ${video} in ${source.root}, which ${holds}.${hint}`,
    {
      facts: { name, video, root: source.root, suggestion: suggestion ?? null },
    },
  );
};

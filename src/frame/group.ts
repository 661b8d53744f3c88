import { compareCodePoints } from '../base/code-points.ts';
import { type FrameRef, normalizeFrameName } from './name.ts';

/** A frame that somebody wants, and the name under which they want it. */
export interface WantedFrame {
  readonly ref: FrameRef;
  /** As it stands in the list; names what is written, so its padding and extension may be its own. */
  readonly name: string;
}

/** Video → frame index → the names wanted for that frame. */
export type FramesByVideo = ReadonlyMap<string, ReadonlyMap<number, readonly string[]>>;

/**
 * Sorts wanted frames by where they are found: videos in code-point order, within a video the indices ascending,
 * names of one frame in the order given. A name given again is kept once, in its first spelling (`./a-0-mp4.png`
 * is `a-0-mp4.png`).
 */
export const groupByVideo = (wanted: Iterable<WantedFrame>): FramesByVideo => {
  const videos = new Map<string, Map<number, string[]>>();
  for (const { ref, name } of wanted) {
    const frames = getOrMake(videos, ref.video, () => new Map<number, string[]>());
    const names = getOrMake(frames, ref.index, (): string[] => []);
    if (!names.some((known) => normalizeFrameName(known) === normalizeFrameName(name))) names.push(name);
  }
  return new Map(
    [...videos]
      .sort(([a], [b]) => compareCodePoints(a, b))
      .map(([video, frames]) => [video, new Map([...frames].sort(([a], [b]) => a - b))]),
  );
};

const getOrMake = <K, V>(map: Map<K, V>, key: K, make: () => V): V => {
  const known = map.get(key);
  if (known !== undefined) return known;
  const made = make();
  map.set(key, made);
  return made;
};

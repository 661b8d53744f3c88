// Which video and which of its frames each name of a table stands for.
import { posix } from 'node:path';
import { compareCodePoints } from '../base/code-points.ts';
import { frameRefOf } from '../frame/frame-key.ts';
import type { FrameRef } from '../frame/name.ts';

/** Entry `i` of each array is of name `i`. */
export interface FramePlaces {
  /** Undefined for the name of an image, which is of no video. */
  readonly refs: readonly (FrameRef | undefined)[];
  /** Numbers of videos, or of folders of images, by code point of their paths. */
  readonly video: Uint32Array;
  /** Frame numbers; for images, ascending in their folder's order. */
  readonly frame: Float64Array;
}

/** Names that are none of frames are those of images, and their folder is what videos are to frames. */
export const placesOf = (filenames: readonly string[]): FramePlaces => {
  const refs = filenames.map(frameRefOf);
  const groups = filenames.map((filename, i) => refs[i]?.video ?? posix.dirname(filename));
  const numbers = new Map(
    [...new Set(groups)].sort(compareCodePoints).map((group, number) => [group, number]),
  );
  const frame = new Float64Array(filenames.length);
  const images = [...filenames.keys()].filter((i) => refs[i] === undefined);
  images.sort((a, b) => compareCodePoints(filenames[a]!, filenames[b]!));
  for (const [rank, i] of images.entries()) frame[i] = rank;
  for (const [i, ref] of refs.entries()) if (ref !== undefined) frame[i] = ref.index;
  return { refs, video: Uint32Array.from(groups, (group) => numbers.get(group)!), frame };
};

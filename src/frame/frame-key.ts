import { FramesiftError } from '../base/errors.ts';
import { type FrameRef, parseFrameName, parseShortFrameName } from './name.ts';

// Most names of images are told apart from those of frames by this, without an error for each.
const FRAME_LIKE = /(?:^|-)[0-9]+-[^-./\\]*\.(?:png|jpe?g|webp)$/i;

/** The frame that a name stands for, with an empty video where it leaves that out; undefined for the name of an image. */
export const frameRefOf = (filename: string): FrameRef | undefined => {
  if (!FRAME_LIKE.test(filename)) return undefined;
  const short = parseShortFrameName(filename);
  if (short !== undefined) return { video: '', index: short.index };
  try {
    return parseFrameName(filename);
  } catch (error) {
    if (error instanceof FramesiftError) return undefined;
    throw error;
  }
};

/** What all names of the same frame have in common, however their numbers are padded and whatever image they name. */
export const frameKey = (filename: string): string => {
  const ref = frameRefOf(filename);
  return ref === undefined ? filename : `${ref.video}\0${ref.index}`;
};

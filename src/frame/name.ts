import { FramesiftError } from '../base/errors.ts';
import { quote } from '../base/quote.ts';

/** One frame of one video. */
export interface FrameRef {
  /** Path of the video below the dataset's folder, `/` between its segments. */
  readonly video: string;
  /** 0-based position in the order in which a sequential decode outputs frames. */
  readonly index: number;
}

/** The image formats that a frame's file may have, as the extension of its name. */
export type ImageExtension = 'png' | 'jpg' | 'jpeg' | 'webp';

/** How names that people wrote are to be read. */
export interface NameOptions {
  /**
   * Whether `\` stands between folders like `/`. Default: on Windows, where no file name can hold a `\`.
   * Elsewhere it is a letter like any other, so that the name of `a\b.mp4` leads back to that video.
   */
  readonly backslashIsSeparator?: boolean | undefined;
}

// Read from the right, where nothing is ambiguous: an extension holds neither a dash nor a dot, the number is
// all digits, and the rest, whatever it holds, is the video's. Case and padding are not fixed.
const FRAME_NAME = /^(?<stem>.*)-(?<digits>[0-9]+)-(?<extension>[^-./\\]*)\.(?:png|jpe?g|webp)$/is;
const SHORT_NAME = /^(?<digits>[0-9]+)-(?<extension>[^-./\\]*)\.(?:png|jpe?g|webp)$/i;
const VIDEO_PATH = /^(?<stem>.*)\.(?<extension>[^-./\\]+)$/s;
const IMAGE_EXTENSION = /\.(?:png|jpe?g|webp)$/i;

// A NUL, a drive letter, or a segment that is empty or would be `.` or `..` once Windows dropped the dots and
// spaces at its end. `\` counts as a separator here on every platform: a list may travel.
const UNSAFE_PATH = /\0|^[a-z]:|(?:^|[/\\])(?:\.[. ]*)?(?:[/\\]|$)/i;

/**
 * The name of a frame, as Lightly writes it: `<video path without its extension>-<index>-<extension>.png`, the
 * index padded with zeros to as many digits as `frameCount` has, the extension in its own case.
 *
 * A video without an extension leaves that place empty (`clip` → `clip-07-.png`). What follows the last dot is
 * no extension when it is empty or holds a `-` or `\`: the name could not be read back (`v1.2-b` → `v1.2-b-07-.png`).
 *
 * @param video path below the dataset's folder, with `/`
 * @param index in [0, frameCount)
 * @throws ERR_FRAME_NAME when the path cannot stand in a frame name (absolute, `..`, empty segment, NUL, …)
 * @throws ERR_FRAME_RANGE when the video has no such frame
 */
export const formatFrameName = (video: string, index: number, frameCount: number): string => {
  checkInside(video, video);
  if (!Number.isInteger(index) || index < 0 || index >= frameCount) {
    throw new FramesiftError(
      'ERR_FRAME_RANGE',
      `${quote(video)} has no frame ${index}: it has ${frameCount} frames, counted from 0. Ask for one of those.`,
      { facts: { video, index, frameCount } },
    );
  }
  const { stem = video, extension = '' } = VIDEO_PATH.exec(video)?.groups ?? {};
  return `${stem}-${String(index).padStart(String(frameCount).length, '0')}-${extension}.png`;
};

/**
 * The frame that a name stands for; the inverse of {@link formatFrameName}. Accepts any padding of the number,
 * the image extensions png, jpg, jpeg and webp in any case, and a leading `./`.
 *
 * @throws ERR_FRAME_NAME when the text is no frame name, or when it names a place outside the dataset: an
 *   absolute path, a drive letter, a `.`, `..` or empty segment, a NUL
 */
export const parseFrameName = (name: string, options: NameOptions = {}): FrameRef => {
  const groups = FRAME_NAME.exec(normalizeFrameName(name, options))?.groups;
  if (groups === undefined) {
    throw nameError(
      name,
      'is not a frame name. Frame names look like day1/clip-0042-mp4.png: path of the video, frame number, ' +
        "the video's extension, then png, jpg, jpeg or webp.",
    );
  }
  const { stem = '', digits = '', extension = '' } = groups;
  const video = extension === '' ? stem : `${stem}.${extension}`;
  checkInside(video, name);
  const index = Number(digits);
  if (!Number.isSafeInteger(index)) {
    throw nameError(name, 'has a frame number that no video reaches. Check where the name comes from.');
  }
  return { video, index };
};

/** A name with `/` between folders and without a leading `./`: two names of one file become the same text. */
export const normalizeFrameName = (name: string, options: NameOptions = {}): string => {
  const { backslashIsSeparator = process.platform === 'win32' } = options;
  const slashed = backslashIsSeparator ? name.replaceAll('\\', '/') : name;
  return slashed.startsWith('./') ? slashed.replace(/^(?:\.\/)+/, '') : slashed;
};

/**
 * Reads a name that leaves out the video, `068536-mp4.png`: what Lightly's older lists hold for a dataset of one
 * video, and all that such a list can mean.
 *
 * @returns undefined when the text is not of that form
 */
export const parseShortFrameName = (
  name: string,
): { readonly index: number; readonly extension: string } | undefined => {
  const { digits, extension } = SHORT_NAME.exec(normalizeFrameName(name))?.groups ?? {};
  if (digits === undefined || extension === undefined) return undefined;
  const index = Number(digits);
  return Number.isSafeInteger(index) ? { index, extension } : undefined;
};

/**
 * The name with another image extension: `a-0-mp4.png` → `a-0-mp4.jpg`.
 *
 * @throws ERR_FRAME_NAME when the name has no image extension to replace
 */
export const withImageExtension = (name: string, extension: ImageExtension): string => {
  if (!IMAGE_EXTENSION.test(name)) {
    throw nameError(name, 'does not end in .png, .jpg, .jpeg or .webp. Give the name of an image.');
  }
  return name.replace(IMAGE_EXTENSION, `.${extension}`);
};

/** Whether a path may be that of a video below a dataset's folder. */
export const isSafePath = (path: string): boolean => !UNSAFE_PATH.test(path);

/** Names from lists are data from strangers: what would lead out of the dataset stops here, before any file is opened. */
const checkInside = (video: string, name: string): void => {
  if (UNSAFE_PATH.test(video)) {
    throw nameError(name, `${whyUnsafe(video)}. Name videos by their path below the dataset's folder.`);
  }
};

const whyUnsafe = (video: string): string => {
  const segments = video.split(/[/\\]/);
  if (video.includes('\0')) return 'holds a NUL character';
  if (/^[a-z]:/i.test(video)) return 'starts with a drive letter';
  if (video === '') return 'names no video';
  if (segments[0] === '') return 'is an absolute path';
  if (segments.includes('')) return 'has an empty segment in its path';
  return `has a ${quote(segments.find((segment) => /^\.[. ]*$/.test(segment)) ?? '..')} segment in its path`;
};

const nameError = (name: string, problem: string): FramesiftError =>
  new FramesiftError('ERR_FRAME_NAME', `${quote(name)} ${problem}`, { facts: { name } });

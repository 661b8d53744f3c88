// Which frames labelled images show: by the key that was exported with them, by name, or by the path of the image.
import type { LabelledImage } from '../annotation/labels.ts';
import { FramesiftError } from '../base/errors.ts';
import { isInside } from '../base/files.ts';
import { frameKey, frameRefOf } from '../frame/frame-key.ts';
import { withImageExtension } from '../frame/name.ts';
import type { FoundItems } from './annotation-items.ts';

/** The frame of an image. */
export interface LabelledPlace {
  readonly filename: string;
  /** Undefined for an image that is no frame of a video. */
  readonly video: string | undefined;
  readonly frame: number | undefined;
  /** When it is shown; undefined where no frames are given to join with. */
  readonly seconds: number | undefined;
}

/** Finds the frame that an image shows. @throws ERR_NOT_FOUND for one that is none of them */
export type FrameFinder = (image: LabelledImage, label: string) => LabelledPlace;

/**
 * @param prefix what was put before the paths of images
 * @param found the frames that were given to be labelled; without them names and paths are believed as they are
 */
export const frameFinder = (prefix: string | undefined, found: FoundItems | undefined): FrameFinder =>
  found === undefined ? (image, label) => believed(image, prefix, label) : joiner(found, prefix);

const believed = (
  { place, name, file }: LabelledImage,
  prefix: string | undefined,
  label: string,
): LabelledPlace => {
  const filename = name ?? nameOfFile(pathOf(file ?? '', prefix));
  if (isInside(filename) && !filename.includes('://')) {
    const ref = frameRefOf(filename);
    return { filename, video: ref?.video, frame: ref?.index, seconds: undefined };
  }
  throw notFound(
    label,
    place,
    `${file ?? filename} is no path below a folder of frames`,
    'Say what stands before it (--prefix), or which frames were to be labelled (--frames)',
  );
};

const joiner = ({ items }: FoundItems, prefix: string | undefined): FrameFinder => {
  const byKey = new Map(items.map((item) => [item.frameKey, item]));
  const byName = new Map(items.map((item) => [frameKey(item.name), item]));
  return ({ place, frameKey: key, name, file }, label) => {
    const item = (key && byKey.get(key)) || (name && byName.get(frameKey(name))) || bySuffix(file);
    if (item) return { filename: item.name, video: item.video, frame: item.frame, seconds: item.seconds };
    throw notFound(
      label,
      place,
      `${file ?? name ?? key} shows none of the frames that were given`,
      'Give the folder that they were selected or extracted into (--frames)',
    );
  };

  /** Tools move images into folders of their own: the longest end of the path that is a frame counts. */
  function bySuffix(file: string | undefined): (typeof items)[number] | undefined {
    const path = pathOf(file ?? '', prefix);
    // Uploaded images have their folders in their names.
    for (const each of [path, decoded(path)]) {
      const segments = each.split('/');
      for (let start = 0; start < segments.length; start++) {
        const item = byName.get(frameKey(nameOfFile(segments.slice(start).join('/'))));
        if (item !== undefined) return item;
      }
    }
    return undefined;
  }
};

const nameOfFile = (path: string): string => withImageExtension(path, 'png');

/** Of an address its path, in plain letters; without the prefix. */
const pathOf = (file: string, prefix: string | undefined): string => {
  const isBehind = prefix !== undefined && prefix !== '' && file.startsWith(prefix);
  const rest = isBehind ? file.slice(prefix.length) : file.replace(/^.*[?&]d=/, '');
  const isAddress = isBehind ? /[?:]/.test(prefix) : rest !== file || file.includes('://');
  const plain = isAddress ? decoded(rest.replace(/[?#].*$/, '')) : rest;
  return plain.replaceAll('\\', '/').replace(/^(?:\.?\/)+/, '');
};

const decoded = (text: string): string => {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
};

const notFound = (label: string, place: string, problem: string, remedy: string): FramesiftError =>
  new FramesiftError('ERR_NOT_FOUND', `${label}, ${place}: ${problem}. ${remedy}.`, {
    facts: { path: label, place },
  });

// "Extracting" from a folder of still images: each is copied byte for byte, or converted where a size or another
// format is asked for.
import { createHash } from 'node:crypto';
import { readFile, writeFile } from 'node:fs/promises';
import { extname } from 'node:path';
import { forEachConcurrent } from '../base/concurrency.ts';
import { FramesiftError } from '../base/errors.ts';
import { writeError } from '../base/files.ts';
import { nearest } from '../base/nearest.ts';
import { type Failure, failureOf } from '../base/outcome.ts';
import { resolveFrameNumbers, sampleFrames } from '../frame/selector.ts';
import type { ExtractedFrame, FrameFiles, FrameFormat } from '../image/frame-files.ts';
import { resolveSize, type Size, type SizeRequest } from '../image/size.ts';
import { type FrameChoice, namesOf } from './choice.ts';
import { imageContentKey } from './image-key.ts';
import { pathOf, type Source } from './source.ts';

/** The images that are wanted, as paths below the source's root, in the order asked for. */
export const chooseImages = (
  source: Source,
  choice: FrameChoice,
): { images: readonly string[]; failed: Failure[] } => {
  const pick = (indices: readonly number[]): readonly string[] =>
    indices.map((index) => source.files[index]!);
  const frameCount = source.files.length;
  switch (choice.kind) {
    case 'names':
      return chooseByName(source, namesOf(choice.list));
    case 'numbers':
      return { images: pick(resolveFrameNumbers(choice.ranges, frameCount).indices), failed: [] };
    case 'sample': {
      const sequence = {
        frameCount,
        averageFps: 0,
        keyframes: [],
        endSeconds: 0,
        secondsAt: (i: number) => i,
        indexAtSeconds: Math.floor,
      };
      return { images: pick(sampleFrames(sequence, choice.sampler)), failed: [] };
    }
    case 'times':
      throw new FramesiftError(
        'ERR_OPTION',
        `${source.root}: holds images, which have no time. Choose them by name, by number or by --every.`,
      );
  }
};

/** As for videos: after so many names it is clear. */
const MOST_SUGGESTIONS = 20;

const chooseByName = (
  source: Source,
  names: readonly { readonly name: string; readonly place: string }[],
): ReturnType<typeof chooseImages> => {
  const known = new Map(source.files.map((file) => [file.normalize('NFC'), file]));
  const images = new Set<string>();
  const failed: Failure[] = [];
  for (const { name, place } of names) {
    const image = known.get(name.normalize('NFC'));
    if (image !== undefined) {
      images.add(image);
      continue;
    }
    const suggestion = failed.length < MOST_SUGGESTIONS ? nearest(name, known.keys()) : undefined;
    const hint = suggestion === undefined ? '' : ` Did you mean ${suggestion}?`;
    const message = `${place}${name}: there is no such image in ${source.root}.${hint}`;
    failed.push({
      item: name,
      error: new FramesiftError('ERR_NOT_FOUND', message, { facts: { name } }),
    });
  }
  return { images: [...images], failed };
};

export interface ImageOptions {
  /** The format to convert to; each image's own when left out. */
  readonly format?: FrameFormat | undefined;
  readonly size?: SizeRequest | undefined;
  readonly jobs: number;
  readonly signal?: AbortSignal | undefined;
}

/** What an image's file is called in the output: its own name, with the extension of what it is converted to. */
export const imageFileName = (
  image: string,
  { format, size }: Pick<ImageOptions, 'format' | 'size'>,
): string =>
  keepsBytes(image, format, size)
    ? image
    : `${image.slice(0, image.length - extname(image).length)}.${format ?? 'png'}`;

/** No size is asked for, and its format is the one asked for or none is. */
const keepsBytes = (
  image: string,
  format: FrameFormat | undefined,
  size: SizeRequest | undefined,
): boolean => {
  const own = extname(image).toLowerCase().replace('.jpeg', '.jpg');
  return size === undefined && (format === undefined || own === `.${format}`);
};

/** Copies or converts images into an output folder, side by side. */
export const extractImages = async (
  source: Source,
  images: readonly string[],
  files: FrameFiles,
  options: ImageOptions,
  onDone: (frame: ExtractedFrame, isResumed: boolean) => void,
  onFailed: (failure: Failure) => void,
): Promise<void> => {
  const prefix = files.nextPrefix();
  await forEachConcurrent(images.entries(), options.jobs, async ([number, image]) => {
    options.signal?.throwIfAborted();
    try {
      const path = pathOf(source, image);
      const key = await imageContentKey(path);
      const existing = files.existing(image, key, 0);
      if (existing !== undefined) {
        onDone(existing, true);
        return;
      }
      const made = await makeImage(path, image, files, options);
      const unfinished = `${prefix}${number}`;
      await writeFile(unfinished, made.bytes).catch((error: unknown) => {
        throw writeError(unfinished, error);
      });
      const sha256 = createHash('sha256').update(made.bytes).digest('hex');
      const { width, height } = made.size;
      const place = { video: image, frame: 0, pts: 0, seconds: 0, contentKey: key, width, height, sha256 };
      for (const frame of files.accept(unfinished, [image], place, made.bytes.length, key))
        onDone(frame, false);
    } catch (error) {
      onFailed(failureOf(image, error));
    }
  });
};

const makeImage = async (
  path: string,
  image: string,
  files: FrameFiles,
  { format, size }: ImageOptions,
): Promise<{ bytes: Uint8Array; size: Size }> => {
  const { encodeRgb, decodeRgb, imageSize } = await import('../native/sharp.ts');
  const own = await imageSize(path);
  if (keepsBytes(image, format, size)) return { bytes: await readFile(path), size: own };
  const target = resolveSize(own, size);
  return { bytes: await encodeRgb(await decodeRgb(path, target), files.encode), size: target };
};

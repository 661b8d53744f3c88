// From a source and a choice to the list of frames to train on: workers number the frames of videos, side by side.
import { compareCodePoints } from '../base/code-points.ts';
import { forEachConcurrent } from '../base/concurrency.ts';
import { FramesiftError } from '../base/errors.ts';
import { type Failure, failureOf } from '../base/outcome.ts';
import { readingItem } from '../base/progress.ts';
import { formatFrameName } from '../frame/name.ts';
import type { Size } from '../image/size.ts';
import { mediaContentKey } from '../video/media-file.ts';
import type { IndexedVideo } from '../video/scan.ts';
import { timingOf } from '../video/timing.ts';
import { WorkerPool } from '../worker/pool.ts';
import { indexInWorker } from '../worker/tasks.ts';
import { chooseFrames, type FrameChoice, type VideoChoice } from './choice.ts';
import { chooseImages } from './extract-images.ts';
import { imageContentKey } from './image-key.ts';
import { type LabelKind, labelsOf } from './labels.ts';
import type { ReadingOptions } from './reading-options.ts';
import { pathOf, problemsOf, type Source } from './source.ts';
import { type TrainingFile, type TrainingFrames, trainingFramesOf } from './training-frames.ts';

export interface TrainingFramesOptions extends ReadingOptions {
  /** Which frames; all when left out. */
  readonly choice?: FrameChoice | undefined;
  /** What a label numbers; by default as Lightly has it: of videos the video, of images their folder. */
  readonly labels?: LabelKind | undefined;
}

/**
 * Lists the chosen frames of a source. What fails of it, whole videos too, is in `failed`.
 *
 * @throws ERR_NO_INPUT when no frame is left, ERR_OPTION for a choice that fits no file, or the signal's reason
 */
export const indexTrainingFrames = async (
  source: Source,
  options: TrainingFramesOptions = {},
): Promise<TrainingFrames> => {
  const { choice = ALL_FRAMES, labels } = options;
  const listing = new Listing(source, options);
  for (const failure of problemsOf(source, choice)) listing.fail(failure);
  await (source.kind === 'images' ? listing.images(choice) : listing.videos(choice));
  const labelOf = labelsOf(source, labels);
  const files = source.files.flatMap((file): TrainingFile[] => {
    const listed = listing.files.get(file);
    return listed === undefined || listed.frames.length === 0 ? [] : [{ ...listed, label: labelOf(file) }];
  });
  const failed = [...listing.failed.values()].sort((a, b) => compareCodePoints(a.item, b.item));
  if (files.length === 0) throw nothingLeft(source, failed);
  return trainingFramesOf(source, files, failed);
};

const ALL_FRAMES: FrameChoice = { kind: 'sample', sampler: {} };

type ListedFile = Omit<TrainingFile, 'label'>;

/** Images whose ends are read at the same time. */
const IMAGES_AT_ONCE = 16;

class Listing {
  readonly files = new Map<string, ListedFile>();
  readonly failed = new Map<string, Failure>();
  readonly #source: Source;
  readonly #options: TrainingFramesOptions;
  #looked = 0;

  constructor(source: Source, options: TrainingFramesOptions) {
    this.#source = source;
    this.#options = options;
  }

  fail(failure: Failure): void {
    this.failed.set(failure.item, failure);
  }

  async videos(choice: FrameChoice): Promise<void> {
    const { videos, failed } = chooseFrames(this.#source, choice);
    for (const failure of failed) this.fail(failure);
    using pool = new WorkerPool(this.#options);
    await forEachConcurrent(videos, pool.size + 1, async (wanted) => {
      try {
        await this.#video(wanted, pool);
      } catch (error) {
        this.#options.signal?.throwIfAborted();
        // Before anything is known of the video, what was asked for by name has failed name by name.
        for (const item of wanted.names.length > 0 ? wanted.names : [wanted.video])
          this.fail(failureOf(item, error));
      }
      this.#looked++;
      this.#report(videos.length, 'videos', wanted.video);
    });
  }

  async images(choice: FrameChoice): Promise<void> {
    const { images, failed } = chooseImages(this.#source, choice);
    for (const failure of failed) this.fail(failure);
    await forEachConcurrent(images, IMAGES_AT_ONCE, async (file) => {
      this.#options.signal?.throwIfAborted();
      try {
        const contentKey = await imageContentKey(pathOf(this.#source, file));
        const place = { frames: Uint32Array.of(0), starts: Uint32Array.of(0), shown: undefined };
        this.files.set(file, { file, contentKey, ...place, nameOf: () => file });
      } catch (error) {
        this.fail(failureOf(file, error));
      }
      this.#looked++;
      this.#report(images.length, 'images', file);
    });
  }

  async #video(wanted: VideoChoice, pool: WorkerPool): Promise<void> {
    const file = wanted.video;
    const path = pathOf(this.#source, file);
    const contentKey = await mediaContentKey(path, this.#options.signal);
    const total = this.#source.files.length;
    const video = await indexInWorker(pool, path, this.#options, (share) =>
      this.#report(total, 'videos', readingItem(file, share)),
    );
    const timing = timingOf(video);
    const { wanted: numbers, failed } = wanted.resolve(timing);
    for (const failure of failed) this.fail(failure);
    const frames = Uint32Array.from(numbers.keys()).sort();
    this.files.set(
      file,
      listedVideo(file, contentKey, frames, timing.keyframes, shownSize(video), timing.frameCount),
    );
  }

  #report(total: number, unit: string, item: string): void {
    const [done, failed] = [this.#looked, this.failed.size];
    this.#options.onProgress?.({ stage: 'counting frames', done, total, failed, unit, item });
  }
}

/** Apart from where the index is at hand, so that nothing of it is kept with the name of a frame. */
const listedVideo = (
  file: string,
  contentKey: string,
  frames: Uint32Array,
  keyframes: readonly number[],
  shown: Size,
  frameCount: number,
): ListedFile => {
  const starts = startsOf(frames, keyframes);
  return {
    file,
    contentKey,
    frames,
    starts,
    shown,
    nameOf: (frame) => formatFrameName(file, frame, frameCount),
  };
};

/** For each key the first of the frames at or after it, as its place among them. */
const startsOf = (frames: Uint32Array, keyframes: readonly number[]): Uint32Array => {
  const starts: number[] = [];
  let place = 0;
  for (const key of keyframes) {
    while (place < frames.length && frames[place]! < key) place++;
    if (place === frames.length) break;
    if (starts.at(-1) !== place) starts.push(place);
  }
  return Uint32Array.from(starts);
};

const shownSize = ({ info }: IndexedVideo): Size => {
  const { width, height, rotation } = info.stream;
  return rotation % 180 === 0 ? { width, height } : { width: height, height: width };
};

const nothingLeft = ({ root, files }: Source, failed: readonly Failure[]): FramesiftError => {
  const [first] = failed;
  const why =
    first === undefined
      ? `none of its ${files.length} files has a frame that was chosen`
      : `the first of ${failed.length} failures is ${first.item}: ${first.error.message}`;
  return new FramesiftError('ERR_NO_INPUT', `${root}: holds no frame to train on: ${why}`, {
    facts: { path: root, failed: failed.length },
  });
};

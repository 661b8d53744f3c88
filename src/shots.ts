// The shots of videos, and the frames that stand for them.

import { forEachConcurrent } from './base/concurrency.ts';
import { errorFromJSON, FramesiftError } from './base/errors.ts';
import { requireWhole } from './base/option-checks.ts';
import { type Failure, failureOf, type Outcome } from './base/outcome.ts';
import type { FolderReadingOptions } from './dataset/reading-options.ts';
import { openSource, pathOf, problemsOf } from './dataset/source.ts';
import { formatFrameName } from './frame/name.ts';
import type { Size } from './image/size.ts';
import { framesOfShots, type Shot, type ShotDetectorName, shotsBetween } from './signals/shots.ts';
import type { Doubt } from './video/frame-index.ts';
import type { IndexedVideo } from './video/scan.ts';
import { timingOf } from './video/timing.ts';
import { WorkerPool } from './worker/pool.ts';
import { findCutsInWorker, indexInWorker, renumbering } from './worker/tasks.ts';

export interface FindShotsOptions extends FolderReadingOptions {
  /** A folder of videos, or one of them. */
  readonly input: string;
  /** Default: adaptive, which cameras that move do not mislead. */
  readonly detector?: ShotDetectorName | undefined;
  /** What a cut has to reach, in the measure of the detector. Default: PySceneDetect's. */
  readonly threshold?: number | undefined;
  /** Of all shots but the last. Default 0.6. */
  readonly minimumSeconds?: number | undefined;
  /** Frames that stand for a shot, evenly spread: at least 1, the default, which is its middle. */
  readonly perShot?: number | undefined;
}

export interface FoundShot extends Shot {
  /** When its first frame is shown, and that of the next shot, or the end of the video. */
  readonly startSeconds: number;
  readonly endSeconds: number;
  /** Frames that stand for it, ascending. */
  readonly frames: readonly { readonly name: string; readonly frame: number; readonly seconds: number }[];
}

export interface ShotsOfVideo {
  /** Path below the input folder. */
  readonly video: string;
  readonly shots: readonly FoundShot[];
}

/**
 * Finds the shots of videos: every frame is decoded, at most 256 pixels long, and compared with those before it. A frame
 * that cannot be decoded is reported, and passed over.
 *
 * @throws ERR_NOT_FOUND, ERR_NO_INPUT for a folder of images, too, ERR_OPTION, or the signal's reason
 */
export const findShots = async (options: FindShotsOptions): Promise<Outcome<ShotsOfVideo>> => {
  const { detector = 'adaptive', threshold, minimumSeconds, perShot = 1 } = options;
  requireWhole('perShot', perShot, 1);
  const source = await openSource(options.input, options);
  if (source.kind === 'images')
    throw new FramesiftError('ERR_NO_INPUT', `${options.input}: holds images, and only videos have shots.`);
  const minimumLength = minimumSeconds === undefined ? undefined : { seconds: minimumSeconds };
  using pool = new WorkerPool(options);
  const threads = Math.max(1, Math.floor(pool.size / source.files.length));
  const found = new Map<string, ShotsOfVideo>();
  const failed: Failure[] = problemsOf(source);
  const report = new ShareReport(source.files.length, options.onProgress);

  const findIn = async (file: string, doubt: Doubt | undefined): Promise<ShotsOfVideo> => {
    const path = pathOf(source, file);
    const video = await indexInWorker(pool, path, { ...options, doubt });
    const task = { path, size: smallSize(video), detector, options: { threshold, minimumLength }, threads };
    const { frameCount } = video.index;
    const cuts = await findCutsInWorker(pool, video, task, (event) => {
      if (event.type === 'failed')
        failed.push({
          item: formatFrameName(file, event.rank, frameCount),
          error: errorFromJSON(event.error),
        });
      if (event.type === 'progress') report.update(file, event.share, failed.length);
    });
    return { video: file, shots: describe(file, video, shotsBetween(cuts, 0, frameCount), perShot) };
  };

  await forEachConcurrent(source.files, pool.size + 1, async (file) => {
    try {
      found.set(file, await renumbering((doubt) => findIn(file, doubt)));
    } catch (error) {
      options.signal?.throwIfAborted();
      failed.push(failureOf(file, error));
    }
    report.update(file, 1, failed.length);
  });
  return { done: source.files.flatMap((file) => found.get(file) ?? []), failed };
};

const describe = (
  file: string,
  video: IndexedVideo,
  shots: readonly Shot[],
  perShot: number,
): FoundShot[] => {
  const { secondsAt, frameCount, endSeconds } = timingOf(video);
  return shots.map((shot) => ({
    ...shot,
    startSeconds: secondsAt(shot.start),
    endSeconds: shot.end === frameCount ? endSeconds : secondsAt(shot.end),
    frames: framesOfShots([shot], { perShot }).map((frame) => ({
      name: formatFrameName(file, frame, frameCount),
      frame,
      seconds: secondsAt(frame),
    })),
  }));
};

/** What detectors bring pictures down to. */
const LONG_SIDE = 256;

const smallSize = ({ info: { stream } }: IndexedVideo): Size => {
  const isTurned = stream.rotation % 180 !== 0;
  const [width, height] = isTurned ? [stream.height, stream.width] : [stream.width, stream.height];
  const factor = Math.min(1, LONG_SIDE / Math.max(width, height));
  const small = (side: number): number => Math.max(1, Math.round(side * factor));
  return { width: small(width), height: small(height) };
};

/** How far the videos have come, together. */
class ShareReport {
  readonly #count: number;
  readonly #onProgress: FindShotsOptions['onProgress'];
  readonly #shares = new Map<string, number>();

  constructor(count: number, onProgress: FindShotsOptions['onProgress']) {
    this.#count = count;
    this.#onProgress = onProgress;
  }

  update(item: string, share: number, failed: number): void {
    this.#shares.set(item, share);
    const done = [...this.#shares.values()].filter((each) => each === 1).length;
    this.#onProgress?.({ stage: 'finding shots', done, total: this.#count, failed, unit: 'videos', item });
  }
}

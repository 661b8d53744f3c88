// From frames that are wanted to image files.
import { forEachConcurrent } from '../base/concurrency.ts';
import type { Outcome } from '../base/outcome.ts';
import { type ExtractedFrame, encodeRequest, FrameFiles, type FrameFormat } from '../image/frame-files.ts';
import type { SizeRequest } from '../image/size.ts';
import type { ReadStats } from '../video/reader.ts';
import { defaultJobs, WorkerPool } from '../worker/pool.ts';
import { chooseFrames, type FrameChoice } from './choice.ts';
import { chooseImages, extractImages, imageFileName } from './extract-images.ts';
import { ExtractionRun } from './extraction-run.ts';
import type { ReadingOptions } from './reading-options.ts';
import { problemsOf, type Source } from './source.ts';

export interface ExtractionOptions extends ReadingOptions {
  readonly outDir: string;
  readonly choice: FrameChoice;
  /** Default: png. */
  readonly format?: FrameFormat | undefined;
  /** 1 to 100, for jpg and webp; default 95. */
  readonly quality?: number | undefined;
  readonly size?: SizeRequest | undefined;
  /** Write damaged frames as a sequential decode shows them, instead of reporting them. */
  readonly keepDamaged?: boolean | undefined;
  /** Write again what an earlier run wrote, and over files that framesift did not write. */
  readonly force?: boolean | undefined;
  /** Only say what would be done. */
  readonly dryRun?: boolean | undefined;
}

/** What a run would do. */
export interface ExtractPlan {
  readonly videos: number;
  readonly frames: number;
  /** Pictures to be decoded for them. */
  readonly framesToDecode: number;
}

export interface ExtractOutcome extends Outcome<ExtractedFrame> {
  /** How many of `done` an earlier run had written. */
  readonly resumed: number;
  readonly stats: ReadStats;
  /** With `dryRun`, instead of `done`. */
  readonly plan?: ExtractPlan;
}

/**
 * Extracts frames of a source into image files that bear their names. An interrupted run continues where it was
 * when it is called again.
 *
 * @throws ERR_OPTION, ERR_WRITE, ERR_OUTPUT_BUSY, or the signal's reason
 */
export const extractFrom = async (source: Source, options: ExtractionOptions): Promise<ExtractOutcome> => {
  encodeRequest(options);
  return source.kind === 'images' ? extractFromImages(source, options) : extractFromVideos(source, options);
};

const extractFromVideos = async (source: Source, options: ExtractionOptions): Promise<ExtractOutcome> => {
  const { videos, failed } = chooseFrames(source, options.choice);
  const run = new ExtractionRun(source, options, videos.length, [
    ...problemsOf(source, options.choice),
    ...failed,
  ]);
  using pool = new WorkerPool({ ...options, signal: run.signal });
  if (options.dryRun) {
    await forEachConcurrent(videos, pool.size, (video) => run.planVideo(video, pool));
    return run.outcome();
  }
  const files = await FrameFiles.open(options.outDir, options);
  try {
    await forEachConcurrent(videos, pool.size + 1, (video) => run.extractVideo(video, pool, files));
  } finally {
    await files.close();
  }
  return run.outcome();
};

/** The same for a folder of still images: each image is one frame. */
const extractFromImages = async (source: Source, options: ExtractionOptions): Promise<ExtractOutcome> => {
  const { images, failed: unknown } = chooseImages(source, options.choice);
  const failed = [...problemsOf(source, options.choice), ...unknown];
  const stats: ReadStats = { seeks: 0, packetsSent: 0, framesDecoded: 0, framesSkipped: 0, backOffs: 0 };
  if (options.dryRun) {
    return {
      done: [],
      failed,
      resumed: 0,
      stats,
      plan: { videos: 0, frames: images.length, framesToDecode: 0 },
    };
  }
  const files = await FrameFiles.open(options.outDir, {
    ...options,
    fileOf: (name) => imageFileName(name, options),
  });
  const done = new Map<string, ExtractedFrame>();
  let resumed = 0;
  const report = (item: string): void =>
    options.onProgress?.({
      stage: 'extracting',
      done: done.size,
      total: images.length,
      failed: failed.length,
      unit: 'images',
      item,
    });
  try {
    await extractImages(
      source,
      images,
      files,
      { ...options, jobs: options.jobs ?? defaultJobs() },
      (frame, isResumed) => {
        done.set(frame.name, frame);
        if (isResumed) resumed++;
        report(frame.name);
      },
      (failure) => {
        failed.push(failure);
        report(failure.item);
      },
    );
  } finally {
    await files.close();
  }
  return { done: images.flatMap((image) => done.get(image) ?? []), failed, resumed, stats };
};

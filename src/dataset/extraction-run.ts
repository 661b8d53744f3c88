// One extraction under way: what is done, what failed, and how far it is.

import { compareCodePoints } from '../base/code-points.ts';
import { errorFromJSON, type FramesiftError } from '../base/errors.ts';
import { type Failure, failureOf } from '../base/outcome.ts';
import { readingItem } from '../base/progress.ts';
import type { ExtractedFrame, FrameFiles } from '../image/frame-files.ts';
import type { Doubt } from '../video/frame-index.ts';
import { mediaContentKey } from '../video/media-file.ts';
import { planRuns } from '../video/plan.ts';
import type { ReadStats } from '../video/reader.ts';
import type { IndexedVideo } from '../video/scan.ts';
import { timingOf } from '../video/timing.ts';
import type { WorkerPool } from '../worker/pool.ts';
import { indexInWorker, readInWorkers, renumbering } from '../worker/tasks.ts';
import { namesOf, type VideoChoice } from './choice.ts';
import type { ExtractionOptions, ExtractOutcome } from './extraction.ts';
import { pathOf, type Source } from './source.ts';

/** System errors after which writing further files is pointless. */
const HOPELESS = new Set(['ENOSPC', 'EDQUOT', 'EROFS', 'EIO']);

type Wanted = ReadonlyMap<number, readonly string[]>;

export class ExtractionRun {
  readonly #source: Source;
  readonly #options: ExtractionOptions;
  readonly #failed: Map<string, Failure>;
  readonly #frames = new Map<string, ExtractedFrame>();
  readonly #stats: ReadStats = { seeks: 0, packetsSent: 0, framesDecoded: 0, framesSkipped: 0, backOffs: 0 };
  readonly #hopeless = new AbortController();
  readonly signal: AbortSignal;
  #resumed = 0;
  /** Frames wanted of the videos that were looked at so far; of all, where names say so. */
  #expected = 0;
  readonly #videoCount: number;
  #videosSeen = 0;
  #plan = { videos: 0, frames: 0, framesToDecode: 0 };

  constructor(source: Source, options: ExtractionOptions, videoCount: number, failed: readonly Failure[]) {
    this.#source = source;
    this.#options = options;
    this.#failed = new Map(failed.map((failure) => [failure.item, failure]));
    this.#videoCount = videoCount;
    if (options.choice.kind === 'names')
      this.#expected = new Set(namesOf(options.choice.list).map(({ name }) => name)).size;
    const { signal } = this.#hopeless;
    this.signal = options.signal === undefined ? signal : AbortSignal.any([options.signal, signal]);
  }

  /** Adds up what {@link extractVideo} would do. */
  async planVideo(choice: VideoChoice, pool: WorkerPool): Promise<void> {
    await this.#recordFailure(choice, async () => {
      const video = await this.#index(choice, pool, undefined);
      const wanted = this.#resolve(choice, video);
      const runs = planRuns(video.index, [...wanted.keys()]);
      this.#plan = {
        videos: this.#plan.videos + 1,
        frames: this.#plan.frames + [...wanted.values()].flat().length,
        framesToDecode: this.#plan.framesToDecode + runs.reduce((sum, run) => sum + run.decodeCount, 0),
      };
    });
  }

  async extractVideo(choice: VideoChoice, pool: WorkerPool, files: FrameFiles): Promise<void> {
    await this.#recordFailure(choice, () =>
      renumbering((doubt) => this.#extract(choice, pool, files, doubt)),
    );
  }

  outcome(): ExtractOutcome {
    const { choice, dryRun } = this.#options;
    const frames = [...this.#frames.values()];
    const done =
      choice.kind === 'names'
        ? namesOf(choice.list).flatMap(({ name }) => this.#takeFrame(name))
        : frames.sort((a, b) => compareCodePoints(a.video, b.video) || a.frame - b.frame);
    const outcome = { done, failed: [...this.#failed.values()], resumed: this.#resumed, stats: this.#stats };
    return dryRun ? { ...outcome, plan: this.#plan } : outcome;
  }

  async #extract(
    choice: VideoChoice,
    pool: WorkerPool,
    files: FrameFiles,
    doubt: Doubt | undefined,
  ): Promise<void> {
    const path = pathOf(this.#source, choice.video);
    const content = await mediaContentKey(path, this.signal);
    const video = await this.#index(choice, pool, doubt);
    // What was written before the numbering proved wrong is written again.
    const key = `${content} ${video.index.orderSource}`;
    const wanted = this.#leaveOutExisting(this.#resolve(choice, video), key, files);
    if (wanted.size === 0) return;
    const targets = [...wanted.keys()];
    const { size, keepDamaged = false } = this.#options;
    const task = {
      kind: 'extract',
      path,
      size,
      keepDamaged,
      encode: files.encode,
      filePrefix: files.nextPrefix(),
    } as const;
    const { secondsAt } = timingOf(video);
    const placeOf = (
      frame: number,
    ): Pick<ExtractedFrame, 'video' | 'frame' | 'pts' | 'seconds' | 'contentKey'> => ({
      video: choice.video,
      frame,
      pts: jsonInteger(video.index.pts[frame]!),
      seconds: secondsAt(frame),
      contentKey: content,
    });
    const stats = await readInWorkers(pool, video, targets, task, (event) => {
      if (event.type === 'failed') {
        this.#fail(wanted.get(event.rank)!, errorFromJSON(event.error));
      } else if (event.type === 'written') {
        const { rank, file, width, height, sizeBytes, sha256 } = event.frame;
        this.#accept(() =>
          files.accept(file, wanted.get(rank)!, { ...placeOf(rank), width, height, sha256 }, sizeBytes, key),
        );
      }
    });
    for (const count of Object.keys(stats) as (keyof ReadStats)[]) this.#stats[count] += stats[count];
  }

  async #index(choice: VideoChoice, pool: WorkerPool, doubt: Doubt | undefined): Promise<IndexedVideo> {
    const { stream, cache } = this.#options;
    const path = pathOf(this.#source, choice.video);
    return indexInWorker(pool, path, { stream, cache, doubt }, (share) =>
      this.#report(readingItem(choice.video, share)),
    );
  }

  #resolve(choice: VideoChoice, video: IndexedVideo): Wanted {
    const { wanted, failed } = choice.resolve(timingOf(video));
    for (const failure of failed) this.#failed.set(failure.item, failure);
    if (choice.names.length === 0) this.#expected += wanted.size + failed.length;
    this.#videosSeen++;
    return wanted;
  }

  /** What an earlier run has not done yet. */
  #leaveOutExisting(wanted: Wanted, key: string, files: FrameFiles): Wanted {
    const left = new Map<number, string[]>();
    for (const [frame, names] of wanted) {
      for (const name of names) {
        try {
          const existing = files.existing(name, key, frame);
          if (existing === undefined) left.set(frame, [...(left.get(frame) ?? []), name]);
          else if (!this.#frames.has(name)) this.#resumed++;
          if (existing !== undefined) this.#frames.set(name, existing);
        } catch (error) {
          this.#failed.set(name, failureOf(name, error));
        }
      }
    }
    this.#report();
    return left;
  }

  /** Runs in the middle of a worker's message: an error here ends the run, not the process. */
  #accept(move: () => readonly ExtractedFrame[]): void {
    try {
      for (const frame of move()) this.#frames.set(frame.name, frame);
      this.#report();
    } catch (error) {
      this.#hopeless.abort(error);
    }
  }

  #fail(names: readonly string[], error: FramesiftError): void {
    for (const item of names) this.#failed.set(item, { item, error });
    if (error.code === 'ERR_WRITE' && HOPELESS.has(String(error.facts['system'])))
      this.#hopeless.abort(error);
    this.#report();
  }

  /** A video that cannot be opened or read fails alone, with all that was wanted of it. */
  async #recordFailure(choice: VideoChoice, work: () => Promise<void>): Promise<void> {
    try {
      await work();
    } catch (error) {
      this.signal.throwIfAborted();
      const open = choice.names.filter((name) => !this.#frames.has(name) && !this.#failed.has(name));
      const items = open.length > 0 ? open : [choice.video];
      for (const item of items) this.#failed.set(item, failureOf(item, error));
    }
    this.#report(choice.video);
  }

  #takeFrame(name: string): ExtractedFrame[] {
    const frame = this.#frames.get(name);
    this.#frames.delete(name);
    return frame === undefined ? [] : [frame];
  }

  /** Known where names are given; else estimated from the videos that were looked at. */
  #total(): number | undefined {
    if (this.#options.choice.kind === 'names') return this.#expected;
    const seen = Math.min(this.#videosSeen, this.#videoCount);
    return seen === 0 ? undefined : Math.round((this.#expected / seen) * this.#videoCount);
  }

  #report(item?: string): void {
    this.#options.onProgress?.({
      stage: 'extracting',
      done: this.#frames.size,
      total: this.#total(),
      failed: this.#failed.size,
      unit: 'frames',
      item,
    });
  }
}

const jsonInteger = (value: bigint): number | string => {
  const number = Number(value);
  return Number.isSafeInteger(number) ? number : String(value);
};

// What videos are made of: codec, size, clock, keys, and what is wrong with them.
import { stat } from 'node:fs/promises';
import { shownAddress } from './base/address.ts';
import { errorFromJSON, FramesiftError } from './base/errors.ts';
import { failureOf } from './base/outcome.ts';
import { readingItem } from './base/progress.ts';
import { describeOnWorkers } from './batch/info-on-workers.ts';
import type { FolderReadingOptions } from './dataset/reading-options.ts';
import { openSource, pathOf } from './dataset/source.ts';
import type { StreamInfo } from './native/libav.ts';
import type { OrderSource } from './video/frame-index.ts';
import type { IndexedVideo } from './video/scan.ts';
import { timingOf } from './video/timing.ts';
import { WorkerPool } from './worker/pool.ts';
import { indexInWorker, readInWorkers, renumbering } from './worker/tasks.ts';

export interface InfoOptions extends FolderReadingOptions {
  /** Videos and folders of videos. */
  readonly inputs: readonly string[];
  /** Decode every frame and report the damaged ones. */
  readonly verify?: boolean | undefined;
  /** A queue (`redis://…`, `postgres://…`) whose workers look: see `runWorker`. They must see the same folders. */
  readonly queue?: string | undefined;
  /** Something that people should know: no worker is there, the queue is out of reach. */
  readonly onNotice?: ((notice: string) => void) | undefined;
}

export interface VideoReport {
  readonly path: string;
  readonly codec: string;
  readonly container: string;
  /** As shown: after rotation. */
  readonly width: number;
  readonly height: number;
  readonly pixelFormat: string;
  /** On average; 0 for a single frame. */
  readonly fps: number;
  readonly isVariableRate: boolean;
  readonly frameCount: number;
  readonly durationSeconds: number;
  readonly keyframeCount: number;
  /** Frames from one key to the next. */
  readonly averageGop: number;
  readonly longestGop: number;
  /** Clockwise degrees that the file asks to be turned by; framesift does. */
  readonly rotation: number;
  /** Width of a pixel over its height. */
  readonly pixelAspect: number;
  readonly hdr: 'PQ' | 'HLG' | null;
  readonly sizeBytes: number;
  /**
   * How the frames were numbered: by timestamps, or by one full decode where those cannot be trusted; `tables`: by
   * timestamps, of a remote video whose pictures were not looked at.
   */
  readonly orderSource: OrderSource;
  /** FFmpeg's number of the stream that is used, and all video streams of the file. */
  readonly stream: number;
  readonly streams: readonly Pick<StreamInfo, 'index' | 'codec' | 'width' | 'height'>[];
  readonly problems: readonly string[];
  /** With `verify`: frames that cannot be decoded as they were recorded. */
  readonly damagedFrames?: readonly number[];
}

export type DescribedVideo =
  | { readonly path: string; readonly report: VideoReport; readonly error?: undefined }
  | { readonly path: string; readonly report?: undefined; readonly error: FramesiftError };

/**
 * Describes videos one by one, in order. A video that cannot be read is described by its error.
 *
 * @throws ERR_NO_INPUT, ERR_OPTION, or the signal's reason
 */
export async function* describeVideos(options: InfoOptions): AsyncGenerator<DescribedVideo> {
  using pool = new WorkerPool(options);
  const inputs = await findInputs(options);
  const { queue } = options;
  const sound = inputs.flatMap(({ path, problem }) => (problem === undefined ? [path] : []));
  const reports =
    queue === undefined ? undefined : await describeOnWorkers<VideoReport>(sound, { ...options, queue });
  let done = 0;
  let failed = 0;
  const describe = async (input: FramesiftError | string, path: string): Promise<DescribedVideo> => {
    const shown = shownAddress(path);
    const report = (item: string): void =>
      options.onProgress?.({
        stage: options.verify ? 'verifying' : 'counting frames',
        done,
        total: inputs.length,
        failed,
        unit: 'videos',
        item,
      });
    try {
      if (input instanceof FramesiftError) throw input;
      const onReading = (share: number): void => report(readingItem(shown, share));
      const found = await (reports?.get(path) ?? describeVideo(path, pool, options, onReading));
      return { path: shown, report: { ...found, path: shown } };
    } catch (error) {
      options.signal?.throwIfAborted();
      failed++;
      return { path: shown, error: failureOf(shown, error).error };
    } finally {
      done++;
      report(shown);
    }
  };
  // Begun a few at a time, told in order.
  const underway: Promise<DescribedVideo>[] = [];
  for (const { path, problem } of inputs) {
    const next = describe(problem ?? path, path);
    next.catch(() => undefined); // awaited below, perhaps after an earlier one has thrown
    underway.push(next);
    if (reports === undefined && underway.length > pool.size) yield await underway.shift()!;
  }
  for (const next of underway) yield await next;
}

interface Input {
  readonly path: string;
  readonly problem?: FramesiftError;
}

const findInputs = async (options: InfoOptions): Promise<Input[]> => {
  const found: Input[] = [];
  for (const input of options.inputs) {
    try {
      const source = await openSource(input, options);
      if (source.kind === 'images' && !(await stat(input)).isFile()) {
        throw new FramesiftError('ERR_NO_INPUT', `${input}: holds images and no videos.`, {
          facts: { path: input },
        });
      }
      for (const file of source.files) found.push({ path: pathOf(source, file) });
      for (const { path, error } of source.problems) found.push({ path, problem: error });
    } catch (error) {
      if (options.inputs.length === 1) throw error;
      found.push({ path: input, problem: failureOf(input, error).error });
    }
  }
  return found;
};

const describeVideo = (
  path: string,
  pool: WorkerPool,
  options: InfoOptions,
  onReading: (share: number) => void,
): Promise<VideoReport> =>
  renumbering(async (doubt) => {
    const video = await indexInWorker(pool, path, { ...options, doubt }, onReading);
    return options.verify ? verified(path, video, pool) : reportOf(path, video);
  });

const verified = async (path: string, video: IndexedVideo, pool: WorkerPool): Promise<VideoReport> => {
  const damaged: number[] = [];
  const reasons = new Set<string>();
  const all = Array.from({ length: video.index.frameCount }, (_, index) => index);
  await readInWorkers(pool, video, all, { kind: 'verify', path }, (event) => {
    if (event.type !== 'failed') return;
    damaged.push(event.rank);
    reasons.add(errorFromJSON(event.error).code);
  });
  damaged.sort((a, b) => a - b);
  const report = reportOf(path, video);
  if (damaged.length === 0) return { ...report, damagedFrames: damaged };
  const problem = `${damaged.length} damaged ${damaged.length === 1 ? 'frame' : 'frames'}: ${spans(damaged)}`;
  return { ...report, problems: [...report.problems, problem], damagedFrames: damaged };
};

/** `3, 7-12, 40`, and no more than a line of it. */
const spans = (numbers: readonly number[]): string => {
  const parts: string[] = [];
  for (let i = 0; i < numbers.length; i++) {
    const first = numbers[i]!;
    while (numbers[i + 1] === numbers[i]! + 1) i++;
    parts.push(first === numbers[i] ? `${first}` : `${first}-${numbers[i]}`);
  }
  return parts.length > 8 ? `${parts.slice(0, 8).join(', ')}, …` : parts.join(', ');
};

const reportOf = (path: string, video: IndexedVideo): VideoReport => {
  const { info, index } = video;
  const { stream } = info;
  const timing = timingOf(video);
  const isTurned = stream.rotation % 180 !== 0;
  const gops = gopLengths(timing.keyframes, timing.frameCount);
  const { num, den } = stream.sampleAspectRatio;
  return {
    path,
    codec: stream.codec,
    container: info.container,
    width: isTurned ? stream.height : stream.width,
    height: isTurned ? stream.width : stream.height,
    pixelFormat: stream.pixelFormat,
    fps: timing.averageFps,
    isVariableRate: timing.isVariableRate,
    frameCount: timing.frameCount,
    durationSeconds: timing.durationSeconds,
    keyframeCount: timing.keyframes.length,
    averageGop: gops.reduce((sum, length) => sum + length, 0) / Math.max(1, gops.length),
    longestGop: gops.reduce((most, length) => Math.max(most, length), 0),
    rotation: stream.rotation,
    pixelAspect: num > 0 && den > 0 ? num / den : 1,
    hdr: stream.hdr,
    sizeBytes: info.sizeBytes,
    orderSource: index.orderSource,
    stream: stream.index,
    streams: info.streams.map(({ index: i, codec, width, height }) => ({ index: i, codec, width, height })),
    problems: index.orderReason === '' ? [] : [`${index.orderReason}: frames were numbered by decoding`],
  };
};

const gopLengths = (keyframes: readonly number[], frameCount: number): number[] =>
  keyframes.map((key, i) => (keyframes[i + 1] ?? frameCount) - key);

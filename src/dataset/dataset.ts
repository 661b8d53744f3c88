// A folder of videos (or of images) as one ordered list of frames.
import { FramesiftError } from '../base/errors.ts';
import { failureOf } from '../base/outcome.ts';
import type { RgbImage } from '../base/rgb-image.ts';
import { formatFrameName } from '../frame/name.ts';
import type { FrameFormat } from '../image/frame-files.ts';
import { resolveSize, type SizeRequest } from '../image/size.ts';
import { loadIndex } from '../video/index-cache.ts';
import { Video } from '../video/video.ts';
import { type FrameChoice, videoFinder } from './choice.ts';
import { type ExtractOutcome, extractFrom } from './extraction.ts';
import type { LabelKind } from './labels.ts';
import type { FolderReadingOptions } from './reading-options.ts';
import { pathOf, type Source } from './source.ts';

export interface DatasetOptions extends Omit<FolderReadingOptions, 'onLog'> {
  /** What a label numbers: the videos, or the folders that they are in. Default: `video`. */
  readonly labels?: LabelKind | undefined;
}

/** One file of a dataset. An image counts as a video of one frame. */
export interface DatasetVideo {
  /** Path below the dataset's folder, `/` between segments. */
  readonly path: string;
  /** Global index of its first frame. */
  readonly offset: number;
  /** 0 for a file that could not be read. */
  readonly frameCount: number;
  readonly label: number;
  /** On average; 0 where unknown. */
  readonly fps: number;
  readonly durationSeconds: number;
  /** As shown; 0 for a file that could not be read. */
  readonly width: number;
  readonly height: number;
  readonly rotation: number;
  /** Why the file could not be read. */
  readonly error?: FramesiftError | undefined;
}

/** A frame of a dataset: its picture with Lightly's label and file name. */
export interface DatasetFrame {
  readonly image: RgbImage;
  readonly label: number;
  readonly filename: string;
}

/** A frame as a run over many returns it: with its place, and with an error instead of an image where it is damaged. */
export type DatasetFrameResult = {
  readonly globalIndex: number;
  readonly video: string;
  readonly index: number;
  readonly seconds: number;
  readonly label: number;
  readonly filename: string;
} & (
  | { readonly image: RgbImage; readonly error?: undefined }
  | { readonly image?: undefined; readonly error: FramesiftError }
);

/** A folder as one ordered list of frames: videos by path, frames by number. */
export class Dataset {
  readonly root: string;
  readonly kind: 'videos' | 'images';
  readonly videos: readonly DatasetVideo[];
  /** Frames in all videos together. */
  readonly length: number;
  readonly #source: Source;
  readonly #options: DatasetOptions;
  readonly #positions: ReadonlyMap<string, number>;
  #open: { readonly position: number; readonly video: Video } | undefined;

  /** @internal */
  constructor(source: Source, videos: readonly DatasetVideo[], options: DatasetOptions) {
    this.root = source.root;
    this.kind = source.kind;
    this.videos = videos;
    this.length = videos.reduce((sum, { frameCount }) => sum + frameCount, 0);
    this.#source = source;
    this.#options = options;
    this.#positions = new Map(videos.map(({ path }, position) => [path, position]));
  }

  /** The name of a frame. @throws ERR_FRAME_RANGE */
  filename(globalIndex: number): string {
    const { video, index } = this.#place(globalIndex);
    return this.#nameOf(video, index);
  }

  /** All names, in order of the global index, made while they are read. */
  *filenames(): Generator<string, void> {
    for (const video of this.videos) {
      for (let index = 0; index < video.frameCount; index++) yield this.#nameOf(video, index);
    }
  }

  /**
   * The global index of a frame name; the number in it may have any padding.
   *
   * @throws ERR_FRAME_NAME, ERR_NOT_FOUND for a video that the dataset does not have, ERR_FRAME_RANGE
   */
  indexOf(name: string): number {
    if (this.kind === 'images') {
      const position = this.#positions.get(name);
      if (position !== undefined) return this.videos[position]!.offset;
      throw new FramesiftError('ERR_NOT_FOUND', `${name}: there is no such image in ${this.root}.`, {
        facts: { name },
      });
    }
    const ref = videoFinder(this.#source)(name);
    const video = this.videos[this.#positions.get(ref.video)!]!;
    if (video.error !== undefined) throw video.error;
    if (ref.index >= video.frameCount) throw outOfRange(ref.video, ref.index, video.frameCount);
    return video.offset + ref.index;
  }

  /** One frame. @throws ERR_FRAME_RANGE, ERR_FRAME_DAMAGED, … */
  async at(
    globalIndex: number,
    options: { size?: SizeRequest; signal?: AbortSignal } = {},
  ): Promise<DatasetFrame> {
    for await (const frame of this.frames([globalIndex], options)) {
      if (frame.error !== undefined) throw frame.error;
      const { image, label, filename } = frame;
      return { image, label, filename };
    }
    throw outOfRange(this.root, globalIndex, this.length);
  }

  /**
   * Frames in order of their global index, each once. Each video is opened once; damaged frames come with an error,
   * and those of a damaged part of a video may come after later ones.
   *
   * @param selection global indices, or names; all frames when left out
   * @throws ERR_FRAME_RANGE, ERR_FRAME_NAME, ERR_NOT_FOUND before anything is decoded
   */
  async *frames(
    selection?: Iterable<number | string>,
    options: { size?: SizeRequest; signal?: AbortSignal } = {},
  ): AsyncGenerator<DatasetFrameResult, void> {
    for (const [video, indices] of this.#group(selection)) {
      const common = { video: video.path, label: video.label };
      const reading =
        this.kind === 'images' ? this.#readImage(video, options) : this.#readVideo(video, indices, options);
      for await (const { index, seconds, ...result } of reading) {
        const filename = this.#nameOf(video, index);
        yield { globalIndex: video.offset + index, index, seconds, filename, ...common, ...result };
      }
    }
  }

  /**
   * When each frame of a video comes on screen, in seconds as a player shows them.
   *
   * @throws ERR_NOT_FOUND, or why the video cannot be read
   */
  async timestamps(path: string): Promise<number[]> {
    const position = this.#positions.get(path);
    if (position === undefined) {
      throw new FramesiftError('ERR_NOT_FOUND', `${path}: there is no such video in ${this.root}.`, {
        facts: { path },
      });
    }
    if (this.kind === 'images') return [0];
    return (await this.#openVideo(position)).timestamps();
  }

  /**
   * Writes frames into image files that bear their names.
   *
   * @param names all frames when left out
   * @returns what was written, and what could not be
   */
  dump(
    outDir: string,
    names?: Iterable<string>,
    options: {
      format?: FrameFormat;
      quality?: number;
      size?: SizeRequest;
      force?: boolean;
      signal?: AbortSignal;
    } = {},
  ): Promise<ExtractOutcome> {
    const { stream, cache, jobs } = this.#options;
    const choice: FrameChoice =
      names === undefined ? { kind: 'sample', sampler: {} } : { kind: 'names', list: [...names] };
    return extractFrom(this.#source, { outDir, choice, stream, cache, jobs, ...options });
  }

  /** Frees the decoder of the video that was read last. */
  close(): void {
    this.#open?.video.close();
    this.#open = undefined;
  }

  [Symbol.dispose](): void {
    this.close();
  }

  #nameOf(video: DatasetVideo, index: number): string {
    return this.kind === 'images' ? video.path : formatFrameName(video.path, index, video.frameCount);
  }

  #place(globalIndex: number): { video: DatasetVideo; index: number } {
    if (!(Number.isInteger(globalIndex) && globalIndex >= 0 && globalIndex < this.length)) {
      throw outOfRange(this.root, globalIndex, this.length);
    }
    let low = 0;
    let high = this.videos.length;
    while (low < high) {
      const middle = (low + high) >> 1;
      if (this.videos[middle]!.offset <= globalIndex) low = middle + 1;
      else high = middle;
    }
    // Videos without frames share their offset with the next: the last at this offset that has the frame is meant.
    const video = this.videos[low - 1]!;
    return { video, index: globalIndex - video.offset };
  }

  #group(selection: Iterable<number | string> | undefined): Map<DatasetVideo, number[] | undefined> {
    if (selection === undefined)
      return new Map(this.videos.filter((v) => v.frameCount > 0).map((v) => [v, undefined]));
    const indices = [
      ...new Set([...selection].map((item) => (typeof item === 'string' ? this.indexOf(item) : item))),
    ];
    const groups = new Map<DatasetVideo, number[]>();
    for (const globalIndex of indices.sort((a, b) => a - b)) {
      const { video, index } = this.#place(globalIndex);
      const group = groups.get(video);
      if (group === undefined) groups.set(video, [index]);
      else group.push(index);
    }
    return groups;
  }

  async *#readVideo(
    video: DatasetVideo,
    indices: readonly number[] | undefined,
    options: { size?: SizeRequest; signal?: AbortSignal },
  ): AsyncGenerator<FoundFrame> {
    const open = await this.#openVideo(this.#positions.get(video.path)!);
    for await (const { index, seconds, image, error } of open.frames(indices ?? {}, options)) {
      yield error === undefined ? { index, seconds, image } : { index, seconds, error };
    }
  }

  async *#readImage(video: DatasetVideo, { size }: { size?: SizeRequest }): AsyncGenerator<FoundFrame> {
    const { decodeRgb, imageSize } = await import('../native/sharp.ts');
    const path = pathOf(this.#source, video.path);
    try {
      const target = size === undefined ? undefined : resolveSize(await imageSize(path), size);
      yield { index: 0, seconds: 0, image: await decodeRgb(path, target) };
    } catch (error) {
      yield { index: 0, seconds: 0, error: failureOf(video.path, error).error };
    }
  }

  /** Keeps the video that was read last open: neighbours in a list are mostly frames of one video. */
  async #openVideo(position: number): Promise<Video> {
    if (this.#open?.position === position) return this.#open.video;
    this.close();
    const path = pathOf(this.#source, this.videos[position]!.path);
    const { stream, cache } = this.#options;
    const video = new Video(path, await loadIndex(path, { stream, cache }), { stream, cache });
    this.#open = { position, video };
    return video;
  }
}

type FoundFrame = { readonly index: number; readonly seconds: number } & (
  | { readonly image: RgbImage; readonly error?: undefined }
  | { readonly image?: undefined; readonly error: FramesiftError }
);

const outOfRange = (what: string, index: number, count: number): FramesiftError =>
  new FramesiftError('ERR_FRAME_RANGE', `${what}: has no frame ${index}; its frames are 0 to ${count - 1}.`, {
    facts: { frame: index, frameCount: count },
  });

// What the main process asks of its workers, and what they answer. Everything here crosses a process border.
import type { ErrorCode, ErrorFacts } from '../base/errors.ts';
import type { Interpolation, RgbImage } from '../base/rgb-image.ts';
import type { FrameMeasures } from '../image/measures.ts';
import type { Size, SizeRequest } from '../image/size.ts';
import type { EmbedderOptions } from '../model/embedder.ts';
import type { NetworkOptions } from '../model/network.ts';
import type { ModelFile } from '../model/registry.ts';
import type { EncodeRequest } from '../native/sharp.ts';
import type { ShotDetectorOptions } from '../signals/shot-detector.ts';
import type { ShotDetectorName } from '../signals/shots.ts';
import type { IndexOptions } from '../video/index-cache.ts';
import type { Run } from '../video/plan.ts';
import type { ReadStats } from '../video/reader.ts';

/** Number the frames of a video. */
export interface IndexJob {
  readonly kind: 'index';
  readonly path: string;
  readonly options: Pick<IndexOptions, 'stream' | 'cache' | 'threads' | 'doubt'>;
}

/** Decode every frame of a video and report those that are damaged. */
export interface VerifyJob {
  readonly kind: 'verify';
  readonly path: string;
  /** The video's index, as {@link encodeIndex} writes it. */
  readonly index: Uint8Array;
  readonly runs: readonly Run[];
  readonly threads: number;
}

/** Decode frames of a video into image files. */
export interface ExtractJob {
  readonly kind: 'extract';
  readonly path: string;
  readonly index: Uint8Array;
  readonly runs: readonly Run[];
  readonly threads: number;
  readonly size: SizeRequest | undefined;
  readonly keepDamaged: boolean;
  readonly encode: EncodeRequest;
  /** Files are written as `<prefix><frame>`, to be moved to their names by the main process. */
  readonly filePrefix: string;
}

/** How pictures are to come. */
export interface PictureRequest {
  readonly size: SizeRequest;
  /** What is cut out of the middle after resizing. */
  readonly crop: Size | undefined;
  readonly interpolation: Interpolation;
  /** Whether each picture is measured, too: see {@link FrameMeasures}. */
  readonly isMeasured: boolean;
  /** Computes each picture's embedding where it was decoded; the picture itself is sent when left out. */
  readonly engine: EngineRequest | undefined;
}

/** A network to run in the workers. */
export interface EngineRequest {
  readonly model: ModelFile;
  readonly options: NetworkOptions;
  readonly embedder: EmbedderOptions;
}

/** Decode frames of a video into pictures, as a model takes them. */
export interface PicturesJob extends PictureRequest {
  readonly kind: 'pictures';
  readonly path: string;
  readonly index: Uint8Array;
  readonly runs: readonly Run[];
  readonly threads: number;
}

/** Decode image files into pictures, as a model takes them. Their rank is their place in the list. */
export interface ImagesJob extends PictureRequest {
  readonly kind: 'images';
  /** The first image, for messages. */
  readonly path: string;
  readonly paths: readonly string[];
}

/** Decode every frame of a video, in order, and find the cuts between its shots. */
export interface ShotsJob {
  readonly kind: 'shots';
  readonly path: string;
  readonly index: Uint8Array;
  readonly runs: readonly Run[];
  readonly threads: number;
  readonly size: Size;
  readonly detector: ShotDetectorName;
  readonly options: ShotDetectorOptions;
}

export type Job = IndexJob | VerifyJob | ExtractJob | PicturesJob | ImagesJob | ShotsJob;

/** An error as plain data. */
export interface ErrorData {
  readonly code: ErrorCode;
  readonly message: string;
  readonly facts: ErrorFacts;
}

/** An image file that a worker wrote under a temporary name. */
export interface WrittenFrame {
  readonly rank: number;
  readonly file: string;
  readonly width: number;
  readonly height: number;
  readonly sizeBytes: number;
  readonly sha256: string;
}

/** News of a job under way. */
export type JobEvent =
  | { readonly type: 'progress'; readonly share: number }
  | { readonly type: 'written'; readonly frame: WrittenFrame }
  | {
      readonly type: 'pixels';
      readonly rank: number;
      readonly image: RgbImage;
      readonly measures: FrameMeasures | undefined;
    }
  | {
      readonly type: 'embedding';
      readonly rank: number;
      readonly row: Float32Array;
      readonly measures: FrameMeasures | undefined;
      /** Pictures that were computed together. */
      readonly batchSize: number;
    }
  | { readonly type: 'sound'; readonly rank: number }
  | { readonly type: 'failed'; readonly rank: number; readonly error: ErrorData }
  | { readonly type: 'log'; readonly line: string };

/** How a job ended. `renumber`: the decoder shows other frames than the index lists. */
export type JobResult =
  | { readonly type: 'indexed'; readonly index: Uint8Array }
  | { readonly type: 'read'; readonly stats: ReadStats }
  /** Frames with which new shots begin, ascending. */
  | { readonly type: 'cuts'; readonly cuts: readonly number[] }
  | { readonly type: 'done' }
  | { readonly type: 'renumber' };

export type Request =
  | { readonly type: 'job'; readonly job: Job; readonly isVerbose: boolean }
  /** One more `written` or `pixels` event is taken care of. */
  | { readonly type: 'taken' };

export type Reply =
  | JobEvent
  | { readonly type: 'result'; readonly result: JobResult }
  | { readonly type: 'error'; readonly error: ErrorData }
  /** A bug, with its stack. */
  | { readonly type: 'bug'; readonly stack: string };

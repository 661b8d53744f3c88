// What the main process asks of its workers, and what they answer. Everything here crosses a process border.
import type { ErrorCode, ErrorFacts } from '../base/errors.ts';
import type { Interpolation, RgbImage } from '../base/rgb-image.ts';
import type { Size, SizeRequest } from '../image/size.ts';
import type { EncodeRequest } from '../native/sharp.ts';
import type { IndexOptions } from '../video/index-cache.ts';
import type { Run } from '../video/plan.ts';
import type { ReadStats } from '../video/reader.ts';

/** Number the frames of a video. */
export interface IndexJob {
  readonly kind: 'index';
  readonly path: string;
  readonly options: Pick<IndexOptions, 'stream' | 'cache' | 'threads' | 'forceDecoding'>;
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

/** Decode frames of a video into pixels, as a model takes them. */
export interface PixelsJob {
  readonly kind: 'pixels';
  readonly path: string;
  readonly index: Uint8Array;
  readonly runs: readonly Run[];
  readonly threads: number;
  readonly size: SizeRequest;
  readonly interpolation: Interpolation;
  /** What is cut out of the middle of the resized picture; all of it when left out. */
  readonly crop: Size | undefined;
}

export type Job = IndexJob | VerifyJob | ExtractJob | PixelsJob;

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
  | { readonly type: 'pixels'; readonly rank: number; readonly image: RgbImage }
  | { readonly type: 'sound'; readonly rank: number }
  | { readonly type: 'failed'; readonly rank: number; readonly error: ErrorData }
  | { readonly type: 'log'; readonly line: string };

/** How a job ended. `renumber`: the decoder shows other frames than the index lists. */
export type JobResult =
  | { readonly type: 'indexed'; readonly index: Uint8Array }
  | { readonly type: 'read'; readonly stats: ReadStats }
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

import { withoutSecrets } from './address.ts';

/** What went wrong, as a word that scripts may rely on. A code is never renamed or reused. */
export type ErrorCode =
  // What the caller asked for
  | 'ERR_OPTION' // an option has a value that cannot be used
  | 'ERR_FRAME_NAME' // a text is not a frame name, or it names a place outside the dataset
  | 'ERR_FRAME_RANGE' // the video has no frame of that number, or the dataset no frame of that index
  | 'ERR_LIST' // a list of frame names cannot be read
  | 'ERR_CONFIG' // the configuration file is malformed
  | 'ERR_SHAPE' // things that belong together differ in number, or data do not fill their shape
  | 'ERR_FILENAME' // a file name that a format cannot hold
  | 'ERR_METADATA' // metadata of an image that are no dictionary, or a value of them that cannot be used
  | 'ERR_CONSTRAINTS' // two things that were asked of a selection contradict each other
  // What is on disk
  | 'ERR_NOT_FOUND' // a file or folder does not exist
  | 'ERR_NO_INPUT' // nothing in the input matched
  | 'ERR_VIDEO_OPEN' // the file cannot be opened as a video
  | 'ERR_NO_VIDEO_STREAM' // the file opens and holds no video (audio only, cover art only)
  | 'ERR_NO_FRAMES' // the file holds a video stream without a single frame
  | 'ERR_ENCRYPTED' // the stream is encrypted
  | 'ERR_FILE_CHANGED' // the file is not the one that was indexed
  | 'ERR_IMAGE_OPEN' // a still image cannot be decoded
  | 'ERR_READ' // a file cannot be read
  | 'ERR_EMBEDDINGS' // a table of embeddings is malformed
  | 'ERR_JSON' // a file is not JSON, or a value has no JSON
  | 'ERR_NPY' // an .npy file is malformed, or holds what is not read
  | 'ERR_UNKNOWN_FILE' // a file is of no kind that framesift knows
  // What decoding found
  | 'ERR_FRAME_DAMAGED' // the frame, or one that it is predicted from, is damaged in the file
  | 'ERR_FRAME_MISSING' // the file announces the frame and holds no picture for it
  | 'ERR_FRAME_TOO_LARGE' // the picture exceeds what can be held or written
  | 'ERR_NO_DECODER' // this build of FFmpeg has no decoder for the codec
  | 'ERR_DECODER_CRASHED' // the process that decoded the file died
  // What was written
  | 'ERR_ENCODE' // the image could not be encoded
  | 'ERR_WRITE' // a file could not be written
  | 'ERR_OUTPUT_EXISTS' // a file is in the way that framesift did not write
  | 'ERR_OUTPUT_BUSY' // another run writes to the same folder
  // Models
  | 'ERR_MODEL' // a model cannot be loaded, or it does not fit its use
  | 'ERR_CHECKPOINT' // a checkpoint cannot be read, or is of another network, other data or other options
  | 'ERR_DIVERGED' // the loss of a training is no number any more
  | 'ERR_DEVICE' // the device that was asked for is not there
  | 'ERR_HUB' // the model hub refuses, cannot be reached, or sends something else than it announces
  // Servers: of annotation tools, queues and videos
  | 'ERR_REMOTE' // a server refuses, cannot be reached, or sends something else than it announces
  // The environment
  | 'ERR_MISSING_DEPENDENCY'; // a package or its native part cannot be loaded

/** Facts about an error beside its message: plain values, so that they survive JSON and process borders. */
export type ErrorFacts = Readonly<Record<string, string | number | boolean | readonly string[] | null>>;

/** The only error class of framesift: a stable `code`, a sentence (what, where, what to do), facts as fields. */
export class FramesiftError extends Error {
  override readonly name = 'FramesiftError';
  readonly code: ErrorCode;
  readonly facts: ErrorFacts;

  constructor(code: ErrorCode, message: string, options: { facts?: ErrorFacts; cause?: unknown } = {}) {
    super(withoutSecrets(message), options.cause === undefined ? undefined : { cause: options.cause });
    this.code = code;
    const { facts = {} } = options;
    this.facts = Object.fromEntries(
      Object.entries(facts).map(([name, fact]) => [
        name,
        typeof fact === 'string'
          ? withoutSecrets(fact)
          : Array.isArray(fact)
            ? fact.map((each: string) => withoutSecrets(each))
            : fact,
      ]),
    );
  }

  toJSON(): { code: ErrorCode; message: string; facts: ErrorFacts } {
    return { code: this.code, message: this.message, facts: this.facts };
  }
}

/** Rebuilds an error that crossed a process border as {@link FramesiftError.toJSON}'s value. */
export const errorFromJSON = (json: {
  code: ErrorCode;
  message: string;
  facts: ErrorFacts;
}): FramesiftError => new FramesiftError(json.code, json.message, { facts: json.facts });

/** The text of anything that was thrown. */
export const messageOf = (error: unknown): string => (error instanceof Error ? error.message : String(error));

/** The system's error code (`ENOENT`, `ENOSPC`, …) of something that was thrown, if it has one. */
export const systemCodeOf = (error: unknown): string | undefined =>
  error instanceof Error && 'code' in error && typeof error.code === 'string' ? error.code : undefined;

/** `fetch failed` says nothing; what it was caused by does. */
export const causeOf = (error: unknown): string => {
  const { cause = error } = error instanceof Error ? error : { cause: error };
  const words = cause instanceof Error ? cause.message : String(cause);
  return words || (systemCodeOf(cause) ?? 'no reason given');
};

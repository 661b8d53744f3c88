import type { ErrorCode } from '../base/errors.ts';
import type { StopSignal } from './io.ts';

/** What scripts may rely on. */
export const EXIT = {
  done: 0,
  /** A bug: something was thrown that nobody expected. */
  unexpected: 1,
  usage: 2,
  /** The run came to its end, and some of its items failed. */
  failures: 3,
  nothingMatched: 4,
  /** This machine lacks something: a package, space on the disk, a permission. */
  environment: 5,
  remoteRefused: 6,
  interrupted: 130,
  terminated: 143,
} as const;

export type ExitCode = (typeof EXIT)[keyof typeof EXIT];

// A record and not a switch with a default: a new error code does not compile before its exit code is decided.
const EXIT_CODES: Readonly<Record<ErrorCode, ExitCode>> = {
  ERR_OPTION: EXIT.usage,
  ERR_FRAME_NAME: EXIT.usage,
  ERR_FRAME_RANGE: EXIT.usage,
  ERR_LIST: EXIT.usage,
  ERR_CONFIG: EXIT.usage,
  ERR_SHAPE: EXIT.usage,
  ERR_FILENAME: EXIT.usage,
  ERR_METADATA: EXIT.usage,
  ERR_CONSTRAINTS: EXIT.usage,
  // The command line names a place that is not there; ERR_NO_INPUT is a place that is there and holds nothing.
  ERR_NOT_FOUND: EXIT.usage,
  ERR_NO_INPUT: EXIT.nothingMatched,
  ERR_VIDEO_OPEN: EXIT.failures,
  ERR_NO_VIDEO_STREAM: EXIT.failures,
  ERR_NO_FRAMES: EXIT.failures,
  ERR_ENCRYPTED: EXIT.failures,
  ERR_FILE_CHANGED: EXIT.failures,
  ERR_IMAGE_OPEN: EXIT.failures,
  ERR_READ: EXIT.failures,
  ERR_EMBEDDINGS: EXIT.failures,
  ERR_JSON: EXIT.failures,
  ERR_NPY: EXIT.failures,
  ERR_UNKNOWN_FILE: EXIT.failures,
  ERR_FRAME_DAMAGED: EXIT.failures,
  ERR_FRAME_MISSING: EXIT.failures,
  ERR_FRAME_TOO_LARGE: EXIT.failures,
  ERR_NO_DECODER: EXIT.failures,
  ERR_DECODER_CRASHED: EXIT.failures,
  ERR_ENCODE: EXIT.failures,
  ERR_OUTPUT_EXISTS: EXIT.usage,
  ERR_OUTPUT_BUSY: EXIT.environment,
  ERR_WRITE: EXIT.environment,
  ERR_MODEL: EXIT.usage,
  ERR_CHECKPOINT: EXIT.usage,
  ERR_DIVERGED: EXIT.failures,
  ERR_DEVICE: EXIT.environment,
  ERR_HUB: EXIT.remoteRefused,
  ERR_REMOTE: EXIT.remoteRefused,
  ERR_MISSING_DEPENDENCY: EXIT.environment,
};

/** The exit code of a run that an error ended. Failures of single items are not that: they are `EXIT.failures`. */
export const exitCodeOf = (code: ErrorCode): ExitCode => EXIT_CODES[code];

/** 128 and the signal's number, as shells have it. */
export const exitCodeOfSignal = (signal: StopSignal): ExitCode =>
  signal === 'SIGINT' ? EXIT.interrupted : EXIT.terminated;

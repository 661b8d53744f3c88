import type { Progress } from '../base/progress.ts';

/** How videos are read, whatever for. */
export interface ReadingOptions {
  /** FFmpeg's index of the video stream, in every video; FFmpeg's choice when left out. */
  readonly stream?: number | undefined;
  /** Folder for frame indexes; `false` for none; the user's cache folder when left out. */
  readonly cache?: string | false | undefined;
  /** Worker processes; default: as many as the machine has processors. */
  readonly jobs?: number | undefined;
  readonly signal?: AbortSignal | undefined;
  readonly onProgress?: ((progress: Progress) => void) | undefined;
  /** FFmpeg's own log. */
  readonly onLog?: ((path: string, line: string) => void) | undefined;
}

/** {@link ReadingOptions}, and which of the videos of a folder. */
export interface FolderReadingOptions extends ReadingOptions {
  /** Globs; only videos (or images) whose path matches one are read. None: all are. */
  readonly include?: readonly string[] | undefined;
  /** Globs; what matches is left out, whatever `include` says. */
  readonly exclude?: readonly string[] | undefined;
}

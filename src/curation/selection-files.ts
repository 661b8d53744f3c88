// What a selection leaves on disk: the list, why each frame is in it, and what became of all others.
import { stat } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { FramesiftError } from '../base/errors.ts';
import { writeChunksAtomic } from '../base/file-chunks.ts';
import { isThere, writeAtomic } from '../base/files.ts';
import { csvRecord } from '../formats/csv.ts';
import { type JsonValue, pythonJson } from '../formats/python-json.ts';
import type { SelectedFrame } from './selected-frame.ts';

/** Beside the list, in its folder; names are those of Lightly's worker, where it has such a file. */
const BESIDE = {
  table: 'selection.csv',
  corrupt: 'corrupt_filenames.txt',
  duplicate: 'duplicate_filenames.txt',
  removed: 'removed_filenames.txt',
  sequences: 'sequence_information.json',
} as const;

const USUAL_LIST = 'sampled_filenames.txt';

export interface SelectionFiles {
  readonly frames: readonly SelectedFrame[];
  /** Frames that are damaged, and that repeat others; undefined where nobody looked for them. */
  readonly corrupt: readonly string[] | undefined;
  readonly duplicate: readonly string[] | undefined;
  /** All that were to choose from and are in no other list. */
  readonly removed: readonly string[];
  /** Undefined unless whole runs were selected. */
  readonly sequences: JsonValue | undefined;
}

/**
 * @param others further files that are to be written
 * @throws ERR_OUTPUT_EXISTS when one of the files is there
 */
export const refuseForeignFiles = async (list: string, others: readonly string[] = []): Promise<void> => {
  for (const path of [...others, ...selectionPaths(list)]) {
    if (!(await isThere(path))) continue;
    throw new FramesiftError(
      'ERR_OUTPUT_EXISTS',
      `${path}: is there already. Choose an --out in another folder, or replace what is there with --force.`,
      { facts: { path } },
    );
  }
};

/** Where the list goes: a folder gets one of the usual name. */
export const listIn = async (out: string): Promise<string> => {
  const isFolder =
    /[/\\]$/.test(out) ||
    (await stat(out).then(
      (found) => found.isDirectory(),
      () => false,
    ));
  return isFolder ? join(out, USUAL_LIST) : out;
};

/** The list, and all files that may be beside it. */
export const selectionPaths = (list: string): string[] => [
  list,
  ...Object.values(BESIDE).map((name) => join(dirname(list), name)),
];

/** Whether the files that each selection has are there. */
export const isSelectionThere = async (list: string): Promise<boolean> => {
  const paths = [list, ...[BESIDE.table, BESIDE.removed].map((name) => join(dirname(list), name))];
  return (await Promise.all(paths.map(isThere))).every((each) => each);
};

/**
 * Writes the files of a selection; the list comes last, so that where it is, the others are.
 *
 * @returns their paths, the list first
 * @throws ERR_WRITE
 */
export const writeSelection = async (list: string, files: SelectionFiles): Promise<string[]> => {
  const beside = (name: string): string => join(dirname(list), name);
  const written = [list, beside(BESIDE.table)];
  await writeChunksAtomic(beside(BESIDE.table), tableOf(files.frames));
  for (const kind of ['corrupt', 'duplicate', 'removed'] as const) {
    const names = files[kind];
    if (names === undefined) continue;
    written.push(beside(BESIDE[kind]));
    await writeChunksAtomic(beside(BESIDE[kind]), linesOf(names));
  }
  if (files.sequences !== undefined) {
    written.push(beside(BESIDE.sequences));
    await writeAtomic(beside(BESIDE.sequences), pythonJson(files.sequences));
  }
  await writeChunksAtomic(list, linesOf(files.frames.map(({ filename }) => filename)));
  return written;
};

const LINES_PER_CHUNK = 4096;

function* linesOf(names: readonly string[]): Generator<string> {
  for (let start = 0; start < names.length; start += LINES_PER_CHUNK)
    yield `${names.slice(start, start + LINES_PER_CHUNK).join('\n')}\n`;
}

/** Its column `filenames` makes the table a list of frames, too. */
function* tableOf(frames: readonly SelectedFrame[]): Generator<string> {
  const scores = [...new Set(frames.flatMap((frame) => Object.keys(frame.scores)))];
  yield csvRecord(['rank', 'filenames', 'video', 'frame', 'seconds', 'distance', ...scores, 'reason']);
  for (const { rank, filename, video = '', frame, seconds, distance, scores: own, reason } of frames) {
    const numbers = [frame, seconds, distance, ...scores.map((name) => own[name])].map(numberText);
    yield csvRecord([String(rank), filename, video, ...numbers, reason]);
  }
}

/** A millionth is finer than any of these numbers is known. */
const numberText = (value: number | undefined): string =>
  value === undefined ? '' : String(Number(value.toFixed(6)));

/**
 * Lightly's `sequence_information.json`: one entry for each run. What is not known of the frames is left out.
 *
 * @param ptsOf in stream ticks
 */
export const sequencesOf = (
  frames: readonly SelectedFrame[],
  length: number,
  ptsOf: (frame: SelectedFrame) => bigint | undefined,
): JsonValue =>
  Array.from({ length: frames.length / length }, (_, i): JsonValue => {
    const run = frames.slice(i * length, (i + 1) * length);
    const names = run.map(({ filename }) => filename);
    const [{ video }] = run as [SelectedFrame];
    if (video === undefined) return { filenames: names };
    const pts = allOrNone(run.map(ptsOf));
    const seconds = allOrNone(run.map((frame) => frame.seconds));
    return {
      video_name: video,
      frame_names: names,
      ...(pts && { frame_timestamps_pts: pts }),
      ...(seconds && { frame_timestamps_sec: seconds }),
      frame_indices: run.map(({ frame }) => frame!),
    };
  });

const allOrNone = <T>(values: readonly (T | undefined)[]): T[] | undefined =>
  values.every((value) => value !== undefined) ? (values as T[]) : undefined;

// What a run selected, so that the next one in the same folder goes on from there.
import { readFile } from 'node:fs/promises';
import { FramesiftError, systemCodeOf } from '../base/errors.ts';
import { writeAtomic } from '../base/files.ts';
import type { Selection } from '../selection/select.ts';
import type { SelectionRules } from './rules.ts';
import type { SelectedFrame } from './selected-frame.ts';

const VERSION = 1;

export interface RunState {
  /** What decides which frames are picked, but how many. */
  readonly given: Readonly<Record<string, unknown>>;
  /** Of the table that was selected from, and of how many were asked for; with the same, there is nothing to do. */
  readonly request: string;
  readonly frames: readonly SelectedFrame[];
  /** How the selection ended. */
  readonly result: Pick<Selection, 'stoppedBy' | 'coverageRadius'>;
  /** Images that were written, below the folder of frames. */
  readonly images: readonly string[];
  /** The same, of a selection that was thrown away: they go when the new one is complete. */
  readonly stale: readonly string[];
}

export const NO_STATE: RunState = {
  given: {},
  request: '',
  frames: [],
  result: { stoppedBy: 'count', coverageRadius: undefined },
  images: [],
  stale: [],
};

/** @returns undefined where no run was. @throws ERR_READ for what no run of framesift wrote */
const readRunState = async (path: string): Promise<RunState | undefined> => {
  try {
    const state = JSON.parse(await readFile(path, 'utf8')) as RunState & { version?: unknown };
    if (state.version === VERSION && Array.isArray(state.frames)) return state;
  } catch (error) {
    if (systemCodeOf(error) === 'ENOENT') return undefined;
  }
  throw new FramesiftError(
    'ERR_READ',
    `${path}: is not what this version of framesift writes, so that nobody knows what was selected. Choose another --out, or begin anew with --force.`,
    { facts: { path } },
  );
};

/**
 * What an earlier run left, to go on from. With `force` its selection is thrown away.
 *
 * @returns undefined where no run was
 * @throws ERR_OUTPUT_EXISTS when it went by other rules; ERR_READ for what no run of framesift wrote
 */
export const openRunState = async (
  path: string,
  {
    given,
    outDir,
    force,
  }: { readonly given: RunState['given']; readonly outDir: string; readonly force: boolean },
): Promise<RunState | undefined> => {
  if (!force) {
    const found = await readRunState(path);
    if (found !== undefined) requireSameRules(found, given, outDir);
    return found;
  }
  const { images, stale } = (await readRunState(path).catch(() => undefined)) ?? NO_STATE;
  const anew = { ...NO_STATE, given, stale: [...stale, ...images] };
  await writeRunState(path, anew);
  return anew;
};

/** @throws ERR_WRITE */
export const writeRunState = (path: string, state: RunState): Promise<void> =>
  writeAtomic(path, JSON.stringify({ version: VERSION, ...state }));

/**
 * A run goes on from an earlier one only by the same rules.
 *
 * @throws ERR_OUTPUT_EXISTS saying what differs
 */
const requireSameRules = (earlier: RunState, given: RunState['given'], outDir: string): void => {
  const names = [...new Set([...Object.keys(earlier.given), ...Object.keys(given)])];
  const changed = names.filter((name) => JSON.stringify(earlier.given[name]) !== JSON.stringify(given[name]));
  if (changed.length === 0) return;
  throw new FramesiftError(
    'ERR_OUTPUT_EXISTS',
    `${outDir}: its ${earlier.frames.length} frames were selected with other rules (${changed.join(', ')}). Go on with the rules of those, choose another --out (with --preselected, to go on from them), or select anew with --force.`,
    { facts: { outDir, changed } },
  );
};

/** @throws ERR_OPTION for fewer frames than are there */
export const requireNotFewer = ({ frames }: RunState, { nSamples }: SelectionRules, outDir: string): void => {
  if (nSamples === undefined || nSamples >= frames.length) return;
  throw new FramesiftError(
    'ERR_OPTION',
    `${nSamples} frames are fewer than the ${frames.length} that are selected in ${outDir}. The first ${nSamples} lines of its sampled_filenames.txt are such a selection; to have no others there, select anew with --force.`,
    { facts: { nSamples, selected: frames.length, outDir } },
  );
};

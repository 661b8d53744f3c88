// The frames of a table that are worth labelling, as a list in the order in which they were picked.
import type { Failure } from './base/outcome.ts';
import { holdingLock } from './base/run-folder.ts';
import { extendPool, poolLock } from './curation/datapool.ts';
import {
  type CandidateSources,
  type FrameCandidates,
  gatherCandidates,
} from './curation/frame-candidates.ts';
import { openRows, pickFrames } from './curation/pick-frames.ts';
import { requireRules, rulesOf, type SelectionRules } from './curation/rules.ts';
import { describePicks, type SelectedFrame } from './curation/selected-frame.ts';
import { listIn, refuseForeignFiles, sequencesOf, writeSelection } from './curation/selection-files.ts';
import type { Selection } from './selection/select.ts';
import type { SelectionConfig } from './selection/selection-config.ts';
import type { Removal } from './signals/frame-filter.ts';

export interface SelectFramesOptions extends CandidateSources, SelectionRules {
  /** Lightly's `selection_config`; what is given beside it is added to it, and a number goes before its own. */
  readonly selectionConfig?: SelectionConfig | undefined;
  /**
   * The selection that this one continues: its frames, which are in the datapool, count as if they were selected now,
   * and stand before the new ones in all files.
   */
  readonly continues?: readonly SelectedFrame[] | undefined;
  /**
   * The list of names, or a folder, which gets `sampled_filenames.txt`. Other files go beside it. Nothing is written when
   * left out.
   */
  readonly out?: string | undefined;
  /** Replace files that are there. */
  readonly force?: boolean | undefined;
}

/** A frame that a filter left out. */
export interface RemovedFrame extends Omit<Removal, 'place' | 'repeats'> {
  readonly filename: string;
  /** The frame that it repeats. */
  readonly repeats: string | undefined;
}

export interface SelectFramesOutcome {
  /** Those that were selected now, in the order of being picked: every prefix is a good selection, too. */
  readonly frames: readonly SelectedFrame[];
  /** How many were selected earlier. */
  readonly preselected: number;
  /** How many there were to choose from, those of the table that were selected earlier included. */
  readonly candidates: number;
  readonly removed: readonly RemovedFrame[];
  readonly failed: readonly Failure[];
  /** Why there are no more. */
  readonly stoppedBy: Selection['stoppedBy'];
  /** The largest distance of a frame to the nearest selected one, where strategies look at distances. */
  readonly coverageRadius: number | undefined;
  /** Files that were written, the list first. */
  readonly files: readonly string[];
}

/**
 * Selects the frames of a table that are worth labelling: filters and thresholds first, then one at a time the frame
 * with the largest product of strategies, as Lightly documents it. Writes the list of their names and, beside it,
 * `selection.csv` (why each was picked), `removed_filenames.txt` and, where they apply, `corrupt_filenames.txt`,
 * `duplicate_filenames.txt` and `sequence_information.json`.
 *
 * @throws ERR_NOT_FOUND, ERR_READ, ERR_LIST, ERR_EMBEDDINGS, ERR_METADATA, ERR_OPTION, ERR_CONSTRAINTS, ERR_SHAPE,
 *   ERR_OUTPUT_EXISTS, ERR_OUTPUT_BUSY, ERR_WRITE, or the signal's reason; what is wrong with single frames is in the
 *   outcome
 */
export const selectFrames = async (options: SelectFramesOptions): Promise<SelectFramesOutcome> => {
  const { datapool } = options;
  const rules = rulesOf(options, options.selectionConfig);
  requireRules(rules, datapool);
  // Two that extend a pool at once would forget what the other one selected.
  return datapool === undefined
    ? selectBy(rules, options)
    : holdingLock(poolLock(datapool), datapool, () => selectBy(rules, options));
};

const selectBy = async (
  rules: SelectionRules,
  options: SelectFramesOptions,
): Promise<SelectFramesOutcome> => {
  const { force = false, datapool, continues = [] } = options;
  const out = options.out === undefined ? undefined : await listIn(options.out);
  if (out !== undefined && !force) await refuseForeignFiles(out);
  const found = await gatherCandidates(options, rules);
  const picks = await pickFrames(found, rules, options);
  const frames = describePicks(picks, found, rules, continues.length + 1);
  const files =
    out === undefined ? [] : await writeFiles(out, [...continues, ...frames], picks.rows, found, rules);
  if (datapool !== undefined) await extendPool(datapool, found.pool, found.table, picks.rows);
  return {
    frames,
    preselected: found.preselected.length,
    candidates: openRows(found).length,
    removed: [...found.removals.values()].map((removal) => removedFrame(removal, found)),
    failed: found.failed,
    stoppedBy: picks.stoppedBy,
    coverageRadius: picks.coverageRadius,
    files,
  };
};

const writeFiles = (
  out: string,
  frames: readonly SelectedFrame[],
  selected: readonly number[],
  found: FrameCandidates,
  { filters = [], selectedSequenceLength: length }: SelectionRules,
): Promise<string[]> => {
  const { filenames, removals, preselected } = found;
  const removedFor = (...reasons: readonly Removal['reason'][]): number[] =>
    [...removals].flatMap(([row, { reason }]) => (reasons.includes(reason) ? [row] : []));
  const isAskedFor = (name: string): boolean => filters.some((filter) => filter.name === name);
  const corrupt = isAskedFor('corrupt') ? removedFor('corrupt') : undefined;
  const duplicate = isAskedFor('duplicate') ? removedFor('near duplicate') : undefined;
  const isListed = new Set([...selected, ...preselected, ...(corrupt ?? []), ...(duplicate ?? [])]);
  const removed = [...found.table.filenames.keys()].filter((row) => !isListed.has(row));
  const namesOf = (rows: readonly number[] | undefined) => rows?.map((row) => filenames[row]!);
  const pts = found.times?.pts;
  const rowOf = new Map(filenames.map((filename, row) => [filename, row]));
  return writeSelection(out, {
    frames,
    corrupt: namesOf(corrupt),
    duplicate: namesOf(duplicate),
    removed: removed.map((row) => filenames[row]!),
    sequences:
      length === undefined
        ? undefined
        : sequencesOf(frames, length, ({ filename }) => pts?.[rowOf.get(filename)!]),
  });
};

const removedFrame = (
  { place, repeats, ...removal }: Removal,
  { filenames }: FrameCandidates,
): RemovedFrame => ({
  filename: filenames[place]!,
  ...removal,
  repeats: repeats === undefined ? undefined : filenames[repeats]!,
});

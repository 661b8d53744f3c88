// What is asked of a run, as texts that tell whether an earlier one was asked the same.
import { createHash } from 'node:crypto';
import { contentKey } from '../base/files.ts';
import { namesOf } from '../dataset/choice.ts';
import type { FrameList } from '../frame/list.ts';
import type { SelectionRules } from './rules.ts';

/** What decides which frames are picked, but how many: the same rules can extend a selection. */
export const givenRules = (
  { nSamples: _number, proportionSamples: _share, ...rules }: SelectionRules,
  others: Readonly<Record<string, unknown>>,
): Record<string, unknown> =>
  Object.fromEntries(Object.entries({ ...rules, ...others }).filter(([, value]) => value !== undefined));

export interface RunRequest {
  readonly rules: SelectionRules;
  /** Of the table to select from, as `embed` gives it. */
  readonly tableKey: string;
  readonly lists: readonly (FrameList | readonly string[] | undefined)[];
  /** Files that strategies look at. */
  readonly files: readonly (string | undefined)[];
}

/** A key of all that a selection depends on. */
export const requestKey = async ({ rules, tableKey, lists, files }: RunRequest): Promise<string> => {
  const { nSamples, proportionSamples } = rules;
  const names = lists.map((list) => list && namesOf(list).map(({ name }) => name));
  const contents = await Promise.all(files.map((file) => file && contentKey(file).catch(() => file)));
  return createHash('sha256')
    .update(JSON.stringify([tableKey, nSamples, proportionSamples, names, contents, givenRules(rules, {})]))
    .digest('hex');
};

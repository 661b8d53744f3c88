// What a training depends on: another training in the same folder is told from it by this.
import { FramesiftError } from '../base/errors.ts';
import type { TrainingSettings } from './settings.ts';

/** All that the losses of a training depend on. */
export interface TrainingKey {
  readonly settings: TrainingSettings;
  /** Of the frames. */
  readonly data: string;
  /** Of pictures, as they are kept. */
  readonly supply: Readonly<Record<string, number | boolean>>;
  /** Of the weights that it began with. */
  readonly start: string;
}

export const textOfKey = (key: TrainingKey): string => JSON.stringify(key);

/** @param text of the key of a checkpoint @throws ERR_CHECKPOINT where it is another one, naming what differs */
export const requireSameKey = (folder: string, text: string, key: TrainingKey): void => {
  if (text === textOfKey(key)) return;
  const before = JSON.parse(text) as TrainingKey;
  const changed = changedFields(before, JSON.parse(textOfKey(key)) as TrainingKey);
  const what = changed
    .map(({ name, from, to }) =>
      name === 'data'
        ? 'the frames are others (files, or which of their frames, have changed)'
        : name === 'start'
          ? '--start-from was another file, or none'
          : `${name} was ${from}, and is ${to}`,
    )
    .join('; ');
  throw new FramesiftError(
    'ERR_CHECKPOINT',
    `${folder}: holds a training with other options: ${what}. Train into another folder, or anew with --force.`,
    { facts: { path: folder, changed: changed.map(({ name }) => name) } },
  );
};

interface Change {
  readonly name: string;
  readonly from: string;
  readonly to: string;
}

/** Fields that differ, by their paths below what they are part of. */
const changedFields = (from: unknown, to: unknown, name = ''): readonly Change[] => {
  if (JSON.stringify(from) === JSON.stringify(to)) return [];
  const isOpen = (value: unknown): value is Readonly<Record<string, unknown>> =>
    typeof value === 'object' && value !== null && !Array.isArray(value);
  if (!isOpen(from) || !isOpen(to)) return [{ name, from: shown(from), to: shown(to) }];
  return [...new Set([...Object.keys(from), ...Object.keys(to)])].flatMap((key) =>
    changedFields(
      from[key],
      to[key],
      name === '' || name === 'settings' || name === 'supply' ? key : `${name}.${key}`,
    ),
  );
};

const shown = (value: unknown): string => {
  if (value === undefined) return 'left out';
  return typeof value === 'string' ? value : JSON.stringify(value);
};

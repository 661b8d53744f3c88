import { dirname } from 'node:path';
import { compareCodePoints } from '../base/code-points.ts';
import type { Source } from './source.ts';

/** What a label numbers: the videos, or the folders that they are in. */
export type LabelKind = 'video' | 'folder';

/**
 * Lightly's labels: for videos the place of the video among all, for images that of their folder.
 *
 * @param kind by default as Lightly has it
 */
export const labelsOf = (
  source: Source,
  kind: LabelKind = source.kind === 'images' ? 'folder' : 'video',
): ((file: string) => number) => {
  const groupOf = kind === 'video' ? (file: string) => file : dirname;
  const groups = [...new Set(source.files.map(groupOf))].sort(compareCodePoints);
  const numbers = new Map(groups.map((group, number) => [group, number]));
  return (file) => numbers.get(groupOf(file))!;
};

import { FramesiftError } from '../base/errors.ts';

/**
 * Two views of one batch: equally many rows, equally wide; and a bank as wide as they are.
 *
 * @param shapes two or three of [rows, columns]
 * @throws ERR_SHAPE when they do not fit together, or have no row
 */
export const requireViews = (shapes: readonly (readonly number[])[]): void => {
  const [first, second, bank] = shapes;
  const isMatrix = shapes.every((shape) => shape.length === 2);
  const isPair = first![0] === second![0] && first![1] === second![1] && first![0]! > 0;
  if (isMatrix && isPair && (bank === undefined || bank[1] === first![1])) return;
  const [a, b, c] = shapes.map((shape) => shape.join('×'));
  throw new FramesiftError(
    'ERR_SHAPE',
    `views of ${a} and ${b}${c === undefined ? '' : `, a bank of ${c}`}: give two views of one shape with at least one row, and a bank of the same width.`,
    { facts: { shapes: shapes.map((shape) => shape.join('×')) } },
  );
};

/** @throws ERR_SHAPE for a single row: what is measured is how rows differ */
export const requireSeveralRows = (rows: number, what: string): void => {
  if (rows > 1) return;
  throw new FramesiftError(
    'ERR_SHAPE',
    `${what} of ${rows} ${rows === 1 ? 'row' : 'rows'}: expected at least 2, as it measures how rows differ.`,
    { facts: { rows } },
  );
};

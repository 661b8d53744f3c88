import { cut, displayWidth, pad } from './display-width.ts';
import { printable } from './printable.ts';

export interface Column {
  readonly title: string;
  /** Numbers stand on the right. */
  readonly side?: 'left' | 'right';
  /** May lose its middle when the terminal is narrow. */
  readonly canShrink?: boolean;
}

const LEAST_SHRUNK_WIDTH = 12;
const GAP = '  ';

/** The lines of a table under its titles, no wider than `columns` if cutting the column that can shrink is enough. */
export const tableLines = (
  layout: readonly Column[],
  rows: readonly (readonly string[])[],
  columns = Infinity,
): string[] => {
  const cells = [layout.map(({ title }) => title), ...rows.map((row) => row.map(printable))];
  const widths = layout.map((_, at) =>
    cells.reduce((widest, row) => Math.max(widest, displayWidth(row[at] ?? '')), 0),
  );
  const total = widths.reduce((sum, width) => sum + width, 0) + GAP.length * (layout.length - 1);
  const shrunk = layout.findIndex(({ canShrink }) => canShrink);
  const width = widths[shrunk];
  if (width !== undefined && total > columns) {
    widths[shrunk] = Math.min(width, Math.max(LEAST_SHRUNK_WIDTH, width - (total - columns)));
  }
  return cells.map((row) =>
    layout
      .map(({ side = 'left' }, at) =>
        pad(cut(row[at] ?? '', widths[at] ?? 0, 'middle'), widths[at] ?? 0, side),
      )
      .join(GAP)
      .trimEnd(),
  );
};

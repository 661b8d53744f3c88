// What a strategy needs of the candidates, or an error that says what they lack. Pure.
import { FramesiftError } from '../base/errors.ts';
import type { Matrix } from '../base/matrix.ts';
import { quote } from '../base/quote.ts';
import type { Pool } from './candidates.ts';

/** @throws ERR_OPTION when the candidates have no embeddings */
export const rowsFor = ({ rows }: Pool, user: string): Matrix => {
  if (rows) return rows;
  throw lacks(user, 'embeddings', []);
};

/** @throws ERR_OPTION when the candidates have no such column */
export const columnFor = (columns: Pool['columns'], user: string, name: string): ArrayLike<number> => {
  const column = Object.hasOwn(columns, name) ? columns[name] : undefined;
  if (column) return column;
  throw lacks(user, `column ${quote(name)}`, Object.keys(columns));
};

/** @param there what there is instead */
export const lacks = (user: string, what: string, there: readonly string[]): FramesiftError => {
  const known = there.length === 0 ? '' : ` There are: ${there.map(quote).join(', ')}.`;
  return new FramesiftError(
    'ERR_OPTION',
    `${user} needs ${what}, which the candidates do not have.${known}`,
    {
      facts: { user, what },
    },
  );
};

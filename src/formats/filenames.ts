import { FramesiftError } from '../base/errors.ts';
import { quote, quoteFirst } from '../base/quote.ts';

const SHOWN = 5;

/**
 * Refuses names with a comma, which Lightly before 1.4.19 could not store. Nothing else is looked at.
 *
 * @throws ERR_FILENAME listing them
 */
export const checkFilenames = (filenames: readonly string[]): void => {
  const bad = filenames.filter((name) => name.includes(','));
  if (bad.length === 0) return;
  throw new FramesiftError(
    'ERR_FILENAME',
    `file names must not contain a comma: ${quoteFirst(bad, SHOWN)}. Rename these files.`,
    { facts: { filenames: bad } },
  );
};

/**
 * Refuses a name that UTF-8 cannot hold: one with half of a surrogate pair.
 *
 * @throws ERR_FILENAME
 */
export const checkEncodable = (filename: string): void => {
  if (!/\p{Surrogate}/u.test(filename)) return;
  throw new FramesiftError(
    'ERR_FILENAME',
    `${quote(filename)} holds half of a surrogate pair, which UTF-8 cannot express. Rename the file.`,
    { facts: { filename } },
  );
};

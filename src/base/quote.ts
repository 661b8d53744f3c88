const LONGEST = 100;

/** A text in double quotes for a message: control characters escaped, cut after 100 characters. */
export const quote = (text: string): string =>
  JSON.stringify(text.length <= LONGEST ? text : `${text.slice(0, LONGEST)}…`);

/** The first of several texts as {@link quote} has them, and how many more there are. */
export const quoteFirst = (texts: readonly string[], most: number): string => {
  const more = texts.length > most ? ` and ${texts.length - most} more` : '';
  return `${texts.slice(0, most).map(quote).join(', ')}${more}`;
};

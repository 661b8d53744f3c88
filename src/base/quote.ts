const LONGEST = 100;

/** A text in double quotes for a message: control characters escaped, cut after 100 characters. */
export const quote = (text: string): string =>
  JSON.stringify(text.length <= LONGEST ? text : `${text.slice(0, LONGEST)}…`);

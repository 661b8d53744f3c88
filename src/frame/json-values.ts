// Where the values of a JSON text start and end, without judging what is between: JSON.parse does that.

/**
 * @param start position of the value's first character
 * @returns the position after the value; undefined when the text ends inside it
 */
export const valueEnd = (text: string, start: number): number | undefined => {
  if (text[start] === '"') return stringEnd(text, start);
  if (text[start] === '{' || text[start] === '[') return bracketEnd(text, start);
  let end = start;
  while (end < text.length && !'[]{}",: \t\r\n'.includes(text[end]!)) end++;
  return end;
};

const bracketEnd = (text: string, start: number): number | undefined => {
  let depth = 0;
  let at: number | undefined = start;
  while (at !== undefined && at < text.length) {
    const character = text[at];
    if (character === '"') {
      at = stringEnd(text, at);
      continue;
    }
    at++;
    if (character === '{' || character === '[') depth++;
    else if ((character === '}' || character === ']') && --depth === 0) return at;
  }
  return undefined;
};

const stringEnd = (text: string, start: number): number | undefined => {
  for (let at = text.indexOf('"', start + 1); at !== -1; at = text.indexOf('"', at + 1)) {
    let backslashes = 0;
    while (text[at - 1 - backslashes] === '\\') backslashes++;
    if (backslashes % 2 === 0) return at + 1;
  }
  return undefined;
};

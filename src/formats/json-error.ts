const TOKEN =
  /[ \t\r\n]*(?:(?<mark>[{}[\],:])|(?<string>"[^"\\]*(?:\\.[^"\\]*)*")|(?<atom>-?(?:\d[\d.eE+-]*|Infinity)|true|false|null|NaN))/sy;

type Due = 'value' | 'value or ]' | 'key' | 'key or }' | ':' | ', or end';

/**
 * Where a text stops being JSON. `JSON.parse` does not say so on every version of Node.
 *
 * @param text that `JSON.parse` refuses
 * @param isPython whether `NaN` and `Infinity` may stand there
 * @returns the offset of the first token that cannot stand there; the text's length when it ends too early, or when
 *   the mistake is inside a token
 */
export const jsonErrorOffset = (text: string, isPython: boolean): number => {
  const open: string[] = [];
  let due: Due = 'value';
  TOKEN.lastIndex = 0;
  for (;;) {
    const start = TOKEN.lastIndex;
    const token = TOKEN.exec(text);
    const groups = token?.groups;
    if (token === null || groups === undefined) return afterSpace(text, start);
    if (!isPython && /NaN|Infinity/.test(groups['atom'] ?? '')) return afterSpace(text, start);
    const next = follow(due, groups['mark'] ?? (groups['string'] === undefined ? 'atom' : 'string'), open);
    if (next === undefined) return afterSpace(text, start);
    due = next;
  }
};

/** What may come after a token; undefined when the token itself may not. Keeps count of what is open. */
const follow = (due: Due, token: string, open: string[]): Due | undefined => {
  const isValueDue = due === 'value' || due === 'value or ]';
  if (token === '{' || token === '[') {
    if (!isValueDue) return undefined;
    open.push(token);
    return token === '{' ? 'key or }' : 'value or ]';
  }
  if (token === 'atom' || token === 'string') {
    if (isValueDue) return ', or end';
    return token === 'string' && (due === 'key' || due === 'key or }') ? ':' : undefined;
  }
  if (token === ':') return due === ':' ? 'value' : undefined;
  const inner = open.at(-1);
  if (token === ',')
    return due === ', or end' && inner !== undefined ? (inner === '{' ? 'key' : 'value') : undefined;
  const isClosable = due === ', or end' || due === (token === '}' ? 'key or }' : 'value or ]');
  if (!isClosable || inner !== (token === '}' ? '{' : '[')) return undefined;
  open.pop();
  return ', or end';
};

const afterSpace = (text: string, start: number): number => {
  let at = start;
  while (at < text.length && ' \t\r\n'.includes(text[at]!)) at++;
  return at;
};

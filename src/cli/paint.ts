import type { Terminal } from './io.ts';

const STYLES = {
  bold: [1, 22],
  dim: [2, 22],
  red: [31, 39],
  green: [32, 39],
  yellow: [33, 39],
  cyan: [36, 39],
} as const;

export type Style = keyof typeof STYLES;

/** Gives a text a colour, or leaves it as it is where colours are not wanted. */
export type Paint = (style: Style, text: string) => string;

export const painter =
  (isColored: boolean): Paint =>
  (style, text) =>
    isColored && text !== '' ? `\u001B[${STYLES[style][0]}m${text}\u001B[${STYLES[style][1]}m` : text;

/**
 * Whether a stream gets colours: by `--color` or `--no-color`, else `NO_COLOR` (no-color.org), else `FORCE_COLOR`,
 * else if it is a terminal.
 */
export const wantsColor = (
  stream: Terminal,
  env: Readonly<Record<string, string | undefined>>,
  flag: boolean | undefined,
): boolean => {
  const { NO_COLOR: no = '', FORCE_COLOR: force = '', TERM: terminal } = env;
  if (flag !== undefined) return flag;
  if (no !== '') return false;
  if (force !== '') return force !== '0' && force !== 'false';
  return stream.isTTY === true && terminal !== 'dumb';
};

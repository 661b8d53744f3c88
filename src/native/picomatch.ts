import picomatch from 'picomatch';
import { FramesiftError, messageOf } from '../base/errors.ts';
import { quote } from '../base/quote.ts';

/**
 * Compiles one glob pattern to a test of `/`-separated paths, the same on every platform: `*`, `**`, `?`, `[a-z]`,
 * `{a,b}`, `!(a|b)`, and `!` in front for the opposite. Case matters; a leading dot is nothing special.
 *
 * @throws ERR_OPTION when the pattern is malformed
 */
export const compileGlob = (pattern: string): ((path: string) => boolean) => {
  try {
    // Without `debug`, picomatch turns a pattern that it cannot compile into one that matches nothing.
    const matches = picomatch(pattern, { dot: true, windows: false, strictBrackets: true, debug: true });
    return (path) => matches(path);
  } catch (error) {
    throw new FramesiftError(
      'ERR_OPTION',
      `${quote(pattern)} is not a glob pattern: ${messageOf(error)}. Correct it; a bracket that stands for itself needs a backslash in front.`,
      { facts: { pattern }, cause: error },
    );
  }
};

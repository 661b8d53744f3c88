import { FramesiftError } from '../base/errors.ts';
import { quote } from '../base/quote.ts';
import { compileGlob } from '../native/picomatch.ts';

/**
 * Compiles glob patterns to one test of paths below a root: whether any of them matches. A pattern with a `/` is
 * held against the whole path (`day1/*.mp4`; `/*.mp4` is the root's own files), one without against the last
 * segment (`*.mp4`). A `/` at the end stands for the folder and all that is in it (`day1/`).
 *
 * @param patterns none: nothing matches
 * @throws ERR_OPTION when a pattern is malformed, or asks for the opposite with a `!` in front
 */
export const pathFilter = (patterns: readonly string[]): ((path: string) => boolean) => {
  const tests = patterns.map(pathTest);
  return (path) => tests.some((test) => test(path));
};

const pathTest = (pattern: string): ((path: string) => boolean) => {
  // With several patterns, "anything but this" or "anything but that" is everything: never what was meant.
  if (/^!(?!\()/.test(pattern)) {
    throw new FramesiftError(
      'ERR_OPTION',
      `${quote(pattern)} asks for the opposite. Exclude what you would not include, and the other way round.`,
      { facts: { pattern } },
    );
  }
  const plain = pattern.replace(/^(?:\.\/)+/, '');
  const isOneSegment = !plain.slice(0, -1).includes('/');
  if (plain.endsWith('/') && plain.length > 1)
    return compileGlob(`${isOneSegment ? '**/' : ''}${anchored(plain)}**`);
  const matches = compileGlob(anchored(plain));
  return isOneSegment ? (path) => matches(path.slice(path.lastIndexOf('/') + 1)) : matches;
};

const anchored = (pattern: string): string => pattern.replace(/^\//, '');

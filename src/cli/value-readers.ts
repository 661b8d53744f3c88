// Texts into values. Messages begin with the value in quotes; whoever calls says where it stood.
import { FramesiftError } from '../base/errors.ts';
import { nearest } from '../base/nearest.ts';
import { quote } from '../base/quote.ts';

const refuse = (text: string, problem: string): never => {
  throw new FramesiftError('ERR_OPTION', `${quote(text)} ${problem}`, { facts: { value: text } });
};

/** A whole number of at least `least` and at most `most`. */
export const wholeNumber =
  (least: number, most = Number.MAX_SAFE_INTEGER) =>
  (text: string): number => {
    const number = /^\d+$/.test(text.trim()) ? Number(text) : Number.NaN;
    if (number >= least && number <= most) return number;
    const range = most === Number.MAX_SAFE_INTEGER ? `of at least ${least}` : `from ${least} to ${most}`;
    return refuse(text, `is not a whole number ${range}.`);
  };

/** A number above 0: `2`, `0.5`. */
export const positiveNumber = (text: string): number => {
  const number = /^(?:\d+\.?\d*|\.\d+)$/.test(text.trim()) ? Number(text) : Number.NaN;
  return number > 0 && Number.isFinite(number) ? number : refuse(text, 'is not a number above 0.');
};

/** A number from 0 on: `0`, `2`, `0.5`. */
export const numberFromZero = (text: string): number => {
  const number = /^(?:\d+\.?\d*|\.\d+)$/.test(text.trim()) ? Number(text) : Number.NaN;
  return Number.isFinite(number) ? number : refuse(text, 'is not a number from 0 on.');
};

/** One of a few words. */
export const oneOf =
  <const W extends string>(words: readonly W[]) =>
  (text: string): W => {
    const word = words.find((candidate) => candidate === text);
    if (word !== undefined) return word;
    const suggestion = nearest(text, words);
    return refuse(
      text,
      `is not one of ${words.join(', ')}.${suggestion === undefined ? '' : ` Did you mean ${suggestion}?`}`,
    );
  };

/** Any text but an empty one, which stands for a variable of the shell that was not set. */
export const someText = (text: string): string => (text === '' ? refuse(text, 'is empty.') : text);

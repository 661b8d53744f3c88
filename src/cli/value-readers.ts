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

/** A rate, as they are written in papers: `0.05`, `1e-3`; from 0 on. */
export const rateFromZero = (text: string): number => {
  const number = /^(?:\d+\.?\d*|\.\d+)(?:e[+-]?\d+)?$/i.test(text.trim()) ? Number(text) : Number.NaN;
  return Number.isFinite(number) ? number : refuse(text, 'is not a number from 0 on, such as 1e-3.');
};

/** A rate above 0. */
export const positiveRate = (text: string): number => {
  const rate = rateFromZero(text);
  return rate > 0 ? rate : refuse(text, 'is not a number above 0, such as 1e-3.');
};

/** A number in [0, 1]. */
export const share = (text: string): number => {
  const number = numberFromZero(text);
  return number <= 1 ? number : refuse(text, 'is not a number from 0 to 1.');
};

/** A number, negative ones too, or two with a comma between them: `0.1,2`, `-10,30`. */
export const oneOrTwoNumbers = (text: string): number | readonly [number, number] => {
  const numbers = text.split(',').map((part) => (part.trim() === '' ? Number.NaN : Number(part)));
  const [first, second] = numbers;
  if (!numbers.every(Number.isFinite) || numbers.length > 2)
    return refuse(text, 'is not a number, or two: 0.1,2.');
  return second === undefined ? first! : [first!, second];
};

/** Two numbers with a comma between them. */
export const twoNumbers = (text: string): readonly [number, number] => {
  const numbers = oneOrTwoNumbers(text);
  return typeof numbers === 'number' ? refuse(text, 'is not two numbers: 0.1,2.') : numbers;
};

const BYTE_UNITS: Readonly<Record<string, number>> = { '': 1, k: 2 ** 10, m: 2 ** 20, g: 2 ** 30 };

/** Bytes: `500MB`, `2GiB`, `4g`; units count by 1024. */
export const byteCount = (text: string): number => {
  const match = /^(?<count>\d+(?:\.\d+)?)\s*(?<unit>[kmg]?)(?:i?b)?$/i.exec(text.trim());
  const unit = BYTE_UNITS[match?.groups?.['unit']?.toLowerCase() ?? 'none'];
  const bytes = unit === undefined ? Number.NaN : Math.floor(Number(match?.groups?.['count']) * unit);
  return bytes > 0 ? bytes : refuse(text, 'is no amount of memory such as 2GB or 500MB.');
};

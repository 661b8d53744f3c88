// Numbers as Python and numpy write them: `1.0`, `1e-05`, `nan`.
import { fromFloat16Bits, toFloat16Bits } from '../base/float16.ts';
import { shortestFloat16 } from './shortest-float16.ts';
import { type Decimal, shortestFloat32 } from './shortest-float32.ts';

/** A number that Python would hold as a `float`: 1 is written `1.0`. Plain whole numbers count as `int`. */
export class PythonFloat {
  readonly value: number;

  constructor(value: number) {
    this.value = value;
  }
}

/** Marks a number as a Python `float`, see {@link PythonFloat}. */
export const pythonFloat = (value: number): PythonFloat => new PythonFloat(value);

/** The most bytes that {@link writeFloat32} and {@link writeFloat64} need. */
export const LONGEST_NUMBER = 32;

const POSITIONAL_FROM = 1e-4;
const POSITIONAL_BELOW = 1e16;

/** Python's `repr` of a float (numpy's `str` of a float64): the shortest digits that read back as the same number. */
export const float64Text = (value: number): string => {
  if (!Number.isFinite(value)) return notFinite(value);
  return isPositional(Math.abs(value)) ? positionalText(value) : scientificText(value);
};

const isPositional = (magnitude: number): boolean =>
  magnitude === 0 || (magnitude >= POSITIONAL_FROM && magnitude < POSITIONAL_BELOW);

const positionalText = (value: number): string => {
  if (!Number.isInteger(value)) return String(value);
  return Object.is(value, -0) ? '-0.0' : `${value}.0`;
};

const scientificText = (value: number): string => value.toExponential().replace(/(?<=e[+-])\d$/, '0$&');

/**
 * numpy's `str` of a float16: the shortest digits that read back as the same float16.
 *
 * @param value a float16 (else it is rounded to one)
 */
export const float16Text = (value: number): string => {
  const half = fromFloat16Bits(toFloat16Bits(value));
  if (!Number.isFinite(half)) return notFinite(half);
  const shortest = half === 0 ? half : shortestFloat16(half);
  // The notation goes by the number itself, not by what is left of its digits.
  return isPositional(Math.abs(half)) ? positionalText(shortest) : scientificText(shortest);
};

/**
 * numpy's `str` of a float32: the shortest digits that read back as the same float32.
 *
 * @param value a float32 (else it is rounded to one)
 */
export const float32Text = (value: number): string => {
  const bytes = new Uint8Array(LONGEST_NUMBER);
  return String.fromCharCode(...bytes.subarray(0, writeFloat32(value, bytes, 0)));
};

/** Python's `str` of an `int`, of any size. */
export const intText = (value: number | bigint): string =>
  typeof value === 'number' && !Number.isSafeInteger(value) ? String(BigInt(value)) : String(value);

/** What a label may be: everything that has a `str` in Python. */
export type PythonValue = number | bigint | string | boolean | null | PythonFloat;

/** Python's `str`: `1`, `1.5`, `True`, `None`, and text as it is. */
export const pythonText = (value: PythonValue): string => {
  if (value === null) return 'None';
  if (value instanceof PythonFloat) return float64Text(value.value);
  if (typeof value === 'boolean') return value ? 'True' : 'False';
  if (typeof value === 'string') return value;
  return typeof value === 'bigint' || isInt(value) ? intText(value) : float64Text(value);
};

/** Whether a plain number counts as a Python `int`: -0 can only be a `float`. */
export const isInt = (value: number): boolean => Number.isInteger(value) && !Object.is(value, -0);

const MINUS = 0x2d;
const POINT = 0x2e;
const ZERO = 0x30;
const SMALL_E = 0x65;
const PLUS = 0x2b;

const decimal: Decimal = { digits: 0, power: 0 };

/**
 * Writes {@link float64Text} as ASCII.
 *
 * @param target has room for {@link LONGEST_NUMBER} bytes from `at`
 * @returns the position after the text
 */
export const writeFloat64 = (value: number, target: Uint8Array, at: number): number =>
  writeAscii(float64Text(value), target, at);

/** Writes {@link float32Text} as ASCII; parameters as {@link writeFloat64}. */
export const writeFloat32 = (value: number, target: Uint8Array, at: number): number => {
  const rounded = Math.fround(value);
  const magnitude = Math.abs(rounded);
  if (!(magnitude < Infinity)) return writeAscii(notFinite(rounded), target, at);
  let end = at;
  if (rounded < 0 || Object.is(rounded, -0)) target[end++] = MINUS;
  if (magnitude === 0) return writeAscii('0.0', target, end);
  shortestFloat32(magnitude, decimal);
  return magnitude >= POSITIONAL_FROM && magnitude < POSITIONAL_BELOW
    ? writePositional(decimal.digits, decimal.power, target, end)
    : writeScientific(decimal.digits, decimal.power, target, end);
};

/** Writes text that is known to be ASCII. @returns the position after it */
export const writeAscii = (text: string, target: Uint8Array, at: number): number => {
  for (let i = 0; i < text.length; i++) target[at + i] = text.charCodeAt(i);
  return at + text.length;
};

const writePositional = (digits: number, power: number, target: Uint8Array, at: number): number => {
  if (power >= 0) {
    const end = at + countDigits(digits) + power;
    writeDigits(digits, target, end - power);
    target.fill(ZERO, end - power, end);
    target[end] = POINT;
    target[end + 1] = ZERO;
    return end + 2;
  }
  const before = Math.max(1, countDigits(digits) + power);
  const point = at + before;
  let rest = digits;
  for (let i = point - power; i >= at; i--) {
    if (i === point) {
      target[i] = POINT;
      continue;
    }
    const shorter = (rest / 10) | 0;
    target[i] = ZERO + rest - shorter * 10;
    rest = shorter;
  }
  return point - power + 1;
};

const writeScientific = (digits: number, power: number, target: Uint8Array, at: number): number => {
  const length = countDigits(digits);
  let end = at + 1;
  if (length > 1) {
    end = at + length + 1;
    writeDigits(digits, target, end);
    target[at] = target[at + 1]!;
    target[at + 1] = POINT;
  } else {
    target[at] = ZERO + digits;
  }
  const exponent = power + length - 1;
  target[end++] = SMALL_E;
  target[end++] = exponent < 0 ? MINUS : PLUS;
  target[end] = ZERO;
  const first = Math.abs(exponent) < 10 ? end + 1 : end;
  return writeAscii(String(Math.abs(exponent)), target, first);
};

/** Writes a whole number so that it ends before `end`. */
const writeDigits = (digits: number, target: Uint8Array, end: number): void => {
  let rest = digits;
  for (let i = end - 1; rest > 0; i--) {
    const shorter = (rest / 10) | 0;
    target[i] = ZERO + rest - shorter * 10;
    rest = shorter;
  }
};

const countDigits = (digits: number): number => {
  let count = 1;
  for (let limit = 10; digits >= limit; limit *= 10) count++;
  return count;
};

const notFinite = (value: number): string => (Number.isNaN(value) ? 'nan' : value > 0 ? 'inf' : '-inf');

// Numbers as Python's int() and float() read them, numpy's text conversion included.

/** Unicode's white space, which U+FEFF is not. */
const isWhiteSpace = (unit: number): boolean =>
  (unit >= 0x09 && unit <= 0x0d) ||
  unit === 0x20 ||
  unit === 0x85 ||
  (unit >= 0xa0 && unit !== 0xfeff && /\s/.test(String.fromCharCode(unit)));

/** What `str.strip` takes away: the four separators of ASCII, too, which no number may have around it. */
const isStripped = (unit: number): boolean => isWhiteSpace(unit) || (unit >= 0x1c && unit <= 0x1f);

/** Python's `str.strip`. */
export const strip = (text: string): string => trimmed(text, isStripped);

const trimmed = (text: string, isSpace: (unit: number) => boolean): string => {
  let start = 0;
  let end = text.length;
  while (start < end && isSpace(text.charCodeAt(start))) start++;
  while (end > start && isSpace(text.charCodeAt(end - 1))) end--;
  return text.slice(start, end);
};

const INT = /^[+-]?\d+(?:_\d+)*$/;
const FLOAT =
  /^[+-]?(?:(?:\d+(?:_\d+)*(?:\.(?:\d+(?:_\d+)*)?)?|\.\d+(?:_\d+)*)(?:e[+-]?\d+(?:_\d+)*)?|inf(?:inity)?|nan)$/i;

/**
 * Python's `int(text)`: blanks around it, a sign, digits of any script, single underscores between them.
 *
 * @returns undefined where Python raises ValueError, or where a double does not hold the number exactly
 */
export const parsePythonInt = (text: string): number | undefined => {
  const plain = plainDigits(trimmed(text, isWhiteSpace));
  if (!INT.test(plain)) return undefined;
  const value = Number(plain.replaceAll('_', ''));
  // `+ 0` because int has no -0.
  return Number.isSafeInteger(value) ? value + 0 : undefined;
};

/**
 * Python's `float(text)`: blanks around it, a sign, digits of any script with single underscores between them,
 * a point, an exponent; `inf`, `infinity` and `nan` in any case. The nearest double.
 *
 * @returns undefined where Python raises ValueError
 */
export const parsePythonFloat = (text: string): number | undefined => {
  const plain = plainDigits(trimmed(text, isWhiteSpace));
  if (!FLOAT.test(plain)) return undefined;
  if (/nan$/i.test(plain)) return Number.NaN;
  if (/[iI]/.test(plain)) return plain.startsWith('-') ? -Infinity : Infinity;
  return Number(plain.replaceAll('_', ''));
};

/** Digits of other scripts (`１２`, `١٢`) as ASCII. */
const plainDigits = (text: string): string =>
  text.replace(/(?![0-9])\p{Nd}/gu, (digit) => String(digitValue(digit.codePointAt(0)!)));

// Unicode keeps decimal digits in runs of ten from zero up, some of which touch.
const digitValue = (codePoint: number): number => {
  let first = codePoint;
  while (/\p{Nd}/u.test(String.fromCodePoint(first - 1))) first--;
  return (codePoint - first) % 10;
};

const MOST_EXACT_POWER = 22;
const POWERS_OF_TEN = Float64Array.from({ length: MOST_EXACT_POWER + 1 }, (_, power) => Number(`1e${power}`));

const ZERO = 0x30;
const NINE = 0x39;
const POINT = 0x2e;
const PLUS = 0x2b;
const MINUS = 0x2d;
const E = 0x65;
const CAPITAL_E = 0x45;

/**
 * The double nearest to a decimal in ASCII, in one pass where that is exact: up to 2^53 as digits and up to 10^22
 * as power, both of which are doubles, so that one multiplication or division rounds once (Clinger 1990).
 *
 * @returns NaN for everything else, which {@link parsePythonFloat} then judges
 */
export const decimalAt = (bytes: Uint8Array, start: number, end: number): number => {
  let at = start;
  const sign = bytes[at];
  if (sign === MINUS || sign === PLUS) at++;
  const first = at;
  let digits = 0;
  let point = -1;
  for (; at < end; at++) {
    const byte = bytes[at]!;
    if (byte >= ZERO && byte <= NINE) digits = digits * 10 + (byte - ZERO);
    else if (byte === POINT && point < 0) point = at;
    else break;
  }
  const length = at - first - (point < 0 ? 0 : 1);
  let power = point < 0 ? 0 : point + 1 - at;
  if (at < end) {
    if (bytes[at] !== E && bytes[at] !== CAPITAL_E) return Number.NaN;
    power += smallIntAt(bytes, at + 1, end);
  }
  if (length === 0 || digits > Number.MAX_SAFE_INTEGER) return Number.NaN;
  const size = Math.abs(power);
  if (!(size <= MOST_EXACT_POWER)) return Number.NaN;
  const magnitude = power < 0 ? digits / POWERS_OF_TEN[size]! : digits * POWERS_OF_TEN[size]!;
  return sign === MINUS ? -magnitude : magnitude;
};

/** An integer in ASCII of at most nine digits; NaN for everything else, which {@link parsePythonInt} then judges. */
export const smallIntAt = (bytes: Uint8Array, start: number, end: number): number => {
  const sign = bytes[start];
  const first = sign === MINUS || sign === PLUS ? start + 1 : start;
  if (first >= end || end - first > 9) return Number.NaN;
  let value = 0;
  for (let at = first; at < end; at++) {
    const byte = bytes[at]!;
    if (byte < ZERO || byte > NINE) return Number.NaN;
    value = value * 10 + (byte - ZERO);
  }
  return sign === MINUS ? 0 - value : value;
};

/**
 * Orders texts by code point, which is also the order of their UTF-8 bytes: the same on every machine,
 * whatever its language. (JavaScript's `<` compares UTF-16 units and puts U+1F600 before U+FF21.)
 *
 * @returns below 0, 0 or above 0, as `Array.sort` wants it
 */
export const compareCodePoints = (a: string, b: string): number => {
  const length = Math.min(a.length, b.length);
  for (let i = 0; i < length; i++) {
    const difference = rank(a.charCodeAt(i)) - rank(b.charCodeAt(i));
    if (difference !== 0) return difference;
  }
  return a.length - b.length;
};

// Surrogates (D800–DFFF) stand for code points above FFFF and so come after the units E000–FFFF.
const rank = (unit: number): number => (unit >= 0xd800 && unit <= 0xdfff ? unit + 0x10000 : unit);

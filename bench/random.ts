/** Numbers in [0, 1). */
export type Random = () => number;

/** The same sequence for the same seed, on every machine (mulberry32). */
export const seededRandom = (seed: number): Random => {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
};

/** `count` distinct whole numbers below `limit`, ascending. */
export const pickNumbers = (count: number, limit: number, seed: number): number[] => {
  const random = seededRandom(seed);
  const picked = new Set<number>();
  while (picked.size < count) picked.add(Math.floor(random() * limit));
  return [...picked].sort((a, b) => a - b);
};

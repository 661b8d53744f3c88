import { requireWhole } from './option-checks.ts';

const TWO_32 = 2 ** 32;

/**
 * Pseudo-random numbers from a seed, the same on every machine: xoshiro128** 1.1, its state filled by SplitMix64
 * (both by Blackman and Vigna). Not for secrets.
 */
export class Random {
  #a: number;
  #b: number;
  #c: number;
  #d: number;

  /** @param seed an integer in `[0, 2^53)` @throws ERR_OPTION for anything else */
  constructor(seed: number) {
    requireWhole('seed', seed, 0);
    const [low, high] = splitMix64(BigInt(seed));
    this.#a = Number(low & 0xffffffffn) | 0;
    this.#b = Number(low >> 32n) | 0;
    this.#c = Number(high & 0xffffffffn) | 0;
    this.#d = Number(high >> 32n) | 0;
  }

  /** An integer, uniform in `[0, 2^32)`. */
  uint32(): number {
    const result = Math.imul(rotateLeft(Math.imul(this.#b, 5), 7), 9) >>> 0;
    const shifted = this.#b << 9;
    this.#c ^= this.#a;
    this.#d ^= this.#b;
    this.#b ^= this.#c;
    this.#a ^= this.#d;
    this.#c ^= shifted;
    this.#d = rotateLeft(this.#d, 11);
    return result;
  }

  /** Uniform in `[0, 1)`, a multiple of 2^-53. */
  uniform(): number {
    return ((this.uint32() >>> 5) * 2 ** 26 + (this.uint32() >>> 6)) * 2 ** -53;
  }

  /** An integer, uniform in `[0, n)`, for `n` from 1 to 2^32. */
  below(n: number): number {
    // What is left over above the last multiple of n would make small results likelier.
    const limit = TWO_32 - (TWO_32 % n);
    let drawn = this.uint32();
    while (drawn >= limit) drawn = this.uint32();
    return drawn % n;
  }

  /**
   * The integers `[0, n)` in random order (Fisher and Yates). Not the order that numpy's `random.permutation` gives
   * for the same seed.
   */
  permutation(n: number): Uint32Array {
    const order = Uint32Array.from({ length: n }, (_, i) => i);
    for (let last = n - 1; last > 0; last--) {
      const chosen = this.below(last + 1);
      [order[last], order[chosen]] = [order[chosen]!, order[last]!];
    }
    return order;
  }

  /** Normal with mean 0 and standard deviation 1 (Marsaglia's polar method). */
  normal(): number {
    for (;;) {
      const x = 2 * this.uniform() - 1;
      const y = 2 * this.uniform() - 1;
      const square = x * x + y * y;
      if (square > 0 && square < 1) return x * Math.sqrt((-2 * Math.log(square)) / square);
    }
  }
}

const rotateLeft = (word: number, bits: number): number => (word << bits) | (word >>> (32 - bits));

/** The first two outputs of SplitMix64. They are never both 0, which xoshiro could not leave. */
const splitMix64 = (seed: bigint): readonly [bigint, bigint] => {
  const output = (state: bigint): bigint => {
    let z = BigInt.asUintN(64, state);
    z = BigInt.asUintN(64, (z ^ (z >> 30n)) * 0xbf58476d1ce4e5b9n);
    z = BigInt.asUintN(64, (z ^ (z >> 27n)) * 0x94d049bb133111ebn);
    return z ^ (z >> 31n);
  };
  const gamma = 0x9e3779b97f4a7c15n;
  return [output(seed + gamma), output(seed + 2n * gamma)];
};

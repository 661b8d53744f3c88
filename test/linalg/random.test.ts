import { describe, expect, it } from 'vitest';
import { Random } from '../../src/base/random.ts';

/** xoshiro128** seeded by SplitMix64, once more in big integers. */
const reference = function* (seed: bigint): Generator<number> {
  const mask = 0xffffffffn;
  const words: bigint[] = [];
  for (let i = 1n; i <= 2n; i++) {
    let z = BigInt.asUintN(64, seed + i * 0x9e3779b97f4a7c15n);
    z = BigInt.asUintN(64, (z ^ (z >> 30n)) * 0xbf58476d1ce4e5b9n);
    z = BigInt.asUintN(64, (z ^ (z >> 27n)) * 0x94d049bb133111ebn);
    z ^= z >> 31n;
    words.push(z & mask, z >> 32n);
  }
  let [a, b, c, d] = words as [bigint, bigint, bigint, bigint];
  const rotate = (x: bigint, k: bigint): bigint => ((x << k) | (x >> (32n - k))) & mask;
  for (;;) {
    yield Number((rotate((b * 5n) & mask, 7n) * 9n) & mask);
    const t = (b << 9n) & mask;
    c ^= a;
    d ^= b;
    b ^= c;
    a ^= d;
    c ^= t;
    d = rotate(d, 11n);
  }
};

describe('Random', () => {
  it.each([0, 1, 42, 2 ** 32, Number.MAX_SAFE_INTEGER])('is xoshiro128** for the seed %i', (seed) => {
    const random = new Random(seed);
    const expected = reference(BigInt(seed));
    for (let i = 0; i < 1000; i++) expect(random.uint32()).toBe(expected.next().value);
  });

  it.each([-1, 0.5, Number.NaN, 2 ** 53])('refuses the seed %f', (seed) => {
    expect(() => new Random(seed)).toThrow(
      expect.objectContaining({
        code: 'ERR_OPTION',
        message: `seed ${seed}: expected a whole number of at least 0.`,
      }),
    );
  });

  it('draws evenly below any bound', () => {
    const random = new Random(3);
    const counts = new Array<number>(7).fill(0);
    for (let i = 0; i < 70_000; i++) counts[random.below(7)]!++;
    // Six standard deviations of a binomial count.
    for (const count of counts) expect(Math.abs(count - 10_000)).toBeLessThan(6 * 93);
    // A remainder without rejection would favour the lower half of this range five to three.
    const bound = 2 ** 31 + 2 ** 30;
    const low = Array.from({ length: 20_000 }, () => random.below(bound)).filter(
      (each) => each < bound / 2,
    ).length;
    expect(Math.abs(low - 10_000)).toBeLessThan(6 * 71);
    expect(random.below(1)).toBe(0);
  });

  it('draws from [0, 1) and from the normal distribution', () => {
    const random = new Random(4);
    const uniform = Array.from({ length: 20_000 }, () => random.uniform());
    expect(uniform.every((each) => each >= 0 && each < 1)).toBe(true);
    expect(Math.abs(mean(uniform) - 0.5)).toBeLessThan(0.013);
    const normal = Array.from({ length: 20_000 }, () => random.normal());
    expect(Math.abs(mean(normal))).toBeLessThan(0.045);
    expect(Math.abs(mean(normal.map((each) => each ** 2)) - 1)).toBeLessThan(0.06);
    expect(Math.abs(mean(normal.map((each) => each ** 4)) - 3)).toBeLessThan(0.45);
  });

  it('permutes: every number once, every place as likely', () => {
    expect([...new Random(1).permutation(100)].sort((a, b) => a - b)).toEqual([...Array(100).keys()]);
    expect(new Random(1).permutation(100)).toEqual(new Random(1).permutation(100));
    expect(new Random(1).permutation(100)).not.toEqual(new Random(2).permutation(100));
    expect(new Random(1).permutation(0)).toHaveLength(0);
    const random = new Random(5);
    const orders = new Map<string, number>();
    for (let i = 0; i < 24_000; i++) {
      const order = random.permutation(4).join('');
      orders.set(order, (orders.get(order) ?? 0) + 1);
    }
    expect(orders.size).toBe(24);
    for (const count of orders.values()) expect(Math.abs(count - 1000)).toBeLessThan(6 * 31);
  });
});

const mean = (numbers: readonly number[]): number => numbers.reduce((a, b) => a + b, 0) / numbers.length;

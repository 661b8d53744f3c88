// Finds hashes of 64 bits that are near a given one without looking at all of them.
import { bitCount } from '../image/perceptual-hash.ts';

const QUARTERS = 4;
const VALUES = 1 << 16;

/**
 * Hashes by each of their quarters. Of two that differ in at most `limit` bits, one quarter differs in at most a fourth
 * of these: only hashes with such a quarter are looked at (Norouzi et al. 2012, multi-index hashing).
 */
export class HashIndex {
  /** How many lists a search looks into; with fewer hashes than that, looking at all of them is faster. */
  readonly probes: number;
  readonly #halves: Int32Array;
  /** What two near quarters may differ in. */
  readonly #changes: readonly number[];
  /** Lists of places that share a quarter, the last one first; places count from 1, and 0 ends a list. */
  readonly #heads = new Int32Array(QUARTERS * VALUES);
  readonly #rests: Int32Array;

  /**
   * @param halves of hash `i` the upper 32 bits at `2 i`, and the lower ones behind
   * @param limit bits in which near hashes differ at most
   */
  constructor(halves: Int32Array, limit: number) {
    this.#halves = halves;
    this.#rests = new Int32Array(QUARTERS * (halves.length / 2));
    const most = Math.floor(limit / QUARTERS);
    this.#changes = [...new Array(VALUES).keys()].filter((change) => bitCount(change) <= most);
    this.probes = QUARTERS * this.#changes.length;
  }

  add(place: number): void {
    for (let quarter = 0; quarter < QUARTERS; quarter++) {
      const list = VALUES * quarter + this.#valueOf(place, quarter);
      this.#rests[QUARTERS * place + quarter] = this.#heads[list]!;
      this.#heads[list] = place + 1;
    }
  }

  /**
   * The least of the places added that is near.
   *
   * @param isNear asked about candidates; true for none that differs from `place` in more than `limit` bits
   */
  first(place: number, isNear: (other: number) => boolean): number | undefined {
    let first = Infinity;
    for (let quarter = 0; quarter < QUARTERS; quarter++) {
      const value = this.#valueOf(place, quarter);
      for (const change of this.#changes) {
        let next = this.#heads[VALUES * quarter + (value ^ change)]!;
        for (; next > 0; next = this.#rests[QUARTERS * (next - 1) + quarter]!)
          if (next <= first && isNear(next - 1)) first = next - 1;
      }
    }
    return first === Infinity ? undefined : first;
  }

  #valueOf(place: number, quarter: number): number {
    const half = this.#halves[2 * place + (quarter >> 1)]!;
    return quarter & 1 ? half & (VALUES - 1) : half >>> 16;
  }
}

// Follows one decoding run and tells which of its frames can be trusted.
import type { FrameIndex } from './frame-index.ts';
import { NON_REFERENCE } from './packets.ts';
import type { Run } from './plan.ts';

/** A decoder that fails this often without a frame in between is stuck. */
const MOST_FAILURES = 1000;

/**
 * Damage spreads: a picture predicted from a damaged or missing one is wrong too, even where the decoder
 * does not notice. So after damage nothing is trusted until the next key, unless only a picture was hit
 * that no other refers to.
 */
export class DamageWatch {
  readonly #index: FrameIndex;
  readonly #firstRank: number;
  /** Frames that were sent and must come out, ascending. */
  #expected: number[] = [];
  #lastSent = -1;
  #lastShown = -1;
  #untrustedBelow = -1;
  #failures = 0;
  #sawDamage = false;
  #isOutOfOrder = false;

  constructor(index: FrameIndex, run: Run) {
    this.#index = index;
    this.#firstRank = run.firstRank;
  }

  /** The decoder or the container reported damage. */
  get sawDamage(): boolean {
    return this.#sawDamage;
  }

  /** A frame came out behind one that it should precede. */
  get isOutOfOrder(): boolean {
    return this.#isOutOfOrder;
  }

  /** A packet was sent whose picture must come out. */
  sent(ordinal: number): void {
    this.#lastSent = ordinal;
    const rank = this.#index.ranks[ordinal]!;
    if (rank < this.#firstRank) return;
    let at = this.#expected.length;
    while (at > 0 && this.#expected[at - 1]! > rank) at--;
    this.#expected.splice(at, 0, rank);
  }

  /** A packet was sent whose picture may be passed over. */
  skipped(ordinal: number): void {
    this.#lastSent = ordinal;
  }

  /** The decoder reported an error for a packet; false once it reports nothing else. */
  failed(): boolean {
    this.#sawDamage = true;
    this.#distrustUntilNextKey();
    return ++this.#failures < MOST_FAILURES;
  }

  /** A frame came out. True when it is what was encoded. */
  shown(rank: number, isDamaged: boolean): boolean {
    this.#failures = 0;
    if (rank < this.#lastShown) this.#isOutOfOrder = true;
    this.#lastShown = rank;
    while (this.#expected.length > 0 && this.#expected[0]! < rank) this.#spread(this.#expected.shift()!);
    if (this.#expected[0] === rank) this.#expected.shift();
    if (isDamaged) {
      this.#sawDamage = true;
      this.#spread(rank);
    }
    return !isDamaged && rank >= this.#firstRank && rank >= this.#untrustedBelow;
  }

  #spread(rank: number): void {
    const flags = this.#index.packets.flags[this.#index.ordinals[rank]!]!;
    if ((flags & NON_REFERENCE) === 0) this.#distrustUntilNextKey();
  }

  #distrustUntilNextKey(): void {
    const { keyOrdinals, keyRanks } = this.#index;
    const next = keyOrdinals.findIndex((ordinal) => ordinal > this.#lastSent);
    this.#untrustedBelow = Math.max(
      this.#untrustedBelow,
      next < 0 ? this.#index.frameCount : keyRanks[next]!,
    );
  }
}

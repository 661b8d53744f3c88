// Follows one decoding run and tells which of its frames can be trusted.

import type { Verdict } from './decoder-log.ts';
import type { FrameIndex } from './frame-index.ts';
import { BREAK, CORRUPT, KEY, NON_REFERENCE } from './packets.ts';
import type { Run } from './plan.ts';

/** A decoder that fails this often without a frame in between is stuck. */
const MOST_FAILURES = 1000;

/** `trusted`: what was encoded. `doubtful`: as a decode from here gives it, one from the start may differ. */
export type Trust = 'trusted' | 'doubtful' | 'damaged';

/**
 * Damage spreads: a picture predicted from a damaged or missing one is wrong too, even where the decoder does not
 * notice. So from damage on nothing is right until the next key, unless only a picture was hit that no other
 * refers to. Likewise from anything suspicious on, nothing is certain until the next key.
 */
export class DamageWatch {
  readonly #index: FrameIndex;
  readonly #firstRank: number;
  /** Frames that were sent and must come out, ascending. */
  readonly #expected: number[] = [];
  #lastSent = -1;
  #lastShown = -1;
  #damagedBelow = -1;
  #doubtfulBelow = -1;
  #failures = 0;
  #isOutOfOrder = false;

  constructor(index: FrameIndex, run: Run) {
    this.#index = index;
    this.#firstRank = run.firstRank;
  }

  /** Something was damaged or suspicious. */
  get sawAnything(): boolean {
    return this.#damagedBelow >= 0 || this.#doubtfulBelow >= 0;
  }

  /** Something was damaged. */
  get sawDamage(): boolean {
    return this.#damagedBelow >= 0;
  }

  /** A frame came out behind one that it should precede. */
  get isOutOfOrder(): boolean {
    return this.#isOutOfOrder;
  }

  /** A packet was sent; `isSkipped`: its picture may be passed over. */
  sent(ordinal: number, isSkipped: boolean): void {
    this.#lastSent = ordinal;
    const flags = this.#index.packets.flags[ordinal]!;
    const rank = this.#index.ranks[ordinal]!;
    // What is missing before a key cannot hurt the key: only the pictures shown before it.
    const hurtBelow = (flags & KEY) !== 0 ? rank : this.#nextKeyRank();
    if ((flags & BREAK) !== 0) this.#damagedBelow = Math.max(this.#damagedBelow, hurtBelow);
    if ((flags & CORRUPT) !== 0) this.#suspicious();
    if (isSkipped || rank < this.#firstRank) return;
    let at = this.#expected.length;
    while (at > 0 && this.#expected[at - 1]! > rank) at--;
    this.#expected.splice(at, 0, rank);
  }

  /** The decoder's log said something since the last packet that was asked about. */
  heard(verdict: Verdict): void {
    if (verdict === 'damage') this.#damaged();
    if (verdict === 'suspicious') this.#suspicious();
  }

  #damaged(): void {
    this.#damagedBelow = Math.max(this.#damagedBelow, this.#nextKeyRank());
  }

  #suspicious(): void {
    this.#doubtfulBelow = Math.max(this.#doubtfulBelow, this.#nextKeyRank());
  }

  /** The decoder returned an error; false once it returns nothing else. */
  failed(): boolean {
    this.#damaged();
    return ++this.#failures < MOST_FAILURES;
  }

  /** A frame came out. `isFlagged`: the decoder says that it is not what was encoded. */
  shown(rank: number, isFlagged: boolean): void {
    this.#failures = 0;
    this.#isOutOfOrder ||= rank < this.#lastShown;
    this.#lastShown = rank;
    for (; this.#expected.length > 0 && this.#expected[0]! < rank; this.#expected.shift()) this.#suspicious();
    if (this.#expected[0] === rank) this.#expected.shift();
    const isReference = (this.#index.packets.flags[this.#index.ordinals[rank]!]! & NON_REFERENCE) === 0;
    if (isFlagged && isReference) this.#damaged();
  }

  trustIn(rank: number, isFlagged: boolean): Trust {
    if (isFlagged || rank < this.#damagedBelow) return 'damaged';
    return rank < this.#firstRank || rank < this.#doubtfulBelow ? 'doubtful' : 'trusted';
  }

  /** The first frame that does not depend on what was sent so far. */
  #nextKeyRank(): number {
    const { keyOrdinals, keyRanks, frameCount } = this.#index;
    let low = 0;
    let high = keyOrdinals.length;
    while (low < high) {
      const middle = (low + high) >> 1;
      if (keyOrdinals[middle]! <= this.#lastSent) low = middle + 1;
      else high = middle;
    }
    return keyRanks[low] ?? frameCount;
  }
}

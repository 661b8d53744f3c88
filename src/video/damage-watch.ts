// Follows one decoding run and tells which of its frames can be trusted.
import type { Verdict } from './decoder-log.ts';
import type { FrameIndex } from './frame-index.ts';
import { BREAK, CORRUPT, KEY, NON_REFERENCE } from './packets.ts';
import type { Run } from './plan.ts';

/** A decoder that fails this often without a frame in between is stuck. */
const MOST_FAILURES = 1000;

/** `trusted`: what was encoded. `doubtful`: as a decode from here gives it, one from the start may differ. */
export type Trust = 'trusted' | 'doubtful' | 'damaged';

/** The frames of packets in `[from, end)` that are shown before frame `cleanRank` are affected by something. */
interface Stretch {
  readonly from: number;
  readonly end: number;
  readonly cleanRank: number;
}

/**
 * Damage spreads: a picture predicted from a damaged or missing one is wrong too, even where the decoder does not
 * notice. So what is decoded after damage is not right until the next key, unless only a picture was hit that no
 * other refers to. Likewise what is decoded after anything suspicious is not certain until the next key.
 */
export class DamageWatch {
  readonly #index: FrameIndex;
  readonly #firstRank: number;
  readonly #delayPackets: number;
  /** Frames that were sent and must come out, ascending. */
  readonly #expected: number[] = [];
  readonly #damaged: Stretch[] = [];
  readonly #doubtful: Stretch[] = [];
  #lastSent = -1;
  #lastHeard = -1;
  #lastShown = -1;
  #failures = 0;
  #isOutOfOrder = false;

  /** @param delayPackets how many packets later a decoder may report what is wrong with one */
  constructor(index: FrameIndex, run: Run, delayPackets: number) {
    this.#index = index;
    this.#firstRank = run.firstRank;
    this.#delayPackets = delayPackets;
    this.#lastHeard = run.start - 1;
  }

  /** Something was damaged. */
  get sawDamage(): boolean {
    return this.#damaged.length > 0;
  }

  /** Something was damaged or suspicious. */
  get sawAnything(): boolean {
    return this.sawDamage || this.#doubtful.length > 0;
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
    if ((flags & BREAK) !== 0) {
      // What is missing before a key does not hurt the key: only the pictures behind it that are shown before it.
      const cleanRank = (flags & KEY) !== 0 ? rank : this.#nextKeyRank(ordinal);
      this.#damaged.push({ from: ordinal, end: Number.POSITIVE_INFINITY, cleanRank });
    }
    if ((flags & CORRUPT) !== 0) this.#spread(this.#doubtful, ordinal);
    if (isSkipped || rank < this.#firstRank) return;
    let at = this.#expected.length;
    while (at > 0 && this.#expected[at - 1]! > rank) at--;
    this.#expected.splice(at, 0, rank);
  }

  /** The decoder's log says something about the packets that were sent since it was last asked. */
  heard(verdict: Verdict): void {
    const since = Math.min(this.#lastSent, this.#lastHeard + 1) - this.#delayPackets;
    if (verdict === 'damage') this.#spread(this.#damaged, since, this.#lastSent);
    if (verdict === 'suspicious') this.#spread(this.#doubtful, since, this.#lastSent);
    this.#lastHeard = this.#lastSent;
  }

  /** The decoder returned an error; false once it returns nothing else. */
  failed(): boolean {
    this.#spread(this.#damaged, this.#lastSent - this.#delayPackets, this.#lastSent);
    return ++this.#failures < MOST_FAILURES;
  }

  /** A frame came out. `isFlagged`: the decoder says that it is not what was encoded. */
  shown(rank: number, isFlagged: boolean): void {
    this.#failures = 0;
    this.#isOutOfOrder ||= rank < this.#lastShown;
    this.#lastShown = rank;
    for (let lost = this.#expected[0]; lost !== undefined && lost < rank; lost = this.#expected[0]) {
      this.#expected.shift();
      this.#spread(this.#doubtful, this.#index.ordinals[lost]!);
    }
    if (this.#expected[0] === rank) this.#expected.shift();
    const ordinal = this.#index.ordinals[rank]!;
    if (isFlagged) this.#spread(this.#damaged, ordinal);
  }

  trustIn(rank: number, isFlagged: boolean): Trust {
    const ordinal = this.#index.ordinals[rank]!;
    const isIn = ({ from, end, cleanRank }: Stretch): boolean =>
      ordinal >= from && ordinal < end && rank < cleanRank;
    if (isFlagged || this.#damaged.some(isIn)) return 'damaged';
    return rank < this.#firstRank || this.#doubtful.some(isIn) ? 'doubtful' : 'trusted';
  }

  /** What began somewhere from packet `from` to packet `to`. A picture that no other refers to is hit alone. */
  #spread(stretches: Stretch[], from: number, to = from): void {
    const isAlone = from === to && ((this.#index.packets.flags[to] ?? 0) & NON_REFERENCE) !== 0;
    const stretch = {
      from,
      end: isAlone ? to + 1 : Number.POSITIVE_INFINITY,
      cleanRank: this.#nextKeyRank(to),
    };
    const last = stretches.at(-1);
    const isKnown = last?.cleanRank === stretch.cleanRank && last.from <= from && last.end >= stretch.end;
    if (!isKnown) stretches.push(stretch);
  }

  /** The first frame that does not depend on packet `ordinal`, if it is no key itself. */
  #nextKeyRank(ordinal: number): number {
    const { keyOrdinals, keyRanks, frameCount } = this.#index;
    let low = 0;
    let high = keyOrdinals.length;
    while (low < high) {
      const middle = (low + high) >> 1;
      if (keyOrdinals[middle]! <= ordinal) low = middle + 1;
      else high = middle;
    }
    return keyRanks[low] ?? frameCount;
  }
}

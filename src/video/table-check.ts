// Holds pictures against what their container's tables say of them.
import type { StreamInfo } from '../native/libav.ts';
import { type PacketClassifier, packetClassifier } from './bitstream.ts';
import type { FrameIndex } from './frame-index.ts';
import { BREAK, CONTINUES, CORRUPT, HIDDEN, KEY, NON_REFERENCE, SUSPECT } from './packets.ts';
import { AS_DECODED, type PictureFacts } from './picture-facts.ts';
import type { Run } from './plan.ts';

/** What a packet of the demuxer shows of itself. */
interface Packet {
  readonly data: Uint8Array | null;
  readonly size: number;
  readonly pos: bigint;
}

/** What tables cannot know: packets and pictures are not one to one. */
const UNKNOWN_TO_TABLES = SUSPECT | HIDDEN | CONTINUES;

/**
 * An index that was made from tables alone is believed until pictures say otherwise. A full scan looks at every picture;
 * this looks at those that are read, with the same eyes. Whoever finds a contradiction numbers the frames anew.
 */
export class TableCheck {
  readonly #stream: StreamInfo;
  readonly #index: FrameIndex;
  #classify: PacketClassifier | undefined;
  /** Of the packets of this run. */
  readonly #facts = new Map<number, PictureFacts>();
  #nextRank = 0;
  #end = 0;

  constructor(stream: StreamInfo, index: FrameIndex) {
    this.#stream = stream;
    this.#index = index;
    this.begin({ firstRank: 0, end: index.packets.count });
  }

  /** What comes next is a run of its own. */
  begin({ firstRank, end }: Pick<Run, 'firstRank' | 'end'>): void {
    this.#nextRank = firstRank;
    this.#end = end;
    this.#classify = packetClassifier(this.#stream.codec, this.#stream.extradata);
    this.#facts.clear();
  }

  /**
   * Looks at a packet, after those before it since {@link begin}. What it tells of missing pictures, and that no other
   * refers to it, is added to the index.
   *
   * @returns false for a contradiction
   */
  packet(ordinal: number, { data, size, pos }: Packet): boolean {
    const { positions, sizes, flags } = this.#index.packets;
    if (size !== sizes[ordinal] || Number(pos) !== positions[ordinal]) return false;
    const isKey = (flags[ordinal]! & KEY) !== 0;
    const facts = this.#classify?.(data ?? new Uint8Array(0), isKey) ?? {
      ...AS_DECODED,
      flags: flags[ordinal]!,
    };
    this.#facts.set(ordinal, facts);
    if ((facts.flags & UNKNOWN_TO_TABLES) !== 0 || (isKey && (facts.flags & KEY) === 0)) return false;
    // A picture of HEVC may be referred to in a layer above; only all pictures tell which is the highest.
    const learnt = this.#stream.codec === 'hevc' ? BREAK | CORRUPT : BREAK | CORRUPT | NON_REFERENCE;
    flags[ordinal] = flags[ordinal]! | (facts.flags & learnt);
    return true;
  }

  /**
   * A frame came out of the decoder.
   *
   * @returns false when one of the run that should precede it was not read yet, or by its header comes behind it
   */
  shown(rank: number): boolean {
    const { ordinals } = this.#index;
    const ordinal = ordinals[rank]!;
    const facts = this.#facts.get(ordinal);
    const first = this.#nextRank;
    if (rank < first) return true;
    this.#nextRank = rank + 1;
    for (let skipped = first; skipped < rank; skipped++) {
      const before = ordinals[skipped]!;
      const factsBefore = this.#facts.get(before);
      if (factsBefore === undefined && before < this.#end) return false;
      if (factsBefore && facts && isDenied(factsBefore, before, facts, ordinal)) return false;
    }
    return true;
  }

  /** Whether the pictures since {@link begin} are shown in the order that the tables say. */
  isInOrder(): boolean {
    const { ranks } = this.#index;
    const shown = [...this.#facts].filter(([ordinal]) => ranks[ordinal]! >= 0);
    shown.sort(([a], [b]) => ranks[a]! - ranks[b]!);
    return shown.every(([ordinal, facts], i) => {
      const [before, factsBefore] = shown[i - 1] ?? [];
      return (
        before === undefined || factsBefore === undefined || !isDenied(factsBefore, before, facts, ordinal)
      );
    });
  }
}

/** True when the headers deny that packet `a` is shown before packet `b`. */
const isDenied = (factsA: PictureFacts, a: number, factsB: PictureFacts, b: number): boolean => {
  if (factsA.order === undefined || factsB.order === undefined) return false;
  return (factsA.sequence - factsB.sequence || factsA.order - factsB.order || a - b) > 0;
};

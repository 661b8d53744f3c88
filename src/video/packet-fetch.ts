// Brings the packets of a remote video before they are read: those of the plan, ahead of the decoder, and no others.
import type { Mirror } from '../remote/mirror.ts';
import type { ByteRange } from '../remote/portions.ts';
import type { PacketTable } from './packets.ts';
import type { Run } from './plan.ts';

/**
 * FFmpeg reads up to 32 KiB further than it is asked to and may use them later: behind everything that is needed so much
 * must be there, or it would see a hole where there is none any more.
 */
export const READ_AHEAD_BYTES = 64 * 1024;

/** Packets that are brought together. */
const CHUNK_BYTES = 4 * 1024 * 1024;
/** Chunks that are on their way while the first of them is decoded. */
const CHUNKS_AHEAD = 5;

/** Part of a run: the packets `[first, end)`. */
interface Chunk {
  readonly first: number;
  readonly end: number;
  readonly ranges: readonly ByteRange[];
  coming: Promise<void> | undefined;
}

export class PacketFetch {
  readonly #mirror: Mirror;
  readonly #packets: PacketTable;
  #chunks: readonly Chunk[] = [];
  #at = 0;
  #signal: AbortSignal | undefined;

  constructor(mirror: Mirror, packets: PacketTable) {
    this.#mirror = mirror;
    this.#packets = packets;
  }

  /** Says what will be read, in order. @throws as `Mirror.need` */
  async plan(runs: readonly Run[], signal: AbortSignal | undefined): Promise<void> {
    this.#signal = signal;
    this.#at = 0;
    // Where the file cannot be described without its media, all of it is here now.
    this.#chunks = (await this.#mirror.describe({ signal }))
      ? runs.flatMap((run) => this.#chunksOf(run))
      : [];
  }

  /** Packet `ordinal` lies in another chunk than the last one. */
  isDue(ordinal: number): boolean {
    const chunk = this.#chunks[this.#at];
    return (
      chunk !== undefined && (chunk.coming === undefined || ordinal < chunk.first || ordinal >= chunk.end)
    );
  }

  /** Waits until packet `ordinal`, of the plan, is there. @throws as `Mirror.need` */
  async reach(ordinal: number): Promise<void> {
    const at = this.#chunks.findIndex(
      ({ first, end }, i) => i >= this.#at && ordinal >= first && ordinal < end,
    );
    if (at < 0) return;
    this.#at = at;
    for (const chunk of this.#chunks.slice(at, at + 1 + CHUNKS_AHEAD)) {
      chunk.coming ??= this.#mirror.need(chunk.ranges, { signal: this.#signal });
      chunk.coming.catch(() => undefined); // told when its turn comes
    }
    await this.#chunks[at]?.coming;
  }

  /** Brings all of the file: the plan does not work out. @throws as `Mirror.need` */
  async reachAll(): Promise<void> {
    await this.#mirror.needAll({ signal: this.#signal });
  }

  #chunksOf({ start, end }: Run): Chunk[] {
    const { positions, sizes } = this.#packets;
    const chunks: Chunk[] = [];
    let [first, sizeBytes] = [start, 0];
    let ranges: ByteRange[] = [];
    for (let ordinal = start; ordinal < end; ordinal++) {
      const position = positions[ordinal]!;
      ranges.push([position, position + sizes[ordinal]! + READ_AHEAD_BYTES]);
      sizeBytes += sizes[ordinal]!;
      if (sizeBytes < CHUNK_BYTES && ordinal + 1 < end) continue;
      chunks.push({ first, end: ordinal + 1, ranges, coming: undefined });
      [first, sizeBytes, ranges] = [ordinal + 1, 0, []];
    }
    return chunks;
  }
}

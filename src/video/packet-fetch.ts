// Brings the packets of a remote video before they are read: those of the plan, ahead of the decoder, and no others.
import type { Mirror } from '../remote/mirror.ts';
import type { ByteRange } from '../remote/portions.ts';
import type { PacketTable } from './packets.ts';
import type { Run } from './plan.ts';

/** Packets that are brought together. */
const CHUNK_BYTES = 4 * 1024 * 1024;
/** Chunks that are on their way while the first of them is decoded. */
const CHUNKS_AHEAD = 5;

/** Part of a run: the packets `[first, end)`. */
interface Chunk {
  readonly first: number;
  readonly end: number;
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
      chunk.coming ??= this.#mirror.need(this.#rangesOf(chunk), { signal: this.#signal });
      chunk.coming.catch(() => undefined); // told when its turn comes
    }
    await this.#chunks[at]?.coming;
  }

  #chunksOf({ start, end }: Run): Chunk[] {
    const { sizes } = this.#packets;
    const chunks: Chunk[] = [];
    for (let ordinal = start, first = start, sizeBytes = 0; ordinal < end; ordinal++) {
      sizeBytes += sizes[ordinal]!;
      if (sizeBytes < CHUNK_BYTES && ordinal + 1 < end) continue;
      chunks.push({ first, end: ordinal + 1, coming: undefined });
      [first, sizeBytes] = [ordinal + 1, 0];
    }
    return chunks;
  }

  #rangesOf({ first, end }: Chunk): ByteRange[] {
    const { positions, sizes } = this.#packets;
    return Array.from({ length: end - first }, (_, i) => {
      const position = positions[first + i]!;
      return [position, position + sizes[first + i]!];
    });
  }
}

/**
 * An encoded stream held in memory between encoder and file, so that a recipe is a chain of plain functions:
 * encode, change packets, write. Packets are ordinary objects; nothing here owns native memory except `parameters`.
 */
import { AV_LOG_QUIET, AV_NOPTS_VALUE, type AVPacketSideDataType } from 'node-av/constants';
import { type CodecParameters, type IRational, Log, Packet } from 'node-av/lib';

Log.setLevel(AV_LOG_QUIET);

/** One packet, in units of the stream's time base; null where the container is to be left without a timestamp. */
export interface Chunk {
  readonly data: Buffer;
  readonly pts: bigint | null;
  readonly dts: bigint | null;
  readonly duration: bigint;
  readonly flags: number;
  readonly side: readonly (readonly [AVPacketSideDataType, Buffer])[];
}

export interface EncodedStream {
  readonly parameters: CodecParameters;
  readonly timeBase: IRational;
  readonly frameRate: IRational | null;
  /** In decoding order. */
  readonly chunks: readonly Chunk[];
}

/** Values for FFmpeg's option dictionaries. */
export type Options = Readonly<Record<string, string | number>>;

export function chunkOf(packet: Packet, sideData: readonly AVPacketSideDataType[]): Chunk {
  const side: [AVPacketSideDataType, Buffer][] = [];
  for (const kind of sideData) {
    const bytes = packet.getSideData(kind);
    if (bytes !== null) side.push([kind, Buffer.from(bytes)]);
  }
  return {
    data: Buffer.from(packet.data ?? Buffer.alloc(0)),
    pts: packet.pts === AV_NOPTS_VALUE ? null : packet.pts,
    dts: packet.dts === AV_NOPTS_VALUE ? null : packet.dts,
    duration: packet.duration,
    flags: packet.flags,
    side,
  };
}

/** Makes the native packet for a chunk; the caller frees it. */
export function packetOf(chunk: Chunk): Packet {
  const packet = new Packet();
  packet.alloc();
  packet.data = chunk.data;
  packet.pts = chunk.pts ?? AV_NOPTS_VALUE;
  packet.dts = chunk.dts ?? AV_NOPTS_VALUE;
  packet.duration = chunk.duration;
  packet.flags = chunk.flags as Packet['flags'];
  for (const [kind, bytes] of chunk.side) packet.addSideData(kind, bytes);
  return packet;
}

/** The same stream with other packets. */
export function withChunks(stream: EncodedStream, chunks: readonly Chunk[]): EncodedStream {
  return { ...stream, chunks };
}

/** Changes packets one by one; null drops the packet. */
export function mapChunks(
  stream: EncodedStream,
  change: (chunk: Chunk, index: number) => Chunk | null,
): EncodedStream {
  const kept: Chunk[] = [];
  stream.chunks.forEach((chunk, index) => {
    const changed = change(chunk, index);
    if (changed !== null) kept.push(changed);
  });
  return withChunks(stream, kept);
}

/** Shifts every timestamp by so many ticks. */
export function shifted(stream: EncodedStream, ticks: bigint): EncodedStream {
  return mapChunks(stream, (chunk) => ({
    ...chunk,
    pts: chunk.pts === null ? null : chunk.pts + ticks,
    dts: chunk.dts === null ? null : chunk.dts + ticks,
  }));
}

/** Whole numbers from `from` up to but without `to`. */
export function range(from: number, to: number): number[] {
  return Array.from({ length: Math.max(0, to - from) }, (_, index) => from + index);
}

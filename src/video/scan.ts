// Reads every packet of a stream once, and decodes only where the packets cannot tell the order of the frames.
import { Breather } from '../base/concurrency.ts';
import { FramesiftError } from '../base/errors.ts';
import { rationalToNumber } from '../base/rational.ts';
import type { MediaInput, StreamInfo, VideoDecoder } from '../native/libav.ts';
import { packetClassifier } from './bitstream.ts';
import {
  buildFrameIndex,
  type Doubt,
  type FrameIndex,
  type OrderFinding,
  orderByTimestamps,
} from './frame-index.ts';
import type { MediaFile } from './media-file.ts';
import { encryptedError, openStream } from './open-stream.ts';
import {
  CORRUPT,
  DISCARD,
  HIDDEN,
  KEY,
  NON_REFERENCE,
  type PacketTable,
  PacketTableBuilder,
  SUSPECT,
} from './packets.ts';
import { AS_DECODED, ScreenOrder } from './picture-facts.ts';

/** What opening a video told, beside its frames. */
export interface VideoInfo {
  /** FFmpeg's name of the container: `mov,mp4,m4a,3gp,3g2,mj2`, `mpegts`, … */
  readonly container: string;
  readonly sizeBytes: number;
  /** The container's clock at its start, which players show as 0:00. */
  readonly startSeconds: number;
  /** The stream whose frames are numbered. */
  readonly stream: StreamInfo;
  /** All video streams of the file, for `--stream`. */
  readonly streams: readonly StreamInfo[];
}

/** A video with its frames numbered. */
export interface IndexedVideo {
  readonly info: VideoInfo;
  readonly index: FrameIndex;
}

export interface ScanOptions {
  /** FFmpeg's index of the video stream to number; FFmpeg's choice when left out. */
  readonly stream?: number | undefined;
  /** Threads of the decoder, where decoding is needed. */
  readonly threads?: number | undefined;
  /** Number the frames without what proved wrong before: by looking at all packets, or by decoding. */
  readonly doubt?: Doubt | undefined;
  readonly signal?: AbortSignal | undefined;
  /** Called with the share of the file that was read, in [0, 1]. */
  readonly onProgress?: ((share: number) => void) | undefined;
}

/**
 * Numbers the frames of a video whose bytes are all here: one pass over its packets, and a decoding pass only where
 * timestamps are missing, repeated or run backwards, or where the first packets may not be decodable.
 *
 * @throws ERR_VIDEO_OPEN, ERR_NO_VIDEO_STREAM, ERR_ENCRYPTED, ERR_NO_DECODER, ERR_NO_FRAMES
 */
export const scanVideo = async (file: MediaFile, options: ScanOptions = {}): Promise<IndexedVideo> => {
  const { path, sizeBytes } = file;
  const { input, stream } = openStream(file, options.stream);
  using open = input;
  const { packets, screenOrder } = await scanPackets(open, stream, sizeBytes, options);
  const index = await orderFrames(file, stream, packets, screenOrder, options);
  if (index.frameCount === 0) {
    throw new FramesiftError(
      'ERR_NO_FRAMES',
      `${path}: has a ${stream.codec} video stream without a single frame.`,
      {
        facts: { path, codec: stream.codec },
      },
    );
  }
  return { info: infoOf(open, stream, sizeBytes), index };
};

/** What opening a video told. */
export const infoOf = (
  { formatName: container, startSeconds, videoStreams: streams }: MediaInput,
  stream: StreamInfo,
  sizeBytes: number,
): VideoInfo => ({ container, sizeBytes, startSeconds, stream, streams });

/** A decoder that fails this often without asking for another packet is stuck. */
const MOST_FAILURES = 1000;

/** Packets between two looks at the clock. */
const BATCH = 64;

const scanPackets = async (
  input: MediaInput,
  stream: StreamInfo,
  sizeBytes: number,
  { signal, onProgress }: ScanOptions,
): Promise<{ packets: PacketTable; screenOrder: ScreenOrder }> => {
  const breather = new Breather(signal);
  const table = new PacketTableBuilder();
  const classify = packetClassifier(stream.codec, stream.extradata);
  const screenOrder = new ScreenOrder();
  const temporalIds: number[] = [];
  const { packet } = input;
  while (input.read()) {
    if (table.count === 0 && input.isEncrypted) throw encryptedError(input.path);
    const position = Number(packet.pos);
    const { isKey, isDiscarded, isCorrupt } = input.packetFlags;
    let flags = (isKey ? KEY : 0) | (isDiscarded ? DISCARD : 0) | (isCorrupt ? CORRUPT : 0);
    const found = classify?.(packet.data ?? new Uint8Array(0), (flags & KEY) !== 0);
    if (found !== undefined) {
      temporalIds.push(found.temporalId ?? 0);
      flags = (flags & ~KEY) | found.flags;
    }
    screenOrder.add(found ?? AS_DECODED);
    table.add(position, packet.dts, packet.pts, packet.size, flags);
    if (table.count % BATCH === 0 && breather.isDue) {
      onProgress?.(Math.min(1, Math.max(0, position / sizeBytes)));
      await breather.pause();
    }
  }
  const packets = table.finish();
  keepOnlyHighestTemporalLayer(packets, temporalIds);
  neverSkipPacked(packets);
  return { packets, screenOrder };
};

/** An HEVC sub-layer non-reference picture may still be referred to by pictures of a higher temporal layer. */
const keepOnlyHighestTemporalLayer = (packets: PacketTable, temporalIds: readonly number[]): void => {
  const highest = temporalIds.reduce((most, id) => Math.max(most, id), 0);
  temporalIds.forEach((id, i) => {
    if (id < highest) packets.flags[i] = packets.flags[i]! & ~NON_REFERENCE;
  });
};

/** Where packets hold several pictures, passing one over takes the next along. */
const neverSkipPacked = ({ flags }: PacketTable): void => {
  if (!flags.some((each) => (each & SUSPECT) !== 0)) return;
  flags.forEach((each, i) => {
    flags[i] = each & ~NON_REFERENCE;
  });
};

/** Codecs that show pictures in another order than they are decoded, and whose headers nobody here reads: only decoding can confirm their timestamps. */
export const UNREAD_REORDERING = new Set([
  'vc1',
  'wmv3',
  'rv30',
  'rv40',
  'svq3',
  'vvc',
  'cavs',
  'avs2',
  'avs3',
  'evc',
  'dirac',
  'indeo4',
  'indeo5',
]);

/** The average distance of frames in stream ticks. */
export const ticksPerFrameOf = ({ timeBase, averageFrameRate }: StreamInfo): number =>
  timeBase.den / timeBase.num / (rationalToNumber(averageFrameRate) || 25);

const orderFrames = async (
  file: MediaFile,
  stream: StreamInfo,
  packets: PacketTable,
  screenOrder: ScreenOrder,
  options: ScanOptions,
): Promise<FrameIndex> => {
  const ticksPerFrame = ticksPerFrameOf(stream);
  const reason =
    options.doubt === 'timestamps'
      ? 'the decoder shows other frames than the timestamps announce'
      : UNREAD_REORDERING.has(stream.codec) && `the headers of ${stream.codec} are not read`;
  const finding: OrderFinding = reason
    ? { kind: 'unordered', reason }
    : orderByTimestamps(packets, screenOrder);
  if (finding.kind === 'ordered') {
    return buildFrameIndex(packets, finding.ordinals, 'timestamps', '', ticksPerFrame);
  }
  if (finding.kind === 'unordered') {
    const shown = await decodeOrder(file, stream, packets.count, options);
    return buildFrameIndex(packets, shown, 'decoding', finding.reason, ticksPerFrame);
  }
  await hideUndecodableHead(file, stream, packets, finding.ordinals, finding.firstKey, options);
  const ordinals = finding.ordinals.filter((ordinal) => (packets.flags[ordinal]! & HIDDEN) === 0);
  return buildFrameIndex(packets, ordinals, 'timestamps', '', ticksPerFrame);
};

/** The packets of the frames that a sequential decode shows, in its order. */
const decodeOrder = async (
  file: MediaFile,
  stream: StreamInfo,
  packetCount: number,
  options: ScanOptions,
): Promise<Uint32Array> => {
  const ordinals: number[] = [];
  for await (const ordinal of decodeFromStart(file, stream, options)) {
    ordinals.push(ordinal);
    options.onProgress?.(Math.min(1, ordinals.length / packetCount));
  }
  return Uint32Array.from(ordinals);
};

/** Marks as hidden those packets before the first decodable picture that a sequential decode does not show. */
const hideUndecodableHead = async (
  file: MediaFile,
  stream: StreamInfo,
  packets: PacketTable,
  ordinals: Uint32Array,
  firstKey: number,
  options: ScanOptions,
): Promise<void> => {
  const keyRank = Math.max(0, ordinals.indexOf(firstKey));
  const shown = new Set<number>();
  let end = ordinals.length;
  for await (const ordinal of decodeFromStart(file, stream, options)) {
    shown.add(ordinal);
    const rank = ordinals.indexOf(ordinal);
    if (rank >= keyRank) {
      end = rank;
      break;
    }
  }
  for (const ordinal of ordinals.subarray(0, end)) {
    if (!shown.has(ordinal)) packets.flags[ordinal] = packets.flags[ordinal]! | HIDDEN;
  }
};

/** Decodes from the first packet on and yields the ordinal of each frame's packet as the decoder shows it. */
async function* decodeFromStart(
  file: MediaFile,
  stream: StreamInfo,
  { threads, signal }: ScanOptions,
): AsyncGenerator<number> {
  const breather = new Breather(signal);
  using input = openStream(file, stream.index).input;
  using decoder = input.createDecoder(threads ?? 1);
  for (let ordinal = 0; input.read(); ordinal++) {
    input.packet.pts = BigInt(ordinal);
    decoder.send(input.packet); // a packet that is refused shows nothing
    yield* shownFrames(decoder);
    if (breather.isDue) await breather.pause();
  }
  decoder.send(null);
  yield* shownFrames(decoder);
}

function* shownFrames(decoder: VideoDecoder): Generator<number> {
  for (let failures = 0; failures < MOST_FAILURES; ) {
    const result = decoder.receive();
    if (result === 'starved' || result === 'ended') return;
    if (result === 'frame') yield Number(decoder.frame.pts);
    else failures++;
  }
}

// The frames of a remote video by its container's tables, without bringing its pictures.
import { Breather } from '../base/concurrency.ts';
import { MediaInput, type StreamInfo } from '../native/libav.ts';
import type { Mirror } from '../remote/mirror.ts';
import type { ByteRange } from '../remote/portions.ts';
import { buildFrameIndex, orderByTimestamps } from './frame-index.ts';
import type { MediaFile } from './media-file.ts';
import { encryptedError, openStream } from './open-stream.ts';
import { DISCARD, KEY, type PacketTable, PacketTableBuilder } from './packets.ts';
import { type IndexedVideo, infoOf, type ScanOptions, ticksPerFrameOf, UNREAD_REORDERING } from './scan.ts';
import { TableCheck } from './table-check.ts';

/** Packets at the start of each stream that are brought: they tell what the tables do not, and whether those are right. */
const HEAD_PACKETS = 25;
const HEAD_BYTES = 4 * 1024 * 1024;

/**
 * Numbers frames as `scanVideo` does, from tables alone. They are believed until pictures that are read say otherwise
 * ({@link TableCheck}).
 *
 * @returns undefined where the tables do not tell enough, or contradict the first pictures: all bytes are needed then
 * @throws the errors of `indexVideo`
 */
export const indexTables = async (
  file: MediaFile,
  mirror: Mirror,
  options: ScanOptions,
): Promise<IndexedVideo | undefined> => {
  if (!(await mirror.describe(options))) return undefined;
  await mirror.need(headRanges(file), options);
  const { input, stream } = openStream(file, options.stream);
  using open = input;
  if (UNREAD_REORDERING.has(stream.codec)) return undefined;
  const packets = await readTables(file, stream.index, options);
  const finding = orderByTimestamps(packets);
  if (finding.kind !== 'ordered' || finding.ordinals.length === 0) return undefined;
  const index = buildFrameIndex(packets, finding.ordinals, 'tables', '', ticksPerFrameOf(stream));
  if (!agreesWithHead(open, stream, new TableCheck(stream, index), packets.count)) return undefined;
  return { info: infoOf(open, stream, file.sizeBytes), index };
};

const openTables = ({ path, place }: MediaFile): MediaInput =>
  new MediaInput(path, { place, tablesOnly: true });

const headRanges = (file: MediaFile): ByteRange[] => {
  const ranges: ByteRange[] = [];
  using outline = openTables(file);
  for (const { index } of outline.videoStreams) {
    using input = openTables(file);
    input.select(index);
    let sizeBytes = 0;
    for (
      let count = 0;
      count < HEAD_PACKETS && (count < 2 || sizeBytes < HEAD_BYTES) && input.read();
      count++
    ) {
      const position = Number(input.packet.pos);
      ranges.push([position, position + input.packet.size]);
      sizeBytes += input.packet.size;
    }
  }
  return ranges;
};

/** Packets between two looks at the clock. */
const BATCH = 64;

const readTables = async (
  file: MediaFile,
  streamIndex: number,
  { signal }: ScanOptions,
): Promise<PacketTable> => {
  const breather = new Breather(signal);
  const table = new PacketTableBuilder();
  using input = openTables(file);
  input.select(streamIndex);
  const { packet } = input;
  while (input.read()) {
    const { isKey, isDiscarded } = input.packetFlags;
    const flags = (isKey ? KEY : 0) | (isDiscarded ? DISCARD : 0);
    table.add(Number(packet.pos), packet.dts, packet.pts, packet.size, flags);
    if (table.count % BATCH === 0 && breather.isDue) await breather.pause();
  }
  return table.finish();
};

/** @throws ERR_ENCRYPTED */
const agreesWithHead = (
  input: MediaInput,
  { codec }: StreamInfo,
  check: TableCheck,
  packetCount: number,
): boolean => {
  let sizeBytes = 0;
  const end = Math.min(HEAD_PACKETS, packetCount);
  for (let ordinal = 0; ordinal < end && (ordinal < 2 || sizeBytes < HEAD_BYTES) && input.read(); ordinal++) {
    if (ordinal === 0 && input.isEncrypted) throw encryptedError(input.path);
    if (!check.packet(ordinal, input.packet)) return false;
    sizeBytes += input.packet.size;
  }
  return codec !== '' && check.isInOrder();
};

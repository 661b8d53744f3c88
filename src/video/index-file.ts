// An indexed video as bytes: for the disk cache and for other processes.
import { Buffer } from 'node:buffer';
import { buildFrameIndex, type FrameIndex, type OrderSource } from './frame-index.ts';
import { NO_TIMESTAMP, type PacketTable } from './packets.ts';
import type { IndexedVideo, VideoInfo } from './scan.ts';

/** Raised whenever the bytes or what they mean change: older files are then made anew. */
export const INDEX_FORMAT = 2;

const MAGIC = 'FSIX';

interface Header {
  readonly format: number;
  readonly info: VideoInfo;
  readonly packetCount: number;
  readonly frameCount: number;
  readonly orderSource: OrderSource;
  readonly orderReason: string;
  readonly ticksPerFrame: number;
}

/** Layout: magic, length of the header (uint32 LE), header (JSON), then the columns as differences in varints. */
export const encodeIndex = ({ info, index }: IndexedVideo): Uint8Array => {
  const { packets, ordinals, orderSource, orderReason, ticksPerFrame } = index;
  const header: Header = {
    format: INDEX_FORMAT,
    info: withTextExtradata(info),
    packetCount: packets.count,
    frameCount: ordinals.length,
    orderSource,
    orderReason,
    ticksPerFrame,
  };
  const json = Buffer.from(JSON.stringify(header));
  const out = new VarintWriter(packets.count * 12 + ordinals.length * 2);
  writeNumbers(out, packets.positions);
  writeTimes(out, packets.dts);
  writeTimes(out, packets.pts);
  writeNumbers(out, packets.sizes);
  writeNumbers(out, packets.flags);
  writeNumbers(out, ordinals);
  const length = Buffer.alloc(4);
  length.writeUInt32LE(json.length);
  return Buffer.concat([Buffer.from(MAGIC), length, json, out.bytes()]);
};

/** The reverse of {@link encodeIndex}; undefined for bytes of another format or that are cut short. */
export const decodeIndex = (bytes: Uint8Array): IndexedVideo | undefined => {
  const buffer = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  if (buffer.length < 8 || buffer.toString('latin1', 0, 4) !== MAGIC) return undefined;
  const bodyStart = 8 + buffer.readUInt32LE(4);
  try {
    const header = JSON.parse(buffer.toString('utf8', 8, bodyStart)) as Header;
    if (header.format !== INDEX_FORMAT) return undefined;
    const input = new VarintReader(buffer, bodyStart);
    const count = header.packetCount;
    const packets: PacketTable = {
      count,
      positions: readNumbers(input, new Float64Array(count)),
      dts: readTimes(input, count),
      pts: readTimes(input, count),
      sizes: readNumbers(input, new Uint32Array(count)),
      flags: readNumbers(input, new Uint8Array(count)),
    };
    const ordinals = readNumbers(input, new Uint32Array(header.frameCount));
    if (!input.isAtEnd) return undefined;
    const { orderSource, orderReason, ticksPerFrame } = header;
    const index: FrameIndex = buildFrameIndex(packets, ordinals, orderSource, orderReason, ticksPerFrame);
    return { info: withBinaryExtradata(header.info), index };
  } catch (error) {
    if (error instanceof SyntaxError || error instanceof RangeError) return undefined;
    throw error;
  }
};

type Stream = VideoInfo['stream'];

const mapStreams = (info: VideoInfo, change: (stream: Stream) => Stream): VideoInfo => ({
  ...info,
  stream: change(info.stream),
  streams: info.streams.map(change),
});

/** Codec headers are needed while scanning only. */
const withTextExtradata = (info: VideoInfo): VideoInfo =>
  mapStreams(info, ({ extradata: _dropped, ...stream }) => stream as Stream);

const withBinaryExtradata = (info: VideoInfo): VideoInfo =>
  mapStreams(info, (stream) => ({ ...stream, extradata: new Uint8Array(0) }));

const writeNumbers = (out: VarintWriter, values: ArrayLike<number>): void => {
  let last = 0;
  for (let i = 0; i < values.length; i++) {
    out.write(values[i]! - last);
    last = values[i]!;
  }
};

const readNumbers = <T extends Float64Array | Uint32Array | Uint8Array>(
  input: VarintReader,
  values: T,
): T => {
  let last = 0;
  for (let i = 0; i < values.length; i++) {
    last += input.read();
    values[i] = last;
  }
  return values;
};

/** Markers outside the differences that real clocks make: no time; a difference in two halves. */
const ABSENT = -(2 ** 52);
const HALVES = ABSENT - 1;
const HALF = 2n ** 32n;

const writeTimes = (out: VarintWriter, values: BigInt64Array): void => {
  let last = 0n;
  for (const value of values) {
    if (value === NO_TIMESTAMP) {
      out.write(ABSENT);
      continue;
    }
    const difference = value - last;
    last = value;
    if (BigInt.asIntN(52, difference) === difference) {
      out.write(Number(difference));
    } else {
      out.write(HALVES);
      out.write(Number(difference / HALF));
      out.write(Number(difference % HALF));
    }
  }
};

const readTimes = (input: VarintReader, count: number): BigInt64Array => {
  const values = new BigInt64Array(count);
  // Written in halves of 32 bits: a BigInt for each would take most of the time that opening a video takes.
  const halves = new DataView(values.buffer);
  let last = 0;
  for (let i = 0; i < count; i++) {
    const difference = input.read();
    if (difference === ABSENT) {
      values[i] = NO_TIMESTAMP;
      continue;
    }
    if (difference === HALVES || !Number.isSafeInteger(last + difference)) {
      readWideTimes(input, values, i, BigInt(last), difference);
      break;
    }
    last += difference;
    halves.setUint32(i * 8, last % 2 ** 32, true);
    halves.setInt32(i * 8 + 4, Math.floor(last / 2 ** 32), true);
  }
  return values;
};

/** The rest of a column from `start` on, where a double cannot hold the times. */
const readWideTimes = (
  input: VarintReader,
  values: BigInt64Array,
  start: number,
  before: bigint,
  first: number,
): void => {
  let last = before;
  for (let i = start; i < values.length; i++) {
    const difference = i === start ? first : input.read();
    if (difference === HALVES) last += BigInt(input.read()) * HALF + BigInt(input.read());
    else if (difference !== ABSENT) last += BigInt(difference);
    values[i] = difference === ABSENT ? NO_TIMESTAMP : last;
  }
};

/** Signed integers of up to 53 bits, seven bits a byte, the sign in the lowest bit. */
class VarintWriter {
  #bytes: Uint8Array;
  #length = 0;

  constructor(capacity: number) {
    this.#bytes = new Uint8Array(Math.max(64, capacity));
  }

  write(value: number): void {
    if (this.#length + 10 > this.#bytes.length) {
      const grown = new Uint8Array(this.#bytes.length * 2);
      grown.set(this.#bytes);
      this.#bytes = grown;
    }
    // The sign goes into the first byte beside six bits, so that 53-bit values need no doubling.
    let rest = Math.abs(value);
    let byte = (rest % 64) * 2 + (value < 0 ? 1 : 0);
    rest = Math.floor(rest / 64);
    while (rest > 0) {
      this.#bytes[this.#length++] = byte | 128;
      byte = rest % 128;
      rest = Math.floor(rest / 128);
    }
    this.#bytes[this.#length++] = byte;
  }

  bytes(): Uint8Array {
    return this.#bytes.subarray(0, this.#length);
  }
}

class VarintReader {
  readonly #bytes: Uint8Array;
  #at: number;

  constructor(bytes: Uint8Array, start: number) {
    this.#bytes = bytes;
    this.#at = start;
  }

  get isAtEnd(): boolean {
    return this.#at === this.#bytes.length;
  }

  read(): number {
    let byte = this.#next();
    const isNegative = (byte & 1) !== 0;
    let value = (byte & 127) >> 1;
    for (let scale = 64; byte >= 128; scale *= 128) {
      byte = this.#next();
      value += (byte & 127) * scale;
    }
    return isNegative ? -value : value;
  }

  #next(): number {
    const byte = this.#bytes[this.#at++];
    if (byte === undefined) throw new RangeError('index ends early');
    return byte;
  }
}

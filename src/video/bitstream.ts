// What the first bytes of a packet say about its picture, without decoding it. Containers' own flags lie
// (sync-sample tables, cut files); the pictures' headers do not.
import { Buffer } from 'node:buffer';
import { BitReader } from './bit-reader.ts';
import { H264Headers } from './h264.ts';
import { HevcHeaders } from './hevc.ts';
import { HIDDEN, KEY, NON_REFERENCE, SUSPECT } from './packets.ts';
import type { PictureFacts } from './picture-facts.ts';

/**
 * What a packet's own headers tell. `KEY` is among the flags only when the container set it too. Called for every
 * packet of a stream, in order.
 */
export type PacketClassifier = (data: Uint8Array, isFlaggedKey: boolean) => PictureFacts;

/**
 * The classifier for a codec (FFmpeg's name), or undefined where there is nothing to learn: codecs whose
 * pictures are all shown and all flagged truthfully.
 */
export const packetClassifier = (codec: string, extradata: Uint8Array): PacketClassifier | undefined => {
  switch (codec) {
    case 'h264':
      return h264(extradata);
    case 'hevc':
      return hevc(extradata);
    case 'mpeg1video':
    case 'mpeg2video':
      return withHeldReferences(mpeg12);
    case 'mpeg4':
      return withHeldReferences(mpeg4);
    case 'vp8':
      return asDecoded(vp8);
    case 'vp9':
      return asDecoded(vp9);
    default:
      return undefined;
  }
};

/** What is shown in the order of decoding. */
const asDecoded =
  (flagsOf: (data: Uint8Array, isFlaggedKey: boolean) => number): PacketClassifier =>
  (data, isFlaggedKey) => ({ flags: flagsOf(data, isFlaggedKey), sequence: 0, order: 0 });

/**
 * MPEG-1, -2 and -4: B-pictures are shown at once, any other when the next one that is no B-picture comes. So the
 * B-pictures behind the n-th other one come on screen before it.
 */
const withHeldReferences = (
  flagsOf: (data: Uint8Array, isFlaggedKey: boolean) => number,
): PacketClassifier => {
  let held = 0;
  return (data, isFlaggedKey) => {
    const flags = flagsOf(data, isFlaggedKey);
    const isB = (flags & NON_REFERENCE) !== 0;
    if (!isB) held++;
    return { flags, sequence: 0, order: isB ? 2 * held - 1 : 2 * held };
  };
};

const startsWithStartCode = (data: Uint8Array): boolean =>
  data[0] === 0 && data[1] === 0 && (data[2] === 1 || (data[2] === 0 && data[3] === 1));

/** NAL units of a packet as `[start, end)`, behind start codes (length size 0) or big-endian lengths. */
const unitsOf = (data: Uint8Array, lengthSize: number): Generator<[start: number, end: number]> =>
  lengthSize === 0 ? unitsByStartCode(data) : unitsByLength(data, lengthSize);

function* unitsByStartCode(data: Uint8Array): Generator<[start: number, end: number]> {
  for (let start = nextStartCode(data, 0); start < data.length; ) {
    const next = nextStartCode(data, start);
    yield [start, next === data.length ? next : next - 3];
    start = next;
  }
}

function* unitsByLength(data: Uint8Array, lengthSize: number): Generator<[start: number, end: number]> {
  for (let at = 0; at + lengthSize < data.length; ) {
    let length = 0;
    for (let i = 0; i < lengthSize; i++) length = length * 256 + data[at + i]!;
    const start = at + lengthSize;
    if (length <= 1 || start + length > data.length) {
      // A header that promises lengths over a stream with start codes: some cameras and muxers do that.
      if (at === 0 && startsWithStartCode(data)) yield* unitsByStartCode(data);
      return;
    }
    yield [start, start + length];
    at = start + length;
  }
}

const START_CODE = Buffer.of(0, 0, 1);

/** The byte behind the next `00 00 01` at or after `from`; `data.length` when there is none, or nothing behind it. */
const nextStartCode = (data: Uint8Array, from: number): number => {
  const at = Buffer.from(data.buffer, data.byteOffset, data.byteLength).indexOf(START_CODE, from);
  return at < 0 ? data.length : Math.min(at + START_CODE.length, data.length);
};

/** H.264: headers are read by {@link H264Headers}; those in avcC (ISO/IEC 14496-15, 5.3.3) stand before the first packet. */
const h264 = (extradata: Uint8Array): PacketClassifier => {
  const headers = new H264Headers();
  const isAvcc = extradata[0] === 1;
  headers.header(extradata, isAvcc ? parameterSets(extradata) : unitsByStartCode(extradata));
  const lengthSize = isAvcc ? ((extradata[4] ?? 3) & 3) + 1 : 0;
  return (data, isFlaggedKey) => {
    const facts = headers.packet(data, unitsOf(data, lengthSize));
    return isFlaggedKey ? facts : { ...facts, flags: facts.flags & ~KEY };
  };
};

/** The parameter sets in an avcC box as NAL units. */
function* parameterSets(avcc: Uint8Array): Generator<[start: number, end: number]> {
  let at = 5;
  for (const mask of [31, 255]) {
    for (let left = (avcc[at++] ?? 0) & mask; left > 0 && at + 2 < avcc.length; left--) {
      const end = at + 2 + avcc[at]! * 256 + avcc[at + 1]!;
      yield [at + 2, Math.min(end, avcc.length)];
      at = end;
    }
  }
}

/** HEVC: headers are read by {@link HevcHeaders}; those in hvcC stand before the first packet. */
const hevc = (extradata: Uint8Array): PacketClassifier => {
  const headers = new HevcHeaders();
  const isHvcc = extradata.length > 22 && !startsWithStartCode(extradata);
  headers.header(extradata, isHvcc ? hvccSets(extradata) : unitsByStartCode(extradata));
  const lengthSize = isHvcc ? (extradata[21]! & 3) + 1 : 0;
  return (data, isFlaggedKey) => headers.packet(data, unitsOf(data, lengthSize), isFlaggedKey);
};

/** The parameter sets in an hvcC box (ISO/IEC 14496-15, 8.3.3) as NAL units. */
function* hvccSets(hvcc: Uint8Array): Generator<[start: number, end: number]> {
  let at = 23;
  for (let arrays = hvcc[22] ?? 0; arrays > 0 && at + 3 < hvcc.length; arrays--) {
    let left = hvcc[at + 1]! * 256 + hvcc[at + 2]!;
    const isParameterSet = (hvcc[at]! & 63) >= 32 && (hvcc[at]! & 63) <= 34;
    for (at += 3; left > 0 && at + 2 < hvcc.length; left--) {
      const end = at + 2 + hvcc[at]! * 256 + hvcc[at + 1]!;
      if (isParameterSet) yield [at + 2, Math.min(end, hvcc.length)];
      at = end;
    }
  }
}

/** MPEG-1 and MPEG-2 (ISO/IEC 13818-2, 6.2.3): the picture header's coding type. */
const mpeg12 = (data: Uint8Array, isFlaggedKey: boolean): number => {
  for (let at = nextStartCode(data, 0); at < data.length; at = nextStartCode(data, at)) {
    if (data[at] !== 0) continue;
    const codingType = ((data[at + 2] ?? 0) >> 3) & 7;
    return (codingType === 1 && isFlaggedKey ? KEY : 0) | (codingType === 3 ? NON_REFERENCE : 0);
  }
  return isFlaggedKey ? KEY : 0;
};

/** Below this size a VOP is a placeholder: "not coded", repeated by players, no picture to FFmpeg. */
const SMALLEST_VOP_BYTES = 16;

/** MPEG-4 part 2 (ISO/IEC 14496-2, 6.2.5): VOP types; packed and not-coded VOPs make packets and pictures differ. */
const mpeg4 = (data: Uint8Array, isFlaggedKey: boolean): number => {
  let flags = 0;
  let vops = 0;
  for (let at = nextStartCode(data, 0); at < data.length; at = nextStartCode(data, at)) {
    if (data[at] !== 0xb6) continue;
    const codingType = (data[at + 1] ?? 0) >> 6;
    if (vops++ === 0)
      flags = (codingType === 0 && isFlaggedKey ? KEY : 0) | (codingType === 2 ? NON_REFERENCE : 0);
  }
  if (vops !== 1 || data.length < SMALLEST_VOP_BYTES) flags = (flags & ~NON_REFERENCE) | SUSPECT;
  return flags;
};

/** VP8 (RFC 6386, 9.1): the frame tag's key and show_frame bits. */
const vp8 = (data: Uint8Array, isFlaggedKey: boolean): number => {
  const tag = data[0] ?? 0;
  return ((tag & 1) === 0 && isFlaggedKey ? KEY : 0) | ((tag & 0x10) === 0 ? HIDDEN : 0);
};

/** VP9 (bitstream specification, 6.2 and annex B): superframes hold their hidden frames; a lone hidden frame shows nothing. */
const vp9 = (data: Uint8Array, isFlaggedKey: boolean): number => {
  const last = data[data.length - 1] ?? 0;
  const isSuperframe = (last & 0xe0) === 0xc0;
  const bits = new BitReader(data);
  bits.skip(2);
  const profile = bits.bit() | (bits.bit() << 1);
  if (profile === 3) bits.skip(1);
  if (bits.bit() === 1) return 0; // show_existing_frame
  const isKey = bits.bit() === 0;
  const isShown = bits.bit() === 1;
  return (isKey && isFlaggedKey ? KEY : 0) | (isShown || isSuperframe ? 0 : HIDDEN);
};

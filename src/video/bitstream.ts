// What the first bytes of a packet say about its picture, without decoding it. Containers' own flags lie
// (sync-sample tables, cut files); the pictures' headers do not.
import { HIDDEN, KEY, NON_REFERENCE, SUSPECT } from './packets.ts';

/**
 * Bits of {@link KEY}, {@link HIDDEN}, {@link NON_REFERENCE} and {@link SUSPECT} for a packet. `KEY` in the
 * result is kept only when the container set it too. HEVC adds the picture's TemporalId in the bits from 8 up.
 */
export type PacketClassifier = (data: Uint8Array, isFlaggedKey: boolean) => number;

export const TEMPORAL_ID_SHIFT = 8;

/**
 * The classifier for a codec (FFmpeg's name), or undefined where there is nothing to learn: codecs whose
 * pictures are all shown and all flagged truthfully.
 */
export const packetClassifier = (codec: string, extradata: Uint8Array): PacketClassifier | undefined => {
  switch (codec) {
    case 'h264':
      return nalClassifier(extradata[0] === 1 ? ((extradata[4] ?? 3) & 3) + 1 : 0, h264);
    case 'hevc':
      return nalClassifier(
        extradata.length > 22 && (extradata[0] === 1 || extradata[0] === 0) && !startsWithStartCode(extradata)
          ? ((extradata[21] ?? 3) & 3) + 1
          : 0,
        hevc,
      );
    case 'mpeg1video':
    case 'mpeg2video':
      return mpeg12;
    case 'mpeg4':
      return mpeg4;
    case 'vp8':
      return vp8;
    case 'vp9':
      return vp9;
    default:
      return undefined;
  }
};

const startsWithStartCode = (data: Uint8Array): boolean =>
  data[0] === 0 && data[1] === 0 && (data[2] === 1 || (data[2] === 0 && data[3] === 1));

/** Looks at one NAL unit: the packet's bits once a slice is reached, undefined while there is none. */
type NalReader = (
  data: Uint8Array,
  start: number,
  end: number,
  state: { hasRecoveryPoint: boolean },
) => number | undefined;

/** Walks the NAL units of a packet, behind start codes (length size 0) or big-endian lengths, up to the first slice. */
const nalClassifier =
  (lengthSize: number, read: NalReader): PacketClassifier =>
  (data, isFlaggedKey) => {
    const state = { hasRecoveryPoint: false };
    const keep = isFlaggedKey ? ~0 : ~KEY;
    for (const [start, end] of lengthSize === 0 ? unitsByStartCode(data) : unitsByLength(data, lengthSize)) {
      const found = read(data, start, end, state);
      if (found !== undefined) return found & keep;
    }
    return isFlaggedKey ? KEY : 0;
  };

function* unitsByStartCode(data: Uint8Array): Generator<[start: number, end: number]> {
  for (let start = nextStartCode(data, 0); start < data.length; start = nextStartCode(data, start)) {
    yield [start, data.length];
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

/** The byte behind the next `00 00 01` at or after `from`; `data.length` when there is none. */
const nextStartCode = (data: Uint8Array, from: number): number => {
  for (let i = from; i + 3 < data.length; i++) {
    if (data[i] === 0 && data[i + 1] === 0 && data[i + 2] === 1) return i + 3;
  }
  return data.length;
};

/** H.264 (ITU-T H.264, 7.3.1 and 7.3.3): IDR pictures, exact recovery points and I pictures start decoding. */
const h264: NalReader = (data, start, end, state) => {
  const header = data[start]!;
  const type = header & 31;
  if (type === 6) {
    state.hasRecoveryPoint ||= hasExactRecoveryPoint(data, start + 1, end);
    return undefined;
  }
  if (type === 5) return KEY;
  if (type !== 1 && type !== 2) return undefined;
  const nonReference = (header & 0x60) === 0 ? NON_REFERENCE : 0;
  if (state.hasRecoveryPoint) return KEY | nonReference;
  const bits = new BitReader(data, start + 1, end);
  bits.unsignedExpGolomb(); // first_mb_in_slice
  const sliceType = bits.unsignedExpGolomb() % 5;
  return (sliceType === 2 || sliceType === 4 ? KEY : 0) | nonReference;
};

/** True for a recovery point SEI (payload 6) that promises exact pictures at once: recovery_frame_cnt 0, exact_match_flag 1. */
const hasExactRecoveryPoint = (data: Uint8Array, start: number, end: number): boolean => {
  let at = start;
  while (at + 2 < end) {
    let type = 0;
    while (data[at] === 255) {
      type += 255;
      at++;
    }
    type += data[at++]!;
    let size = 0;
    while (data[at] === 255) {
      size += 255;
      at++;
    }
    size += data[at++] ?? 0;
    if (type === 6) {
      const bits = new BitReader(data, at, end);
      return bits.unsignedExpGolomb() === 0 && bits.bit() === 1;
    }
    at += size;
  }
  return false;
};

/** HEVC (ITU-T H.265, 7.4.2.2): IRAP pictures start decoding; sub-layer non-reference pictures have even types below 16. */
const hevc: NalReader = (data, start) => {
  const type = (data[start]! >> 1) & 63;
  if (type > 31) return undefined;
  const temporalId = ((data[start + 1] ?? 1) & 7) - 1;
  const bits = Math.max(0, temporalId) << TEMPORAL_ID_SHIFT;
  if (type >= 16 && type <= 23) return bits | KEY;
  return bits | (type < 16 && type % 2 === 0 ? NON_REFERENCE : 0);
};

/** MPEG-1 and MPEG-2 (ISO/IEC 13818-2, 6.2.3): the picture header's coding type. */
const mpeg12: PacketClassifier = (data, isFlaggedKey) => {
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
const mpeg4: PacketClassifier = (data, isFlaggedKey) => {
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
const vp8: PacketClassifier = (data, isFlaggedKey) => {
  const tag = data[0] ?? 0;
  return ((tag & 1) === 0 && isFlaggedKey ? KEY : 0) | ((tag & 0x10) === 0 ? HIDDEN : 0);
};

/** VP9 (bitstream specification, 6.2 and annex B): superframes hold their hidden frames; a lone hidden frame shows nothing. */
const vp9: PacketClassifier = (data, isFlaggedKey) => {
  const last = data[data.length - 1] ?? 0;
  const isSuperframe = (last & 0xe0) === 0xc0;
  const bits = new BitReader(data, 0, data.length);
  bits.skip(2);
  const profile = bits.bit() | (bits.bit() << 1);
  if (profile === 3) bits.skip(1);
  if (bits.bit() === 1) return 0; // show_existing_frame
  const isKey = bits.bit() === 0;
  const isShown = bits.bit() === 1;
  return (isKey && isFlaggedKey ? KEY : 0) | (isShown || isSuperframe ? 0 : HIDDEN);
};

/** Reads bits from the most significant on, over emulation prevention bytes as they are: headers this short have none. */
class BitReader {
  #data: Uint8Array;
  #at: number;
  #end: number;

  constructor(data: Uint8Array, start: number, end: number) {
    this.#data = data;
    this.#at = start * 8;
    this.#end = end * 8;
  }

  bit(): number {
    if (this.#at >= this.#end) return 0;
    const value = (this.#data[this.#at >> 3]! >> (7 - (this.#at & 7))) & 1;
    this.#at++;
    return value;
  }

  skip(count: number): void {
    this.#at += count;
  }

  /** ue(v) of ITU-T H.264, 9.1. */
  unsignedExpGolomb(): number {
    let zeros = 0;
    while (zeros < 32 && this.#at < this.#end && this.bit() === 0) zeros++;
    let value = 0;
    for (let i = 0; i < zeros; i++) value = value * 2 + this.bit();
    return 2 ** zeros - 1 + value;
  }
}

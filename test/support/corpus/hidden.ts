/**
 * VP8 and VP9 with alternate reference pictures: decoded, never shown. libvpx makes them on a second pass, which
 * node-av cannot drive, so ordinary pictures are hidden afterwards by their headers. What a decoder sees is the same.
 */
import { encodeVideo } from '../encode.ts';
import { type Chunk, type EncodedStream, mapChunks, range } from '../streams.ts';
import { BitReader, BitWriter } from './bits.ts';

const FRAMES = 120;
const RUN = 10;

interface Coded {
  readonly number: number;
  readonly hidden: boolean;
}

/** In each run of ten, the picture that will end the run stands hidden behind the first; a key is always shown. */
const order: readonly Coded[] = range(0, FRAMES / RUN).flatMap((run) => {
  const [first, ...others] = range(run * RUN, (run + 1) * RUN).map((number) => ({ number, hidden: false }));
  return [first!, { number: run * RUN + RUN - 1, hidden: true }, ...others];
});

export const hiddenFrames = FRAMES;
export const hiddenPackets = order.length;

/** 132 packets for 120 frames. A hidden packet has the last millisecond before its neighbour, as from libvpx. */
export function withHidden(codec: 'libvpx' | 'libvpx-vp9'): EncodedStream {
  const stream = encodeVideo({
    codec,
    options: {
      g: 4 * (RUN + 1),
      keyint_min: 4 * (RUN + 1),
      deadline: 'realtime',
      'cpu-used': codec === 'libvpx' ? -5 : 5,
      'lag-in-frames': 0,
      'auto-alt-ref': 0,
      'error-resilient': 'default',
      ...(codec === 'libvpx' ? { b: 1_500_000 } : { b: 0, crf: 22, 'aq-mode': 0 }),
    },
    frames: order.map(({ number }) => number),
    timeBase: { num: 1, den: 1000 },
    ticks: (index) => {
      const { number, hidden } = order[index]!;
      const shown = hidden ? number - RUN + 2 : number;
      return Math.round((shown * 1000) / 30) - (hidden ? 1 : 0);
    },
  });
  const hide = codec === 'libvpx' ? hideVp8 : hideVp9;
  return mapChunks(stream, (chunk, index): Chunk => {
    return order[index]!.hidden ? { ...chunk, data: hide(chunk.data) } : chunk;
  });
}

/** Clears show_frame in the frame tag. */
function hideVp8(frame: Buffer): Buffer {
  const data = Buffer.from(frame);
  if ((data[0]! & 1) === 0) throw new Error('a key frame cannot be hidden');
  data[0] = data[0]! & ~0x10;
  return data;
}

/**
 * Clears show_frame in the uncompressed header. A hidden picture says besides whether it is intra only, so that
 * one bit more has to go in, and the header ends on a byte again. Holds for profile 0 in error resilient mode,
 * where the next picture does not borrow the motion of this one.
 */
function hideVp9(frame: Buffer): Buffer {
  if (frame[0] !== 0b10_00_0_1_1_1)
    throw new Error('not a shown, error resilient VP9 inter frame of profile 0');
  const length = vp9HeaderBits(frame);
  const rest = new BitReader(frame, 8);
  const header = new BitWriter().bits(0b10_00_0_1_0_1, 8).bits(0, 1);
  while (rest.at < length) header.bits(rest.bits(1), 1);
  return Buffer.concat([header.align().done(), frame.subarray(Math.ceil(length / 8))]);
}

/** How many bits the uncompressed header of an inter frame takes, for pictures up to 511 wide. */
function vp9HeaderBits(frame: Buffer): number {
  const header = new BitReader(frame, 8);
  header.bits(8 + 3 * 4); // refresh_frame_flags; index and sign bias of three references
  let sizeFound = false;
  for (let reference = 0; reference < 3 && !sizeFound; reference++) sizeFound = header.flag();
  if (!sizeFound) throw new Error('a VP9 frame with a size of its own');
  if (header.flag()) throw new Error('a VP9 frame to be shown at another size');
  header.bits(1); // allow_high_precision_mv
  if (!header.flag()) header.bits(2); // the one interpolation filter
  header.bits(2); // frame_context_idx
  header.bits(6 + 3); // loop filter level and sharpness
  if (header.flag() && header.flag()) {
    for (let delta = 0; delta < 6; delta++) if (header.flag()) header.bits(7);
  }
  header.bits(8); // base_q_idx
  for (let delta = 0; delta < 3; delta++) if (header.flag()) header.bits(5);
  if (header.flag()) throw new Error('VP9 segmentation is on');
  if (header.flag()) header.bits(1); // tile rows; so narrow a picture has no choice of columns
  header.bits(16); // size of the compressed header
  return header.at;
}

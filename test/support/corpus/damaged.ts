/** Files that are broken. Frames before the damage are certain; what follows depends on the decoder's repairs. */
import { findBox, flipBits, patch, randomBytes, truncate } from '../damage.ts';
import { filtered, inBand, mux } from '../mux.ts';
import { type EncodedStream, mapChunks, range, withChunks } from '../streams.ts';
import { type Clip, clip } from './clip.ts';
import { mpeg2 } from './mpeg.ts';
import { h264B, h264Open, hevcB, hevcOpen } from './sources.ts';

export const damaged: readonly Clip[] = [
  broken(
    'trunc_faststart.mp4',
    'Cut off at 60 %: the index promises 150 frames, the data ends before.',
    72,
    (path) => {
      mux({ path, container: 'mp4', streams: [h264B()], options: { movflags: '+faststart' } });
      truncate(path, 0.6);
    },
  ),
  broken('trunc.mkv', 'Matroska cut off at 60 %, its cues lost.', 72, (path) => {
    mux({ path, container: 'matroska', streams: [h264B()] });
    truncate(path, 0.6);
  }),
  broken('trunc_frag.mp4', 'Fragmented MP4 cut off inside a fragment.', 72, (path) => {
    mux({
      path,
      container: 'mp4',
      streams: [h264B()],
      options: { movflags: '+frag_keyframe+empty_moov+default_base_moof' },
    });
    truncate(path, 0.6);
  }),
  broken('trunc_midpacket.ts', 'MPEG-TS cut off in the middle of a transport packet.', 72, (path) => {
    mux({ path, container: 'mpegts', streams: [inBand(h264B())] });
    patch(path, (bytes) => bytes.subarray(0, 188 * Math.floor((bytes.length * 0.6) / 188) + 100));
  }),
  broken('trunc.avi', 'AVI cut off at 60 %: the index at its end is lost.', 48, (path) => {
    mux({ path, container: 'avi', streams: [inBand(h264B())] });
    truncate(path, 0.6);
  }),
  broken(
    'noise.mp4',
    'Noise in packets 40 to 44: a damaged packet may give no frame, and later ones lean on it.',
    36,
    (path) =>
      mux({
        path,
        container: 'mp4',
        streams: [filtered(h264B(), 'noise', { amount: 'if(between(n,40,44),20,0)' })],
      }),
  ),
  broken('dropped.mp4', 'Packets 40 to 44 are missing and the timestamps have a hole.', 36, (path) =>
    mux({ path, container: 'mp4', streams: [without(h264B(), 40, 45)] }),
  ),
  broken(
    'dropped_ref.hevc',
    'HEVC without packets 30 to 33: the decoder makes up grey references.',
    28,
    (path) => mux({ path, container: 'hevc', streams: [inBand(without(hevcB(), 30, 34))] }),
  ),
  broken('bitflips.mp4', '400 single bits flipped in the second half of the data.', 48, (path) =>
    flippedMp4(path, h264B(), 400),
  ),
  broken('bitflips_hevc.mp4', '100 single bits flipped in the second half of HEVC data.', 24, (path) =>
    flippedMp4(path, hevcB(), 100),
  ),
  broken(
    'bitflips_mpeg2.ts',
    '60 single bits flipped in the second half of MPEG-2, in headers of packets as well.',
    45,
    (path) => {
      mux({ path, container: 'mpegts', streams: [mpeg2()] });
      patch(path, (bytes) => flipBits(bytes, Math.floor(bytes.length / 2), bytes.length, 60, 3));
    },
  ),
  broken('zeroed_hole.ts', 'Two percent of the file are zeros, as after a failed download.', 48, (path) => {
    mux({ path, container: 'mpegts', streams: [inBand(h264B())] });
    patch(path, hole);
  }),
  broken('zeroed_hole.mkv', 'The same in Matroska, whose element sizes no longer add up.', 48, (path) => {
    mux({ path, container: 'matroska', streams: [h264B()] });
    patch(path, hole);
  }),
  broken(
    'lost_packets.ts',
    'Every 97th transport packet of the second half was lost on the air.',
    48,
    (path) => {
      mux({ path, container: 'mpegts', streams: [inBand(h264B())] });
      patch(path, (bytes) => {
        const packets = range(0, bytes.length / 188).filter(
          (index) => index < bytes.length / 376 || index % 97 !== 0,
        );
        return Buffer.concat(packets.map((index) => bytes.subarray(188 * index, 188 * index + 188)));
      });
    },
  ),
  broken(
    'garbage_prefix.ts',
    'Five thousand random bytes, no multiple of a packet, stand before a sound MPEG-TS (with 10 000 FFmpeg takes it for a program stream).',
    150,
    (path) => {
      mux({ path, container: 'mpegts', streams: [inBand(h264B())] });
      patch(path, (bytes) => Buffer.concat([randomBytes(5_000, 5), bytes]));
    },
  ),
  clip({
    name: 'start_nonkey.ts',
    fact: 'Recording began in the middle of a GOP: what comes before the next key, frame 24, cannot be decoded.',
    damaged: true,
    codes: range(24, 150),
    write: (path) => {
      mux({ path, container: 'mpegts', streams: [inBand(h264B())] });
      patch(path, (bytes) => bytes.subarray(188 * 60));
    },
  }),
  clip({
    name: 'start_leading_h264.ts',
    fact: 'Starts on the recovery point of an open GOP, frame 24: its leading B-frames 21 to 23 cannot be decoded.',
    damaged: true,
    codes: range(24, 150),
    write: (path) => mux({ path, container: 'mpegts', streams: [inBand(fromSecondKey(h264Open()))] }),
  }),
  clip({
    name: 'start_leading_hevc.ts',
    fact: 'Starts on a CRA picture: the decoder drops its RASL pictures, as the standard says.',
    damaged: true,
    codes: range(24, 150),
    write: (path) => mux({ path, container: 'mpegts', streams: [inBand(fromSecondKey(hevcOpen()))] }),
  }),
];

/** A damaged clip of which the first so many frames are as they were. */
function broken(name: string, fact: string, certain: number, write: (path: string) => void): Clip {
  return clip({ name, fact, damaged: true, codes: certain, write });
}

function without(stream: EncodedStream, from: number, to: number): EncodedStream {
  return mapChunks(stream, (chunk, index) => (index >= from && index < to ? null : chunk));
}

function fromSecondKey(stream: EncodedStream): EncodedStream {
  const second = stream.chunks.findIndex((chunk, index) => index > 0 && (chunk.flags & 1) === 1);
  return withChunks(stream, stream.chunks.slice(second));
}

function hole(bytes: Buffer): Buffer {
  return Buffer.from(bytes).fill(0, Math.floor(bytes.length * 0.5), Math.floor(bytes.length * 0.52));
}

function flippedMp4(path: string, stream: EncodedStream, flips: number): void {
  mux({ path, container: 'mp4', streams: [stream] });
  patch(path, (bytes) => {
    const data = findBox(bytes, 'mdat');
    return flipBits(bytes, Math.floor((data.content + data.end) / 2), data.end, flips, 7);
  });
}

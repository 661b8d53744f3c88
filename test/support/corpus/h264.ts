/** H.264: orders of pictures, kinds of random access points, formats. */
import { readFileSync, writeFileSync } from 'node:fs';
import { encodeTone } from '../encode.ts';
import { inBand, mux } from '../mux.ts';
import { range } from '../streams.ts';
import { type Clip, clip } from './clip.ts';
import { lateReordering } from './late.ts';
import { paff } from './paff.ts';
import { h264B, h264IntraRefresh, h264Open, h264P, PYRAMID, x264 } from './sources.ts';

export const h264: readonly Clip[] = [
  clip({
    name: 'base_h264_b.mp4',
    fact: 'Closed GOPs of 24 with a pyramid of three B-frames: decoding order is not the order on screen.',
    codes: 150,
    write: (path) => mux({ path, container: 'mp4', streams: [h264B()] }),
  }),
  clip({
    name: 'base_h264_b.mkv',
    fact: 'The same packets in Matroska: millisecond clock and pts without dts.',
    codes: 150,
    write: (path) => mux({ path, container: 'matroska', streams: [h264B()] }),
  }),
  clip({
    name: 'base_h264_b.ts',
    fact: 'The same in MPEG-TS, where FFmpeg seeks by dts: a pts as target lands a GOP late.',
    codes: 150,
    write: (path) => mux({ path, container: 'mpegts', streams: [inBand(h264B())] }),
  }),
  clip({
    name: 'base_h264_ip.mp4',
    fact: 'No B-frames: the plainest file there is.',
    codes: 120,
    write: (path) => mux({ path, container: 'mp4', streams: [h264P()] }),
  }),
  clip({
    name: 'h264_opengop.mp4',
    fact: 'Open GOPs: B-frames shown before a key frame need the GOP before it, so a seek to that key loses them.',
    codes: 150,
    write: (path) => mux({ path, container: 'mp4', streams: [h264Open()] }),
  }),
  clip({
    name: 'h264_opengop.ts',
    fact: 'Open GOPs in MPEG-TS: recovery points are the only keys after the first.',
    codes: 150,
    write: (path) => mux({ path, container: 'mpegts', streams: [inBand(h264Open())] }),
  }),
  clip({
    name: 'h264_opengop.mkv',
    fact: 'Open GOPs in Matroska.',
    codes: 150,
    write: (path) => mux({ path, container: 'matroska', streams: [h264Open()] }),
  }),
  clip({
    name: 'h264_intra_refresh.ts',
    fact: 'One IDR picture, then columns of intra blocks wander across: a "key" is a recovery point, exact only 40 frames on.',
    codes: 120,
    write: (path) => mux({ path, container: 'mpegts', streams: [inBand(h264IntraRefresh())] }),
  }),
  clip({
    name: 'h264_intra_refresh.mp4',
    fact: 'Intra refresh in MP4: recovery points flagged as sync samples or not, pixels must equal those of a full decode.',
    codes: 120,
    write: (path) => mux({ path, container: 'mp4', streams: [h264IntraRefresh()] }),
  }),
  clip({
    name: 'h264_longgop.mp4',
    fact: 'One GOP of 900 frames: every access costs a long run, and cost must be planned.',
    codes: 900,
    write: (path) =>
      mux({
        path,
        container: 'mp4',
        streams: [
          x264('keyint=100000:min-keyint=100000:scenecut=0:bframes=2', {
            width: 160,
            height: 96,
            frames: 900,
          }),
        ],
      }),
  }),
  clip({
    name: 'h264_allintra.mp4',
    fact: 'Every frame is a key: nothing but the frame asked for needs to be decoded.',
    codes: 60,
    write: (path) => mux({ path, container: 'mp4', streams: [x264('keyint=1', { frames: 60 })] }),
  }),
  clip({
    name: 'h264_typical.mp4',
    fact: 'What people have: libx264 defaults (adaptive B-frames, weighted prediction, CABAC), AAC sound, moov in front.',
    codes: 150,
    write: (path) =>
      mux({
        path,
        container: 'mp4',
        options: { movflags: '+faststart' },
        streams: [
          x264('keyint=60', { frames: 150, rate: { num: 25, den: 1 } }, { preset: 'fast', crf: 23 }),
          encodeTone('aac', 6),
        ],
      }),
  }),
  clip({
    name: 'h264_slices.mp4',
    fact: 'Four slices to a picture: the first bytes of a packet do not tell its whole story.',
    codes: 72,
    write: (path) => mux({ path, container: 'mp4', streams: [x264(`${PYRAMID}:slices=4`, { frames: 72 })] }),
  }),
  clip({
    name: 'h264_mbaff.mp4',
    fact: 'Interlaced, coded as macroblock-adaptive frame/field: one frame is two moments, the woven frame counts as one.',
    codes: 100,
    write: (path) => mux({ path, container: 'mp4', streams: [mbaff()] }),
  }),
  clip({
    name: 'h264_mbaff.ts',
    fact: 'The same in MPEG-TS.',
    codes: 100,
    write: (path) => mux({ path, container: 'mpegts', streams: [inBand(mbaff())] }),
  }),
  clip({
    name: 'late_b.mp4',
    fact: 'B-frames begin at frame 60 and the stream does not say how deep they reorder; MP4 tells the decoder.',
    codes: 150,
    write: (path) => mux({ path, container: 'mp4', streams: [lateReordering()] }),
  }),
  ...(['mkv', 'ts'] as const).map((ending) =>
    clip({
      name: `late_b.${ending}`,
      fact:
        'The same where nothing tells the decoder: it lets 61 out before 60 arrives, throws 60 away and then waits ' +
        'longer. A sequential decode shows 149 of 150 sound frames; a decoder that starts behind frame 60 shows all.',
      // Not broken, but a frame may be an error: what FFmpeg makes of it depends on where it began to read.
      damaged: true,
      codes: [...range(0, 60), ...range(61, 150)],
      write: (path) =>
        mux({ path, container: ending === 'ts' ? 'mpegts' : 'matroska', streams: [lateReordering()] }),
    }),
  ),
  clip({
    name: 'paff.mp4',
    fact: 'Pictures coded as frames or as pairs of fields by turns, both fields of a frame in one packet.',
    codes: 48,
    write: (path) => mux({ path, container: 'mp4', streams: [paff(48)] }),
  }),
  clip({
    name: 'paff.ts',
    fact: 'PAFF in MPEG-TS, where each field becomes a packet, the second without a timestamp: 84 packets, 48 frames.',
    codes: 48,
    write: (path) => mux({ path, container: 'mpegts', streams: [paff(48)] }),
  }),
  clip({
    name: 'paff_fields.ts',
    fact: 'The same with a timestamp on every field: 84 packets with 84 times, 48 frames.',
    codes: 48,
    write: (path) => mux({ path, container: 'mpegts', streams: [paff(48, true)] }),
  }),
  clip({
    name: 'paff_fields.mkv',
    fact: 'A Matroska block for each field: 84 packets, 48 frames.',
    codes: 48,
    write: (path) => mux({ path, container: 'matroska', streams: [paff(48, true)] }),
  }),
  clip({
    name: 'paff.h264',
    fact: 'PAFF without a container: 84 packets without timestamps, 48 frames.',
    codes: 48,
    write: (path) => mux({ path, container: 'h264', streams: [paff(48)] }),
  }),
  clip({
    name: 'raw.h264',
    fact: 'Bare Annex B stream with B-frames: no timestamps, no index, no seeking by time.',
    codes: 150,
    write: (path) => mux({ path, container: 'h264', streams: [inBand(h264B())] }),
  }),
  clip({
    name: 'h264_10bit.mp4',
    fact: 'High 10 profile: samples of two bytes.',
    codes: 60,
    write: (path) =>
      mux({ path, container: 'mp4', streams: [x264(PYRAMID, { frames: 60, pixelFormat: 'yuv420p10le' })] }),
  }),
  clip({
    name: 'h264_422.mp4',
    fact: '4:2:2 chroma.',
    codes: 60,
    write: (path) =>
      mux({ path, container: 'mp4', streams: [x264(PYRAMID, { frames: 60, pixelFormat: 'yuv422p' })] }),
  }),
  clip({
    name: 'odd_161x121_444.mp4',
    fact: '4:4:4 of odd width and height: strides and chroma sizes are not what they look like.',
    codes: 60,
    write: (path) =>
      mux({
        path,
        container: 'mp4',
        streams: [x264(PYRAMID, { frames: 60, width: 161, height: 121, pixelFormat: 'yuv444p' })],
      }),
  }),
  clip({
    name: 'h264_gray.mkv',
    fact: 'Monochrome H.264: there are no chroma planes.',
    codes: 48,
    write: (path) =>
      mux({ path, container: 'matroska', streams: [x264(PYRAMID, { frames: 48, pixelFormat: 'gray' })] }),
  }),
  clip({
    name: 'res_change.h264',
    fact: 'A bare stream whose resolution changes at frame 60: pictures have their own sizes.',
    codes: 120,
    write: (path) => {
      const [small, large] = twoSizes();
      mux({ path, container: 'h264', streams: [inBand(small)] });
      const first = readFileSync(path);
      mux({ path, container: 'h264', streams: [inBand(large)] });
      writeFileSync(path, Buffer.concat([first, readFileSync(path)]));
    },
  }),
  clip({
    name: 'res_change.mp4',
    fact: 'The resolution changes at frame 60 inside one MP4 track, by parameter sets in band.',
    codes: 120,
    write: (path) => mux({ path, container: 'mp4', streams: [joined()], tracks: [{ tag: 'avc3' }] }),
  }),
  clip({
    name: 'res_change.mkv',
    fact: 'The resolution changes at frame 60 inside one Matroska track whose header knows only the first.',
    codes: 120,
    write: (path) => mux({ path, container: 'matroska', streams: [joined()] }),
  }),
  clip({
    name: 'res_change.ts',
    fact: 'The resolution changes at frame 60 inside one MPEG-TS programme.',
    codes: 120,
    write: (path) => mux({ path, container: 'mpegts', streams: [joined()] }),
  }),
];

function mbaff() {
  return x264(
    `${PYRAMID}:interlaced=1:tff=1`,
    { frames: 100, rate: { num: 25, den: 1 }, interlaced: true },
    { flags: '+ildct+ilme' },
  );
}

function twoSizes() {
  const small = x264(PYRAMID, { frames: 60 });
  const large = x264(PYRAMID, { frames: range(60, 120), width: 320, height: 192 });
  return [small, large] as const;
}

/** Both sizes as one stream with parameter sets in band. */
function joined() {
  const [small, large] = twoSizes();
  const later = inBand(large).chunks.map((chunk) => ({
    ...chunk,
    pts: chunk.pts! + 60n,
    dts: chunk.dts! + 60n,
  }));
  return { ...small, chunks: [...inBand(small).chunks, ...later] };
}

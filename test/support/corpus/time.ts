/** Clocks: variable rates, offsets, edit lists, missing and repeated timestamps. */
import { encodeTone, encodeVideo } from '../encode.ts';
import { inBand, mux } from '../mux.ts';
import { type EncodedStream, mapChunks, range, shifted } from '../streams.ts';
import { type Clip, clip } from './clip.ts';
import { h264B, h264P, NO_B, PYRAMID, x264 } from './sources.ts';

const kept = range(0, 150).filter((number) => number % 11 < 5 || number % 7 === 0);

export const time: readonly Clip[] = [
  clip({
    name: 'vfr_drop.mp4',
    fact: 'Frames left out of a steady clock: index / average rate points at the wrong frame nearly everywhere.',
    codes: kept,
    write: (path) =>
      mux({
        path,
        container: 'mp4',
        streams: [x264(`${PYRAMID}:bframes=2`, { frames: kept, ticks: (index) => kept[index]! })],
      }),
  }),
  clip({
    name: 'vfr_tworates.mkv',
    fact: '30 frames a second for two seconds, then 12, in milliseconds: the average rate is true nowhere.',
    codes: 120,
    write: (path) =>
      mux({
        path,
        container: 'matroska',
        streams: [
          x264(`${PYRAMID}:bframes=2`, {
            frames: 120,
            timeBase: { num: 1, den: 1000 },
            ticks: (index) =>
              Math.round(index < 60 ? (index * 1000) / 30 : 2000 + ((index - 60) * 1000) / 12),
          }),
        ],
      }),
  }),
  clip({
    name: 'vfr_jitter.ts',
    fact: 'Camera clock: every interval differs by up to a third, and B-frames on top.',
    codes: 120,
    write: (path) =>
      mux({
        path,
        container: 'mpegts',
        streams: [
          inBand(
            x264(PYRAMID, {
              frames: 120,
              timeBase: { num: 1, den: 90_000 },
              ticks: (index) => index * 3000 + ((index * 7919) % 1000),
            }),
          ),
        ],
      }),
  }),
  clip({
    name: 'start_positive.ts',
    fact: 'The first timestamp is 8.333 s: where is t = 0?',
    codes: 150,
    write: (path) =>
      mux({
        path,
        container: 'mpegts',
        streams: [inBand(h264B())],
        options: { output_ts_offset: '8.333' },
      }),
  }),
  clip({
    name: 'editlist_cut_key.mp4',
    fact: 'An edit list hides the first six frames of a GOP: they are needed to decode but are not shown (150 in the header, 144 on screen).',
    codes: range(6, 150),
    write: (path) => mux({ path, container: 'mp4', streams: [shifted(h264B(), -6n)] }),
  }),
  clip({
    name: 'editlist_cut_late.mp4',
    fact: 'An edit list hides more than a whole GOP before the cut, so that whole key frames are not shown.',
    codes: range(31, 150),
    write: (path) => mux({ path, container: 'mp4', streams: [shifted(h264B(), -31n)] }),
  }),
  clip({
    name: 'editlist_empty_edit.mp4',
    fact: 'An empty edit delays the picture by 1.5 s against the sound.',
    codes: 150,
    write: (path) => mux({ path, container: 'mp4', streams: [shifted(h264B(), 45n), encodeTone('aac', 3)] }),
  }),
  clip({
    name: 'negative_cts.mp4',
    fact: 'Signed composition offsets instead of an edit list: decoding times run behind presentation.',
    codes: 150,
    write: (path) =>
      mux({
        path,
        container: 'mp4',
        streams: [h264B()],
        options: { movflags: '+negative_cts_offsets' },
      }),
  }),
  clip({
    name: 'nopts_h264.avi',
    fact: 'AVI stores no timestamps: with B-frames the order on screen is only in the stream itself.',
    codes: 150,
    write: (path) => mux({ path, container: 'avi', streams: [inBand(h264B())] }),
  }),
  clip({
    name: 'nopts_h264_opengop.avi',
    fact: 'AVI without timestamps and open GOPs, whose leading pictures a seek loses silently.',
    codes: 96,
    write: (path) =>
      mux({ path, container: 'avi', streams: [inBand(x264(`${PYRAMID}:open-gop=1`, { frames: 96 }))] }),
  }),
  clip({
    name: 'empty_chunks.avi',
    fact: 'AVI of a capture card: an empty chunk stands wherever a frame was lost, every tenth; it is not a frame.',
    codes: 60,
    write: (path) =>
      mux({
        path,
        container: 'avi',
        streams: [
          encodeVideo({
            codec: 'mpeg4',
            options: { g: 12, flags: '+bitexact+qscale', global_quality: 5 * 118 },
            frames: 60,
            ticks: (index) => index + Math.floor(index / 9),
          }),
        ],
      }),
  }),
  clip({
    name: 'dup_pts.mkv',
    fact: 'Every tenth frame repeats the timestamp of the one before: rank by time is ambiguous.',
    codes: 120,
    write: (path) => mux({ path, container: 'matroska', streams: [repeatedTimes(h264P())] }),
  }),
  clip({
    name: 'pts_wrap.ts',
    fact: 'The 33-bit clock of MPEG-TS wraps round in the middle.',
    codes: 150,
    write: (path) =>
      mux({
        path,
        container: 'mpegts',
        streams: [inBand(h264B())],
        options: { output_ts_offset: '95441.2' },
      }),
  }),
  clip({
    name: 'pts_hole.mkv',
    fact: 'Ten hours pass between frames 74 and 75: duration × rate would be a million frames.',
    codes: 150,
    write: (path) =>
      mux({
        path,
        container: 'matroska',
        streams: [
          x264(`${PYRAMID}:bframes=2:keyint=30:min-keyint=30`, {
            frames: 150,
            ticks: (index) => (index < 75 ? index : index + 36_000 * 30),
          }),
        ],
      }),
  }),
  clip({
    name: 'fps23976_ms.mkv',
    fact: '24000/1001 frames a second rounded to milliseconds.',
    codes: 150,
    write: (path) =>
      mux({
        path,
        container: 'matroska',
        streams: [x264(`${PYRAMID}:bframes=2`, { frames: 150, rate: { num: 24_000, den: 1001 } })],
      }),
  }),
  clip({
    name: 'fps240.mp4',
    fact: '240 frames a second: tolerances in seconds are wider than a frame.',
    codes: 240,
    write: (path) =>
      mux({
        path,
        container: 'mp4',
        streams: [x264(PYRAMID, { frames: 240, width: 160, height: 96, rate: { num: 240, den: 1 } })],
      }),
  }),
  clip({
    name: 'fps_0p1.mp4',
    fact: 'One frame every ten seconds.',
    codes: 12,
    write: (path) =>
      mux({
        path,
        container: 'mp4',
        streams: [x264(NO_B, { frames: 12, width: 160, height: 96, rate: { num: 1, den: 10 } })],
      }),
  }),
];

/** Frames 5, 15, 25, … carry the time of the frame before them. */
function repeatedTimes(stream: EncodedStream): EncodedStream {
  return mapChunks(stream, (chunk, index) =>
    index % 10 === 5 ? { ...chunk, pts: chunk.pts! - 1n, dts: chunk.dts! - 1n } : chunk,
  );
}

/** VP8, VP9, AV1 and Theora: pictures that are decoded but never shown. */
import { encodeVideo, paintAlpha, type VideoRecipe } from '../encode.ts';
import { filtered, mux } from '../mux.ts';
import { type EncodedStream, type Options, range, withChunks } from '../streams.ts';
import { type Clip, clip, once } from './clip.ts';
import { withHidden } from './hidden.ts';

const vp8 = once(() => vpx('libvpx', {}));
const hiddenVp8 = once(() => withHidden('libvpx'));
const hiddenVp9 = once(() => withHidden('libvpx-vp9'));
const av1 = once(() => svt());

export const vpxFamily: readonly Clip[] = [
  clip({
    name: 'vp8.webm',
    fact: 'Plain VP8 in WebM.',
    codes: 96,
    write: (path) => mux({ path, container: 'webm', streams: [vp8()] }),
  }),
  clip({
    name: 'vp8_altref.webm',
    fact: 'VP8 with alternate reference pictures in packets of their own, never shown: 132 packets, 120 frames.',
    codes: 120,
    write: (path) => mux({ path, container: 'webm', streams: [hiddenVp8()] }),
  }),
  clip({
    name: 'vp8.ivf',
    fact: 'VP8 in IVF: timestamps but no index.',
    codes: 96,
    write: (path) => mux({ path, container: 'ivf', streams: [vp8()] }),
  }),
  clip({
    name: 'vp8_altref.ivf',
    fact: 'Hidden VP8 pictures in IVF.',
    codes: 120,
    write: (path) => mux({ path, container: 'ivf', streams: [hiddenVp8()] }),
  }),
  clip({
    name: 'vp9_altref.webm',
    fact: 'VP9 superframes: a hidden picture and a shown one share a packet.',
    codes: 120,
    write: (path) => mux({ path, container: 'webm', streams: [filtered(hiddenVp9(), 'vp9_superframe')] }),
  }),
  clip({
    name: 'vp9_g24.mp4',
    fact: 'VP9 in MP4.',
    codes: 96,
    write: (path) => mux({ path, container: 'mp4', streams: [vpx('libvpx-vp9', {})] }),
  }),
  clip({
    name: 'vp9_split.webm',
    fact: 'VP9 whose hidden pictures have packets of their own instead of superframes: 132 packets, 120 frames.',
    codes: 120,
    write: (path) =>
      // Without leave, FFmpeg would put superframes together itself.
      mux({ path, container: 'webm', streams: [hiddenVp9()], options: { fflags: '+bitexact-autobsf' } }),
  }),
  clip({
    name: 'odd_161x121_vp9.webm',
    fact: 'VP9 4:2:0 of odd width and height.',
    codes: 48,
    write: (path) =>
      mux({
        path,
        container: 'webm',
        streams: [vpx('libvpx-vp9', {}, { width: 161, height: 121, frames: 48 })],
      }),
  }),
  clip({
    name: 'vp9_10bit_444.webm',
    fact: 'VP9 profile 3: 10-bit 4:4:4.',
    codes: 30,
    write: (path) =>
      mux({
        path,
        container: 'webm',
        streams: [vpx('libvpx-vp9', {}, { pixelFormat: 'yuv444p10le', frames: 30 })],
      }),
  }),
  clip({
    name: 'alpha_vp9.webm',
    fact: "VP9 with transparency as a second stream beside each packet; FFmpeg's own decoder drops it, libvpx keeps it.",
    codes: 48,
    write: (path) => mux({ path, container: 'webm', streams: [alphaVp9()] }),
  }),
  clip({
    name: 'res_change_vp9.webm',
    fact: 'VP9 that changes its resolution at a key frame, frame 48.',
    codes: 96,
    write: (path) => {
      const large = vpx('libvpx-vp9', {}, { width: 320, height: 192, frames: range(48, 96) });
      const small = vpx('libvpx-vp9', {}, { frames: 48 });
      const later = large.chunks.map((chunk) => ({ ...chunk, pts: chunk.pts! + 48n, dts: chunk.dts! + 48n }));
      mux({ path, container: 'webm', streams: [withChunks(small, [...small.chunks, ...later])] });
    },
  }),
  clip({
    name: 'av1.mkv',
    fact: 'AV1 in Matroska: hidden pictures and pictures shown again inside temporal units, and a decoder with a delay.',
    codes: 96,
    write: (path) => mux({ path, container: 'matroska', streams: [av1()] }),
  }),
  clip({
    name: 'av1.mp4',
    fact: 'AV1 in MP4.',
    codes: 96,
    write: (path) => mux({ path, container: 'mp4', streams: [av1()] }),
  }),
  clip({
    name: 'av1.ivf',
    fact: 'AV1 in IVF.',
    codes: 96,
    write: (path) => mux({ path, container: 'ivf', streams: [av1()] }),
  }),
  clip({
    name: 'av1_open.mkv',
    fact: 'AV1 whose later entry points are forward key frames (open GOP): leading pictures hang on the GOP before.',
    codes: 96,
    write: (path) =>
      mux({ path, container: 'matroska', streams: [svt({ 'svtav1-params': 'irefresh-type=1:lp=1' })] }),
  }),
  clip({
    name: 'theora.ogv',
    fact: 'Theora in Ogg: times come from granule positions.',
    codes: 96,
    write: (path) =>
      mux({
        path,
        container: 'ogg',
        streams: [
          encodeVideo({
            codec: 'libtheora',
            options: { g: 24, flags: '+qscale', global_quality: 8 * 118 },
            frames: 96,
          }),
        ],
      }),
  }),
];

function vpx(codec: string, options: Options, picture: Partial<VideoRecipe> = {}): EncodedStream {
  return encodeVideo({
    frames: 96,
    ...picture,
    codec,
    options: {
      g: 24,
      keyint_min: 24,
      deadline: 'realtime',
      'cpu-used': codec === 'libvpx' ? -5 : 5,
      crf: 20,
      b: codec === 'libvpx' ? 1_500_000 : 0,
      'auto-alt-ref': 0,
      'lag-in-frames': 0,
      ...options,
    },
  });
}

function svt(options: Options = {}): EncodedStream {
  return encodeVideo({
    codec: 'libsvtav1',
    options: { preset: 12, g: 24, crf: 30, 'svtav1-params': 'lp=1', ...options },
    frames: 96,
  });
}

function alphaVp9(): EncodedStream {
  return vpx('libvpx-vp9', {}, { pixelFormat: 'yuva420p', frames: 48, paint: paintAlpha(3, 1, 255) });
}

/** What the numbers in a picture mean: sizes, shapes, turns, colours. */
import { encodeVideo } from '../encode.ts';
import { mux } from '../mux.ts';
import type { Options } from '../streams.ts';
import { type Clip, clip } from './clip.ts';
import { h264B, h264P, hevcB, NO_B, PYRAMID, x264 } from './sources.ts';

export const pictures: readonly Clip[] = [
  ...([90, 180, 270] as const).map((rotation) =>
    clip({
      name: `rot${rotation}.mp4`,
      fact: `To be turned by ${rotation} degrees clockwise, as phones write it: a display matrix in the track header.`,
      codes: 150,
      rotation,
      write: (path) => mux({ path, container: 'mp4', streams: [h264B()], tracks: [{ rotation }] }),
    }),
  ),
  ...([0, 90] as const).map((rotation) =>
    clip({
      name: `mirrored${rotation}.mp4`,
      fact: `A front camera's picture: to be mirrored, then turned by ${rotation} degrees.`,
      codes: Array.from({ length: 120 }, () => null),
      rotation,
      write: (path) =>
        mux({ path, container: 'mp4', streams: [h264P()], tracks: [{ rotation, isMirrored: true }] }),
    }),
  ),
  clip({
    name: 'rot90.mkv',
    fact: 'To be turned by 90 degrees clockwise, said as a pose in Matroska.',
    codes: 120,
    rotation: 90,
    write: (path) => mux({ path, container: 'matroska', streams: [h264P()], tracks: [{ rotation: 90 }] }),
  }),
  clip({
    name: 'rot90_hevc.mov',
    fact: 'What an iPhone films: HEVC in QuickTime, upright by a display matrix.',
    codes: 120,
    rotation: 90,
    write: (path) =>
      mux({ path, container: 'mov', streams: [hevcB()], tracks: [{ tag: 'hvc1', rotation: 90 }] }),
  }),
  clip({
    name: 'crop_1918x1078.mp4',
    fact: 'The coded size (1920×1088) is larger than the picture.',
    codes: 6,
    write: (path) =>
      mux({ path, container: 'mp4', streams: [x264(NO_B, { frames: 6, width: 1918, height: 1078 })] }),
  }),
  clip({
    name: 'odd_161x121_420.mp4',
    fact: 'Odd sizes with 4:2:0: the last chroma column and row cover half a pair of pixels.',
    codes: 48,
    write: (path) =>
      mux({
        path,
        container: 'mp4',
        streams: [
          encodeVideo({
            codec: 'mpeg4',
            options: { flags: '+bitexact+qscale', global_quality: 3 * 118, g: 24, bf: 2 },
            frames: 48,
            width: 161,
            height: 121,
          }),
        ],
      }),
  }),
  clip({
    name: 'sar_4x3.mp4',
    fact: 'Pixels are 4:3 as wide as high: reported, not applied unless asked.',
    codes: 60,
    write: (path) =>
      mux({
        path,
        container: 'mp4',
        streams: [x264(PYRAMID, { frames: 60, sampleAspect: { num: 4, den: 3 } })],
      }),
  }),
  clip({
    name: 'sar_container.mkv',
    fact: 'The shape of the pixels stands in the container alone.',
    codes: 120,
    write: (path) =>
      mux({
        path,
        container: 'matroska',
        streams: [h264P()],
        tracks: [{ sampleAspect: { num: 4, den: 3 } }],
      }),
  }),
  clip({
    name: 'tiny_16x16.mp4',
    fact: "One macroblock: the scaler's least size, and too small to show a number.",
    codes: Array.from({ length: 30 }, () => null),
    write: (path) =>
      mux({ path, container: 'mp4', streams: [x264(PYRAMID, { frames: 30, width: 16, height: 16 })] }),
  }),
  clip({
    name: 'wide_16000x64.mp4',
    fact: 'Sixteen thousand pixels wide and 64 high.',
    codes: 4,
    write: (path) =>
      mux({ path, container: 'mp4', streams: [x264(NO_B, { frames: 4, width: 16_000, height: 64 })] }),
  }),
  clip({
    name: 'tall_64x4000.mp4',
    fact: 'Four thousand pixels high and 64 wide.',
    codes: 4,
    write: (path) =>
      mux({ path, container: 'mp4', streams: [x264(NO_B, { frames: 4, width: 64, height: 4_000 })] }),
  }),
  tagged('full_range.mp4', 'Full-range samples: read as limited they look washed out.', {
    pixelFormat: 'yuvj420p',
    options: { color_range: 'pc', colorspace: 'bt709', color_primaries: 'bt709', color_trc: 'bt709' },
  }),
  tagged('bt601.mp4', 'Tagged BT.601: the tag chooses the matrix, not the size.', {
    options: {
      color_range: 'tv',
      colorspace: 'smpte170m',
      color_primaries: 'smpte170m',
      color_trc: 'smpte170m',
    },
  }),
  tagged('bt709.mp4', 'Small but tagged BT.709: the tag chooses the matrix, not the size.', {
    options: { color_range: 'tv', colorspace: 'bt709', color_primaries: 'bt709', color_trc: 'bt709' },
  }),
];

function tagged(name: string, fact: string, how: { pixelFormat?: string; options: Options }): Clip {
  const { options, ...picture } = how;
  return clip({
    name,
    fact,
    codes: 48,
    write: (path) =>
      mux({
        path,
        container: 'mp4',
        streams: [x264(PYRAMID, { frames: 48, ...picture }, options)],
      }),
  });
}

/** Codecs whose every frame stands alone, and formats that were made for pictures. */
import { encodeVideo, paintAlpha, type VideoRecipe } from '../encode.ts';
import { mux } from '../mux.ts';
import { type Clip, clip } from './clip.ts';

interface Simple extends Partial<VideoRecipe> {
  readonly codec: string;
  readonly container: string;
}

export const intra: readonly Clip[] = [
  simple('mjpeg.avi', 'Motion JPEG in AVI: full-range samples, every chunk a picture.', 60, {
    codec: 'mjpeg',
    container: 'avi',
    pixelFormat: 'yuvj420p',
    options: { flags: '+bitexact+qscale', global_quality: 3 * 118 },
  }),
  simple('raw.mjpeg', 'JPEG pictures one after another without a container.', 60, {
    codec: 'mjpeg',
    container: 'mjpeg',
    pixelFormat: 'yuvj420p',
    options: { flags: '+bitexact+qscale', global_quality: 3 * 118 },
  }),
  simple('anim.gif', 'GIF: palette, hundredths of a second, frames that hold only what changed.', 30, {
    codec: 'gif',
    container: 'gif',
    pixelFormat: 'rgb8',
    width: 160,
    height: 96,
    rate: { num: 10, den: 1 },
  }),
  simple('anim.apng', 'Animated PNG: frames drawn over the ones before.', 20, {
    codec: 'apng',
    container: 'apng',
    pixelFormat: 'rgb24',
    width: 160,
    height: 96,
    rate: { num: 10, den: 1 },
  }),
  simple('anim.webp', 'Animated WebP: FFmpeg 5 cannot decode it, FFmpeg 8 can.', 20, {
    codec: 'libwebp_anim',
    container: 'webp',
    pixelFormat: 'yuv420p',
    width: 160,
    height: 96,
    rate: { num: 10, den: 1 },
    options: { quality: 60, g: 12 },
  }),
  simple('prores.mov', 'ProRes 422 HQ in QuickTime: 10 bits.', 24, {
    codec: 'prores_ks',
    container: 'mov',
    pixelFormat: 'yuv422p10le',
    options: { profile: 'hq' },
  }),
  simple('alpha_prores4444.mov', 'ProRes 4444 with 16-bit transparency.', 24, {
    codec: 'prores_ks',
    container: 'mov',
    pixelFormat: 'yuva444p10le',
    options: { profile: '4444', alpha_bits: 16 },
    paint: paintAlpha(3, 2, 1023),
  }),
  simple('ffv1_rgb.mkv', 'Lossless RGB: no colour matrix at all.', 24, {
    codec: 'ffv1',
    container: 'matroska',
    pixelFormat: 'bgr0',
    options: { level: 3, slices: 4 },
  }),
  simple('ffv1_gray.mkv', 'Lossless grey.', 24, {
    codec: 'ffv1',
    container: 'matroska',
    pixelFormat: 'gray',
    options: { level: 3, slices: 4 },
  }),
  simple(
    'ffv1_longgop.nut',
    'FFV1 with frames between keys whose entropy coder carries on: not intra at all.',
    40,
    {
      codec: 'ffv1',
      container: 'nut',
      pixelFormat: 'yuv420p',
      options: { level: 1, coder: 1, context: 1, g: 20 },
      width: 160,
      height: 96,
    },
  ),
  simple('huffyuv.avi', 'Lossless HuffYUV 4:2:2 in AVI.', 20, {
    codec: 'huffyuv',
    container: 'avi',
    pixelFormat: 'yuv422p',
    width: 160,
    height: 96,
  }),
  simple('utvideo.avi', 'Lossless UtVideo in AVI: planar RGB.', 20, {
    codec: 'utvideo',
    container: 'avi',
    pixelFormat: 'gbrp',
    width: 160,
    height: 96,
  }),
  simple(
    'qtrle_alpha.mov',
    'QuickTime Animation with transparency: frames that hold only changed lines.',
    20,
    {
      codec: 'qtrle',
      container: 'mov',
      pixelFormat: 'argb',
      width: 160,
      height: 96,
      options: { g: 10 },
    },
  ),
  simple('png.mov', 'PNG pictures in QuickTime, 16 bits per channel.', 12, {
    codec: 'png',
    container: 'mov',
    pixelFormat: 'rgb48be',
    width: 160,
    height: 96,
  }),
  simple('raw_yuv.nut', 'Uncompressed 4:2:0 in NUT.', 20, {
    codec: 'rawvideo',
    container: 'nut',
    width: 160,
    height: 96,
  }),
  simple('raw.y4m', 'YUV4MPEG: uncompressed, a text line before each frame.', 20, {
    codec: 'wrapped_avframe',
    container: 'yuv4mpegpipe',
    width: 160,
    height: 96,
  }),
  simple('cinepak.mov', 'Cinepak: codebooks that change from strip to strip.', 12, {
    codec: 'cinepak',
    container: 'mov',
    pixelFormat: 'rgb24',
    width: 160,
    height: 96,
  }),
  simple('svq1.mov', 'Sorenson Video 1 in QuickTime, 4:1:0.', 24, {
    codec: 'svq1',
    container: 'mov',
    pixelFormat: 'yuv410p',
    width: 160,
    height: 96,
    options: { flags: '+bitexact+qscale', global_quality: 2 * 118 },
  }),
  simple('jpeg2000.mxf', 'JPEG 2000 in MXF.', 12, {
    codec: 'jpeg2000',
    container: 'mxf',
    pixelFormat: 'yuv422p',
    rate: { num: 25, den: 1 },
  }),
  simple('dnxhr.mov', 'DNxHR in QuickTime.', 12, {
    codec: 'dnxhd',
    container: 'mov',
    pixelFormat: 'yuv422p',
    width: 256,
    height: 144,
    options: { profile: 'dnxhr_lb' },
  }),
  simple('dv_pal.avi', 'DV of a camcorder: PAL, interlaced, pixels that are not square.', 6, {
    codec: 'dvvideo',
    container: 'avi',
    pixelFormat: 'yuv420p',
    width: 720,
    height: 576,
    rate: { num: 25, den: 1 },
    sampleAspect: { num: 16, den: 15 },
  }),
  simple('snow.nut', 'Snow: a wavelet codec whose references are its own.', 30, {
    codec: 'snow',
    container: 'nut',
    options: { g: 12, flags: '+qscale', global_quality: 3 * 118 },
    width: 160,
    height: 96,
  }),
];

function simple(name: string, fact: string, frames: number, recipe: Simple): Clip {
  const { container, ...picture } = recipe;
  return clip({
    name,
    fact,
    codes: frames,
    write: (path) => mux({ path, container, streams: [encodeVideo({ ...picture, frames })] }),
  });
}

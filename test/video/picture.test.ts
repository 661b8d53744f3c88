// Colours, sizes and rotation against the ffmpeg program, another build and another version of FFmpeg.
import { execFileSync } from 'node:child_process';
import { join } from 'node:path';
import { beforeAll, describe, expect, it } from 'vitest';
import { openVideo } from '../../src/video/video.ts';
import { corpusDirectory } from '../support/corpus.ts';
import { has } from '../support/needs.ts';

let directory = '';
beforeAll(async () => {
  directory = await corpusDirectory();
});

/** Frame `index` as ffmpeg shows it, in tight RGB24. */
const byFfmpeg = (path: string, stream: number, index: number, filter: string): Buffer =>
  execFileSync(
    'ffmpeg',
    [
      '-v',
      'error',
      '-i',
      `file:${path}`,
      '-map',
      `0:${stream}`,
      '-vf',
      `select=eq(n\\,${index})${filter}`,
      '-vsync',
      '0',
      '-frames:v',
      '1',
      '-pix_fmt',
      'rgb24',
      '-f',
      'rawvideo',
      '-',
    ],
    { maxBuffer: 2 ** 30, stdio: ['ignore', 'pipe', 'ignore'] },
  );

const compare = async (name: string, filter = ''): Promise<{ largest: number; mean: number }> => {
  const path = join(directory, name);
  using video = await openVideo(path, { cache: false });
  const index = Math.min(7, video.frameCount - 1);
  const { image } = await video.frameAt(index);
  const expected = byFfmpeg(path, video.info.stream.index, index, filter);
  expect(image.data.length).toBe(expected.length);
  let largest = 0;
  let sum = 0;
  image.data.forEach((value, i) => {
    const difference = Math.abs(value - expected[i]!);
    largest = Math.max(largest, difference);
    sum += difference;
  });
  return { largest, mean: sum / expected.length };
};

describe.skipIf(!has('ffmpeg'))('pixels are those of the ffmpeg program (skipped without ffmpeg)', () => {
  it.each([
    'base_h264_b.mp4',
    'h264_mbaff.ts',
    'h264_422.mp4',
    'odd_161x121_444.mp4',
    'h264_gray.mkv',
    'vp9_10bit_444.webm',
    'alpha_vp9.webm',
    'mjpeg.avi',
    'anim.gif',
    'prores.mov',
    'alpha_prores4444.mov',
    'ffv1_rgb.mkv',
    'ffv1_gray.mkv',
    'qtrle_alpha.mov',
    'rot90.mp4',
    'rot180.mp4',
    'rot270.mp4',
    'rot90.mkv',
    'rot90_hevc.mov',
    'mirrored0.mp4',
    'mirrored90.mp4',
    'sar_4x3.mp4',
    'tiny_16x16.mp4',
    'wide_16000x64.mp4',
    'full_range.mp4',
    'bt601.mp4',
    'bt709.mp4',
  ])('%s: to the bit', async (name) => {
    expect(await compare(name)).toEqual({ largest: 0, mean: 0 });
  });

  it.each(['h264_10bit.mp4', 'hdr10_pq_bt2020.mp4', 'hlg_bt2020.mp4', 'odd_161x121_420.mp4'])(
    '%s: but for rounding, which newer versions of swscale do better',
    async (name) => {
      const { largest, mean } = await compare(name);
      expect(largest).toBeLessThanOrEqual(8);
      expect(mean).toBeLessThan(0.6);
    },
  );

  it('takes untagged video of 720 lines and more as BT.709', async () => {
    const { largest } = await compare('crop_1918x1078.mp4', ',scale=in_color_matrix=bt709');
    expect(largest).toBeLessThanOrEqual(2);
  });
});

describe('sizes', () => {
  it.each([
    ['base_h264_b.mp4', { width: 64 }, 64, 36],
    ['base_h264_b.mp4', { width: 50, height: 70 }, 50, 70],
    ['rot90.mp4', { shortSide: 72 }, 72, 128],
    ['rot90.mp4', { width: 30, height: 20 }, 30, 20],
  ] as const)('%s resized to %j', async (name, size, width, height) => {
    using video = await openVideo(join(directory, name), { cache: false });
    const { image } = await video.frameAt(3, { size });
    expect([image.width, image.height, image.data.length]).toEqual([width, height, width * height * 3]);
  });
});

/** Which of ffmpeg's quality steps gives as good a JPEG as framesift's quality 95, measured on luma. */
import { spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readdirSync, rmSync, statSync } from 'node:fs';
import { join } from 'node:path';
import sharp from 'sharp';
import { lumaOf } from '../src/image/luma.ts';
import type { Clip } from './clips.ts';
import type { Contender, Errand, Wanted } from './contender.ts';
import { runFresh } from './fresh-process.ts';
import { psnrOf, ssimOf } from './similarity.ts';

export interface Quality {
  /** Means over the frames, of luma against what the encoder was given. */
  readonly psnr: number;
  readonly ssim: number;
  readonly bytes: number;
}

export interface EqualQuality {
  readonly framesift: Quality;
  /** The step of `-q:v` whose SSIM comes nearest. */
  readonly step: number;
  readonly steps: Readonly<Record<number, Quality>>;
}

const STEPS = [1, 2, 3, 4, 5, 6];
const FRAMES = [0, 7, 23, 41, 58, 76, 91, 113];

export const findEqualQuality = async (
  clip: Clip,
  framesift: Contender,
  ffmpeg: (quality: number) => Contender,
  workDir: string,
): Promise<EqualQuality> => {
  mkdirSync(workDir, { recursive: true });
  const folder = mkdtempSync(join(workDir, 'quality-'));
  const numbers = FRAMES.filter((number) => number < clip.frames);
  const wanted: Wanted = { numbers, isAll: false };
  const imagesOf = async (contender: Contender, name: string): Promise<string[]> => {
    const outDir = join(folder, name);
    mkdirSync(outDir);
    const errand: Errand = { video: clip.path, wanted, outDir, scratchDir: folder };
    await runFresh(contender.prepare(errand));
    const found = readdirSync(outDir, { recursive: true }).map((file) => join(outDir, String(file)));
    return found.filter((file) => /\.(jpg|png)$/.test(file)).sort();
  };
  try {
    const jpegs = await imagesOf(framesift, 'framesift');
    const pngs = await imagesOf(asPng(framesift), 'reference');
    const own = meanQuality(await Promise.all(pngs.map(lumaOfRgb)), jpegs, clip);
    const reference = decodedLuma(clip, numbers);
    const steps: Record<number, Quality> = {};
    for (const step of STEPS)
      steps[step] = meanQuality(reference, await imagesOf(ffmpeg(step), `step-${step}`), clip);
    const distance = (step: number): number => Math.abs(steps[step]!.ssim - own.ssim);
    const step = [...STEPS].sort((a, b) => distance(a) - distance(b))[0]!;
    return { framesift: own, step, steps };
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
};

/** The same pictures without loss: what the JPEG encoder was given. */
const asPng = (contender: Contender): Contender => ({
  ...contender,
  prepare: (errand) => {
    const { command, arguments: given } = contender.prepare(errand);
    const quality = given.indexOf('--quality');
    const rest = given.filter((_, i) => i !== quality && i !== quality + 1);
    return { command, arguments: rest.map((argument) => (argument === 'jpg' ? 'png' : argument)) };
  },
});

const lumaOfRgb = async (path: string): Promise<Uint8Array> => {
  const { data, info } = await sharp(path).removeAlpha().raw().toBuffer({ resolveWithObject: true });
  return lumaOf({ width: info.width, height: info.height, data }).data;
};

/** The luma planes that ffmpeg's JPEG encoder is given: of full range. */
const decodedLuma = (clip: Clip, numbers: readonly number[]): Uint8Array[] => {
  const select = numbers.map((number) => `eq(n,${number})`).join('+');
  const filter = `select='${select}',scale=out_range=full,format=yuvj420p,extractplanes=y`;
  const input = [
    '-i',
    clip.path,
    '-vf',
    filter,
    '-vsync',
    'passthrough',
    '-frames:v',
    String(numbers.length),
  ];
  return planes(ffmpegOutput([...input, '-f', 'rawvideo', '-']), numbers.length);
};

/** The luma plane of a JPEG file as it is stored. */
const lumaOfJpeg = (path: string): Uint8Array =>
  ffmpegOutput(['-i', path, '-vf', 'extractplanes=y', '-f', 'rawvideo', '-']);

const ffmpegOutput = (args: readonly string[]): Uint8Array => {
  const { status, stdout, stderr } = spawnSync('ffmpeg', ['-v', 'error', '-nostdin', ...args], {
    maxBuffer: 1 << 30,
  });
  if (status !== 0) throw new Error(`ffmpeg ${args.join(' ')}: ${String(stderr)}`);
  return stdout;
};

const planes = (bytes: Uint8Array, count: number): Uint8Array[] => {
  const size = bytes.length / count;
  return Array.from({ length: count }, (_, i) => bytes.subarray(i * size, (i + 1) * size));
};

const meanQuality = (references: readonly Uint8Array[], files: readonly string[], clip: Clip): Quality => {
  if (files.length !== references.length) throw new Error(`${files.length} images of ${references.length}`);
  const mean = (values: readonly number[]): number =>
    values.reduce((sum, value) => sum + value, 0) / values.length;
  const pairs = references.map((reference, i) => [reference, lumaOfJpeg(files[i]!)] as const);
  return {
    psnr: mean(pairs.map(([a, b]) => psnrOf(a, b))),
    ssim: mean(pairs.map(([a, b]) => ssimOf(a, b, clip.width))),
    bytes: mean(files.map((file) => statSync(file).size)),
  };
};

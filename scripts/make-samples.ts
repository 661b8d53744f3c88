// Makes samples/media: three tiny clips whose frames each show their own number, and a list of some of them.
// Run it with: npx tsx scripts/make-samples.ts. The encoders are those inside node-av; the bytes are the same each time.
import { mkdirSync, statSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { formatFrameName } from '../src/frame/name.ts';
import { encodeVideo } from '../test/support/encode.ts';
import { mux } from '../test/support/mux.ts';
import type { EncodedStream } from '../test/support/streams.ts';

const MEDIA = fileURLToPath(new URL('../samples/media/', import.meta.url));
const SIZE = { width: 160, height: 96 };

interface Sample {
  readonly video: string;
  readonly container: string;
  readonly frameCount: number;
  readonly encode: (frames: number) => EncodedStream;
}

// With `mbtree`, which slower presets switch on, x264 does not give the same bytes each time.
const X264 = { preset: 'ultrafast', crf: 30 };

/** 30 frames a second, half as many while it is dark, and never quite on time: a phone's camera. */
const phoneTicks = (): number[] => {
  const ticks = [0];
  while (ticks.length < 90) {
    const isDark = ticks.length > 40 && ticks.length <= 70;
    ticks.push(ticks.at(-1)! + (isDark ? 6000 : 3000) + ((ticks.length * 7919) % 601) - 300);
  }
  return ticks;
};

const SAMPLES: readonly Sample[] = [
  {
    // Variable frame rate, B-frames.
    video: 'phone.mp4',
    container: 'mp4',
    frameCount: 90,
    encode: (frames) => {
      const ticks = phoneTicks();
      return encodeVideo({
        ...SIZE,
        codec: 'libx264',
        options: { ...X264, 'x264-params': 'keyint=30:scenecut=0:bframes=2:b-adapt=0' },
        frames,
        timeBase: { num: 1, den: 90_000 },
        ticks: (index) => ticks[index]!,
      });
    },
  },
  {
    // Open GOPs: the B-frames shown before a key frame are predicted from both sides of it.
    video: 'street.mkv',
    container: 'matroska',
    frameCount: 120,
    encode: (frames) =>
      encodeVideo({
        ...SIZE,
        codec: 'libx264',
        options: {
          ...X264,
          'x264-params': 'keyint=24:min-keyint=24:scenecut=0:bframes=3:b-adapt=0:b-pyramid=normal:open-gop=1',
        },
        frames,
        rate: { num: 25, den: 1 },
      }),
  },
  {
    // A folder with a space and a letter outside ASCII; ten frames a second, as surveillance cameras record.
    video: 'Kamera Süd/gate.webm',
    container: 'webm',
    frameCount: 60,
    encode: (frames) =>
      encodeVideo({
        ...SIZE,
        codec: 'libvpx-vp9',
        options: {
          g: 30,
          crf: 45,
          b: 0,
          deadline: 'realtime',
          'cpu-used': 8,
          'auto-alt-ref': 0,
          'lag-in-frames': 0,
        },
        frames,
        rate: { num: 10, den: 1 },
      }),
  },
];

/** As a selection would come out: in order of being picked. */
const PICKED: readonly (readonly [video: string, frame: number])[] = [
  ['street.mkv', 47],
  ['phone.mp4', 61],
  ['Kamera Süd/gate.webm', 33],
  ['street.mkv', 22],
  ['phone.mp4', 4],
  ['street.mkv', 119],
  ['Kamera Süd/gate.webm', 0],
  ['phone.mp4', 89],
  ['street.mkv', 71],
  ['Kamera Süd/gate.webm', 58],
];

for (const { video, container, frameCount, encode } of SAMPLES) {
  const path = join(MEDIA, video);
  mkdirSync(dirname(path), { recursive: true });
  mux({ path, container, streams: [encode(frameCount)] });
  process.stdout.write(`${video}: ${frameCount} frames, ${statSync(path).size} bytes\n`);
}

const names = PICKED.map(([video, frame]) =>
  formatFrameName(video, frame, SAMPLES.find((sample) => sample.video === video)!.frameCount),
);
writeFileSync(join(MEDIA, 'sampled_filenames.txt'), `${names.join('\n')}\n`);

/** Files whose table of sync samples does not tell the truth. Data and timestamps are sound. */
import { findBox, fullBox, patch, replaceBox } from '../damage.ts';
import { encodeVideo } from '../encode.ts';
import { mux } from '../mux.ts';
import { type EncodedStream, range } from '../streams.ts';
import { type Clip, clip, once } from './clip.ts';
import { h264B, h264Open, hevcB, hevcOpen } from './sources.ts';

const FRAMES = 120;

const vp9 = once(() =>
  encodeVideo({
    codec: 'libvpx-vp9',
    options: {
      g: 24,
      keyint_min: 24,
      deadline: 'realtime',
      'cpu-used': 5,
      crf: 20,
      b: 0,
      'lag-in-frames': 0,
    },
    frames: FRAMES,
  }),
);

const sources: readonly (readonly [
  name: string,
  stream: () => EncodedStream,
  frames: number,
  tag?: string,
])[] = [
  ['h264', h264B, 150],
  ['h264_opengop', h264Open, 150],
  ['hevc', hevcB, FRAMES, 'hvc1'],
  ['hevc_opengop', hevcOpen, 150, 'hvc1'],
  ['vp9', vp9, FRAMES],
];

const lies: readonly (readonly [
  name: string,
  fact: string,
  tell: (truth: readonly number[], frames: number) => readonly number[],
])[] = [
  ['all', 'says that every frame is a key', (_, frames) => range(1, frames + 1)],
  ['first', 'names only the first key', (truth) => truth.slice(0, 1)],
  [
    'shifted',
    'names frames five behind the keys',
    (truth, frames) => truth.map((sample) => Math.min(sample + 5, frames)),
  ],
];

export const liars: readonly Clip[] = sources.flatMap(([codec, stream, frames, tag]) =>
  lies.map(([lie, fact, tell]) =>
    clip({
      name: `lie_${codec}_${lie}.mp4`,
      fact: `The table of sync samples (${codec}) ${fact}; FFmpeg repairs the flags by the headers for H.264 and VP9, not for HEVC.`,
      codes: frames,
      write: (path) => {
        mux({ path, container: 'mp4', streams: [stream()], tracks: tag === undefined ? [] : [{ tag }] });
        patch(path, (bytes) => {
          const samples = tell(syncSamples(bytes), frames);
          const table = fullBox('stss', samples.length, ...samples);
          return replaceBox(bytes, 'moov/trak/mdia/minf/stbl/stss', table);
        });
      },
    }),
  ),
);

function syncSamples(bytes: Buffer): number[] {
  const { content } = findBox(bytes, 'moov/trak/mdia/minf/stbl/stss');
  return range(0, bytes.readUInt32BE(content + 4)).map((index) =>
    bytes.readUInt32BE(content + 8 + 4 * index),
  );
}

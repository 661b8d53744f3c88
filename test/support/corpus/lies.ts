/** Files whose table of sync samples, or whose clock, does not tell the truth. The pictures are sound. */
import { findBox, fullBox, patch, replaceBox } from '../damage.ts';
import { encodeVideo } from '../encode.ts';
import { mux } from '../mux.ts';
import { type EncodedStream, mapChunks, range } from '../streams.ts';
import { type Clip, clip, once } from './clip.ts';
import { mpeg2, mpeg4 } from './mpeg.ts';
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

/** Every picture says that it is shown when it is decoded: what muxers make of B-frames that they know nothing of. */
const asDecoded = (stream: EncodedStream): EncodedStream =>
  mapChunks(stream, (chunk) => ({ ...chunk, pts: chunk.dts! + 8n, dts: chunk.dts! + 8n }));

/** Frames 60 and 61 carry each other's time. */
const exchanged = (stream: EncodedStream): EncodedStream => {
  const [a, b] = stream.chunks
    .map(({ pts }) => pts!)
    .sort((x, y) => Number(x - y))
    .slice(60, 62);
  // Muxers refuse what is shown before it is decoded.
  return mapChunks(stream, (chunk) => ({
    ...chunk,
    pts: chunk.pts === a ? b! : chunk.pts === b ? a! : chunk.pts,
    dts: chunk.dts! - 8n,
  }));
};

const reordered: readonly (readonly [
  name: string,
  container: string,
  stream: () => EncodedStream,
  frames: number,
])[] = [
  ['h264.mp4', 'mp4', h264B, 150],
  ['h264_opengop.mp4', 'mp4', h264Open, 150],
  ['hevc.mp4', 'mp4', hevcB, FRAMES],
  ['hevc_opengop.mp4', 'mp4', hevcOpen, 150],
  ['mpeg2.mp4', 'mp4', mpeg2, 120],
  ['mpeg4.mp4', 'mp4', mpeg4, 121],
];

const mjpeg = once(() =>
  encodeVideo({
    codec: 'mjpeg',
    options: { flags: '+bitexact+qscale', global_quality: 3 * 118 },
    pixelFormat: 'yuvj420p',
    frames: FRAMES,
  }),
);

/** Codecs that show pictures as they are decoded. */
const straight: typeof reordered = [
  ['vp9.mp4', 'mp4', vp9, FRAMES],
  ['mjpeg.mov', 'mov', mjpeg, FRAMES],
];

export const lyingClocks: readonly Clip[] = [
  ...reordered.map(([name, container, stream, codes]) =>
    clip({
      name: `clock_dts_${name}`,
      fact: 'B-frames under timestamps in decoding order: plausible, distinct, ascending, and wrong nearly everywhere.',
      codes,
      write: (path) => mux({ path, container, streams: [asDecoded(stream())] }),
    }),
  ),
  ...[...reordered, ...straight].map(([name, container, stream, codes]) =>
    clip({
      name: `clock_pair_${name}`,
      fact: 'Two neighbours have each other’s timestamp, all others are right: only the pictures’ own headers tell.',
      codes,
      write: (path) => mux({ path, container, streams: [exchanged(stream())] }),
    }),
  ),
];

function syncSamples(bytes: Buffer): number[] {
  const { content } = findBox(bytes, 'moov/trak/mdia/minf/stbl/stss');
  return range(0, bytes.readUInt32BE(content + 4)).map((index) =>
    bytes.readUInt32BE(content + 8 + 4 * index),
  );
}

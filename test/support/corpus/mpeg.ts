/** MPEG-1, -2 and -4 and their relatives, in the containers they come in. */
import { encodeVideo } from '../encode.ts';
import { mux } from '../mux.ts';
import { type Chunk, type EncodedStream, mapChunks, type Options, withChunks } from '../streams.ts';
import { type Clip, clip, once } from './clip.ts';
import { h264B, x264 } from './sources.ts';

/** The older codecs have no words for a jump from black to white in finer steps than these. */
const COARSE: Options = { global_quality: 8 * 118 };

export const mpeg2 = once(() => encode('mpeg2video', { bf: 2, g: 15 }));
export const mpeg4 = once(() => encode('mpeg4', { bf: 2, g: 24 }, 121, false));

export const mpeg: readonly Clip[] = [
  clip({
    name: 'mpeg2_b.ts',
    fact: 'MPEG-2 with B-frames in MPEG-TS; its GOPs are open, as those of most broadcasts.',
    codes: 120,
    write: (path) => mux({ path, container: 'mpegts', streams: [mpeg2()] }),
  }),
  clip({
    name: 'mpeg2_interlaced.ts',
    fact: 'Interlaced MPEG-2 with B-frames: two moments in one woven frame.',
    codes: 100,
    write: (path) => mux({ path, container: 'mpegts', streams: [interlaced()] }),
  }),
  clip({
    name: 'mpeg2_telecine.ts',
    fact: 'Film with 3:2 pulldown flags: every other frame lasts three fields; repeated fields are not frames.',
    codes: 96,
    write: (path) => mux({ path, container: 'mpegts', streams: [telecine()] }),
  }),
  clip({
    name: 'mpeg_ps.mpg',
    fact: 'MPEG program stream: no index, timestamps on some pictures only, and seeks that land late.',
    codes: 120,
    write: (path) => mux({ path, container: 'vob', streams: [mpeg2()] }),
  }),
  clip({
    name: 'mpeg1.mpg',
    fact: 'MPEG-1 system stream with B-frames.',
    codes: 120,
    write: (path) =>
      mux({ path, container: 'mpeg', streams: [encode('mpeg1video', { bf: 2, g: 15, ...COARSE })] }),
  }),
  clip({
    name: 'raw.m2v',
    fact: 'Bare MPEG-2 stream: no timestamps.',
    codes: 120,
    write: (path) => mux({ path, container: 'mpeg2video', streams: [mpeg2()] }),
  }),
  clip({
    name: 'mpeg2.mxf',
    fact: 'MXF with long-GOP MPEG-2: an index in file order with temporal offsets.',
    codes: 120,
    write: (path) =>
      mux({
        path,
        container: 'mxf',
        streams: [encode('mpeg2video', { bf: 2, g: 15, b: 4_000_000, minrate: 0 }, 120, true, 25)],
      }),
  }),
  clip({
    name: 'mpeg4_b.mp4',
    fact: 'MPEG-4 part 2 with B-frames in MP4.',
    codes: 120,
    write: (path) => mux({ path, container: 'mp4', streams: [encode('mpeg4', { bf: 2, g: 24 })] }),
  }),
  clip({
    name: 'mpeg4_b.avi',
    fact: 'The same in AVI, not packed: a chunk that gives no picture until the next comes.',
    codes: 121,
    write: (path) => mux({ path, container: 'avi', streams: [mpeg4()], tracks: [{ tag: 'XVID' }] }),
  }),
  clip({
    name: 'packed_b.avi',
    fact: 'Packed B-frames as DivX wrote them: two pictures in one chunk, then a chunk that holds only a placeholder.',
    codes: 121,
    write: (path) => mux({ path, container: 'avi', streams: [packed(mpeg4())], tracks: [{ tag: 'DX50' }] }),
  }),
  clip({
    name: 'h263.3gp',
    fact: 'A phone clip of 2004: H.263 at 176×144.',
    codes: 60,
    write: (path) =>
      mux({
        path,
        container: '3gp',
        streams: [encode('h263', { g: 24, ...COARSE }, 60, true, 30, { width: 176, height: 144 })],
      }),
  }),
  clip({
    name: 'h264_baseline.3gp',
    fact: 'Baseline H.264 without reordering in 3GP.',
    codes: 60,
    write: (path) =>
      mux({
        path,
        container: '3gp',
        streams: [
          x264('keyint=24:min-keyint=24', { width: 176, height: 144, frames: 60 }, { profile: 'baseline' }),
        ],
      }),
  }),
  clip({
    name: 'h264.flv',
    fact: 'H.264 with B-frames in FLV: millisecond clock, no index.',
    codes: 150,
    write: (path) => mux({ path, container: 'flv', streams: [h264B()] }),
  }),
  clip({
    name: 'sorenson.flv',
    fact: 'Sorenson H.263 in FLV, as the early web had it.',
    codes: 60,
    write: (path) => mux({ path, container: 'flv', streams: [encode('flv', { g: 24, ...COARSE }, 60)] }),
  }),
  clip({
    name: 'wmv.wmv',
    fact: 'WMV 2 in ASF: packets cut into fragments, times with a preroll.',
    codes: 90,
    write: (path) => mux({ path, container: 'asf', streams: [encode('wmv2', { g: 24, ...COARSE }, 90)] }),
  }),
  clip({
    name: 'wmv1.asf',
    fact: 'WMV 1 in ASF.',
    codes: 60,
    write: (path) => mux({ path, container: 'asf', streams: [encode('wmv1', { g: 24, ...COARSE }, 60)] }),
  }),
  clip({
    name: 'msmpeg4.avi',
    fact: 'DivX 3: MPEG-4 before the standard, where key frames are known from the index only.',
    codes: 60,
    write: (path) => mux({ path, container: 'avi', streams: [encode('msmpeg4', { g: 24, ...COARSE }, 60)] }),
  }),
];

function encode(
  codec: string,
  options: Options,
  frames = 120,
  globalHeader = true,
  rate = 30,
  size: { width?: number; height?: number } = {},
): EncodedStream {
  const inHeaders = !codec.startsWith('mpeg1') && !codec.startsWith('mpeg2');
  return encodeVideo({
    codec,
    options: { flags: '+bitexact+qscale', global_quality: 5 * 118, ...options },
    frames,
    ...size,
    rate: { num: rate, den: 1 },
    globalHeader: globalHeader && inHeaders,
  });
}

function interlaced(): EncodedStream {
  return encodeVideo({
    codec: 'mpeg2video',
    options: { flags: '+bitexact+qscale+ildct+ilme', global_quality: 5 * 118, bf: 2, g: 12 },
    height: 160,
    rate: { num: 25, den: 1 },
    frames: 100,
    interlaced: true,
    globalHeader: false,
  });
}

/** Marks every other frame (on screen) to show its first field twice, and spreads the timestamps to match. */
function telecine(): EncodedStream {
  const film = encodeVideo({
    codec: 'mpeg2video',
    options: { flags: '+bitexact+qscale', global_quality: 5 * 118, bf: 2, g: 12 },
    height: 160,
    frames: 96,
    globalHeader: false,
  });
  // Frames last 3, 2, 3, 2 … fields of 1/60 s.
  const field = (shown: bigint): bigint => (shown * 5n + (shown & 1n)) / 2n;
  const marked = mapChunks(film, (chunk) => ({
    ...chunk,
    data: pulldown(chunk.data, Number(chunk.pts! % 4n)),
    pts: field(chunk.pts!),
    dts: field(chunk.dts! + 4n) - 10n,
    duration: 0n,
  }));
  return { ...marked, timeBase: { num: 1, den: 60 }, frameRate: { num: 30, den: 1 } };
}

/** Sets top_field_first and repeat_first_field, and says that the sequence is not progressive. */
function pulldown(picture: Buffer, phase: number): Buffer {
  const data = Buffer.from(picture);
  for (let at = data.indexOf('000001b5', 0, 'hex'); at >= 0; at = data.indexOf('000001b5', at + 4, 'hex')) {
    const kind = data[at + 4]! >> 4;
    if (kind === 1) data[at + 5]! &= 0xf7;
    if (kind === 8) {
      const topFirst = phase === 0 || phase === 3 ? 0x80 : 0;
      const repeat = phase === 0 || phase === 2 ? 0x02 : 0;
      data[at + 7] = (data[at + 7]! & 0x7d) | topFirst | repeat;
    }
  }
  return data;
}

const VOP = '000001b6';

/** Puts the first B-picture behind its reference picture, moves the others up, and fills the gap with an empty one. */
function packed(stream: EncodedStream): EncodedStream {
  const pictures = stream.chunks.map((chunk) => marked(chunk.data));
  const chunks: Chunk[] = [];
  const put = (data: Buffer, flags: number): void => {
    const time = BigInt(chunks.length);
    chunks.push({ data, pts: time, dts: time, duration: 1n, flags, side: [] });
  };
  for (let at = 0; at < pictures.length; ) {
    let next = at + 1;
    while (next < pictures.length && isB(pictures[next]!)) next++;
    const [reference, first, ...rest] = pictures.slice(at, next);
    put(first === undefined ? reference! : Buffer.concat([reference!, first]), stream.chunks[at]!.flags);
    for (const picture of rest) put(picture, 0);
    // A P-picture with vop_coded = 0; time increments have 5 bits at 30 frames a second.
    if (first !== undefined) put(Buffer.from(`${VOP}502ff0`.slice(0, 14), 'hex'), 0);
    at = next;
  }
  return withChunks(stream, chunks);
}

function isB(picture: Buffer): boolean {
  const at = picture.indexOf(VOP, 0, 'hex');
  return picture[at + 4]! >> 6 === 2;
}

/** Writes the encoder's name that tells a decoder about packing behind the header of the video object layer. */
function marked(picture: Buffer): Buffer {
  const layer = picture.indexOf('00000120', 0, 'hex');
  if (layer < 0) return picture;
  const end = picture.indexOf('000001', layer + 4, 'hex');
  const name = Buffer.concat([Buffer.from('000001b2', 'hex'), Buffer.from('DivX503b1393p')]);
  return Buffer.concat([picture.subarray(0, end), name, picture.subarray(end)]);
}

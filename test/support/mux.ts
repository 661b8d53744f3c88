/** Writes encoded streams into containers, reads them back, and passes them through bitstream filters. */
import {
  AV_PKT_DATA_DISPLAYMATRIX,
  AV_PKT_DATA_MATROSKA_BLOCKADDITIONAL,
  AV_PKT_DATA_NEW_EXTRADATA,
  type AVDisposition,
  AVERROR_EOF,
  AVFMT_NOFILE,
} from 'node-av/constants';
import {
  BitStreamFilter,
  BitStreamFilterContext,
  CodecParameters,
  Dictionary,
  FFmpegError,
  FormatContext,
  type IRational,
  Packet,
  PosixError,
  Rational,
  type Stream,
} from 'node-av/lib';
import { type Chunk, chunkOf, type EncodedStream, type Options, packetOf, withChunks } from './streams.ts';

const AGAIN = FFmpegError.AVERROR(PosixError.EAGAIN);

const SIDE_DATA = [AV_PKT_DATA_NEW_EXTRADATA, AV_PKT_DATA_MATROSKA_BLOCKADDITIONAL] as const;

export interface TrackSettings {
  readonly disposition?: AVDisposition;
  /** Four characters, e.g. `hvc1`. */
  readonly tag?: string;
  readonly metadata?: Readonly<Record<string, string>>;
  readonly sampleAspect?: IRational;
  /** Degrees clockwise by which a player has to turn the picture. */
  readonly rotation?: number;
  /** Mirrored left to right before it is turned. */
  readonly isMirrored?: boolean;
}

export interface MuxRecipe {
  readonly path: string;
  /** Muxer, by FFmpeg's name. */
  readonly container: string;
  readonly streams: readonly EncodedStream[];
  /** Any option of the muxer or of AVFormatContext. */
  readonly options?: Options;
  /** One entry for each stream that needs any. */
  readonly tracks?: readonly (TrackSettings | undefined)[];
  /** Write packets in the order given instead of sorting them by time. */
  readonly unsorted?: boolean;
}

export function mux(recipe: MuxRecipe): void {
  const context = new FormatContext();
  FFmpegError.throwIfError(
    context.allocOutputContext2(null, recipe.container, recipe.path),
    recipe.container,
  );
  try {
    const tracks = recipe.streams.map((source, index) => addTrack(context, source, recipe.tracks?.[index]));
    const file = !(context.oformat?.hasFlags(AVFMT_NOFILE) ?? false);
    if (file) FFmpegError.throwIfError(context.openOutputSync(), `create ${recipe.path}`);
    for (const [name, value] of Object.entries({ fflags: '+bitexact', ...recipe.options })) {
      FFmpegError.throwIfError(context.setOption(name, String(value)), `${recipe.container} option ${name}`);
    }
    FFmpegError.throwIfError(context.writeHeaderSync(), `write the header of ${recipe.path}`);
    for (const [index, chunk] of inOrder(recipe)) {
      const source = recipe.streams[index]!;
      using packet = packetOf(chunk);
      packet.streamIndex = index;
      packet.rescaleTs(source.timeBase, tracks[index]!.timeBase);
      const status = recipe.unsorted
        ? context.writeFrameSync(packet)
        : context.interleavedWriteFrameSync(packet);
      FFmpegError.throwIfError(status, `write a packet to ${recipe.path}`);
    }
    FFmpegError.throwIfError(context.writeTrailerSync(), `write the trailer of ${recipe.path}`);
    if (file) context.closeOutputSync();
  } finally {
    context.freeContext();
  }
}

/** Reads every stream of a file into memory. */
export function demux(path: string): EncodedStream[] {
  const context = new FormatContext();
  context.allocContext();
  FFmpegError.throwIfError(context.openInputSync(path), `open ${path}`);
  try {
    FFmpegError.throwIfError(context.findStreamInfoSync(), `look into ${path}`);
    const chunks: Chunk[][] = context.streams.map(() => []);
    using packet = new Packet();
    packet.alloc();
    for (;;) {
      const status = context.readFrameSync(packet);
      if (status === AVERROR_EOF) break;
      FFmpegError.throwIfError(status, `read ${path}`);
      chunks[packet.streamIndex]?.push(chunkOf(packet, SIDE_DATA));
      packet.unref();
    }
    return context.streams.map((stream, index) => ({
      parameters: untagged(stream.codecpar),
      timeBase: { num: stream.timeBase.num, den: stream.timeBase.den },
      frameRate: stream.avgFrameRate.num > 0 ? { ...stream.avgFrameRate } : null,
      chunks: chunks[index]!,
    }));
  } finally {
    context.closeInputSync();
  }
}

/** Passes a stream through one bitstream filter. */
export function filtered(stream: EncodedStream, name: string, options: Options = {}): EncodedStream {
  const filter = BitStreamFilter.getByName(name);
  if (filter === null) throw new Error(`no bitstream filter ${name}`);
  using context = new BitStreamFilterContext();
  FFmpegError.throwIfError(context.alloc(filter), name);
  stream.parameters.copy(context.inputCodecParameters!);
  context.inputTimeBase = new Rational(stream.timeBase.num, stream.timeBase.den);
  for (const [key, value] of Object.entries(options)) {
    FFmpegError.throwIfError(context.setOption(key, String(value)), `${name} ${key}`);
  }
  FFmpegError.throwIfError(context.init(), `start ${name}`);
  const chunks: Chunk[] = [];
  using result = new Packet();
  result.alloc();
  const drain = (): void => {
    for (;;) {
      const status = context.receivePacketSync(result);
      if (status === AGAIN || status === AVERROR_EOF) return;
      FFmpegError.throwIfError(status, name);
      chunks.push(chunkOf(result, SIDE_DATA));
      result.unref();
    }
  };
  for (const chunk of stream.chunks) {
    using packet = packetOf(chunk);
    FFmpegError.throwIfError(context.sendPacketSync(packet), name);
    drain();
  }
  FFmpegError.throwIfError(context.sendPacketSync(null), name);
  drain();
  const timeBase = context.outputTimeBase ?? stream.timeBase;
  return {
    ...withChunks(stream, chunks),
    parameters: copyOf(context.outputCodecParameters!),
    timeBase: { num: timeBase.num, den: timeBase.den },
  };
}

/** Puts the parameter sets before every key frame, as streams without a header need them. */
export function inBand(stream: EncodedStream): EncodedStream {
  return filtered(stream, 'dump_extra', { freq: 'keyframe' });
}

function addTrack(context: FormatContext, source: EncodedStream, settings: TrackSettings = {}): Stream {
  const stream = context.newStream(null);
  const parameters = copyOf(source.parameters);
  if (settings.tag !== undefined) parameters.codecTag = settings.tag;
  if (settings.sampleAspect !== undefined) {
    parameters.sampleAspectRatio = new Rational(settings.sampleAspect.num, settings.sampleAspect.den);
    stream.sampleAspectRatio = parameters.sampleAspectRatio;
  } else {
    stream.sampleAspectRatio = parameters.sampleAspectRatio;
  }
  if (settings.rotation !== undefined) {
    parameters.addCodedSideData(
      AV_PKT_DATA_DISPLAYMATRIX,
      displayMatrix(settings.rotation, settings.isMirrored === true),
    );
  }
  stream.codecpar = parameters;
  stream.timeBase = new Rational(source.timeBase.num, source.timeBase.den);
  if (source.frameRate !== null) {
    stream.avgFrameRate = new Rational(source.frameRate.num, source.frameRate.den);
    stream.rFrameRate = stream.avgFrameRate;
  }
  if (settings.disposition !== undefined) stream.disposition = settings.disposition;
  if (settings.metadata !== undefined) stream.metadata = Dictionary.fromObject({ ...settings.metadata });
  return stream;
}

/** All packets of all streams, by decoding time where each has one. */
function inOrder(recipe: MuxRecipe): [number, Chunk][] {
  const all = recipe.streams.flatMap((stream, index) =>
    stream.chunks.map((chunk): [number, Chunk, number] => {
      const tick = chunk.dts ?? chunk.pts ?? 0n;
      return [index, chunk, (Number(tick) * stream.timeBase.num) / stream.timeBase.den];
    }),
  );
  if (!recipe.unsorted && recipe.streams.length > 1) all.sort((a, b) => a[2] - b[2]);
  return all.map(([index, chunk]) => [index, chunk]);
}

/** The 3×3 matrix of MP4, native byte order, as FFmpeg carries it. */
function displayMatrix(clockwise: number, isMirrored: boolean): Buffer {
  const angle = (clockwise * Math.PI) / 180;
  const [cosine, sine] = [Math.round(Math.cos(angle) * 65536), Math.round(Math.sin(angle) * 65536)];
  const side = isMirrored ? -1 : 1;
  const cells = [side * cosine, side * sine, 0, -sine, cosine, 0, 0, 0, 1 << 30];
  return Buffer.from(Int32Array.from(cells).buffer);
}

/** A tag belongs to the container that it was read from. */
function untagged(parameters: CodecParameters): CodecParameters {
  const copy = copyOf(parameters);
  copy.codecTag = 0;
  return copy;
}

function copyOf(parameters: CodecParameters): CodecParameters {
  const copy = new CodecParameters();
  copy.alloc();
  FFmpegError.throwIfError(parameters.copy(copy), 'copy codec parameters');
  return copy;
}

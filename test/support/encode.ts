/** Encodes numbered pictures and tones in process, one thread and fixed options, so that each run gives the same bytes. */
import {
  AV_CHANNEL_ORDER_NATIVE,
  AV_CODEC_FLAG_GLOBAL_HEADER,
  AV_PIX_FMT_YUV420P,
  AV_PKT_DATA_MATROSKA_BLOCKADDITIONAL,
  AV_PKT_DATA_NEW_EXTRADATA,
  AV_SAMPLE_FMT_FLTP,
  AVERROR_EOF,
  type FFEncoderCodec,
  SWS_ACCURATE_RND,
  SWS_BICUBIC,
  type SwsFlags,
} from 'node-av/constants';
import {
  avGetPixFmtFromName,
  Codec,
  CodecContext,
  CodecParameters,
  FFmpegError,
  Frame,
  type IRational,
  Packet,
  PosixError,
  Rational,
  SoftwareScaleContext,
} from 'node-av/lib';
import { codeRows, drawFrame } from './block-code.ts';
import { type Chunk, chunkOf, type EncodedStream, type Options, range } from './streams.ts';

const AGAIN = FFmpegError.AVERROR(PosixError.EAGAIN);

export interface VideoRecipe {
  /** Encoder, by FFmpeg's name. */
  readonly codec: string;
  /** Any option of the encoder or of AVCodecContext (`g`, `bf`, `crf`, `x264-params`, `color_trc`, …). */
  readonly options?: Options;
  readonly width?: number;
  readonly height?: number;
  /** Frames per second; the time base is its inverse unless said otherwise. */
  readonly rate?: IRational;
  /** How many frames (numbered from 0), or the number that each frame shows. */
  readonly frames?: number | readonly number[];
  readonly pixelFormat?: string;
  readonly timeBase?: IRational;
  /** Timestamp of each frame in ticks of the time base. */
  readonly ticks?: (index: number) => number;
  readonly sampleAspect?: IRational;
  /** Odd rows are drawn half a frame later and the pictures are marked as interlaced, top field first. */
  readonly interlaced?: boolean;
  /** Keep parameter sets out of the packets, as MP4 and Matroska want it. Default true. */
  readonly globalHeader?: boolean;
  /** Paint the picture over after conversion to the pixel format, e.g. its alpha plane. */
  readonly paint?: (frame: Frame, number: number) => void;
}

// SVT-AV1 does not ask FFmpeg how much to say.
Object.assign(process.env, { SVT_LOG: '1' });

export const WIDTH = 256;
export const HEIGHT = 144;

const drawn = new Map<string, Buffer>();
const DRAWN_LIMIT = 96 << 20;
let drawnBytes = 0;

export function encodeVideo(recipe: VideoRecipe): EncodedStream {
  const { width = WIDTH, height = HEIGHT, rate = { num: 30, den: 1 }, interlaced = false } = recipe;
  const { timeBase = { num: rate.den, den: rate.num }, ticks = (index) => index } = recipe;
  const format = avGetPixFmtFromName(recipe.pixelFormat ?? 'yuv420p');
  if (format < 0) throw new Error(`no pixel format ${recipe.pixelFormat}`);
  const numbers = typeof recipe.frames === 'object' ? recipe.frames : range(0, recipe.frames ?? 120);

  const codec = Codec.findEncoderByName(recipe.codec as FFEncoderCodec);
  if (codec === null) throw new Error(`no encoder ${recipe.codec}`);
  using context = new CodecContext();
  context.allocContext3(codec);
  context.width = width;
  context.height = height;
  context.pixelFormat = format;
  context.timeBase = new Rational(timeBase.num, timeBase.den);
  context.framerate = new Rational(rate.num, rate.den);
  if (recipe.sampleAspect !== undefined) {
    context.sampleAspectRatio = new Rational(recipe.sampleAspect.num, recipe.sampleAspect.den);
  }
  if (recipe.globalHeader ?? true) context.setFlags(AV_CODEC_FLAG_GLOBAL_HEADER);
  open(context, codec, { threads: 1, ...recipe.options });

  using converter = new Converter(width, height, format);
  const chunks: Chunk[] = [];
  numbers.forEach((number, index) => {
    using frame = converter.frame(number, interlaced);
    frame.pts = BigInt(ticks(index));
    frame.timeBase = new Rational(timeBase.num, timeBase.den);
    frame.quality = context.globalQuality;
    frame.colorRange = context.colorRange;
    frame.colorSpace = context.colorSpace;
    frame.colorPrimaries = context.colorPrimaries;
    frame.colorTrc = context.colorTrc;
    frame.sampleAspectRatio = context.sampleAspectRatio;
    if (interlaced) frame.setFlags(FRAME_INTERLACED, FRAME_TOP_FIELD_FIRST);
    recipe.paint?.(frame, number);
    send(context, frame, chunks);
  });
  send(context, null, chunks);
  return { parameters: parametersOf(context), timeBase, frameRate: rate, chunks };
}

const FRAME_INTERLACED = 1 << 3;
const FRAME_TOP_FIELD_FIRST = 1 << 4;

/** A sine tone of so many seconds, 48 kHz mono. */
export function encodeTone(encoder: 'aac' | 'libmp3lame', seconds: number): EncodedStream {
  const codec = Codec.findEncoderByName(encoder as FFEncoderCodec);
  if (codec === null) throw new Error(`no encoder ${encoder}`);
  const rate = 48_000;
  const layout = { nbChannels: 1, order: AV_CHANNEL_ORDER_NATIVE, mask: 4n };
  using context = new CodecContext();
  context.allocContext3(codec);
  context.sampleRate = rate;
  context.sampleFormat = AV_SAMPLE_FMT_FLTP;
  context.channelLayout = layout;
  context.timeBase = new Rational(1, rate);
  context.setFlags(AV_CODEC_FLAG_GLOBAL_HEADER);
  open(context, codec, { threads: 1, b: 64_000 });
  const chunks: Chunk[] = [];
  const step = context.frameSize;
  for (let at = 0; at + step <= rate * seconds; at += step) {
    const samples = Float32Array.from({ length: step }, (_, index) =>
      Math.fround(0.3 * Math.sin(((at + index) * 440 * 2 * Math.PI) / rate)),
    );
    using frame = Frame.fromAudioBuffer(Buffer.from(samples.buffer), {
      nbSamples: step,
      format: AV_SAMPLE_FMT_FLTP,
      sampleRate: rate,
      channelLayout: layout,
      timeBase: { num: 1, den: rate },
      pts: BigInt(at),
    });
    send(context, frame, chunks);
  }
  send(context, null, chunks);
  return { parameters: parametersOf(context), timeBase: { num: 1, den: rate }, frameRate: null, chunks };
}

/** Makes alpha fall from opaque on the left to clear on the right, but leaves the number's strip opaque. */
export function paintAlpha(plane: number, bytes: 1 | 2, top: number): (frame: Frame) => void {
  return (frame) => {
    const alpha = frame.data?.[plane];
    const stride = frame.linesize[plane];
    if (alpha === undefined || stride === undefined) throw new Error('the picture has no such plane');
    const strip = codeRows(frame.height);
    for (let y = 0; y < frame.height; y++) {
      for (let x = 0; x < frame.width; x++) {
        const value = y < strip ? top : Math.round(top * (1 - x / frame.width));
        if (bytes === 1) alpha[y * stride + x] = value;
        else alpha.writeUInt16LE(value, y * stride + 2 * x);
      }
    }
  };
}

/** Turns drawn yuv420p pictures into frames of another pixel format. */
class Converter {
  readonly #scaler: SoftwareScaleContext | null;
  readonly #width: number;
  readonly #height: number;
  readonly #format: ReturnType<typeof avGetPixFmtFromName>;

  constructor(width: number, height: number, format: ReturnType<typeof avGetPixFmtFromName>) {
    this.#width = width;
    this.#height = height;
    this.#format = format;
    if (format === AV_PIX_FMT_YUV420P) {
      this.#scaler = null;
      return;
    }
    this.#scaler = new SoftwareScaleContext();
    this.#scaler.getContext(
      width,
      height,
      AV_PIX_FMT_YUV420P,
      width,
      height,
      format,
      (SWS_BICUBIC | SWS_ACCURATE_RND) as SwsFlags,
    );
  }

  frame(number: number, interlaced: boolean): Frame {
    const source = Frame.fromVideoBuffer(draw(number, this.#width, this.#height, interlaced), {
      width: this.#width,
      height: this.#height,
      format: AV_PIX_FMT_YUV420P,
    });
    if (this.#scaler === null) return source;
    using drawing = source;
    const target = new Frame();
    target.alloc();
    target.width = this.#width;
    target.height = this.#height;
    target.format = this.#format;
    FFmpegError.throwIfError(target.getBuffer(), 'get a frame buffer');
    FFmpegError.throwIfError(this.#scaler.scaleFrameSync(target, drawing), 'convert a drawing');
    return target;
  }

  [Symbol.dispose](): void {
    this.#scaler?.freeContext();
  }
}

/** Many clips show the same pictures; drawing is the dear part of encoding small ones. */
function draw(number: number, width: number, height: number, interlaced: boolean): Buffer {
  const key = `${number} ${width}x${height} ${interlaced}`;
  const known = drawn.get(key);
  if (known !== undefined) return known;
  const picture = drawFrame(number, width, height, interlaced);
  if (drawnBytes + picture.length <= DRAWN_LIMIT) {
    drawn.set(key, picture);
    drawnBytes += picture.length;
  }
  return picture;
}

/** Options go in one by one: node-av hands a dictionary's pointer to FFmpeg, which frees it, and then frees it again. */
function open(context: CodecContext, codec: Codec, options: Options): void {
  for (const [name, value] of Object.entries(options)) {
    FFmpegError.throwIfError(context.setOption(name, String(value)), `${codec.name} option ${name}`);
  }
  FFmpegError.throwIfError(context.open2Sync(codec), `open ${codec.name}`);
}

function send(context: CodecContext, frame: Frame | null, chunks: Chunk[]): void {
  FFmpegError.throwIfError(context.sendFrameSync(frame), 'send a frame');
  using packet = new Packet();
  packet.alloc();
  for (;;) {
    const status = context.receivePacketSync(packet);
    if (status === AGAIN || status === AVERROR_EOF) return;
    FFmpegError.throwIfError(status, 'receive a packet');
    chunks.push(chunkOf(packet, [AV_PKT_DATA_NEW_EXTRADATA, AV_PKT_DATA_MATROSKA_BLOCKADDITIONAL]));
    packet.unref();
  }
}

function parametersOf(context: CodecContext): CodecParameters {
  const parameters = new CodecParameters();
  parameters.alloc();
  FFmpegError.throwIfError(parameters.fromContext(context), 'copy codec parameters');
  return parameters;
}

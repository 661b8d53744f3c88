/** Encodes drawn frames in process, so that the clips can be made on every machine. */
import {
  AV_CODEC_FLAG_GLOBAL_HEADER,
  AV_PIX_FMT_YUV420P,
  AVERROR_EOF,
  type FFEncoderCodec,
} from 'node-av/constants';
import {
  Codec,
  CodecContext,
  CodecParameters,
  FFmpegError,
  Frame,
  Packet,
  PosixError,
  Rational,
} from 'node-av/lib';
import { type Chunk, chunkOf, type EncodedStream, type Options } from '../test/support/streams.ts';
import { makeScene } from './drawing.ts';

const AGAIN = FFmpegError.AVERROR(PosixError.EAGAIN);

export interface ClipRecipe {
  readonly encoder: string;
  readonly options: Options;
  readonly width: number;
  readonly height: number;
  readonly frames: number;
  readonly framesPerSecond: number;
}

export const encodeScene = (recipe: ClipRecipe, onFrame: (number: number) => void): EncodedStream => {
  const { width, height, framesPerSecond } = recipe;
  const codec = Codec.findEncoderByName(recipe.encoder as FFEncoderCodec);
  if (codec === null) throw new Error(`no encoder ${recipe.encoder}`);
  using context = new CodecContext();
  context.allocContext3(codec);
  context.width = width;
  context.height = height;
  context.pixelFormat = AV_PIX_FMT_YUV420P;
  context.timeBase = new Rational(1, framesPerSecond);
  context.framerate = new Rational(framesPerSecond, 1);
  context.setFlags(AV_CODEC_FLAG_GLOBAL_HEADER);
  for (const [name, value] of Object.entries(recipe.options)) {
    FFmpegError.throwIfError(context.setOption(name, String(value)), `${recipe.encoder} option ${name}`);
  }
  FFmpegError.throwIfError(context.open2Sync(codec), `open ${recipe.encoder}`);
  const scene = makeScene(width, height);
  const chunks: Chunk[] = [];
  for (let number = 0; number < recipe.frames; number++) {
    using frame = Frame.fromVideoBuffer(scene.draw(number), { width, height, format: AV_PIX_FMT_YUV420P });
    frame.pts = BigInt(number);
    frame.timeBase = new Rational(1, framesPerSecond);
    send(context, frame, chunks);
    onFrame(number);
  }
  send(context, null, chunks);
  const parameters = new CodecParameters();
  parameters.alloc();
  FFmpegError.throwIfError(parameters.fromContext(context), 'copy codec parameters');
  const timeBase = { num: 1, den: framesPerSecond };
  return { parameters, timeBase, frameRate: { num: framesPerSecond, den: 1 }, chunks };
};

const send = (context: CodecContext, frame: Frame | null, chunks: Chunk[]): void => {
  FFmpegError.throwIfError(context.sendFrameSync(frame), 'send a frame');
  using packet = new Packet();
  packet.alloc();
  for (;;) {
    const status = context.receivePacketSync(packet);
    if (status === AGAIN || status === AVERROR_EOF) return;
    FFmpegError.throwIfError(status, 'receive a packet');
    chunks.push(chunkOf(packet, []));
    packet.unref();
  }
};

/**
 * The oracle: what a plain decode from the first packet to the last shows. Deliberately the most naive loop there
 * is (read every packet, send it, take every frame, drain) with one thread, no seeking and no skipping.
 */
import { createHash } from 'node:crypto';
import {
  AV_DISPOSITION_ATTACHED_PIC,
  AV_FRAME_DATA_CONTENT_LIGHT_LEVEL,
  AV_FRAME_DATA_MASTERING_DISPLAY_METADATA,
  AV_FRAME_FLAG_CORRUPT,
  AV_FRAME_FLAG_INTERLACED,
  AV_FRAME_FLAG_TOP_FIELD_FIRST,
  AV_LOG_QUIET,
  AV_NOPTS_VALUE,
  AV_PIX_FMT_RGB24,
  AVERROR_EOF,
  AVMEDIA_TYPE_VIDEO,
  SWS_ACCURATE_RND,
  SWS_BICUBIC,
  SWS_FULL_CHR_H_INT,
} from 'node-av/constants';
import {
  Codec,
  CodecContext,
  FFmpegError,
  FormatContext,
  Frame,
  Log,
  Packet,
  PosixError,
  SoftwareScaleContext,
  type Stream,
} from 'node-av/lib';
import { readBlockCode } from './block-code.ts';

const AGAIN = FFmpegError.AVERROR(PosixError.EAGAIN);

Log.setLevel(AV_LOG_QUIET);

export interface SequentialFrame {
  /** The number that the picture shows, null where none can be read. */
  readonly code: number | null;
  /** Hash of the picture as tightly packed RGB24, before any rotation. */
  readonly sha1: string;
  /** Hash of the decoded samples themselves, whatever their pixel format; does not depend on any conversion. */
  readonly planesSha1: string;
  readonly width: number;
  readonly height: number;
  /** The decoder says that this picture is not what was meant to be seen. */
  readonly corrupt: boolean;
  /** In ticks of the stream's time base; null where the decoder gives none. */
  readonly pts: bigint | null;
}

/** Decodes the best video stream (or the one named) and describes every frame, in the order of output. */
export function decodeSequentially(path: string, streamIndex?: number): SequentialFrame[] {
  const frames: SequentialFrame[] = [];
  forEachFrame(path, streamIndex, (frame) => frames.push(describe(frame)));
  return frames;
}

/** Hands every decoded frame to `visit`; the frame is only valid during the call. */
export function forEachFrame(
  path: string,
  streamIndex: number | undefined,
  visit: (frame: Frame) => void,
): void {
  const input = new FormatContext();
  input.allocContext();
  FFmpegError.throwIfError(input.openInputSync(path), `open ${path}`);
  try {
    FFmpegError.throwIfError(input.findStreamInfoSync(), `look into ${path}`);
    const stream = chooseStream(input, streamIndex);
    if (stream === null) throw new Error(`${path}: no video stream`);
    decodeStream(input, stream, visit);
  } finally {
    input.closeInputSync();
  }
}

/**
 * The picture as tightly packed RGB24, matrix and range by the frame's tags. Interlaced pictures are converted as
 * they are woven; the scaler would otherwise want two interlaced pictures.
 */
export function toRgb(frame: Frame): Buffer {
  using source = frame.clone();
  if (source === null) throw new Error('cannot refer to the frame');
  source.clearFlags(AV_FRAME_FLAG_INTERLACED, AV_FRAME_FLAG_TOP_FIELD_FIRST);
  using scaler = new SoftwareScaleContext();
  scaler.allocContext();
  scaler.setOption('sws_flags', String(SWS_BICUBIC | SWS_ACCURATE_RND | SWS_FULL_CHR_H_INT));
  using target = new Frame();
  target.alloc();
  target.width = frame.width;
  target.height = frame.height;
  target.format = AV_PIX_FMT_RGB24;
  // The same primaries, curve and light levels on both sides: only matrix and range change, tones and gamut do not.
  source.removeSideData(AV_FRAME_DATA_MASTERING_DISPLAY_METADATA);
  source.removeSideData(AV_FRAME_DATA_CONTENT_LIGHT_LEVEL);
  target.colorPrimaries = source.colorPrimaries;
  target.colorTrc = source.colorTrc;
  FFmpegError.throwIfError(target.getBuffer(), 'get a frame buffer');
  FFmpegError.throwIfError(scaler.scaleFrameSync(target, source), 'convert to RGB');
  return target.toBuffer();
}

function decodeStream(input: FormatContext, stream: Stream, visit: (frame: Frame) => void): void {
  const codec = Codec.findDecoder(stream.codecpar.codecId);
  if (codec === null) throw new Error('no decoder for the video stream');
  using decoder = new CodecContext();
  decoder.allocContext3(codec);
  FFmpegError.throwIfError(decoder.parametersToContext(stream.codecpar), 'copy codec parameters');
  decoder.pktTimebase = stream.timeBase;
  decoder.threadCount = 1;
  FFmpegError.throwIfError(decoder.open2Sync(codec), 'open the decoder');

  using frame = new Frame();
  frame.alloc();
  using packet = new Packet();
  packet.alloc();
  for (;;) {
    const status = input.readFrameSync(packet);
    if (status === AGAIN) continue;
    if (status < 0) break; // the end, or a file that can be read no further
    if (packet.streamIndex === stream.index) {
      decoder.sendPacketSync(packet); // a packet that cannot be decoded gives no frame; the next may
      receiveAll(decoder, frame, visit);
    }
    packet.unref();
  }
  decoder.sendPacketSync(null);
  receiveAll(decoder, frame, visit);
}

function receiveAll(decoder: CodecContext, frame: Frame, visit: (frame: Frame) => void): void {
  // An error here belongs to one packet: ask again, and stop only when the decoder wants more input or is done.
  for (let errors = 0; errors < 100; ) {
    const status = decoder.receiveFrameSync(frame);
    if (status === AGAIN || status === AVERROR_EOF) return;
    if (status < 0) {
      errors++;
      continue;
    }
    visit(frame);
    frame.unref();
  }
}

function describe(frame: Frame): SequentialFrame {
  const rgb = toRgb(frame);
  const { width, height } = frame;
  return {
    code: readBlockCode({ width, height, data: rgb }),
    sha1: sha1(rgb),
    planesSha1: sha1(frame.toBuffer()),
    width,
    height,
    corrupt: frame.hasFlags(AV_FRAME_FLAG_CORRUPT) || frame.decodeErrorFlags !== 0,
    pts: frame.bestEffortTimestamp === AV_NOPTS_VALUE ? null : frame.bestEffortTimestamp,
  };
}

/** FFmpeg's choice among the video streams, but never a cover picture. */
function chooseStream(input: FormatContext, streamIndex: number | undefined): Stream | null {
  const streams = input.streams;
  if (streamIndex !== undefined) return streams[streamIndex] ?? null;
  const videos = streams.filter(
    (stream) =>
      stream.codecpar.codecType === AVMEDIA_TYPE_VIDEO && !stream.hasDisposition(AV_DISPOSITION_ATTACHED_PIC),
  );
  const best = input.findBestStream(AVMEDIA_TYPE_VIDEO);
  return videos.find((stream) => stream.index === best) ?? videos[0] ?? null;
}

function sha1(bytes: Uint8Array): string {
  return createHash('sha1').update(bytes).digest('hex');
}

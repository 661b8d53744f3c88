// node-av: FFmpeg's libraries in this process. Everything here is synchronous: the caller decides where it may block.
import * as constants from 'node-av/constants';
import type * as av from 'node-av/lib';
import { FramesiftError } from '../base/errors.ts';
import type { Rational } from '../base/rational.ts';
import type { Interpolation, RgbRows } from '../base/rgb-image.ts';
import { loadNative } from './load.ts';

const {
  avGetCodecName,
  avGetPixFmtName,
  Codec,
  CodecContext,
  Dictionary,
  FFmpegError,
  FormatContext,
  Frame,
  getFFmpegInfo,
  Log,
  Packet,
  SoftwareScaleContext,
} = await loadNative('node-av', import('node-av/lib'));

/** What a container says of one video stream. */
export interface StreamInfo {
  /** Position of the stream in the file, as FFmpeg counts. */
  readonly index: number;
  /** FFmpeg's name of the codec: `h264`, `hevc`, … */
  readonly codec: string;
  readonly width: number;
  readonly height: number;
  readonly pixelFormat: string;
  readonly timeBase: Rational;
  /** 0/0 or 0/1 where unknown. */
  readonly averageFrameRate: Rational;
  readonly sampleAspectRatio: Rational;
  /** Clockwise rotation to apply before showing: 0, 90, 180 or 270 degrees. */
  readonly rotation: number;
  /** The picture is to be mirrored, left to right, before it is turned. */
  readonly isMirrored: boolean;
  readonly colorSpace: number;
  readonly colorRange: number;
  /** `PQ`, `HLG`, or null for standard dynamic range. */
  readonly hdr: 'PQ' | 'HLG' | null;
  readonly isEncrypted: boolean;
  /** A still that accompanies other media (cover art, thumbnails); never counted as video. */
  readonly isAttachedPicture: boolean;
  /** The codec's global header (avcC, hvcC, sequence header, …). */
  readonly extradata: Uint8Array;
}

/** Ticks of a timestamp that is not there (AV_NOPTS_VALUE). */
export const NO_TIMESTAMP: bigint = constants.AV_NOPTS_VALUE;

/** FFmpeg's versions, as they go into cache keys and `doctor`. */
export const ffmpegVersions = (): { version: string; libraries: Readonly<Record<string, string>> } => {
  const { version, libraries } = getFFmpegInfo();
  return { version, libraries };
};

/** True when this build of FFmpeg can decode `codec` (FFmpeg's name). */
export const hasDecoder = (codec: string): boolean =>
  Codec.getCodecList().some((each) => each.isDecoder() && each.name === codec);

/** A line of FFmpeg's own log. */
export interface LogLine {
  readonly text: string;
  /** FFmpeg says that something went wrong, not only that something is unusual. */
  readonly isError: boolean;
}

const logListeners = new Set<(line: LogLine) => void>();
let isLogTaken = false;

/**
 * Listens to FFmpeg's own log, from warnings up. Lines arrive on the event loop: give it a turn to have those of
 * what was just done, also before stopping. They do not say which file they are about.
 *
 * @returns how to stop listening
 */
export const listenToLog = (listener: (line: LogLine) => void): (() => void) => {
  logListeners.add(listener);
  takeLog();
  return () => {
    logListeners.delete(listener);
    takeLog();
  };
};

/**
 * Keeps FFmpeg's own log off the terminal. While nobody listens it makes no lines: one that is still on its way
 * when Node.js shuts down would bring the process down.
 */
const takeLog = (): void => {
  Log.setLevel(logListeners.size > 0 ? constants.AV_LOG_WARNING : constants.AV_LOG_QUIET);
  if (isLogTaken) return;
  isLogTaken = true;
  Log.setCallback(
    (level, message) => {
      const text = message.trim();
      if (text === '') return;
      for (const listener of logListeners) listener({ text, isError: level <= constants.AV_LOG_ERROR });
    },
    { maxLevel: constants.AV_LOG_WARNING },
  );
};

const textOf = (code: number): string => FFmpegError.strerror(code);

const rational = ({ num, den }: Rational): Rational => ({ num, den });

/**
 * How a display matrix (nine 32-bit integers, 16.16 fixed point) wants a picture to be shown: mirrored left to right
 * or not, then turned clockwise.
 */
const orientationOf = (matrix: Buffer | null): Pick<StreamInfo, 'rotation' | 'isMirrored'> => {
  if (matrix === null || matrix.length < 36) return { rotation: 0, isMirrored: false };
  const at = (i: number): number => matrix.readInt32LE(i * 4);
  const degrees = (Math.atan2(-at(3), at(4)) * 180) / Math.PI;
  return {
    rotation: (((Math.round(degrees / 90) * 90) % 360) + 360) % 360,
    isMirrored: at(0) * at(4) - at(1) * at(3) < 0,
  };
};

const hdrOf = (transfer: number): StreamInfo['hdr'] => {
  if (transfer === constants.AVCOL_TRC_SMPTE2084) return 'PQ';
  return transfer === constants.AVCOL_TRC_ARIB_STD_B67 ? 'HLG' : null;
};

const describe = (stream: av.Stream): StreamInfo => {
  const parameters = stream.codecpar;
  return {
    index: stream.index,
    codec: avGetCodecName(parameters.codecId) ?? 'unknown',
    width: parameters.width,
    height: parameters.height,
    pixelFormat: avGetPixFmtName(parameters.format as constants.AVPixelFormat) ?? 'unknown',
    timeBase: rational(stream.timeBase),
    averageFrameRate: rational(stream.avgFrameRate),
    sampleAspectRatio: rational(stream.sampleAspectRatio),
    ...orientationOf(parameters.getCodedSideData(constants.AV_PKT_DATA_DISPLAYMATRIX)),
    colorSpace: parameters.colorSpace,
    colorRange: parameters.colorRange,
    hdr: hdrOf(parameters.colorTrc),
    isEncrypted:
      parameters.codecTagString === 'encv' ||
      parameters.getCodedSideData(constants.AV_PKT_DATA_ENCRYPTION_INIT_INFO) !== null,
    isAttachedPicture:
      stream.hasDisposition(constants.AV_DISPOSITION_ATTACHED_PIC) ||
      stream.hasDisposition(constants.AV_DISPOSITION_TIMED_THUMBNAILS),
    extradata: new Uint8Array(parameters.extradata ?? []),
  };
};

export interface MediaInputOptions {
  /** What FFmpeg opens, where it is not the path. */
  readonly place?: string | undefined;
  /** Read what the container's tables say, and nothing that depends on the media's bytes. */
  readonly tablesOnly?: boolean | undefined;
  /** Bytes of the file may change behind what was read: nothing is taken from a buffer that was filled before. */
  readonly isUnbuffered?: boolean | undefined;
}

const openError = (path: string, result: number): FramesiftError => {
  const facts = { path, ffmpeg: textOf(result) };
  if (result === constants.AVERROR_EOF) {
    return new FramesiftError('ERR_NO_FRAMES', `${path}: ends before its first frame.`, { facts });
  }
  return new FramesiftError(
    'ERR_VIDEO_OPEN',
    `${path}: FFmpeg cannot open it as a video (${textOf(result)}).`,
    { facts },
  );
};

/** An open file, read packet by packet from one chosen video stream. */
export class MediaInput {
  readonly path: string;
  readonly formatName: string;
  /** The container's clock at its start in seconds, as players subtract it; 0 where unknown. */
  readonly startSeconds: number;
  readonly videoStreams: readonly StreamInfo[];
  /** FFmpeg's choice among them, attached pictures excluded; undefined when there is none. */
  readonly bestVideo: StreamInfo | undefined;
  /** The packet that {@link read} filled. */
  readonly packet = new Packet();
  #context: av.FormatContext;
  #selected = -1;

  /** @param path as messages have it @throws ERR_VIDEO_OPEN when FFmpeg does not recognise the file. */
  constructor(
    path: string,
    { place = path, tablesOnly = false, isUnbuffered = false }: MediaInputOptions = {},
  ) {
    takeLog();
    this.path = path;
    this.#context = new FormatContext();
    // Only local files: a playlist posing as a video must not reach out to the network.
    using options = Dictionary.fromObject({
      protocol_whitelist: 'file',
      ...(tablesOnly && { fflags: '+noparse+nofillin' }),
      ...(isUnbuffered && { avioflags: 'direct' }),
    });
    let result = this.#context.openInputSync(`file:${place}`, null, options);
    if (result >= 0 && !tablesOnly) {
      result = this.#context.findStreamInfoSync(null);
      if (result < 0) this.#context.closeInputSync();
    }
    if (result < 0) throw openError(path, result);
    this.packet.alloc();
    const streams = this.#context.streams;
    const videos = streams.filter((stream) => stream.codecpar.codecType === constants.AVMEDIA_TYPE_VIDEO);
    this.videoStreams = videos.map(describe);
    const moving = this.videoStreams.filter((stream) => !stream.isAttachedPicture);
    const best = this.#context.findBestStream(constants.AVMEDIA_TYPE_VIDEO);
    this.bestVideo = moving.find((stream) => stream.index === best) ?? moving[0];
    this.formatName = this.#context.iformat?.name ?? '';
    const start = this.#context.startTime;
    this.startSeconds = start === NO_TIMESTAMP ? 0 : Number(start) / 1e6;
  }

  /** Reads only this stream from now on. */
  select(streamIndex: number): void {
    this.#selected = streamIndex;
    for (const stream of this.#context.streams) {
      stream.discard = stream.index === streamIndex ? constants.AVDISCARD_DEFAULT : constants.AVDISCARD_ALL;
    }
  }

  /** Fills {@link packet} with the stream's next packet; false at the end of the file or where it cannot be read on. */
  read(): boolean {
    for (;;) {
      this.packet.unref();
      if (this.#context.readFrameSync(this.packet) < 0) return false;
      if (this.packet.streamIndex === this.#selected) return true;
    }
  }

  /** What the container says of {@link packet}. */
  get packetFlags(): { isKey: boolean; isDiscarded: boolean; isCorrupt: boolean } {
    const { flags } = this.packet;
    return {
      isKey: (flags & constants.AV_PKT_FLAG_KEY) !== 0,
      isDiscarded: (flags & constants.AV_PKT_FLAG_DISCARD) !== 0,
      isCorrupt: (flags & constants.AV_PKT_FLAG_CORRUPT) !== 0,
    };
  }

  /** The packet in {@link packet} is encrypted. */
  get isEncrypted(): boolean {
    return this.packet.getSideData(constants.AV_PKT_DATA_ENCRYPTION_INFO) !== null;
  }

  /** Moves to the last landing point at or before `timestamp` (stream ticks) that the container knows; false if it refuses. */
  seekToTimestamp(timestamp: bigint): boolean {
    return this.#context.seekFrameSync(this.#selected, timestamp, constants.AVSEEK_FLAG_BACKWARD) >= 0;
  }

  /** Moves to a byte of the file, for containers without an index. */
  seekToByte(position: number): boolean {
    return this.#context.seekFrameSync(-1, BigInt(position), constants.AVSEEK_FLAG_BYTE) >= 0;
  }

  /** A decoder for the selected stream. @throws ERR_NO_DECODER */
  createDecoder(threads: number): VideoDecoder {
    const stream = this.#context.streams[this.#selected];
    if (stream === undefined) throw new Error('no stream selected');
    return new VideoDecoder(stream, threads, this.path);
  }

  [Symbol.dispose](): void {
    this.packet.free();
    this.#context.closeInputSync();
  }
}

/** A decoder of one stream. Frames come back stamped with the number that their packet was sent under. */
export class VideoDecoder {
  /** The frame that {@link receive} filled. */
  readonly frame = new Frame();
  readonly threads: number;
  #context = new CodecContext();
  #isSkipping = false;

  constructor(stream: av.Stream, threads: number, path: string) {
    this.threads = threads;
    const parameters = stream.codecpar;
    const codec = Codec.findDecoder(parameters.codecId);
    const name = avGetCodecName(parameters.codecId) ?? 'unknown';
    if (codec === null) {
      throw new FramesiftError(
        'ERR_NO_DECODER',
        `${path}: FFmpeg has no decoder for ${name} in this build.`,
        {
          facts: { path, codec: name },
        },
      );
    }
    this.#context.allocContext3(codec);
    this.#context.parametersToContext(parameters);
    this.#context.pktTimebase = stream.timeBase;
    this.#context.threadCount = threads;
    this.#context.threadType = constants.FF_THREAD_FRAME;
    const result = this.#context.open2Sync(codec, null);
    if (result < 0) {
      this.#context.freeContext();
      throw new FramesiftError(
        'ERR_NO_DECODER',
        `${path}: FFmpeg's ${name} decoder does not start (${textOf(result)}).`,
        {
          facts: { path, codec: name, ffmpeg: textOf(result) },
        },
      );
    }
    this.frame.alloc();
  }

  /** Whether pictures that no other picture refers to are passed over, from the next packet on. */
  skipNonReference(skip: boolean): void {
    if (skip === this.#isSkipping) return;
    this.#context.setOption('skip_frame', skip ? 'noref' : 'default');
    this.#isSkipping = skip;
  }

  /** Sends `packet`, or the end of the stream (null). `full`: receive first, then send again. */
  send(packet: av.Packet | null): 'sent' | 'full' | 'refused' {
    const result = this.#context.sendPacketSync(packet);
    if (result >= 0) return 'sent';
    return result === constants.AVERROR_EAGAIN ? 'full' : 'refused';
  }

  /** Fills {@link frame}. `starved`: send more; `failed`: a picture could not be decoded, go on. */
  receive(): 'frame' | 'starved' | 'ended' | 'failed' {
    const result = this.#context.receiveFrameSync(this.frame);
    if (result >= 0) return 'frame';
    if (result === constants.AVERROR_EAGAIN) return 'starved';
    return result === constants.AVERROR_EOF ? 'ended' : 'failed';
  }

  /** True when the decoder itself says that {@link frame} is not what was encoded. */
  get isDamaged(): boolean {
    return this.frame.decodeErrorFlags !== 0 || this.frame.hasFlags(constants.AV_FRAME_FLAG_CORRUPT);
  }

  /** Forgets all pictures: what comes next is decoded as if it were the first. */
  flush(): void {
    this.#context.flushBuffers();
  }

  [Symbol.dispose](): void {
    this.frame.free();
    this.#context.freeContext();
  }
}

/** Video of this height and above is BT.709 where it does not say; below it BT.601. */
const HD_LINES = 720;

/** Turns decoded frames into 8-bit RGB, in the colours that the stream's tags ask for. */
export class PictureConverter {
  #scaler = new SoftwareScaleContext();
  #target = new Frame();
  /** The memory of {@link #target}: kept, since fresh memory takes longer to get than a picture to copy. */
  #pixels: Uint8Array = new Uint8Array(0);

  constructor(interpolation: Interpolation = 'bicubic') {
    this.#scaler.allocContext();
    this.#scaler.setOption('sws_flags', interpolation === 'nearest' ? 'neighbor' : interpolation);
    this.#target.alloc();
  }

  /**
   * `frame` at `width × height` before rotation, in memory that the next call writes over.
   *
   * @throws ERR_FRAME_TOO_LARGE when swscale refuses the size
   */
  toRgb(frame: av.Frame, width: number, height: number): RgbRows {
    if (frame.colorSpace === constants.AVCOL_SPC_UNSPECIFIED && frame.height >= HD_LINES) {
      frame.colorSpace = constants.AVCOL_SPC_BT709;
    }
    // Woven as it is: swscale would convert the two fields of an interlaced frame apart.
    frame.clearFlags(constants.AV_FRAME_FLAG_INTERLACED, constants.AV_FRAME_FLAG_TOP_FIELD_FIRST);
    // HDR is shown as recorded: with its light levels known, swscale would map tones, at a second a frame.
    frame.removeSideData(constants.AV_FRAME_DATA_MASTERING_DISPLAY_METADATA);
    frame.removeSideData(constants.AV_FRAME_DATA_CONTENT_LIGHT_LEVEL);
    const target = this.#target;
    let result = this.#provide(width, height);
    if (result >= 0) {
      target.colorPrimaries = frame.colorPrimaries;
      target.colorTrc = frame.colorTrc;
      result = this.#scaler.scaleFrameSync(target, frame);
    }
    if (result < 0) {
      throw new FramesiftError(
        'ERR_FRAME_TOO_LARGE',
        `FFmpeg cannot convert a ${frame.width}×${frame.height} frame to ${width}×${height} RGB (${textOf(result)}).`,
        { facts: { width, height, ffmpeg: textOf(result) } },
      );
    }
    return { width, height, data: this.#pixels, strideBytes: target.linesize[0] ?? 0 };
  }

  /** Memory for a picture of this size; FFmpeg's result code. */
  #provide(width: number, height: number): number {
    const target = this.#target;
    if (target.width === width && target.height === height) return 0;
    target.unref();
    target.format = constants.AV_PIX_FMT_RGB24;
    target.width = width;
    target.height = height;
    target.colorSpace = constants.AVCOL_SPC_RGB;
    target.colorRange = constants.AVCOL_RANGE_JPEG;
    const result = target.allocBuffer();
    if (result >= 0) this.#pixels = target.data?.[0] ?? new Uint8Array(0);
    else target.unref();
    return result;
  }

  [Symbol.dispose](): void {
    this.#target.free();
    this.#scaler.freeContext();
  }
}

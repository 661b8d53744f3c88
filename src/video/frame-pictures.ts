// From a decoded frame of one video to the pictures that were asked for: turned, in size, as RGB.
import { FramesiftError } from '../base/errors.ts';
import type { Interpolation, RgbImage } from '../base/rgb-image.ts';
import { type Allocate, rotate } from '../image/rotate.ts';
import { overviewSize, resolveSize, type Size, type SizeRequest } from '../image/size.ts';
import { PictureConverter, type VideoDecoder } from '../native/libav.ts';
import type { VideoInfo } from './scan.ts';

export interface PictureOptions {
  readonly size?: SizeRequest | undefined;
  /** Default: bicubic. */
  readonly interpolation?: Interpolation | undefined;
  /** Make a second picture of each frame, of {@link overviewSize}. */
  readonly withOverview?: boolean | undefined;
  /** Memory for the pixels of each picture; new memory by default. */
  readonly allocate?: Allocate | undefined;
}

export interface FramePicture {
  readonly image: RgbImage;
  readonly overview: RgbImage | undefined;
}

type DecodedFrame = VideoDecoder['frame'];

/** Makes pictures; keeps what converts them from frame to frame. */
export class FramePictures implements Disposable {
  readonly #path: string;
  readonly #stream: VideoInfo['stream'];
  readonly #converters = new Map<Interpolation | 'overview', PictureConverter>();

  constructor(path: string, { stream }: VideoInfo) {
    this.#path = path;
    this.#stream = stream;
  }

  /** @returns the error of a frame that FFmpeg cannot convert */
  pictureOf(rank: number, frame: DecodedFrame, options: PictureOptions): FramePicture | FramesiftError {
    const { size, interpolation, allocate, withOverview } = options;
    const shown = this.#isTurned
      ? { width: frame.height, height: frame.width }
      : { width: frame.width, height: frame.height };
    try {
      const image = this.#convert(frame, resolveSize(shown, size), interpolation, allocate);
      const overview = withOverview ? this.#convert(frame, overviewSize(shown), 'overview') : undefined;
      return { image, overview };
    } catch (error) {
      if (!(error instanceof FramesiftError)) throw error;
      const message = `${this.#path}: frame ${rank}: ${error.message}`;
      const facts = { ...error.facts, path: this.#path, frame: rank };
      return new FramesiftError(error.code, message, { facts, cause: error });
    }
  }

  [Symbol.dispose](): void {
    for (const converter of this.#converters.values()) converter[Symbol.dispose]();
    this.#converters.clear();
  }

  #convert(
    frame: DecodedFrame,
    { width, height }: Size,
    use: Interpolation | 'overview' = 'bicubic',
    allocate?: Allocate,
  ): RgbImage {
    const { rotation, isMirrored } = this.#stream;
    const [codedWidth, codedHeight] = this.#isTurned ? [height, width] : [width, height];
    const rows = this.#converterFor(use).toRgb(frame, codedWidth, codedHeight);
    return rotate(rows, rotation, isMirrored, allocate);
  }

  get #isTurned(): boolean {
    return this.#stream.rotation % 180 !== 0;
  }

  #converterFor(use: Interpolation | 'overview'): PictureConverter {
    const known = this.#converters.get(use);
    if (known !== undefined) return known;
    const converter = new PictureConverter(use === 'overview' ? 'area' : use);
    this.#converters.set(use, converter);
    return converter;
  }
}

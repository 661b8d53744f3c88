// From 8-bit pixels to the numbers of an input tensor.

import { toFloat16Bits } from '../base/float16.ts';
import type { RgbImage } from '../base/rgb-image.ts';
import type { ModelInput } from './description.ts';

/** Element types of image inputs, by ONNX Runtime's names. float16 is held as its bits. */
export type InputType = 'float32' | 'float16' | 'uint8';

export type InputData = Float32Array | Uint16Array | Uint8Array;

/** Memory for a batch of `count` pictures. */
export const allocateInput = (type: InputType, { width, height }: ModelInput, count: number): InputData => {
  const length = count * 3 * width * height;
  if (type === 'float32') return new Float32Array(length);
  return type === 'float16' ? new Uint16Array(length) : new Uint8Array(length);
};

/** Writes pictures of the input's size into a batch. */
export class Preprocessor {
  readonly #input: ModelInput;
  readonly #write: WritePixels;

  constructor(input: ModelInput, type: InputType) {
    this.#input = input;
    this.#write = writerFor(input, type);
  }

  /** @param slot position in the batch */
  write(image: RgbImage, batch: InputData, slot: number): void {
    const { width, height, layout } = this.#input;
    if (image.width !== width || image.height !== height) {
      throw new Error(`a ${image.width}×${image.height} picture for a ${width}×${height} input`);
    }
    const area = width * height;
    const isPlanar = layout === 'NCHW';
    this.#write(image.data, batch, {
      start: slot * 3 * area,
      pixelStep: isPlanar ? 1 : 3,
      channelStep: isPlanar ? area : 1,
    });
  }
}

/** Where the numbers of a picture are in a batch. */
interface Place {
  readonly start: number;
  /** From a pixel to the next, and from a pixel's red to its green. */
  readonly pixelStep: number;
  readonly channelStep: number;
}

const writerFor = (input: ModelInput, type: InputType): WritePixels => {
  if (type === 'float32') return linear(input);
  // A network that takes bytes has its normalisation inside.
  if (type === 'uint8') return input.layout === 'NHWC' ? asTheyAre : lookedUp(BYTES);
  return lookedUp(halfFloats(input));
};

type WritePixels = (pixels: Uint8Array, batch: InputData, place: Place) => void;

/** One multiplication and one addition take half as long as looking a value up. */
const linear = ({ scale, mean, std }: ModelInput): WritePixels => {
  const [redGain, greenGain, blueGain] = std.map((deviation) => scale / deviation) as Triple;
  const [red, green, blue] = mean.map((center, channel) => -center / std[channel]!) as Triple;
  return (pixels, batch, { start, pixelStep, channelStep }) => {
    for (let from = 0, to = start; from < pixels.length; from += 3, to += pixelStep) {
      batch[to] = pixels[from]! * redGain + red;
      batch[to + channelStep] = pixels[from + 1]! * greenGain + green;
      batch[to + 2 * channelStep] = pixels[from + 2]! * blueGain + blue;
    }
  };
};

type Triple = [number, number, number];

const asTheyAre: WritePixels = (pixels, batch, { start }) => batch.set(pixels, start);

/** What each of the 256 values of a pixel's red, green and blue becomes. */
type Tables = readonly [InputData, InputData, InputData];

const SAME = Uint8Array.from({ length: 256 }, (_, value) => value);
const BYTES: Tables = [SAME, SAME, SAME];

const halfFloats = ({ scale, mean, std }: ModelInput): Tables => {
  const tableOf = (channel: 0 | 1 | 2): Uint16Array =>
    Uint16Array.from({ length: 256 }, (_, value) =>
      toFloat16Bits((value * scale - mean[channel]) / std[channel]),
    );
  return [tableOf(0), tableOf(1), tableOf(2)];
};

const lookedUp = ([red, green, blue]: Tables): WritePixels => {
  return (pixels, batch, { start, pixelStep, channelStep }) => {
    for (let from = 0, to = start; from < pixels.length; from += 3, to += pixelStep) {
      batch[to] = red[pixels[from]!]!;
      batch[to + channelStep] = green[pixels[from + 1]!]!;
      batch[to + 2 * channelStep] = blue[pixels[from + 2]!]!;
    }
  };
};

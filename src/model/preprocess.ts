// From 8-bit pixels to the numbers of an input tensor.
import type { RgbImage } from '../base/rgb-image.ts';
import type { ModelInput } from './description.ts';
import { toFloat16Bits } from './float16.ts';

/** Element types of image inputs, by ONNX Runtime's names. float16 is held as its bits. */
export type InputType = 'float32' | 'float16' | 'uint8';

export type InputData = Float32Array | Uint16Array | Uint8Array;

/** Memory for a batch of `count` pictures. */
export const allocateInput = (type: InputType, { width, height }: ModelInput, count: number): InputData => {
  const length = count * 3 * width * height;
  if (type === 'float32') return new Float32Array(length);
  return type === 'float16' ? new Uint16Array(length) : new Uint8Array(length);
};

/** Writes pictures of the input's size into a batch. A pixel has 256 values, so each is looked up. */
export class Preprocessor {
  readonly #input: ModelInput;
  readonly #tables: readonly InputData[];

  constructor(input: ModelInput, type: InputType) {
    this.#input = input;
    const { scale, mean, std } = input;
    this.#tables = mean.map((center, channel) => {
      const values = Array.from({ length: 256 }, (_, v) => (v * scale - center) / std[channel]!);
      if (type === 'float32') return Float32Array.from(values);
      // A network that takes bytes has its normalisation inside.
      return type === 'float16' ? Uint16Array.from(values, toFloat16Bits) : Uint8Array.from(values.keys());
    });
  }

  /** @param slot position in the batch */
  write(image: RgbImage, batch: InputData, slot: number): void {
    const { width, height, layout } = this.#input;
    if (image.width !== width || image.height !== height) {
      throw new Error(`a ${image.width}×${image.height} picture for a ${width}×${height} input`);
    }
    const [red, green, blue] = this.#tables as [InputData, InputData, InputData];
    const { data } = image;
    const area = width * height;
    const start = slot * 3 * area;
    if (layout === 'NHWC') {
      for (let from = 0, to = start; from < 3 * area; from += 3, to += 3) {
        batch[to] = red[data[from]!]!;
        batch[to + 1] = green[data[from + 1]!]!;
        batch[to + 2] = blue[data[from + 2]!]!;
      }
      return;
    }
    for (let from = 0, to = start; from < 3 * area; from += 3, to++) {
      batch[to] = red[data[from]!]!;
      batch[to + area] = green[data[from + 1]!]!;
      batch[to + 2 * area] = blue[data[from + 2]!]!;
    }
  }
}

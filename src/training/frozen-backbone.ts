// A network that stays as it is: training sees what it makes of pictures, and its encoder has it inside.
import { readFile } from 'node:fs/promises';
import { FramesiftError } from '../base/errors.ts';
import type { RgbImage } from '../base/rgb-image.ts';
import type { Weights } from '../learning/network/weights.ts';
import type { ModelDescription } from '../model/description.ts';
import type { Device } from '../model/device.ts';
import { modelKey } from '../model/model-key.ts';
import { type Network, openNetwork } from '../model/network.ts';
import { allocateInput, Preprocessor } from '../model/preprocess.ts';
import { findModel, type ModelFile } from '../model/registry.ts';
import { LAYER_OUTPUT, withLinearLayer } from '../onnx/with-linear-layer.ts';
import type { FrozenSettings } from './settings.ts';

/** Pictures that are computed together. */
const BATCH = 16;

export class FrozenBackbone {
  readonly settings: FrozenSettings;
  readonly #file: ModelFile;
  readonly #network: Network;
  readonly #preprocessor: Preprocessor;

  private constructor(settings: FrozenSettings, file: ModelFile, network: Network) {
    this.settings = settings;
    this.#file = file;
    this.#network = network;
    this.#preprocessor = new Preprocessor(network.input, network.inputType);
  }

  /** @throws as `findModel` and `openNetwork`; ERR_MODEL for one that takes no squares */
  static async open(
    spec: string,
    options: { readonly device?: Device | 'auto' | undefined; readonly threads?: number | undefined },
  ): Promise<FrozenBackbone> {
    const file = await findModel(spec);
    const network = await openNetwork(file, options);
    const { width, height } = network.input;
    if (width !== height) {
      await network.close();
      throw new FramesiftError(
        'ERR_MODEL',
        `${file.name}: takes pictures of ${width}×${height}. Views are square: take another model.`,
        { facts: { model: file.name, width, height } },
      );
    }
    const key = await modelKey(file.path);
    return new FrozenBackbone(
      { name: file.name, key, features: network.dimensions, inputSize: width },
      file,
      network,
    );
  }

  /** @param views bytes of pictures, one behind the other @returns a row of features for each */
  async features(views: Uint8Array): Promise<Float32Array> {
    const { inputSize: side, features } = this.settings;
    const length = 3 * side * side;
    const count = views.length / length;
    const all = new Float32Array(count * features);
    const size = this.#network.fixedBatch ?? BATCH;
    for (let start = 0; start < count; start += size) {
      const end = Math.min(count, start + size);
      const rows = this.#network.fixedBatch ?? end - start;
      const data = allocateInput(this.#network.inputType, this.#network.input, rows);
      for (let i = start; i < end; i++) {
        const picture: RgbImage = {
          width: side,
          height: side,
          data: views.subarray(i * length, (i + 1) * length),
        };
        this.#preprocessor.write(picture, data, i - start);
      }
      const made = await this.#network.run(data, rows);
      all.set(made.subarray(0, (end - start) * features), start * features);
    }
    return all;
  }

  /**
   * The model with the trained layer behind it, whose output is the embedding.
   *
   * @throws ERR_MODEL for one whose weights are in other files
   */
  async encoder(weights: Weights, metadata: Readonly<Record<string, string>>): Promise<Uint8Array> {
    const { output, pooling } = this.#network;
    const weight = weights.get('backbone.features.weight')!;
    const bias = weights.get('backbone.features.bias')!;
    const model = await readFile(this.#file.path);
    return withLinearLayer(model, this.#file.path, { output, pooling, weight, bias, metadata });
  }

  /** What `embed` must know of pictures. */
  get description(): ModelDescription {
    return { input: this.#network.input, output: LAYER_OUTPUT, pooling: 'none' };
  }

  close(): Promise<void> {
    return this.#network.close();
  }
}

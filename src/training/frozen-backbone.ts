// A network that stays as it is: training sees what it makes of pictures, and its encoder has it inside.
import { readFile } from 'node:fs/promises';
import { sizeOf } from '../autodiff/tape.ts';
import type { RgbImage } from '../base/rgb-image.ts';
import type { Weights } from '../learning/network/weights.ts';
import type { ModelDescription } from '../model/description.ts';
import { progressOf } from '../model/hub.ts';
import { modelKey } from '../model/model-key.ts';
import { type Network, openNetwork } from '../model/network.ts';
import { allocateInput, Preprocessor } from '../model/preprocess.ts';
import { findModel, type ModelFile } from '../model/registry.ts';
import { withLinearLayer } from '../onnx/with-linear-layer.ts';
import { type GivenModelOptions, requireSquare } from './given-model.ts';
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

  /** @throws as `findModel` and `openNetwork`; ERR_MODEL for one that takes no squares, or has its weights in other files */
  static async open(spec: string, options: GivenModelOptions): Promise<FrozenBackbone> {
    const file = await findModel(spec, {
      ...options,
      onDownload: (download) => options.onProgress?.(progressOf(download)),
    });
    const network = await openNetwork(file, options);
    try {
      requireSquare(file.name, network.input);
      const { width } = network.input;
      const key = await modelKey(file.path);
      const settings = { name: file.name, key, features: network.dimensions, inputSize: width };
      const frozen = new FrozenBackbone(settings, file, network);
      // What cannot become part of an encoder is better known before there is one.
      const [weight, bias] = [[1, settings.features], [1]].map((shape) => ({
        shape,
        data: new Float32Array(sizeOf(shape)),
      }));
      await frozen.encoder(
        new Map([
          ['backbone.features.weight', weight!],
          ['backbone.features.bias', bias!],
        ]),
        {},
      );
      return frozen;
    } catch (error) {
      await network.close();
      throw error;
    }
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
  async encoder(
    weights: Weights,
    metadata: Readonly<Record<string, string>>,
  ): Promise<{ readonly model: Uint8Array; readonly description: ModelDescription }> {
    const { output, pooling } = this.#network;
    const weight = weights.get('backbone.features.weight')!;
    const bias = weights.get('backbone.features.bias')!;
    const model = await readFile(this.#file.path);
    const layer = { output, pooling, weight, bias, metadata };
    const extended = withLinearLayer(model, this.#file.path, layer);
    const description = { input: this.#network.input, output: extended.output, pooling: 'none' } as const;
    return { model: extended.model, description };
  }

  close(): Promise<void> {
    return this.#network.close();
  }
}

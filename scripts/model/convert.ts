// From a Keras network to an ONNX graph that gives one vector an image.
import { GraphBuilder, type Value } from '../../src/onnx/graph.ts';
import { elementTypeCode, float32Constant } from '../../src/onnx/tensor.ts';
import { type BatchNormalization, foldConvolution } from './folded-convolution.ts';
import { inputsOf, type KerasLayer, type KerasModel } from './keras.ts';

export interface ConversionRequest {
  /** Of the graph. */
  readonly name: string;
  /** The layer whose output is averaged over the image. */
  readonly lastLayer: string;
  readonly metadata: Readonly<Record<string, string>>;
}

/**
 * The layers up to `lastLayer`, then the mean over the image. Input: `image` uint8 [batch, height, width, channels], a
 * picture as it is in memory; the network wants its values divided by 255. Output: `embedding` float32 [batch, channels of the last layer]. Weights stay in 8 bits; ONNX Runtime turns them into
 * float32 when it opens the model.
 */
export const convertToEmbedder = (model: KerasModel, request: ConversionRequest): Uint8Array => {
  const graph = new GraphBuilder(request.name);
  const end = model.layers.findIndex(({ name }) => name === request.lastLayer) + 1;
  const layers = new LayerConverter(graph, model);
  for (const layer of model.layers.slice(0, end)) layers.convert(layer);
  const last = layers.outputOf(request.lastLayer);
  const pooled = graph.node('GlobalAveragePool', [last.value]);
  const embedding = graph.node('Flatten', [pooled], { axis: 1 }, 'embedding');
  graph.output(embedding, 'float32', ['batch', last.channels]);
  return graph.build(request.metadata);
};

interface LayerOutput {
  readonly value: Value;
  readonly channels: number;
  /** Zeros to add around the image: top, left, bottom, right. */
  readonly padding?: readonly number[];
}

class LayerConverter {
  readonly #graph: GraphBuilder;
  readonly #model: KerasModel;
  readonly #outputs = new Map<string, LayerOutput>();
  readonly #zero: Value;

  constructor(graph: GraphBuilder, model: KerasModel) {
    this.#graph = graph;
    this.#model = model;
    this.#zero = graph.constant(float32Constant([0], []), 'zero');
  }

  outputOf(layer: string): LayerOutput {
    const output = this.#outputs.get(layer);
    if (output === undefined) throw new Error(`there is no layer ${layer} so far`);
    return output;
  }

  convert(layer: KerasLayer): void {
    this.#outputs.set(layer.name, this.#outputFor(layer));
  }

  #outputFor(layer: KerasLayer): LayerOutput {
    const graph = this.#graph;
    const inputs = inputsOf(layer).map((name) => this.outputOf(name));
    const [input] = inputs;
    if (layer.class_name === 'InputLayer') {
      const [, height, width, channels] = layer.config.batch_input_shape;
      const bytes = graph.input('image', 'uint8', ['batch', height, width, channels]);
      const planes = graph.node('Transpose', [bytes], { perm: [0, 3, 1, 2] });
      const values = graph.node('Cast', [planes], { to: elementTypeCode('float32') });
      const unit = graph.constant(float32Constant([1 / 255], []));
      return { value: graph.node('Mul', [values, unit]), channels };
    }
    if (input === undefined) throw new Error(`${layer.name} has no input`);
    switch (layer.class_name) {
      case 'ZeroPadding2D': {
        const [[top, bottom], [left, right]] = layer.config.padding;
        return { ...input, padding: [top, left, bottom, right] };
      }
      case 'Conv2D':
      case 'DepthwiseConv2D':
        return this.#convolve(layer, input);
      case 'BatchNormalization':
        // Already in the convolution before it.
        return input;
      case 'ReLU': {
        const highest = graph.constant(float32Constant([layer.config.max_value], []));
        return { ...input, value: graph.node('Clip', [input.value, this.#zero, highest], {}, layer.name) };
      }
      case 'Add':
        return {
          ...input,
          value: graph.node(
            'Add',
            inputs.map(({ value }) => value),
            {},
            layer.name,
          ),
        };
    }
  }

  #convolve(
    { name, class_name, config }: KerasLayer & { class_name: 'Conv2D' | 'DepthwiseConv2D' },
    { value, channels, padding }: LayerOutput,
  ): LayerOutput {
    const graph = this.#graph;
    const isDepthwise = class_name === 'DepthwiseConv2D';
    const isSame = config.padding === 'same';
    if (isSame && padding !== undefined) throw new Error(`${name} is padded twice`);
    const kernel = this.#weights(`${name}/${isDepthwise ? 'depthwise_kernel' : 'kernel'}`);
    const folded = foldConvolution(kernel, isDepthwise, this.#normalizationAfter(name));
    const [out, , height, width] = folded.shape;
    const codes = graph.constant({ type: 'uint8', shape: folded.shape, data: folded.codes }, `${name}_codes`);
    const zeroPoint = graph.constant(float32Constant([folded.zeroPoint], []));
    const scales = graph.constant(float32Constant(folded.scales, [out, 1, 1, 1]), `${name}_scales`);
    const biases = graph.constant(float32Constant(folded.biases), `${name}_biases`);
    // Not DequantizeLinear: ONNX Runtime keeps that one as it is and would do it again for each batch.
    const steps = graph.node('Sub', [
      graph.node('Cast', [codes], { to: elementTypeCode('float32') }),
      zeroPoint,
    ]);
    const weights = graph.node('Mul', [steps, scales], {}, `${name}_weights`);
    const attributes = {
      kernel_shape: [height, width],
      strides: config.strides,
      group: isDepthwise ? channels : 1,
      // Keras puts the odd row and column of `same` padding at the end, as SAME_UPPER does.
      ...(isSame ? { auto_pad: 'SAME_UPPER' } : { pads: padding ?? [0, 0, 0, 0] }),
    };
    return { value: graph.node('Conv', [value, weights, biases], attributes, name), channels: out };
  }

  #normalizationAfter(convolution: string): BatchNormalization {
    const layer = this.#model.layers.find((each) => inputsOf(each).includes(convolution));
    if (layer?.class_name !== 'BatchNormalization') throw new Error(`${convolution} is not normalised`);
    const [gamma, beta, mean, variance] = ['gamma', 'beta', 'moving_mean', 'moving_variance'].map((part) => {
      const { codes, scale, min } = this.#weights(`${layer.name}/${part}`);
      return Array.from(codes, (code) => code * scale + min);
    }) as [number[], number[], number[], number[]];
    return { gamma, beta, mean, variance, epsilon: layer.config.epsilon };
  }

  #weights(name: string) {
    const weights = this.#model.weights.get(name);
    if (weights === undefined) throw new Error(`there are no weights ${name}`);
    return weights;
  }
}

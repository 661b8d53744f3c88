// Keras networks as TensorFlow.js stores them: layers in JSON, weights in 8 bits.

type Pair = readonly [number, number];

/** A layer, by what framesift's network needs of it. Images are NHWC, kernels [height, width, in, out]. */
export type KerasLayer = {
  readonly name: string;
  /** One list a call of the layer; of each input first the name of the layer that it comes from. */
  readonly inbound_nodes: readonly (readonly (readonly [layer: string, ...rest: unknown[]])[])[];
} & (
  | {
      readonly class_name: 'InputLayer';
      readonly config: { readonly batch_input_shape: readonly [null, number, number, number] };
    }
  | { readonly class_name: 'ZeroPadding2D'; readonly config: { readonly padding: readonly [Pair, Pair] } }
  | {
      readonly class_name: 'Conv2D' | 'DepthwiseConv2D';
      readonly config: { readonly strides: Pair; readonly padding: 'same' | 'valid' };
    }
  | { readonly class_name: 'BatchNormalization'; readonly config: { readonly epsilon: number } }
  | { readonly class_name: 'ReLU'; readonly config: { readonly max_value: number } }
  | { readonly class_name: 'Add' }
);

/** Weights `code × scale + min`, row-major. */
export interface QuantizedWeights {
  readonly shape: readonly number[];
  readonly codes: Uint8Array;
  readonly scale: number;
  readonly min: number;
}

export interface KerasModel {
  /** Each after those that it takes its inputs from. */
  readonly layers: readonly KerasLayer[];
  /** By names such as `Conv1/kernel`. */
  readonly weights: ReadonlyMap<string, QuantizedWeights>;
}

/** What TensorFlow.js calls model.json. */
export interface TfjsModel {
  readonly modelTopology: {
    readonly model_config: { readonly config: { readonly layers: readonly KerasLayer[] } };
  };
  readonly weightsManifest: readonly {
    readonly weights: readonly {
      readonly name: string;
      readonly shape: readonly number[];
      readonly quantization: { readonly scale: number; readonly min: number };
    }[];
  }[];
}

/** @param shard the weights' codes, one after the other in the order of the manifest */
export const readKerasModel = (model: TfjsModel, shard: Uint8Array): KerasModel => {
  const weights = new Map<string, QuantizedWeights>();
  let at = 0;
  for (const { name, shape, quantization } of model.weightsManifest.flatMap((group) => group.weights)) {
    const end = at + shape.reduce((product, each) => product * each, 1);
    weights.set(name, { shape, codes: shard.subarray(at, end), ...quantization });
    at = end;
  }
  if (at !== shard.length)
    throw new Error(`${shard.length} bytes of weights, of which the manifest names ${at}`);
  return { layers: model.modelTopology.model_config.config.layers, weights };
};

/** Names of the layers that a layer takes its inputs from. */
export const inputsOf = (layer: KerasLayer): string[] =>
  (layer.inbound_nodes[0] ?? []).map(([input]) => input);

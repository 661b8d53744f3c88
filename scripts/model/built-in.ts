// The network that framesift brings along: where it comes from and what it wants to see.
import { createHash } from 'node:crypto';
import { runInNewContext } from 'node:vm';
import { convertToEmbedder } from './convert.ts';
import { type KerasModel, readKerasModel, type TfjsModel } from './keras.ts';
import { type PinnedPackage, packageFiles } from './npm-package.ts';

const NAME = 'mobilenet-v2';

const PACKAGE: PinnedPackage = {
  name: 'nsfwjs',
  version: '4.3.0',
  integrity:
    'sha512-WTKDte0vp1X97N1h34P79G/hG+sVT3+TnDz9di1WseIJR93v11E4viNX7Vg9WsO6HYoR772Nzq2iM8jo3XBZ+g==',
};

const LAST_LAYER = 'out_relu';

export interface BuiltInModel {
  /** A serialized ONNX model. */
  readonly onnx: Uint8Array;
  /** Its description, as JSON. */
  readonly description: string;
}

/** The network as it was published. @throws when the package cannot be had */
export const fetchKerasModel = (): KerasModel => kerasModelIn(packageFiles(PACKAGE));

/** The model and its description: the same bytes each time. */
export const buildBuiltInModel = (keras: KerasModel): BuiltInModel => {
  const onnx = convertToEmbedder(keras, {
    name: NAME,
    lastLayer: LAST_LAYER,
    metadata: { name: NAME, source: `npm:${PACKAGE.name}@${PACKAGE.version}`, license: 'MIT AND Apache-2.0' },
  });
  return { onnx, description: `${JSON.stringify(describe(onnx), null, 2)}\n` };
};

const FOLDER = 'dist/models/mobilenet_v2';

const kerasModelIn = (files: ReadonlyMap<string, Uint8Array>): KerasModel => {
  const exportsOf = (file: string): unknown => {
    const code = files.get(`${FOLDER}/${file}.min.js`);
    if (code === undefined) throw new Error(`${PACKAGE.name} has no ${file}`);
    // Data in the form of a program: it runs where it finds nothing but its own exports.
    const scope = { module: { exports: {} as unknown }, exports: {} };
    runInNewContext(new TextDecoder().decode(code), scope);
    return scope.module.exports;
  };
  const model = exportsOf('model') as TfjsModel;
  return readKerasModel(model, Buffer.from(exportsOf('group1-shard1of1') as string, 'base64'));
};

const describe = (onnx: Uint8Array): object => ({
  name: NAME,
  description: [
    'MobileNetV2, width 1.0, up to its last convolution, averaged over the image.',
    'Trained on ImageNet (Keras Applications), then trained further to tell pictures that are unsafe for work: the',
    'layers from block_11_expand on, and the statistics of batch normalisation. Weights have 8 bits.',
    'It takes the bytes of an RGB picture and divides them by 255, as training did, which is not Keras’ own scaling to',
    '[-1, 1].',
  ].join(' '),
  source: {
    package: `${PACKAGE.name}@${PACKAGE.version}`,
    integrity: PACKAGE.integrity,
    model: FOLDER,
    lastLayer: LAST_LAYER,
  },
  license: {
    spdx: 'MIT AND Apache-2.0',
    file: `${NAME}.LICENSE.txt`,
  },
  sha256: createHash('sha256').update(onnx).digest('hex'),
  input: {
    name: 'image',
    width: 224,
    height: 224,
    interpolation: 'bilinear',
    scale: 1,
    mean: [0, 0, 0],
    std: [1, 1, 1],
    layout: 'NHWC',
  },
  output: 'embedding',
  pooling: 'none',
  dimensions: 1280,
});

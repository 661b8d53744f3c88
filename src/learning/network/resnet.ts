// Residual networks (He et al. 2015), as Lightly's `ResNetGenerator` and as torchvision builds them.

import { add, relu } from '../../autodiff/arithmetic.ts';
import { globalAveragePool, maxPool } from '../../autodiff/pooling.ts';
import type { Tensor } from '../../autodiff/tape.ts';
import { FramesiftError } from '../../base/errors.ts';
import { invalidOption } from '../../base/option-checks.ts';
import { convolutionLayer, linearLayer, normLayer } from './layers.ts';
import type { Scope } from './scope.ts';

export type ResNetName = 'resnet-9' | 'resnet-18' | 'resnet-34' | 'resnet-50' | 'resnet-101' | 'resnet-152';

export interface ResNetOptions {
  /** Default `resnet-18`. */
  readonly name?: ResNetName | undefined;
  /** What all numbers of channels are multiplied by; 64 × width is rounded down. Default 1. */
  readonly width?: number | undefined;
  /**
   * How a picture comes in. `lightly`: a 3×3 convolution, for pictures of 32 or 64 pixels. `torchvision`: 7×7 of stride 2
   * and a maximum over 3×3 of stride 2, for larger ones. Default `lightly`.
   */
  readonly stem?: 'lightly' | 'torchvision' | undefined;
}

/** More than any machine trains: a slip, that would fill the memory. */
const WIDEST = 16;

interface Architecture {
  readonly blocks: readonly number[];
  readonly isBottleneck: boolean;
}

const ARCHITECTURES: Readonly<Record<ResNetName, Architecture>> = {
  'resnet-9': { blocks: [1, 1, 1, 1], isBottleneck: false },
  'resnet-18': { blocks: [2, 2, 2, 2], isBottleneck: false },
  'resnet-34': { blocks: [3, 4, 6, 3], isBottleneck: false },
  'resnet-50': { blocks: [3, 4, 6, 3], isBottleneck: true },
  'resnet-101': { blocks: [3, 4, 23, 3], isBottleneck: true },
  'resnet-152': { blocks: [3, 8, 36, 3], isBottleneck: true },
};

export const RESNET_NAMES = Object.keys(ARCHITECTURES) as readonly ResNetName[];

/** How many numbers the network makes of a picture. @throws ERR_OPTION */
export const resNetFeatures = (options: ResNetOptions = {}): number => {
  const { isBottleneck, channels } = checked(options);
  return channels * 8 * (isBottleneck ? 4 : 1);
};

/**
 * The network without its last layer, and the mean over all positions.
 *
 * @param x [n, 3, height, width]
 * @returns [n, {@link resNetFeatures}]
 * @throws ERR_OPTION
 */
export const resNet = (scope: Scope, x: Tensor, options: ResNetOptions = {}): Tensor => {
  const { blocks, isBottleneck, channels, stem } = checked(options);
  const shortcut = stem === 'lightly' ? 'shortcut' : 'downsample';
  const block = isBottleneck ? bottleneckBlock : basicBlock;
  let features = stem === 'lightly' ? smallStem(scope, x, channels) : largeStem(scope, x, channels);
  for (const [stage, count] of blocks.entries()) {
    const layer = scope.in(`layer${stage + 1}`);
    for (let i = 0; i < count; i++) {
      const stride = i === 0 && stage > 0 ? 2 : 1;
      features = block(layer.in(i), features, channels * 2 ** stage, stride, shortcut);
    }
  }
  return globalAveragePool(scope.tape, features);
};

/** With a linear layer for classes behind it. @param x [n, 3, height, width] @returns [n, classes] */
export const resNetClassifier = (
  scope: Scope,
  x: Tensor,
  { numClasses = 10, ...options }: ResNetOptions & { readonly numClasses?: number } = {},
): Tensor => linearLayer(scope.in('linear'), resNet(scope, x, options), numClasses);

const smallStem = (scope: Scope, x: Tensor, channels: number): Tensor => {
  const convolved = convolutionLayer(scope.in('conv1'), x, { channels, size: 3, padding: 1 });
  return relu(scope.tape, normLayer(scope.in('bn1'), convolved));
};

const largeStem = (scope: Scope, x: Tensor, channels: number): Tensor => {
  const convolved = convolutionLayer(scope.in('conv1'), x, { channels, size: 7, stride: 2, padding: 3 });
  const rectified = relu(scope.tape, normLayer(scope.in('bn1'), convolved));
  return maxPool(scope.tape, rectified, { size: 3, stride: 2, padding: 1 });
};

type Block = (scope: Scope, x: Tensor, channels: number, stride: number, shortcut: string) => Tensor;

const basicBlock: Block = (scope, x, channels, stride, shortcut) => {
  const { tape } = scope;
  const first = convolutionLayer(scope.in('conv1'), x, { channels, size: 3, stride, padding: 1 });
  const middle = relu(tape, normLayer(scope.in('bn1'), first));
  const second = convolutionLayer(scope.in('conv2'), middle, { channels, size: 3, padding: 1 });
  const output = normLayer(scope.in('bn2'), second);
  return relu(tape, add(tape, output, passed(scope.in(shortcut), x, channels, stride)));
};

const bottleneckBlock: Block = (scope, x, channels, stride, shortcut) => {
  const { tape } = scope;
  const first = convolutionLayer(scope.in('conv1'), x, { channels, size: 1 });
  const narrow = relu(tape, normLayer(scope.in('bn1'), first));
  const second = convolutionLayer(scope.in('conv2'), narrow, { channels, size: 3, stride, padding: 1 });
  const middle = relu(tape, normLayer(scope.in('bn2'), second));
  const third = convolutionLayer(scope.in('conv3'), middle, { channels: 4 * channels, size: 1 });
  const output = normLayer(scope.in('bn3'), third);
  return relu(tape, add(tape, output, passed(scope.in(shortcut), x, 4 * channels, stride)));
};

/** Past the block: as it is, or brought to the block's channels and size. */
const passed = (scope: Scope, x: Tensor, channels: number, stride: number): Tensor => {
  if (stride === 1 && x.shape[1] === channels) return x;
  return normLayer(scope.in(1), convolutionLayer(scope.in(0), x, { channels, size: 1, stride }));
};

const checked = ({ name = 'resnet-18', width = 1, stem = 'lightly' }: ResNetOptions) => {
  if (!Object.hasOwn(ARCHITECTURES, name)) {
    throw new FramesiftError(
      'ERR_OPTION',
      `backbone ${name}: there is no such network. Choose one of ${RESNET_NAMES.join(', ')}.`,
      { facts: { name } },
    );
  }
  const channels = Math.floor(64 * width);
  if (!(channels >= 1 && width <= WIDEST)) {
    throw invalidOption('width', width, `a number from 1/64 to ${WIDEST}, such as 1 or 0.25`);
  }
  if (stem !== 'lightly' && stem !== 'torchvision') {
    throw invalidOption('stem', stem, 'lightly or torchvision');
  }
  return { ...ARCHITECTURES[name], channels, stem };
};

// Residual networks are those of Lightly: their numbers of parameters, their names, their shapes, what they compute.
import { describe, expect, it } from 'vitest';
import { sizeOf, Tape } from '../../../src/autodiff/tape.ts';
import { Random } from '../../../src/base/random.ts';
import { encoderModel } from '../../../src/learning/encoder.ts';
import {
  RESNET_NAMES,
  type ResNetOptions,
  resNet,
  resNetClassifier,
  resNetFeatures,
} from '../../../src/learning/network/resnet.ts';
import { Scope, TrainedWeights } from '../../../src/learning/network/scope.ts';
import { initialWeights } from '../../../src/learning/network/weights.ts';
import { floatTensor, openSession } from '../../../src/native/onnxruntime.ts';

const declared = (options: ResNetOptions, isClassifier: boolean, side = 32) => {
  const tape = new Tape('network');
  const weights = new TrainedWeights();
  const x = tape.input('x', [2, 3, side, side]);
  const scope = new Scope(tape, weights);
  const output = isClassifier ? resNetClassifier(scope, x, options) : resNet(scope, x, options);
  return { output, declarations: [...weights.declarations.values()] };
};

describe('the generator', () => {
  it.each([
    ['resnet-9', 1, 4_903_242],
    ['resnet-18', 1, 11_173_962],
    ['resnet-34', 1, 21_282_122],
    ['resnet-50', 1, 23_520_842],
    ['resnet-101', 1, 42_512_970],
    ['resnet-152', 1, 58_156_618],
    ['resnet-9', 0.5, 1_228_970],
    ['resnet-9', 0.125, 78_002],
    ['resnet-9', 2, 19_587_722],
  ] as const)('%s of width %d has %i parameters', (name, width, count) => {
    const { declarations, output } = declared({ name, width }, true);
    const parameters = declarations.filter(({ kind }) => kind === 'parameter');
    expect(parameters.reduce((sum, { shape }) => sum + sizeOf(shape), 0)).toBe(count);
    expect(output.shape).toEqual([2, 10]);
  });

  it.each(RESNET_NAMES)('%s makes as many features as it says, of pictures of any size', (name) => {
    for (const side of [32, 64, 50]) {
      const { output } = declared({ name, width: 0.25 }, false, side);
      expect(output.shape).toEqual([2, resNetFeatures({ name, width: 0.25 })]);
    }
  });

  it('names weights as PyTorch does', () => {
    const { declarations } = declared({ name: 'resnet-9', width: 0.125 }, true);
    expect(declarations.map(({ name }) => name)).toEqual([
      ...namesOf('', 'conv1', 'bn1'),
      ...namesOf('layer1.0.', 'conv1', 'bn1'),
      ...namesOf('layer1.0.', 'conv2', 'bn2'),
      ...[2, 3, 4].flatMap((layer) => [
        ...namesOf(`layer${layer}.0.`, 'conv1', 'bn1'),
        ...namesOf(`layer${layer}.0.`, 'conv2', 'bn2'),
        ...namesOf(`layer${layer}.0.shortcut.`, '0', '1'),
      ]),
      'linear.weight',
      'linear.bias',
    ]);
  });

  it("has torchvision's stem and names where asked", () => {
    const { declarations, output } = declared({ name: 'resnet-18', stem: 'torchvision' }, false, 224);
    expect(output.shape).toEqual([2, 512]);
    expect(declarations[0]).toMatchObject({ name: 'conv1.weight', shape: [64, 3, 7, 7] });
    expect(declarations.map(({ name }) => name)).toContain('layer2.0.downsample.0.weight');
    // torchvision's resnet18 has 11 689 512, of which 513 000 are its classifier.
    const parameters = declarations.filter(({ kind }) => kind === 'parameter');
    expect(parameters.reduce((sum, { shape }) => sum + sizeOf(shape), 0)).toBe(11_176_512);
  });

  it('refuses what there is not', () => {
    expect(() => resNetFeatures({ name: 'resnet-20' as 'resnet-18' })).toThrow(
      'backbone resnet-20: there is no such network. Choose one of resnet-9, resnet-18, resnet-34, resnet-50, resnet-101, resnet-152.',
    );
    expect(() => resNetFeatures({ width: 0.01 })).toThrow(
      'width 0.01: expected a number from 1/64 to 16, such as 1 or 0.25.',
    );
  });
});

const namesOf = (path: string, convolution: string, norm: string): string[] => [
  `${path}${convolution}.weight`,
  ...['weight', 'bias', 'running_mean', 'running_var'].map((name) => `${path}${norm}.${name}`),
];

describe('an encoder', () => {
  const options = { name: 'resnet-9', width: 0.125 } as const;
  const weightsOf = () => {
    const tape = new Tape('network');
    const weights = new TrainedWeights();
    resNet(new Scope(tape, weights).in('backbone'), tape.input('x', [1, 3, 32, 32]), options);
    return initialWeights(weights.declarations.values(), new Random(3));
  };

  it('takes batches of any length, and gives a picture the same embedding in each', async () => {
    const model = encoderModel((scope, x) => resNet(scope, x, options), weightsOf(), {
      sampleShape: [3, 32, 32],
    });
    const session = await openSession({ model, providers: ['cpu'], threads: 1 });
    const random = new Random(4);
    const pictures = Float32Array.from({ length: 3 * 3 * 32 * 32 }, () => random.normal());
    const embed = async (from: number, to: number): Promise<Float32Array> => {
      const part = pictures.slice(from * 3072, to * 3072);
      const { embedding } = await session.run({ pixel_values: floatTensor(part, [to - from, 3, 32, 32]) });
      expect(embedding!.dims).toEqual([to - from, 64]);
      return embedding!.data as Float32Array;
    };
    const all = await embed(0, 3);
    const alone = [...(await embed(0, 1)), ...(await embed(1, 2)), ...(await embed(2, 3))];
    for (const [i, value] of alone.entries()) expect(all[i]).toBeCloseTo(value, 5);
    await session.release();
  });
});

import { describe, expect, it } from 'vitest';
import type { TrainingSettingsOptions } from '../../src/training/settings.ts';
import { trainingSettings } from '../../src/training/settings.ts';
import { thrownBy } from '../support/thrown-by.ts';

describe('what can be left out', () => {
  it('is as Lightly has it', () => {
    expect(trainingSettings({})).toEqual({
      method: 'simclr',
      backbone: { name: 'resnet-18', width: 1, stem: 'lightly' },
      features: undefined,
      inputSize: 64,
      batchSize: 64,
      epochs: 100,
      optimizer: { name: 'sgd', learningRate: 0.03, momentum: 0.9, weightDecay: 5e-4 },
      warmupEpochs: 10,
      temperature: 0.5,
      memoryBankSize: 0,
      encoderMomentum: 0.996,
      numSplits: 1,
      hiddenWidth: undefined,
      outputWidth: undefined,
      transform: 'SimCLRTransform',
      views: expect.objectContaining({ crops: [{ size: 64, count: 2, minScale: 0.08, maxScale: 1 }] }),
      neighbourFrames: 0,
      seed: 1,
    });
  });

  it.each([
    ['simclr', 'sgd', 0.03, 5e-4, 0.5, 0, 'SimCLRTransform'],
    ['moco', 'sgd', 0.03, 5e-4, 0.1, 4096, 'MoCoV2Transform'],
    ['simsiam', 'sgd', 0.03, 5e-4, 0.5, 0, 'SimSiamTransform'],
    ['byol', 'sgd', 0.03, 5e-4, 0.5, 0, 'SimCLRTransform'],
    ['barlowtwins', 'sgd', 0.03, 5e-4, 0.5, 0, 'SimCLRTransform'],
    ['vicreg', 'lars', 0.15, 1e-6, 0.5, 0, 'SimCLRTransform'],
  ] as const)('depends on the method: %s', (method, name, rate, decay, temperature, bank, transform) => {
    expect(trainingSettings({ method })).toMatchObject({
      method,
      optimizer: { name, learningRate: rate, weightDecay: decay },
      temperature,
      memoryBankSize: bank,
      transform,
    });
  });

  it('depends on the batch, but for AdamW', () => {
    const rateOf = (options: TrainingSettingsOptions): number =>
      trainingSettings(options).optimizer.learningRate;
    expect(rateOf({ batchSize: 256 })).toBe(0.12);
    expect(rateOf({ batchSize: 256, optimizer: 'lars' })).toBe(0.6);
    expect(rateOf({ batchSize: 256, optimizer: 'adamw' })).toBe(1e-3);
    expect(rateOf({ batchSize: 256, learningRate: 0.5 })).toBe(0.5);
  });

  it('depends on the epochs: a tenth of them warms up, ten at most', () => {
    expect([5, 10, 55, 1000].map((epochs) => trainingSettings({ epochs }).warmupEpochs)).toEqual([
      0, 1, 5, 10,
    ]);
  });
});

describe('batches', () => {
  it('are no larger than there are frames, and can be cut into parts', () => {
    expect(trainingSettings({}, 10).batchSize).toBe(10);
    expect(trainingSettings({ batchSize: 7, numSplits: 3 }).batchSize).toBe(6);
    expect(trainingSettings({ numSplits: 4 }, 11).batchSize).toBe(8);
    expect(trainingSettings({}, 2).batchSize).toBe(2);
  });

  it('of parts of one frame are refused: they have no statistics', () => {
    expect(thrownBy(() => trainingSettings({ numSplits: 4 }, 7))).toEqual({
      code: 'ERR_OPTION',
      message: 'numSplits 4: expected at most 3, for batches of 7.',
    });
  });
});

describe('options that change nothing', () => {
  it('may be there with what holds anyway, as files of options have them', () => {
    const usual = { temperature: 0.5, encoderMomentum: 0.996, momentum: 0.9 };
    expect(trainingSettings({ method: 'vicreg', optimizer: 'adamw', ...usual })).toEqual(
      trainingSettings({ method: 'vicreg', optimizer: 'adamw' }),
    );
  });
});

describe('what is refused', () => {
  it.each<[TrainingSettingsOptions, string]>([
    [{ batchSize: 1 }, 'batchSize 1: expected a whole number of at least 2.'],
    [{ batchSize: 2.5 }, 'batchSize 2.5: expected a whole number of at least 2.'],
    [{ numSplits: 0 }, 'numSplits 0: expected a whole number of at least 1.'],
    [{ epochs: 0 }, 'epochs 0: expected a whole number of at least 1.'],
    [{ inputSize: 7 }, 'inputSize 7: expected a whole number of at least 8.'],
    [{ inputSize: 20_000 }, 'inputSize 20000: expected a whole number from 1 to 16384.'],
    [{ seed: -1 }, 'seed -1: expected a whole number of at least 0.'],
    [{ temperature: 0 }, 'temperature 0: expected a number that is not 0, such as 0.5.'],
    [{ temperature: -0.5 }, 'temperature -0.5: expected a number above 0, such as 0.5.'],
    [{ temperature: Number.NaN }, 'temperature NaN: expected a number that is not 0, such as 0.5.'],
    [{ learningRate: 0 }, 'learningRate 0: expected a number above 0.'],
    [{ learningRate: Number.POSITIVE_INFINITY }, 'learningRate Infinity: expected a number above 0.'],
    [{ momentum: 1 }, 'momentum 1: expected a number below 1, such as 0.9.'],
    [{ momentum: -0.1 }, 'momentum -0.1: expected a number from 0 to 1.'],
    [{ weightDecay: -1 }, 'weightDecay -1: expected a number of at least 0.'],
    [{ encoderMomentum: 1.1 }, 'encoderMomentum 1.1: expected a number from 0 to 1.'],
    [{ warmupEpochs: 101 }, 'warmupEpochs 101: expected a whole number from 0 to 100.'],
    [{ warmupEpochs: 11, epochs: 10 }, 'warmupEpochs 11: expected a whole number from 0 to 10.'],
    [{ memoryBankSize: -1 }, 'memoryBankSize -1: expected a whole number of at least 0.'],
    [
      { memoryBankSize: 8, method: 'byol' },
      'memoryBankSize 8: expected 0 for byol, which compares with no other pictures.',
    ],
    [
      { temperature: 0.2, method: 'vicreg' },
      'temperature 0.2: expected none, as vicreg compares with no other pictures.',
    ],
    [
      { encoderMomentum: 0.9, method: 'simclr' },
      'encoderMomentum 0.9: expected none, as simclr has no encoder that follows.',
    ],
    [{ momentum: 0.8, optimizer: 'adamw' }, 'momentum 0.8: expected none, as adamw has moments of its own.'],
    [{ neighbourFrames: -1 }, 'neighbourFrames -1: expected a whole number of at least 0.'],
    [{ features: 0 }, 'features 0: expected a whole number of at least 1.'],
    [{ hiddenWidth: 0.5 }, 'hiddenWidth 0.5: expected a whole number of at least 1.'],
    [{ outputWidth: -3 }, 'outputWidth -3: expected a whole number of at least 1.'],
    [{ method: 'SimCLR' as 'simclr' }, 'method "SimCLR": expected simclr.'],
    [
      { method: 'dino' as 'simclr' },
      'method "dino": expected one of simclr, moco, simsiam, byol, barlowtwins, vicreg.',
    ],
    [{ optimizer: 'adam' as 'adamw' }, 'optimizer "adam": expected sgd, lars, adamw.'],
    [
      { transform: 'SwaVTransform' },
      'transform "SwaVTransform": expected one of two views, such as SimCLRTransform.',
    ],
    [{ views: { hfProb: 2 } }, 'hfProb 2: expected a number from 0 to 1.'],
  ])('%o', (options, message) => {
    expect(thrownBy(() => trainingSettings(options))).toEqual({ code: 'ERR_OPTION', message });
  });

  it.each<[TrainingSettingsOptions, string]>([
    [{ width: 0 }, 'width 0: expected a number from 1/64 to 16, such as 1 or 0.25.'],
    [{ width: 0.001 }, 'width 0.001: expected a number from 1/64 to 16, such as 1 or 0.25.'],
    [{ width: Number.NaN }, 'width NaN: expected a number from 1/64 to 16, such as 1 or 0.25.'],
    [{ width: 1e9 }, 'width 1000000000: expected a number from 1/64 to 16, such as 1 or 0.25.'],
    [
      { backbone: 'resnet-19' as 'resnet-18' },
      'backbone resnet-19: there is no such network. Choose one of resnet-9, resnet-18, resnet-34, resnet-50, resnet-101, resnet-152.',
    ],
    [{ stem: 'wide' as 'lightly' }, 'stem "wide": expected lightly or torchvision.'],
    [
      { transform: 'SimCLRTransfrom' as 'SimCLRTransform' },
      '"SimCLRTransfrom" is no recipe of views. Did you mean SimCLRTransform?',
    ],
  ])('%o, by whoever knows of it', (options, message) => {
    expect(thrownBy(() => trainingSettings(options))).toEqual({ code: 'ERR_OPTION', message });
  });
});

// Lightly's config.yaml says what the same flags of `train` say.
import { describe, expect, it } from 'vitest';
import { command as magic } from '../../src/cli/commands/magic.ts';
import { command as train } from '../../src/cli/commands/train.ts';
import { isLightlyConfig, readLightlyConfig } from '../../src/cli/lightly-config.ts';
import { parseYaml } from '../../src/native/yaml.ts';

const parsed = (text: string) => {
  const root = parseYaml(text);
  if ('problem' in root) throw new Error(root.problem);
  return root;
};

const read = (text: string) => {
  const { entries, passedOver } = readLightlyConfig('config.yaml', parsed(text));
  const flags = entries.map(({ key, value }) => [key, value.kind === 'text' ? value.text : value.kind]);
  return { flags: Object.fromEntries(flags) as Record<string, string>, passedOver };
};

/** As Lightly ships it. */
const SHIPPED = `
input_dir: ''
output_dir: ''
embeddings: ''
checkpoint: ''
label_dir: ''
label_names_file: ''
custom_metadata: ''
pre_trained: True
crop_padding: 0.1
seed: 1
model:
  name: 'resnet-18'
  out_dim: 128
  num_ftrs: 32
  width: 1
criterion:
  temperature: 0.5
  memory_bank_size: 0
optimizer:
  lr: 1.
  weight_decay: 0.00001
collate:
  input_size: 64
  cj_prob: 0.8
  cj_bright: 0.7
  cj_contrast: 0.7
  cj_sat: 0.7
  cj_hue: 0.2
  min_scale: 0.15
  random_gray_scale: 0.2
  gaussian_blur: 0.5
  sigmas: [0.2, 2]
  kernel_size: null
  vf_prob: 0.0
  hf_prob: 0.5
  rr_prob: 0.0
  rr_degrees: null
loader:
  batch_size: 16
  shuffle: True
  num_workers: -1
  drop_last: True
trainer:
  gpus: 1
  max_epochs: 100
  precision: 32
  enable_model_summary: True
  weights_summary:
checkpoint_callback:
  save_last: True
  save_top_k: 1
  dirpath:
summary_callback:
  max_depth: 1
environment_variable_names:
  lightly_last_checkpoint_path: LIGHTLY_LAST_CHECKPOINT_PATH
`;

describe("Lightly's configuration", () => {
  it('as it is shipped, is understood', () => {
    expect(isLightlyConfig(parsed(SHIPPED))).toBe(true);
    const { flags, passedOver } = read(SHIPPED);
    expect(flags).toEqual({
      transform: 'ImageCollateFunction',
      seed: '1',
      backbone: 'resnet-18',
      'out-dim': '128',
      features: '32',
      width: '1',
      temperature: '0.5',
      'memory-bank': '0',
      'learning-rate': '1.',
      'weight-decay': '0.00001',
      'input-size': '64',
      'cj-prob': '0.8',
      'cj-bright': '0.7',
      'cj-contrast': '0.7',
      'cj-sat': '0.7',
      'cj-hue': '0.2',
      'min-scale': '0.15',
      'random-gray-scale': '0.2',
      'gaussian-blur': '0.5',
      sigmas: '0.2,2',
      'vf-prob': '0.0',
      'hf-prob': '0.5',
      'rr-prob': '0.0',
      'batch-size': '16',
      epochs: '100',
    });
    expect(passedOver).toEqual([
      'pre_trained',
      'crop_padding',
      'loader.num_workers',
      'trainer.gpus',
      'trainer.precision',
      'trainer.enable_model_summary',
      'checkpoint_callback.save_last',
      'checkpoint_callback.save_top_k',
      'summary_callback.max_depth',
      'environment_variable_names.lightly_last_checkpoint_path',
    ]);
  });

  it.each([train, magic])('means flags that there are', ({ flags }) => {
    const names = new Set(flags.map(({ name }) => name));
    for (const flag of Object.keys(read(SHIPPED).flags)) expect(names).toContain(flag);
  });

  it('says of what is never otherwise that it is passed over', () => {
    expect(read('loader: { shuffle: False, drop_last: false }').passedOver).toEqual([
      'loader.shuffle',
      'loader.drop_last',
    ]);
  });

  it('with a key that Lightly does not have, is refused', () => {
    expect(() => read('seed: 1\ntrainer:\n  max_epoch: 3\n')).toThrow(
      `config.yaml, line 3: "trainer.max_epoch" is no key of Lightly's config.yaml. Did you mean trainer.max_epochs?`,
    );
  });

  it('is told from a file of settings', () => {
    expect(isLightlyConfig(parsed('train:\n  epochs: 3\n'))).toBe(false);
    expect(isLightlyConfig(parsed('all:\n  jobs: 3\n'))).toBe(false);
    expect(isLightlyConfig(parsed('model: resnet-18\n'))).toBe(false);
  });
});

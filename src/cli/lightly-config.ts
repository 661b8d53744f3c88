// Lightly's own config.yaml for training, as if it were a file of settings: its keys into flags.
import { FramesiftError } from '../base/errors.ts';
import { nearest } from '../base/nearest.ts';
import { quote } from '../base/quote.ts';
import type { LocatedEntry, LocatedValue } from '../native/yaml.ts';

/** Lightly's keys, and the flags that mean the same. */
const FLAGS: Readonly<Record<string, string>> = {
  seed: 'seed',
  'model.name': 'backbone',
  'model.width': 'width',
  'model.num_ftrs': 'features',
  'model.out_dim': 'out-dim',
  'criterion.temperature': 'temperature',
  'criterion.memory_bank_size': 'memory-bank',
  'optimizer.lr': 'learning-rate',
  'optimizer.weight_decay': 'weight-decay',
  'loader.batch_size': 'batch-size',
  'trainer.max_epochs': 'epochs',
  'collate.input_size': 'input-size',
  'collate.cj_prob': 'cj-prob',
  'collate.cj_strength': 'cj-strength',
  'collate.cj_bright': 'cj-bright',
  'collate.cj_contrast': 'cj-contrast',
  'collate.cj_sat': 'cj-sat',
  'collate.cj_hue': 'cj-hue',
  'collate.min_scale': 'min-scale',
  'collate.random_gray_scale': 'random-gray-scale',
  'collate.gaussian_blur': 'gaussian-blur',
  'collate.sigmas': 'sigmas',
  'collate.vf_prob': 'vf-prob',
  'collate.hf_prob': 'hf-prob',
  'collate.rr_prob': 'rr-prob',
  'collate.rr_degrees': 'rr-degrees',
};

/** Lightly's keys that mean nothing here, whatever their value. A point at the end: all that is below. */
const PASSED_OVER = [
  'input_dir',
  'output_dir',
  'embeddings',
  'checkpoint',
  'label_dir',
  'label_names_file',
  'custom_metadata',
  'pre_trained',
  'crop_padding',
  'token',
  'dataset_id',
  'new_dataset_name',
  'upload',
  'append',
  'resize',
  'embedding_name',
  'emb_upload_bsz',
  'tag_name',
  'exclude_parent_tag',
  'collate.kernel_size',
  'loader.num_workers',
  'trainer.gpus',
  'trainer.precision',
  'trainer.enable_model_summary',
  'trainer.weights_summary',
  'checkpoint_callback.',
  'summary_callback.',
  'environment_variable_names.',
  'hydra.',
];

/** What is always so. */
const ALWAYS: Readonly<Record<string, string>> = { 'loader.shuffle': 'true', 'loader.drop_last': 'true' };

const SECTIONS = ['model', 'criterion', 'optimizer', 'collate', 'loader', 'trainer', 'checkpoint_callback'];

/** The verbs that such a file is for. */
export const TRAINING_VERBS = ['train', 'magic'];

/** Lightly's collate has strengths of its own. */
const OF_ALL: readonly (readonly [flag: string, value: string])[] = [['transform', 'ImageCollateFunction']];

export const isLightlyConfig = (root: LocatedValue): boolean =>
  root.kind === 'map' &&
  root.entries.some(({ key, value }) => SECTIONS.includes(key) && value.kind === 'map');

export interface LightlyConfig {
  readonly entries: readonly LocatedEntry[];
  /** Keys that were passed over though somebody set them. */
  readonly passedOver: readonly string[];
}

/** @throws ERR_CONFIG for a key that Lightly does not have either */
export const readLightlyConfig = (path: string, root: LocatedValue): LightlyConfig => {
  const entries: LocatedEntry[] = OF_ALL.map(([key, text]) => ({
    key,
    line: root.line,
    value: { kind: 'text', line: root.line, text },
  }));
  const passedOver: string[] = [];
  for (const { key, line, value } of leavesOf(root)) {
    const flag = FLAGS[key];
    const text = textOf(value);
    if (flag !== undefined) {
      // Nothing is Lightly's default, as leaving it out is here.
      if (text !== undefined) entries.push({ key: flag, line, value: { kind: 'text', line, text } });
    } else if (Object.hasOwn(ALWAYS, key)) {
      if (text !== undefined && text.toLowerCase() !== ALWAYS[key]) passedOver.push(key);
    } else if (PASSED_OVER.some((known) => key === known || (known.endsWith('.') && key.startsWith(known)))) {
      if (text !== undefined && text !== '') passedOver.push(key);
    } else {
      throw unknown(path, line, key);
    }
  }
  return { entries, passedOver };
};

/** Values by the paths of their keys: `trainer.max_epochs`. */
function* leavesOf(value: LocatedValue, path = ''): Generator<LocatedEntry> {
  if (value.kind !== 'map') return;
  for (const { key, line, value: inner } of value.entries) {
    const name = path === '' ? key : `${path}.${key}`;
    if (inner.kind === 'map') yield* leavesOf(inner, name);
    else yield { key: name, line, value: inner };
  }
}

/** As a flag would have it: lists with commas between. */
const textOf = (value: LocatedValue): string | undefined => {
  if (value.kind === 'text') return value.text;
  if (value.kind === 'switch') return String(value.value);
  if (value.kind !== 'list') return undefined;
  return value.items.map((item) => textOf(item) ?? '').join(',');
};

const unknown = (path: string, line: number, key: string): FramesiftError => {
  const suggestion = nearest(key, [...Object.keys(FLAGS), ...Object.keys(ALWAYS), ...PASSED_OVER]);
  const hint = suggestion === undefined ? '' : ` Did you mean ${suggestion}?`;
  return new FramesiftError(
    'ERR_CONFIG',
    `${path}, line ${line}: ${quote(key)} is no key of Lightly's config.yaml.${hint}`,
    { facts: { path, line, key, suggestion: suggestion ?? null } },
  );
};

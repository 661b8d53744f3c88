// What a training writes: the encoder, its description, what came of each epoch and step, and where it stands.
import { readdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { FramesiftError } from '../base/errors.ts';
import { removeUnfinished, requireEmpty, writeAtomic } from '../base/files.ts';
import { RUN_FOLDER } from '../base/run-folder.ts';
import { readVersion } from '../base/version.ts';
import { encoderModel } from '../learning/encoder.ts';
import type { Weights } from '../learning/network/weights.ts';
import { assumedInput, type ModelDescription } from '../model/description.ts';
import { backboneOf, sampleShapeOf } from './build-graph.ts';
import { CHECKPOINT_FILE, type Checkpoint, readCheckpoint } from './checkpoint.ts';
import type { FrozenBackbone } from './frozen-backbone.ts';
import type { EpochRecord } from './history.ts';
import type { TrainingSettings } from './settings.ts';

export const ENCODER_FILE = 'encoder.onnx';
/** The graph of one step, for whoever wants to look at it. */
export const STEP_FILE = 'step.onnx';
const DESCRIPTION_FILE = 'encoder.json';
export const RECORD_FILE = 'train.json';
export const LOSSES_FILE = 'losses.csv';

const OWN_FILES = [STEP_FILE, ENCODER_FILE, DESCRIPTION_FILE, RECORD_FILE, LOSSES_FILE, CHECKPOINT_FILE];

/**
 * The checkpoint to go on from; undefined to begin. What killed writers have left is removed.
 *
 * @param key all that losses depend on
 * @throws ERR_CHECKPOINT for a training with other options, or one that cannot be read; ERR_READ
 */
export const checkpointIn = async (
  folder: string,
  key: TrainingKey,
  force: boolean,
): Promise<Checkpoint | undefined> => {
  const paths = OWN_FILES.map((file) => join(folder, file));
  await removeUnfinished(paths);
  if (force) {
    for (const path of paths) await rm(path, { force: true });
    return undefined;
  }
  const checkpoint = await readCheckpoint(folder);
  if (checkpoint !== undefined) refuseOther(folder, checkpoint.key, key);
  return checkpoint;
};

/** Before anything is read. @throws ERR_OUTPUT_EXISTS for a folder with something else in it than a training */
export const refuseForeign = async (folder: string): Promise<void> => {
  const names = await readdir(folder).catch(() => []);
  const isOurs = names.every((name) => name === RUN_FOLDER) || names.some((name) => OWN_FILES.includes(name));
  if (!isOurs) await requireEmpty(folder, 'is not empty, and holds no training');
};

/** All that the losses of a training depend on. */
export interface TrainingKey {
  readonly settings: TrainingSettings;
  /** Of the frames. */
  readonly data: string;
  /** Pictures, windows. */
  readonly supply: Readonly<Record<string, number | boolean>>;
  /** Of the weights that it began with. */
  readonly start: string;
}

export const textOfKey = (key: TrainingKey): string => JSON.stringify(key);

const refuseOther = (folder: string, text: string, key: TrainingKey): void => {
  if (text === textOfKey(key)) return;
  const before = JSON.parse(text) as TrainingKey;
  const changed = changedFields(before, JSON.parse(textOfKey(key)) as TrainingKey);
  const what = changed
    .map(({ name, from, to }) =>
      name === 'data' ? 'the frames are others' : `${name} was ${from}, and is ${to}`,
    )
    .join('; ');
  throw new FramesiftError(
    'ERR_CHECKPOINT',
    `${folder}: holds a training with other options: ${what}. Train into another folder, or anew with --force.`,
    { facts: { path: folder, changed: changed.map(({ name }) => name) } },
  );
};

interface Change {
  readonly name: string;
  readonly from: string;
  readonly to: string;
}

/** Fields that differ, by their paths below what they are part of. */
const changedFields = (from: unknown, to: unknown, name = ''): readonly Change[] => {
  if (JSON.stringify(from) === JSON.stringify(to)) return [];
  const isOpen = (value: unknown): value is Readonly<Record<string, unknown>> =>
    typeof value === 'object' && value !== null && !Array.isArray(value);
  if (!isOpen(from) || !isOpen(to)) return [{ name, from: String(from), to: String(to) }];
  return [...new Set([...Object.keys(from), ...Object.keys(to)])].flatMap((key) =>
    changedFields(
      from[key],
      to[key],
      name === '' || name === 'settings' || name === 'supply' ? key : `${name}.${key}`,
    ),
  );
};

/** @throws ERR_WRITE */
export const writeEncoder = async (
  folder: string,
  settings: TrainingSettings,
  weights: Weights,
  frozen: FrozenBackbone | undefined,
): Promise<void> => {
  const { model, description } =
    frozen === undefined
      ? trainedEncoder(settings, weights)
      : {
          model: await frozen.encoder(weights, metadataOf(settings)),
          description: frozen.description,
        };
  await writeAtomic(join(folder, ENCODER_FILE), model);
  await writeAtomic(join(folder, DESCRIPTION_FILE), `${JSON.stringify(description, null, 2)}\n`);
};

const trainedEncoder = (
  settings: TrainingSettings,
  weights: Weights,
): { readonly model: Uint8Array; readonly description: ModelDescription } => {
  const { inputSize: side } = settings;
  const sampleShape = sampleShapeOf(settings);
  const metadata = metadataOf(settings);
  return {
    model: encoderModel(backboneOf(settings), weights, { sampleShape, metadata }),
    description: {
      input: assumedInput({ width: side, height: side }, 'NCHW'),
      output: 'embedding',
      pooling: 'none',
    },
  };
};

const metadataOf = ({ method, backbone }: TrainingSettings): Readonly<Record<string, string>> => ({
  method,
  backbone: JSON.stringify(backbone),
  framesift: readVersion(),
});

export interface TrainingRecord {
  readonly settings: TrainingSettings;
  readonly frames: number;
  readonly stepsPerEpoch: number;
  readonly steps: number;
  readonly isFinished: boolean;
  /** Before the first step. */
  readonly firstAccuracy: number | undefined;
  readonly epochs: readonly EpochRecord[];
  /** The best of all epochs. */
  readonly maxAccuracy: number | undefined;
  readonly failed: readonly { readonly item: string; readonly message: string }[];
}

/** @throws ERR_WRITE */
export const writeRecord = async (
  folder: string,
  record: TrainingRecord,
  losses: Float32Array,
): Promise<void> => {
  await writeAtomic(
    join(folder, RECORD_FILE),
    `${JSON.stringify({ framesift: readVersion(), ...record }, null, 2)}\n`,
  );
  const lines = Array.from(losses, (loss, step) => `${step + 1},${loss}\n`);
  await writeAtomic(join(folder, LOSSES_FILE), `step,loss\n${lines.join('')}`);
};

// What a training writes: the encoder, its description, what came of each epoch and step, and where it stands.
import { readdir, readFile, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { systemCodeOf } from '../base/errors.ts';
import { removeUnfinished, requireEmpty, writeAtomic, writeError } from '../base/files.ts';
import type { Failure } from '../base/outcome.ts';
import { RUN_FOLDER } from '../base/run-folder.ts';
import { readVersion } from '../base/version.ts';
import { encoderModel } from '../learning/encoder.ts';
import type { Weights } from '../learning/network/weights.ts';
import type { TrainingGraph } from '../learning/training-graph.ts';
import type { ModelDescription } from '../model/description.ts';
import type { Device } from '../model/device.ts';
import { backboneOf, pictureInputOf, sampleShapeOf } from './build-graph.ts';
import { CHECKPOINT_FILE, type Checkpoint, readCheckpoint } from './checkpoint.ts';
import type { FrozenBackbone } from './frozen-backbone.ts';
import type { History } from './history.ts';
import type { TrainingSettings } from './settings.ts';
import { stepsOfEpoch } from './step-schedule.ts';
import { requireSameKey, type TrainingKey } from './training-key.ts';
import type { TunedBackbone } from './tuned-backbone.ts';

export const ENCODER_FILE = 'encoder.onnx';
/** The graph of one step, for whoever wants to look at it. */
const STEP_FILE = 'step.onnx';
const DESCRIPTION_FILE = 'encoder.json';
const RECORD_FILE = 'train.json';
const LOSSES_FILE = 'losses.csv';

const OWN_FILES = [STEP_FILE, ENCODER_FILE, DESCRIPTION_FILE, RECORD_FILE, LOSSES_FILE, CHECKPOINT_FILE];

/**
 * The checkpoint to go on from; undefined to begin. What killed writers have left is removed.
 *
 * @param key all that losses depend on
 * @throws ERR_CHECKPOINT for a training with other options, or one that cannot be read; ERR_READ
 */
export const checkpointIn = async (folder: string, key: TrainingKey): Promise<Checkpoint | undefined> => {
  await removeUnfinished(OWN_FILES.map((file) => join(folder, file)));
  const checkpoint = await readCheckpoint(folder);
  if (checkpoint !== undefined) requireSameKey(folder, checkpoint.key, key);
  return checkpoint;
};

/** Forgets a training. @throws ERR_WRITE */
export const clearFolder = async (folder: string): Promise<void> => {
  const paths = OWN_FILES.map((file) => join(folder, file));
  await removeUnfinished(paths);
  for (const path of paths)
    await rm(path, { force: true }).catch((error: unknown) => {
      throw writeError(path, error);
    });
};

/**
 * Before anything is read. A training is known by its checkpoint: an encoder without one may be somebody's only copy.
 *
 * @throws ERR_OUTPUT_EXISTS for a folder with something else in it than a training; ERR_WRITE for a file of its name
 */
export const refuseForeign = async (folder: string): Promise<void> => {
  const names = await readdir(folder).catch((error: unknown): string[] => {
    if (systemCodeOf(error) === 'ENOENT') return [];
    throw writeError(folder, error);
  });
  const isOwnPart = (name: string): boolean =>
    name.endsWith('.part') && OWN_FILES.some((file) => name.startsWith(`${file}.`));
  if (names.includes(CHECKPOINT_FILE) || names.every((name) => name === RUN_FOLDER || isOwnPart(name)))
    return;
  const problem = names.includes(ENCODER_FILE)
    ? `holds a training that cannot be continued: its ${CHECKPOINT_FILE} is gone`
    : 'is not empty, and holds no training';
  await requireEmpty(folder, problem);
};

/** Models in place of a backbone of our own. */
export interface TrainedModels {
  readonly frozen: FrozenBackbone | undefined;
  readonly tuned: TunedBackbone | undefined;
}

/** @throws ERR_WRITE */
export const writeEncoder = async (
  folder: string,
  settings: TrainingSettings,
  weights: Weights,
  { frozen, tuned }: TrainedModels,
): Promise<void> => {
  const { model, description } =
    frozen === undefined
      ? trainedEncoder(settings, weights, tuned)
      : await frozen.encoder(weights, metadataOf(settings));
  await writeChanged(join(folder, ENCODER_FILE), model);
  await writeChanged(
    join(folder, DESCRIPTION_FILE),
    Buffer.from(`${JSON.stringify(description, null, 2)}\n`),
  );
};

const trainedEncoder = (
  settings: TrainingSettings,
  weights: Weights,
  tuned: TunedBackbone | undefined,
): { readonly model: Uint8Array; readonly description: ModelDescription } => {
  const sampleShape = sampleShapeOf(settings);
  const metadata = metadataOf(settings);
  return {
    model: encoderModel(backboneOf(settings, tuned?.backbone), weights, { sampleShape, metadata }),
    description: {
      input: pictureInputOf(settings),
      output: 'embedding',
      pooling: 'none',
    },
  };
};

const metadataOf = ({ method, backbone, tuned }: TrainingSettings): Readonly<Record<string, string>> => ({
  method,
  backbone: JSON.stringify(tuned?.name ?? backbone),
  framesift: readVersion(),
});

/** @throws ERR_WRITE */
export const writeStep = (folder: string, { model }: TrainingGraph): Promise<void> =>
  writeChanged(join(folder, STEP_FILE), model);

/** Leaves a file alone that is as it should be. */
const writeChanged = async (path: string, bytes: Uint8Array): Promise<void> => {
  const there = await readFile(path).catch(() => undefined);
  if (there?.equals(bytes) !== true) await writeAtomic(path, bytes);
};

/** Where a training stands. */
export interface Standing {
  readonly settings: TrainingSettings;
  /** That are trained on. */
  readonly frames: number;
  readonly steps: number;
  /** Epochs that are over. */
  readonly epoch: number;
  readonly history: History;
  readonly failed: readonly Failure[];
  /** Where it was trained last. */
  readonly device: Device;
}

/** What people read of a training: `train.json` and `losses.csv`. @throws ERR_WRITE */
export const writeRecord = async (
  folder: string,
  { settings, frames, steps, epoch, history, failed, device }: Standing,
): Promise<void> => {
  const { firstAccuracy, epochs, maxAccuracy, losses } = history;
  const record = {
    framesift: readVersion(),
    settings,
    frames,
    stepsPerEpoch: stepsOfEpoch(settings, frames),
    steps,
    isFinished: epoch === settings.epochs,
    firstAccuracy,
    epochs,
    maxAccuracy,
    device,
    failed: failed.map(({ item, error }) => ({ item, message: error.message })),
  };
  await writeChanged(join(folder, RECORD_FILE), Buffer.from(`${JSON.stringify(record, null, 2)}\n`));
  const lines = Array.from(losses, (loss, step) => `${step + 1},${loss}\n`);
  await writeChanged(join(folder, LOSSES_FILE), Buffer.from(`step,loss\n${lines.join('')}`));
};

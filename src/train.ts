// Training an encoder on one's own frames, without labels.
import { join } from 'node:path';
import { FramesiftError } from './base/errors.ts';
import { requireWhole } from './base/option-checks.ts';
import type { Failure } from './base/outcome.ts';
import { Random } from './base/random.ts';
import { holdingLock, RUN_FOLDER } from './base/run-folder.ts';
import type { FrameChoice } from './dataset/choice.ts';
import { indexTrainingFrames } from './dataset/index-training-frames.ts';
import { planEpochWindows } from './dataset/picture-sizes.ts';
import type { FolderReadingOptions } from './dataset/reading-options.ts';
import { openSource } from './dataset/source.ts';
import type { TrainingFrames } from './dataset/training-frames.ts';
import type { Weights } from './learning/network/weights.ts';
import type { TrainingGraph } from './learning/training-graph.ts';
import type { Device } from './model/device.ts';
import { buildTrainingGraph, pictureInputOf } from './training/build-graph.ts';
import { type Checkpoint, requireFit } from './training/checkpoint.ts';
import { type ClassOf, classLabels, keyOfLabels, readClasses } from './training/class-labels.ts';
import { FrozenBackbone } from './training/frozen-backbone.ts';
import { type EpochRecord, History } from './training/history.ts';
import { KnnEvaluation } from './training/knn-evaluation.ts';
import { openTrainingSession } from './training/open-session.ts';
import { pictureBudget } from './training/picture-budget.ts';
import {
  type TrainingSettings,
  type TrainingSettingsOptions,
  trainingSettings,
} from './training/settings.ts';
import { readStartWeights, type StartWeights, withStartWeights } from './training/start-weights.ts';
import {
  checkpointIn,
  clearFolder,
  ENCODER_FILE,
  refuseForeign,
  type Standing,
  type TrainedModels,
  writeEncoder,
  writeRecord,
  writeStep,
} from './training/training-folder.ts';
import { failuresOf, type TrainingPlan, TrainingRun } from './training/training-run.ts';
import { openTunedBackbone } from './training/tuned-backbone.ts';

export interface TrainOptions extends FolderReadingOptions, TrainingSettingsOptions {
  /** A folder of videos (or of images), or one of them. */
  readonly input: string;
  /** A folder for the encoder and all else; made if need be. A training that is there is continued. */
  readonly outDir: string;
  /** Which frames; all when left out. */
  readonly choice?: FrameChoice | undefined;
  /**
   * Weights to begin with: `last.safetensors` or `encoder.onnx` of an earlier training, or a `.safetensors` file with
   * PyTorch's names (`conv1.weight`, …). Without: random ones.
   */
  readonly startFrom?: string | undefined;
  /** Pictures are kept with a shorter side of so many pixels. Default twice `inputSize`. */
  readonly shortSide?: number | undefined;
  /** For pictures in memory. Default a quarter of it, 4 GiB at most. */
  readonly cacheBytes?: number | undefined;
  /**
   * `video`, `folder`, or a CSV file with names of frames and labels: after each epoch it is measured how well neighbours
   * tell the labels.
   */
  readonly labels?: string | undefined;
  /** Epochs from one such measurement to the next. Default 1. */
  readonly evaluateEvery?: number | undefined;
  /** Where the network is trained. Default `auto`: a graphics card where there is one, else the processor. */
  readonly device?: Device | 'auto' | undefined;
  /** Threads of the network's arithmetic; as many as the machine has processors when left out. */
  readonly threads?: number | undefined;
  /** Forget a training that is there. */
  readonly force?: boolean | undefined;
  /** Something was done otherwise than asked for. */
  readonly onNotice?: ((notice: string) => void) | undefined;
  /** A run that is killed loses at most so much. For tests. @internal */
  readonly checkpointEveryMs?: number | undefined;
}

export interface TrainOutcome {
  readonly settings: TrainingSettings;
  /** Frames that were trained on. */
  readonly frames: number;
  /** Steps of the whole training, and how many of them an earlier run did. */
  readonly steps: number;
  readonly resumed: number;
  readonly epochs: readonly EpochRecord[];
  /** Share of labelled frames whose class their neighbours tell before the first step, in [0, 1]. */
  readonly firstAccuracy: number | undefined;
  /** The best share of labelled frames whose class their neighbours tell, in [0, 1]. */
  readonly maxAccuracy: number | undefined;
  /** Where it was trained. */
  readonly device: Device;
  /** The model for `embed`. */
  readonly encoder: string;
  readonly failed: readonly Failure[];
}

const CHECKPOINT_EVERY_MS = 60_000;

/**
 * Trains an encoder by self-supervision: views of a frame are to be alike, and not those of others. Writes it as ONNX model.
 * An interrupted run is continued by the same call, and has the same losses as one that was not.
 *
 * @throws ERR_NOT_FOUND, ERR_NO_INPUT, ERR_OPTION; ERR_CHECKPOINT when the folder holds a training with other options;
 *   ERR_DIVERGED when the loss is no number any more; ERR_METADATA for labels that fit no frame; ERR_NO_FRAMES when too few
 *   can be read; ERR_DEVICE, ERR_WRITE, ERR_OUTPUT_EXISTS, ERR_OUTPUT_BUSY, or the signal's reason. A frame's own failure is
 *   in the outcome
 */
export const trainEncoder = async (options: TrainOptions): Promise<TrainOutcome> => {
  const { input, outDir, labels } = options;
  // Whatever can be refused is refused before years of footage are looked through.
  trainingSettings(options);
  requireWork(options);
  if (options.force !== true) await refuseForeign(outDir);
  const classOf = labels === undefined ? undefined : await readClasses(labels);
  const source = await openSource(input, options);
  const start = options.startFrom === undefined ? undefined : await readStartWeights(options.startFrom);
  const tuned =
    options.fineTune === undefined
      ? undefined
      : await openTunedBackbone(options.fineTune, options.inputSize, options);
  const frozen =
    options.frozen === undefined ? undefined : await FrozenBackbone.open(options.frozen, options);
  const models = { frozen, tuned };
  try {
    return await holdingLock(join(outDir, RUN_FOLDER, 'lock'), outDir, async () => {
      const frames = await indexTrainingFrames(source, { ...options, labels: undefined });
      requireSeveral(frames, input);
      return train({ frames, classOf, start, models }, options);
    });
  } finally {
    await frozen?.close();
  }
};

/** What was read before training begins. */
interface Material {
  readonly frames: TrainingFrames;
  readonly classOf: ClassOf | undefined;
  readonly start: StartWeights | undefined;
  readonly models: TrainedModels;
}

const train = async (material: Material, options: TrainOptions): Promise<TrainOutcome> => {
  const { frames, classOf, start, models } = material;
  const { frozen, tuned } = models;
  const { outDir, labels, force = false, threads, signal, onProgress } = options;
  const settings = trainingSettings(options, frames.count, {
    frozen: frozen?.settings,
    tuned: tuned?.settings,
  });
  tellBatch(settings, frames, options);
  const budget = pictureBudget(options, settings);
  const supplyOptions = { ...options, ...budget };
  const { shortSide } = budget;
  const key = { settings, data: frames.fingerprint, supply: { shortSide }, start: start?.key ?? '' };
  const classes = classOf === undefined ? undefined : classLabels(labels!, classOf, frames);
  if (force) await clearFolder(outDir);
  const checkpoint = await checkpointIn(outDir, key);
  if (checkpoint?.epoch === settings.epochs) return finished(material, settings, checkpoint, options);
  const graph = buildTrainingGraph(settings, tuned?.backbone);
  if (checkpoint !== undefined) requireFit(outDir, checkpoint, graph.state);
  const state = checkpoint?.state ?? firstState(graph, settings, start);
  const { session, device } = await openTrainingSession(graph, state, checkpoint?.steps, options);
  await using _ = session;
  const plan: TrainingPlan = {
    outDir,
    key,
    frames,
    windows: checkpoint?.windows ?? planEpochWindows(frames, supplyOptions),
    supplyOptions,
    graph,
    device,
    models,
    evaluation:
      classes === undefined
        ? undefined
        : await KnnEvaluation.open(frames, classes, pictureInputOf(settings), frozen, supplyOptions),
    labels: classes === undefined ? undefined : keyOfLabels(classes),
    evaluateEvery: options.evaluateEvery ?? 1,
    checkpointEveryMs: options.checkpointEveryMs ?? CHECKPOINT_EVERY_MS,
    threads,
    signal,
    onProgress,
  };
  const run = new TrainingRun(plan, session, checkpoint);
  await run.finish();
  const { steps, history, failed } = run;
  return outcomeOf(outDir, checkpoint?.steps ?? 0, {
    device,
    settings,
    frames: frames.count,
    steps,
    history,
    failed,
  });
};

const firstState = (
  graph: TrainingGraph,
  { seed, tuned }: TrainingSettings,
  start: StartWeights | undefined,
): Weights => {
  const state = graph.initialState(new Random(seed));
  return start === undefined ? state : withStartWeights(state, start, tuned?.name);
};

/** Nothing to do; but somebody may have removed files, or the last run was killed when only these were to be written. */
const finished = async (
  { frames, models }: Material,
  settings: TrainingSettings,
  checkpoint: Checkpoint,
  { outDir, labels, onNotice }: TrainOptions,
): Promise<TrainOutcome> => {
  const { steps, epoch, device } = checkpoint;
  const history = new History(checkpoint.history);
  const standing = {
    settings,
    device,
    frames: frames.count,
    steps,
    history,
    failed: failuresOf(frames, checkpoint.failed),
  };
  await writeRecord(outDir, { ...standing, epoch });
  await writeEncoder(outDir, settings, checkpoint.state, models);
  await writeStep(outDir, buildTrainingGraph(settings, models.tuned?.backbone));
  if (labels !== undefined && history.maxAccuracy === undefined)
    onNotice?.(
      `${outDir}: was trained without --labels, and is not measured now that it is finished. Train anew with --force to see how well neighbours tell them.`,
    );
  return outcomeOf(outDir, steps, standing);
};

const outcomeOf = (
  outDir: string,
  resumed: number,
  { settings, device, frames, steps, history, failed }: Omit<Standing, 'epoch'>,
): TrainOutcome => {
  const { firstAccuracy, epochs, maxAccuracy } = history;
  const encoder = join(outDir, ENCODER_FILE);
  return { settings, frames, steps, resumed, firstAccuracy, epochs, maxAccuracy, device, encoder, failed };
};

/** What losses do not depend on. */
const requireWork = ({ evaluateEvery, shortSide, cacheBytes, threads }: TrainOptions): void => {
  for (const [option, value] of Object.entries({ evaluateEvery, shortSide, cacheBytes, threads }))
    if (value !== undefined) requireWhole(option, value, 1);
};

const requireSeveral = ({ count }: TrainingFrames, input: string): void => {
  if (count > 1) return;
  throw new FramesiftError(
    'ERR_NO_INPUT',
    `${input}: one frame is chosen. At least two are needed to tell apart: choose more frames, or another folder.`,
    { facts: { path: input, frames: count } },
  );
};

const tellBatch = (
  { batchSize }: TrainingSettings,
  { count }: TrainingFrames,
  { batchSize: wanted, onNotice }: TrainOptions,
): void => {
  if (wanted === undefined || wanted === batchSize) return;
  const why = count < wanted ? `there are no more frames` : 'they are cut into equal parts';
  onNotice?.(`batches of ${batchSize} in place of ${wanted}: ${why}.`);
};

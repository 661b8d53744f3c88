// Training an encoder on one's own frames, without labels. The loop is here.
import { totalmem } from 'node:os';
import { join } from 'node:path';
import { ViewPool } from './augment/view-pool.ts';
import { FramesiftError } from './base/errors.ts';
import { writeAtomic } from './base/files.ts';
import { matrixOf } from './base/matrix.ts';
import type { Failure } from './base/outcome.ts';
import { Random } from './base/random.ts';
import { holdingLock, RUN_FOLDER } from './base/run-folder.ts';
import type { FrameChoice } from './dataset/choice.ts';
import { FrameSupply, type FrameSupplyOptions } from './dataset/frame-supply.ts';
import { indexTrainingFrames } from './dataset/index-training-frames.ts';
import { planEpochWindows } from './dataset/picture-sizes.ts';
import type { FolderReadingOptions } from './dataset/reading-options.ts';
import { openSource } from './dataset/source.ts';
import type { TrainingFrames } from './dataset/training-frames.ts';
import { MemoryBankModule } from './learning/memory-bank.ts';
import type { Weights } from './learning/network/weights.ts';
import type { TrainingGraph } from './learning/training-graph.ts';
import type { Device } from './model/device.ts';
import { batchesFrom } from './training/batches.ts';
import { buildTrainingGraph } from './training/build-graph.ts';
import { writeCheckpoint } from './training/checkpoint.ts';
import { classLabels } from './training/class-labels.ts';
import { FrozenBackbone } from './training/frozen-backbone.ts';
import { type EpochRecord, History } from './training/history.ts';
import { KnnEvaluation } from './training/knn-evaluation.ts';
import { openTrainingSession } from './training/open-session.ts';
import {
  type TrainingSettings,
  type TrainingSettingsOptions,
  trainingSettings,
} from './training/settings.ts';
import { readStartWeights, type StartWeights, withStartWeights } from './training/start-weights.ts';
import { scheduleAt } from './training/step-schedule.ts';
import {
  checkpointIn,
  ENCODER_FILE,
  refuseForeign,
  STEP_FILE,
  textOfKey,
  writeEncoder,
  writeRecord,
} from './training/training-folder.ts';

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

/** A run that is killed loses at most so much. */
const CHECKPOINT_EVERY_MS = 60_000;
const MOST_CACHE_BYTES = 4 * 2 ** 30;

/**
 * Trains an encoder by self-supervision: views of a frame are to be alike, and not those of others. Writes it as ONNX model.
 * An interrupted run is continued by the same call, and has the same losses as one that was not.
 *
 * @throws ERR_NOT_FOUND, ERR_NO_INPUT, ERR_OPTION; ERR_CHECKPOINT when the folder holds a training with other options;
 *   ERR_DIVERGED when the loss is no number any more; ERR_METADATA for labels that fit no frame; ERR_DEVICE, ERR_WRITE,
 *   ERR_OUTPUT_EXISTS, ERR_OUTPUT_BUSY, or the signal's reason. A frame's own failure is in the outcome
 */
export const trainEncoder = async (options: TrainOptions): Promise<TrainOutcome> => {
  const { input, outDir } = options;
  if (options.force !== true) await refuseForeign(outDir);
  const source = await openSource(input, options);
  const frames = await indexTrainingFrames(source, { ...options, labels: undefined });
  const frozen =
    options.frozen === undefined ? undefined : await FrozenBackbone.open(options.frozen, options);
  try {
    const settings = trainingSettings(options, frames.count, frozen?.settings);
    return await holdingLock(join(outDir, RUN_FOLDER, 'lock'), outDir, () =>
      train(frames, settings, frozen, options),
    );
  } finally {
    await frozen?.close();
  }
};

const train = async (
  frames: TrainingFrames,
  settings: TrainingSettings,
  frozen: FrozenBackbone | undefined,
  options: TrainOptions,
): Promise<TrainOutcome> => {
  const { outDir, signal, force = false, threads } = options;
  const supplyOptions = {
    ...options,
    shortSide: options.shortSide ?? 2 * settings.inputSize,
    cacheBytes: options.cacheBytes ?? Math.min(MOST_CACHE_BYTES, Math.floor(totalmem() / 4)),
  };
  const start = options.startFrom === undefined ? undefined : await readStartWeights(options.startFrom);
  const windows = planEpochWindows(frames, supplyOptions);
  const key = {
    settings,
    data: frames.fingerprint,
    supply: { ...windows, shortSide: supplyOptions.shortSide },
    start: start?.key ?? '',
  };
  const checkpoint = await checkpointIn(outDir, key, force);
  const evaluation = await openEvaluation(frames, settings, frozen, supplyOptions, options);
  const graph = buildTrainingGraph(settings);
  const state = checkpoint?.state ?? firstState(graph, settings, start);
  const { session, device } = await openTrainingSession(graph, state, checkpoint?.steps, options);
  await using _ = session;
  const bank = new MemoryBankModule(graph.bankShape ?? 0, settings);
  if (checkpoint !== undefined) bank.restore(checkpoint.bank);
  const history = new History(checkpoint?.history);
  const failures = new Map(frames.failed.map((failure) => [failure.item, failure]));
  const stepsPerEpoch = Math.floor(frames.count / settings.batchSize);
  const resumed = session.stepCount;
  let [epoch, position] = [checkpoint?.epoch ?? 0, checkpoint?.position ?? 0];
  let savedAt = performance.now();

  const save = async (): Promise<void> => {
    await writeCheckpoint(outDir, {
      key: textOfKey(key),
      state: await session.state(),
      bank: bank.state(),
      steps: session.stepCount,
      epoch,
      position,
      history: history.state(),
    });
    await writeRecord(
      outDir,
      {
        settings,
        frames: frames.count,
        stepsPerEpoch,
        steps: session.stepCount,
        isFinished: epoch === settings.epochs,
        firstAccuracy: history.firstAccuracy,
        epochs: history.epochs,
        maxAccuracy: history.maxAccuracy,
        failed: [...failures.values()].map(({ item, error }) => ({ item, message: error.message })),
      },
      history.losses,
    );
    savedAt = performance.now();
  };

  const accuracy = async (): Promise<number | undefined> =>
    evaluation?.accuracy(await session.state(), threads);
  const closeEpoch = async (): Promise<void> => {
    const { evaluateEvery = 1 } = options;
    const isDue = (epoch + 1) % evaluateEvery === 0 || epoch + 1 === settings.epochs;
    history.closeEpoch(epoch, isDue ? await accuracy() : undefined);
    [epoch, position] = [epoch + 1, 0];
    await save();
    await writeEncoder(outDir, settings, await session.state(), frozen);
  };

  if (session.stepCount === 0) history.firstAccuracy = await accuracy();
  await writeAtomic(join(outDir, STEP_FILE), graph.model);
  using supply = new FrameSupply(frames, supplyOptions);
  using pool = new ViewPool(settings.views, { signal });
  const batches = batchesFrom(epoch, position, {
    settings,
    windows,
    supply,
    pool,
    frozen,
    signal,
    onFailure: (failure) => failures.set(failure.item, failure),
  });
  try {
    for await (const batch of batches) {
      if (batch.epoch > epoch) await closeEpoch();
      const { learningRate, momentum } = scheduleAt(settings, stepsPerEpoch, session.stepCount);
      const rows = bank.rows?.data as Float32Array | undefined;
      const order = graph.hasShuffle ? shuffle(settings, session.stepCount) : undefined;
      const output = await session.step({ views: batch.views, learningRate, momentum, bank: rows, order });
      if (!Number.isFinite(output.loss)) throw diverged(outDir, session.stepCount, epoch);
      if (output.keys !== undefined && graph.bankShape !== undefined)
        bank.update(matrixOf(output.keys, settings.batchSize, graph.bankShape[1]));
      history.add(output, learningRate);
      position = batch.nextPosition;
      options.onProgress?.({
        stage: 'training',
        done: session.stepCount,
        total: settings.epochs * stepsPerEpoch,
        failed: failures.size,
        unit: 'steps',
        item: standing(history, settings, output),
      });
      signal?.throwIfAborted();
      if (performance.now() - savedAt > CHECKPOINT_EVERY_MS) await save();
    }
    if (epoch < settings.epochs) {
      if (history.sums.steps === 0) throw nothingReadable(frames.count, failures.size);
      await closeEpoch();
    }
    // Somebody may have removed it.
    else if (session.stepCount === resumed)
      await writeEncoder(outDir, settings, await session.state(), frozen);
  } catch (error) {
    // What was done up to here is not lost.
    if (signal?.aborted === true) await save();
    throw error;
  }
  return {
    settings,
    frames: frames.count,
    steps: session.stepCount,
    resumed,
    firstAccuracy: history.firstAccuracy,
    epochs: history.epochs,
    maxAccuracy: history.maxAccuracy,
    device,
    encoder: join(outDir, ENCODER_FILE),
    failed: [...failures.values()],
  };
};

const firstState = (
  graph: TrainingGraph,
  { seed }: TrainingSettings,
  start: StartWeights | undefined,
): Weights => {
  const state = graph.initialState(new Random(seed));
  return start === undefined ? state : withStartWeights(state, start);
};

const openEvaluation = async (
  frames: TrainingFrames,
  settings: TrainingSettings,
  frozen: FrozenBackbone | undefined,
  supplyOptions: FrameSupplyOptions,
  { labels }: TrainOptions,
): Promise<KnnEvaluation | undefined> =>
  labels === undefined
    ? undefined
    : KnnEvaluation.open(frames, await classLabels(labels, frames), settings, frozen, supplyOptions);

/** The order in which the encoder that follows sees a batch: another at each step, the same when a run is continued. */
const shuffle = ({ seed, batchSize }: TrainingSettings, step: number): Uint32Array =>
  new Random(seed + step + 1).permutation(batchSize);

const diverged = (outDir: string, step: number, epoch: number): FramesiftError =>
  new FramesiftError(
    'ERR_DIVERGED',
    `the loss is no number any more at step ${step + 1} (epoch ${epoch + 1}). The last checkpoint is in ${outDir}. Train anew with --force and a lower learning rate (--learning-rate), or a longer warm-up.`,
    { facts: { step: step + 1, epoch: epoch + 1, path: outDir } },
  );

const nothingReadable = (frames: number, failed: number): FramesiftError =>
  new FramesiftError(
    'ERR_NO_FRAMES',
    `no batch can be filled: of ${frames} frames ${failed} cannot be read. framesift info says what is wrong with the videos.`,
    { facts: { frames, failed } },
  );

/** `epoch 3 of 100, loss 4.212, spread 0.91, neighbours 83 %`. */
const standing = (
  { epochs }: History,
  settings: TrainingSettings,
  { loss, spread }: { readonly loss: number; readonly spread: number },
): string => {
  const accuracy = epochs.findLast(({ knnAccuracy }) => knnAccuracy !== undefined)?.knnAccuracy;
  const neighbours = accuracy === undefined ? '' : `, kNN ${(100 * accuracy).toFixed(1)} %`;
  return `epoch ${epochs.length + 1} of ${settings.epochs}, loss ${loss.toFixed(3)}, spread ${spread.toFixed(2)}${neighbours}`;
};

// A training from where it stands to its end, step by step.

import { ViewPool } from '../augment/view-pool.ts';
import { FramesiftError } from '../base/errors.ts';
import { matrixOf } from '../base/matrix.ts';
import type { Failure } from '../base/outcome.ts';
import type { Progress } from '../base/progress.ts';
import { Random } from '../base/random.ts';
import type { EpochWindows } from '../dataset/epoch-order.ts';
import { FrameSupply, type FrameSupplyOptions } from '../dataset/frame-supply.ts';
import type { TrainingFrames } from '../dataset/training-frames.ts';
import { encoderModel } from '../learning/encoder.ts';
import { MemoryBankModule } from '../learning/memory-bank.ts';
import type { Weights } from '../learning/network/weights.ts';
import type { TrainingGraph } from '../learning/training-graph.ts';
import type { StepOutput, TrainingSession } from '../learning/training-session.ts';
import type { Device } from '../model/device.ts';
import { type Batch, batchesFrom } from './batches.ts';
import { backboneOf, sampleShapeOf } from './build-graph.ts';
import { type Checkpoint, writeCheckpoint } from './checkpoint.ts';
import { History } from './history.ts';
import type { KnnEvaluation } from './knn-evaluation.ts';
import type { TrainingSettings } from './settings.ts';
import { standing } from './standing.ts';
import { scheduleAt, stepsOfEpoch } from './step-schedule.ts';
import { type TrainedModels, writeEncoder, writeRecord, writeStep } from './training-folder.ts';
import { type TrainingKey, textOfKey } from './training-key.ts';

/** What is to be trained, with what and where to. */
export interface TrainingPlan {
  readonly outDir: string;
  readonly key: TrainingKey;
  readonly frames: TrainingFrames;
  readonly windows: EpochWindows;
  readonly supplyOptions: FrameSupplyOptions;
  readonly graph: TrainingGraph;
  readonly device: Device;
  readonly models: TrainedModels;
  readonly evaluation: KnnEvaluation | undefined;
  /** A key of the labels that it is by. */
  readonly labels: string | undefined;
  readonly evaluateEvery: number;
  readonly checkpointEveryMs: number;
  readonly threads: number | undefined;
  readonly signal: AbortSignal | undefined;
  readonly onProgress: ((progress: Progress) => void) | undefined;
}

export class TrainingRun {
  readonly history: History;
  readonly #plan: TrainingPlan;
  readonly #settings: TrainingSettings;
  readonly #session: TrainingSession;
  readonly #bank: MemoryBankModule;
  /** Of frames, now and earlier, by what failed. */
  readonly #failures: Map<string, Failure>;
  readonly #stepsPerEpoch: number;
  /** Where the next batch begins. */
  #epoch: number;
  #position: number;
  /** Steps that the last checkpoint holds; undefined where there is none. */
  #savedSteps: number | undefined;
  #savedAt = performance.now();

  /** @param session in the state of the checkpoint */
  constructor(plan: TrainingPlan, session: TrainingSession, checkpoint: Checkpoint | undefined) {
    this.#plan = plan;
    this.#settings = plan.key.settings;
    this.#session = session;
    this.#bank = new MemoryBankModule(plan.graph.bankShape ?? 0, this.#settings);
    if (checkpoint !== undefined) this.#bank.restore(checkpoint.bank);
    this.history = new History(checkpoint?.history, plan.labels);
    this.#failures = new Map(checkpoint?.failed.map((failure) => [failure.item, failure]));
    this.#stepsPerEpoch = stepsOfEpoch(this.#settings, plan.frames.count);
    this.#epoch = checkpoint?.epoch ?? 0;
    this.#position = checkpoint?.position ?? 0;
    this.#savedSteps = checkpoint?.steps;
  }

  get steps(): number {
    return this.#session.stepCount;
  }

  get failed(): readonly Failure[] {
    return failuresOf(this.#plan.frames, this.#failures.values());
  }

  /** @throws ERR_DIVERGED, ERR_NO_FRAMES, ERR_WRITE, or the signal's reason, after all that was done is saved */
  async finish(): Promise<void> {
    const resumed = this.steps;
    try {
      await this.#train();
    } catch (error) {
      if (this.#plan.signal?.aborted === true && this.steps > resumed) await this.#saveIfSound();
      throw error;
    }
  }

  async #train(): Promise<void> {
    const { frames, windows, supplyOptions, models, signal, checkpointEveryMs } = this.#plan;
    const { frozen } = models;
    const settings = this.#settings;
    if (this.steps === 0) this.history.firstAccuracy = await this.#accuracy(await this.#session.state());
    using supply = new FrameSupply(frames, supplyOptions);
    using pool = new ViewPool(settings.views, { signal });
    const onFailure = (failure: Failure): void => {
      this.#failures.set(failure.item, failure);
    };
    const place = { settings, windows, supply, pool, frozen, signal, onFailure };
    for await (const batch of batchesFrom(this.#epoch, this.#position, place)) {
      if (batch.epoch > this.#epoch) await this.#closeEpoch(batch.epoch);
      await this.#step(batch);
      signal?.throwIfAborted();
      if (performance.now() - this.#savedAt >= checkpointEveryMs) await this.#save(await this.#soundState());
    }
    if (this.#epoch < settings.epochs) await this.#closeEpoch(settings.epochs);
  }

  async #step({ views, nextPosition }: Batch): Promise<void> {
    const { graph, onProgress } = this.#plan;
    const settings = this.#settings;
    const { learningRate, momentum } = scheduleAt(settings, this.#stepsPerEpoch, this.steps);
    const bank = this.#bank.rows?.data as Float32Array | undefined;
    const order = graph.hasShuffle ? shuffle(settings, this.steps) : undefined;
    const output = await this.#session.step({ views, learningRate, momentum, bank, order });
    if (!Number.isFinite(output.loss)) throw this.#diverged(this.steps + 1, 'the loss is no number any more');
    this.#remember(output);
    this.history.add(output, learningRate);
    this.#position = nextPosition;
    onProgress?.({
      stage: 'training',
      done: this.steps,
      total: settings.epochs * this.#stepsPerEpoch,
      failed: this.failed.length,
      unit: 'steps',
      item: standing(this.history, settings, output),
    });
  }

  #remember({ keys }: StepOutput): void {
    const { bankShape } = this.#plan.graph;
    if (keys !== undefined && bankShape !== undefined)
      this.#bank.update(matrixOf(keys, this.#settings.batchSize, bankShape[1]));
  }

  /** @param next the epoch that follows; where that is not the one after this, no batch could be filled meanwhile */
  async #closeEpoch(next: number): Promise<void> {
    const { outDir, models, graph, evaluateEvery } = this.#plan;
    const settings = this.#settings;
    if (this.history.sums.steps === 0) throw this.#nothingReadable();
    const epoch = this.#epoch + 1;
    const isDue = epoch % evaluateEvery === 0 || epoch === settings.epochs;
    const state = await this.#soundState();
    this.history.closeEpoch(epoch - 1, isDue ? await this.#accuracy(state) : undefined);
    [this.#epoch, this.#position] = [epoch, 0];
    await this.#save(state);
    await writeEncoder(outDir, settings, state, models);
    await writeStep(outDir, graph);
    if (next > epoch) throw this.#nothingReadable();
  }

  async #accuracy(state: Weights): Promise<number | undefined> {
    const { evaluation, models } = this.#plan;
    if (evaluation === undefined) return undefined;
    const settings = this.#settings;
    const sampleShape = sampleShapeOf(settings);
    const backbone = backboneOf(settings, models.tuned?.backbone);
    return evaluation.accuracy(encoderModel(backbone, state, { sampleShape }), this.#plan);
  }

  async #save(state: Weights): Promise<void> {
    const { outDir, key, windows } = this.#plan;
    await writeCheckpoint(outDir, {
      key: textOfKey(key),
      state,
      bank: this.#bank.state(),
      steps: this.steps,
      epoch: this.#epoch,
      position: this.#position,
      windows,
      history: this.history.state(),
      failed: [...this.#failures.values()],
      device: this.#plan.device,
    });
    this.#savedSteps = this.steps;
    await writeRecord(outDir, {
      settings: this.#settings,
      frames: this.#plan.frames.count,
      steps: this.steps,
      epoch: this.#epoch,
      history: this.history,
      failed: this.failed,
      device: this.#plan.device,
    });
    this.#savedAt = performance.now();
  }

  /** A step may leave weights that are no numbers, and only the next one has such a loss. @throws ERR_DIVERGED */
  async #soundState(): Promise<Weights> {
    const state = await this.#session.state();
    if (!isSound(state)) throw this.#diverged(this.steps, 'weights are no numbers any more');
    return state;
  }

  /** What was saved before stays where the weights are no numbers. */
  async #saveIfSound(): Promise<void> {
    const state = await this.#session.state();
    if (isSound(state)) await this.#save(state);
  }

  #diverged(step: number, what: string): FramesiftError {
    const { outDir } = this.#plan;
    const epoch = this.#epoch + 1;
    const [kept, anew] =
      this.#savedSteps === undefined
        ? ['Nothing was saved before.', '']
        : [
            `What was learned until step ${this.#savedSteps} is still in ${outDir}.`,
            ' anew with --force and',
          ];
    return new FramesiftError(
      'ERR_DIVERGED',
      `the training has diverged: at step ${step} (epoch ${epoch}) ${what}. ${kept} Train${anew} with a lower --learning-rate than ${this.#settings.optimizer.learningRate}, or a longer warm-up (--warmup-epochs).`,
      { facts: { step, epoch, savedSteps: this.#savedSteps ?? null, path: outDir } },
    );
  }

  #nothingReadable(): FramesiftError {
    const { count, source } = this.#plan.frames;
    const { batchSize } = this.#settings;
    const failed = this.failed.length;
    const first = this.failed[0]?.error.message ?? '';
    return new FramesiftError(
      'ERR_NO_FRAMES',
      `${source.root}: too few frames can be read in epoch ${this.#epoch + 1}: a batch takes ${batchSize} of ${count}, and ${failed} failed. The first: ${first} Mend or --exclude them, or choose a smaller --batch-size.`,
      { facts: { path: source.root, frames: count, failed, batchSize, epoch: this.#epoch + 1 } },
    );
  }
}

const isSound = (state: Weights): boolean =>
  [...state.values()].every(({ data }) => data.every(Number.isFinite));

/** What could not be had: files, as they are now, and frames, also those of earlier runs. Of each item once. */
export const failuresOf = ({ failed }: TrainingFrames, ofFrames: Iterable<Failure>): readonly Failure[] => [
  ...new Map([...failed, ...ofFrames].map((failure) => [failure.item, failure])).values(),
];

/** The order in which the encoder that follows sees a batch: another at each step, the same when a run is continued. */
const shuffle = ({ seed, batchSize }: TrainingSettings, step: number): Uint32Array =>
  new Random((seed + step + 1) % 2 ** 53).permutation(batchSize);

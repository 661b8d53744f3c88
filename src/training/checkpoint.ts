// Where a training stands, in one file: killed at any moment, it goes on from there to the same losses.
import { join } from 'node:path';
import { errorFromJSON, FramesiftError } from '../base/errors.ts';
import { writeChunksAtomic } from '../base/file-chunks.ts';
import { matrixOf } from '../base/matrix.ts';
import type { Failure } from '../base/outcome.ts';
import type { EpochWindows } from '../dataset/epoch-order.ts';
import { encodeSafeTensors, type FloatTensor } from '../formats/safetensors.ts';
import type { MemoryBankState } from '../learning/memory-bank.ts';
import type { Weights } from '../learning/network/weights.ts';
import type { Device } from '../model/device.ts';
import type { HistoryState } from './history.ts';
import { readTensorFile } from './tensor-file.ts';

/** The last state of a training, in its folder. */
export const CHECKPOINT_FILE = 'last.safetensors';

/** What the next step depends on, and what came before. */
export interface Checkpoint {
  /** All that losses depend on, as text: a checkpoint is for these and no other. */
  readonly key: string;
  readonly state: Weights;
  readonly bank: MemoryBankState;
  readonly steps: number;
  /** Where the next batch begins. */
  readonly epoch: number;
  readonly position: number;
  /** What its orders are made for, so that another amount of memory leaves them as they are. */
  readonly windows: EpochWindows;
  readonly history: HistoryState;
  /** Frames that could not be had. */
  readonly failed: readonly Failure[];
  /** Where it was trained last. */
  readonly device: Device;
}

/** What is no tensor. */
interface Progress extends Pick<Checkpoint, 'steps' | 'epoch' | 'position' | 'windows' | 'device'> {
  readonly bankPointer: number;
  readonly history: Omit<HistoryState, 'losses'>;
  readonly failed: readonly { readonly item: string; readonly error: Parameters<typeof errorFromJSON>[0] }[];
}

const [BANK, LOSSES] = ['memory bank', 'losses'];
const FORMAT = 'framesift training, 2';

/** More failures than anybody reads would fill the file. */
const MOST_FAILURES = 10_000;

/** @throws ERR_WRITE */
export const writeCheckpoint = async (folder: string, checkpoint: Checkpoint): Promise<void> => {
  const { key, state, bank, steps, epoch, position, windows, device } = checkpoint;
  const { losses, ...history } = checkpoint.history;
  const tensors = new Map<string, FloatTensor>(state);
  if (bank.rows !== undefined)
    tensors.set(BANK, {
      shape: [bank.rows.rows, bank.rows.columns],
      data: bank.rows.data as Float32Array,
    });
  tensors.set(LOSSES, { shape: [losses.length], data: losses });
  const failed = checkpoint.failed
    .slice(0, MOST_FAILURES)
    .map(({ item, error }) => ({ item, error: error.toJSON() }));
  const bankPointer = bank.pointer;
  const progress: Progress = { steps, epoch, position, windows, device, bankPointer, history, failed };
  const metadata = { format: FORMAT, key, progress: JSON.stringify(progress) };
  await writeChunksAtomic(join(folder, CHECKPOINT_FILE), encodeSafeTensors({ tensors, metadata }));
};

/**
 * @returns undefined where there is none
 * @throws ERR_CHECKPOINT for one that cannot be read; ERR_READ
 */
export const readCheckpoint = async (folder: string): Promise<Checkpoint | undefined> => {
  const path = join(folder, CHECKPOINT_FILE);
  const file = await readTensorFile(path);
  if (file === undefined) return undefined;
  const { tensors, metadata } = file;
  if (metadata['format'] !== FORMAT) throw noCheckpoint(path);
  try {
    return checkpointOf(tensors, metadata);
  } catch (error) {
    throw noCheckpoint(path, error);
  }
};

/** @throws where something is missing */
const checkpointOf = (
  tensors: ReadonlyMap<string, FloatTensor>,
  metadata: Readonly<Record<string, string>>,
): Checkpoint => {
  const state = new Map(tensors);
  const bank = state.get(BANK);
  const losses = state.get(LOSSES)!;
  state.delete(BANK);
  state.delete(LOSSES);
  const progress = JSON.parse(metadata['progress']!) as Progress;
  const { bankPointer, history, failed, ...rest } = progress;
  const rows = bank === undefined ? undefined : matrixOf(bank.data, bank.shape[0]!, bank.shape[1]!);
  return {
    ...rest,
    key: metadata['key']!,
    state,
    bank: { rows, pointer: bankPointer },
    history: { ...history, losses: losses.data },
    failed: failed.map(({ item, error }) => ({ item, error: errorFromJSON(error) })),
  };
};

/** The weights in it are those of the network that is trained. @throws ERR_CHECKPOINT */
export const requireFit = (
  folder: string,
  { state }: Checkpoint,
  wanted: ReadonlyMap<string, readonly number[]>,
): void => {
  for (const [name, shape] of wanted)
    if (state.get(name)?.shape.join() !== shape.join()) throw noCheckpoint(join(folder, CHECKPOINT_FILE));
};

const noCheckpoint = (path: string, cause?: unknown): FramesiftError =>
  new FramesiftError(
    'ERR_CHECKPOINT',
    `${path}: is no checkpoint of a training of this version. Train anew with --force, or into another folder.`,
    { facts: { path }, cause },
  );

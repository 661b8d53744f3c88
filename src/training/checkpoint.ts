// Where a training stands, in one file: killed at any moment, it goes on from there to the same losses.
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { FramesiftError, systemCodeOf } from '../base/errors.ts';
import { readError, writeChunksAtomic } from '../base/file-chunks.ts';
import { matrixOf } from '../base/matrix.ts';
import { decodeSafeTensors, encodeSafeTensors, type FloatTensor } from '../formats/safetensors.ts';
import type { MemoryBankState } from '../learning/memory-bank.ts';
import type { Weights } from '../learning/network/weights.ts';
import type { HistoryState } from './history.ts';

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
  readonly history: HistoryState;
}

/** What is no tensor. */
interface Progress extends Pick<Checkpoint, 'steps' | 'epoch' | 'position'> {
  readonly bankPointer: number;
  readonly history: Omit<HistoryState, 'losses'>;
}

const [BANK, LOSSES] = ['memory bank', 'losses'];
const FORMAT = 'framesift training, 1';

/** @throws ERR_WRITE */
export const writeCheckpoint = async (folder: string, checkpoint: Checkpoint): Promise<void> => {
  const { key, state, bank, steps, epoch, position } = checkpoint;
  const { losses, ...history } = checkpoint.history;
  const tensors = new Map<string, FloatTensor>(state);
  if (bank.rows !== undefined)
    tensors.set(BANK, {
      shape: [bank.rows.rows, bank.rows.columns],
      data: bank.rows.data as Float32Array,
    });
  tensors.set(LOSSES, { shape: [losses.length], data: losses });
  const progress: Progress = { steps, epoch, position, bankPointer: bank.pointer, history };
  const metadata = { format: FORMAT, key, progress: JSON.stringify(progress) };
  await writeChunksAtomic(join(folder, CHECKPOINT_FILE), encodeSafeTensors({ tensors, metadata }));
};

/**
 * @returns undefined where there is none
 * @throws ERR_CHECKPOINT for one that cannot be read; ERR_READ
 */
export const readCheckpoint = async (folder: string): Promise<Checkpoint | undefined> => {
  const path = join(folder, CHECKPOINT_FILE);
  const bytes = await readFile(path).catch((error: unknown) => {
    if (systemCodeOf(error) === 'ENOENT') return undefined;
    throw readError(path, error);
  });
  if (bytes === undefined) return undefined;
  const { tensors, metadata } = decodeSafeTensors(bytes, path);
  if (metadata['format'] !== FORMAT) {
    throw new FramesiftError(
      'ERR_CHECKPOINT',
      `${path}: is no checkpoint of a training of this version. Train anew with --force, or into another folder.`,
      { facts: { path } },
    );
  }
  const state = new Map(tensors);
  const bank = state.get(BANK);
  const losses = state.get(LOSSES);
  state.delete(BANK);
  state.delete(LOSSES);
  const progress = JSON.parse(metadata['progress']!) as Progress;
  const { bankPointer, history, ...rest } = progress;
  const rows = bank === undefined ? undefined : matrixOf(bank.data, bank.shape[0]!, bank.shape[1]!);
  return {
    ...rest,
    key: metadata['key'] ?? '',
    state,
    bank: { rows, pointer: bankPointer },
    history: { ...history, losses: losses?.data ?? new Float32Array() },
  };
};

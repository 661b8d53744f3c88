// Decodes frames of a video into image files: while one is decoded, others are encoded and written.
import { createHash } from 'node:crypto';
import { writeFile } from 'node:fs/promises';
import { Backlog } from '../base/concurrency.ts';
import { writeError } from '../base/files.ts';
import type { RgbImage } from '../base/rgb-image.ts';
import { sendFailure, sendUntilTaken } from './channel.ts';
import type { ExtractJob, JobResult } from './job.ts';
import { readRuns } from './read-runs.ts';

/** Pixels that may wait for their encoder: a bound in bytes, so that wide frames do not fill the memory. */
const MOST_WAITING_BYTES = 12 * 1024 * 1024;

/** Files that may wait for the main process to record them. They are lost when it dies before. */
const MOST_UNRECORDED = 32;

export const extract = async (job: ExtractJob): Promise<JobResult> => {
  const { encodeRgb } = await import('../native/sharp.ts');
  const memory = new PixelMemory();
  const pixels = new Backlog(MOST_WAITING_BYTES);
  const files = new Backlog(MOST_UNRECORDED);
  const underway = new Set<Promise<void>>();

  const encode = async (image: RgbImage): Promise<Uint8Array> => {
    pixels.add(image.data.length);
    try {
      return await encodeRgb(image, job.encode);
    } finally {
      pixels.remove(image.data.length);
      memory.giveBack(image.data);
    }
  };
  const write = async (rank: number, image: RgbImage): Promise<void> => {
    const { width, height } = image;
    const file = `${job.filePrefix}${rank}`;
    files.add(1);
    try {
      const bytes = await encode(image);
      await writeFile(file, bytes).catch((error: unknown) => {
        throw writeError(file, error);
      });
      const sha256 = createHash('sha256').update(bytes).digest('hex');
      const frame = { rank, file, width, height, sizeBytes: bytes.length, sha256 };
      await sendUntilTaken({ type: 'written', frame });
    } catch (error) {
      sendFailure(rank, error);
    } finally {
      files.remove(1);
    }
  };

  const { size, keepDamaged } = job;
  const allocate = (sizeBytes: number): Uint8Array => memory.take(sizeBytes);
  const result = await readRuns(job, { size, keepDamaged, allocate }, async ({ rank, image }) => {
    const writing: Promise<void> = write(rank, image).finally(() => underway.delete(writing));
    underway.add(writing);
    await pixels.room();
    await files.room();
  });
  await Promise.all(underway);
  return result;
};

/** Memory of pictures that are encoded, for those that come: fresh memory takes long to get, and its collection lags. */
class PixelMemory {
  readonly #free: Uint8Array[] = [];

  take(sizeBytes: number): Uint8Array {
    for (let memory = this.#free.pop(); memory !== undefined; memory = this.#free.pop())
      if (memory.length === sizeBytes) return memory;
    return new Uint8Array(sizeBytes);
  }

  giveBack(memory: Uint8Array): void {
    this.#free.push(memory);
  }
}

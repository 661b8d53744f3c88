// Reads runs of a video's frames, with the reader of the job before where that fits.
import { createHash } from 'node:crypto';
import type { RgbImage } from '../base/rgb-image.ts';
import { decodeIndex } from '../video/index-file.ts';
import { openMediaFile } from '../video/media-file.ts';
import type { Run } from '../video/plan.ts';
import { FrameReader, IndexDisagreement, type ReadFrame, type ReadOptions } from '../video/reader.ts';
import { sendFailure } from './channel.ts';
import type { JobResult } from './job.ts';

/** The reader of the last job, kept for the next piece of the same video. */
let lastReader: { readonly key: string; readonly reader: FrameReader } | undefined;

/** Hands out pictures one after the other, and sends a frame's failure to the main process. */
export const readRuns = async (
  job: {
    readonly path: string;
    readonly index: Uint8Array;
    readonly runs: readonly Run[];
    readonly threads: number;
  },
  options: ReadOptions,
  onImage: (frame: Extract<ReadFrame, { image: RgbImage }>) => Promise<void>,
): Promise<JobResult> => {
  const reader = await readerFor(job.path, job.index, job.threads);
  const before = { ...reader.stats };
  try {
    for await (const frame of reader.read(job.runs, options)) {
      if ('image' in frame) await onImage(frame);
      else sendFailure(frame.rank, frame.error);
    }
  } catch (error) {
    lastReader = undefined;
    reader[Symbol.dispose]();
    if (error instanceof IndexDisagreement) return { type: 'renumber' };
    throw error;
  }
  const { stats } = reader;
  return {
    type: 'read',
    stats: {
      seeks: stats.seeks - before.seeks,
      packetsSent: stats.packetsSent - before.packetsSent,
      framesDecoded: stats.framesDecoded - before.framesDecoded,
      framesSkipped: stats.framesSkipped - before.framesSkipped,
      backOffs: stats.backOffs - before.backOffs,
    },
  };
};

const readerFor = async (path: string, bytes: Uint8Array, threads: number): Promise<FrameReader> => {
  const key = `${threads} ${createHash('sha1').update(bytes).digest('hex')} ${path}`;
  if (lastReader?.key === key) return lastReader.reader;
  lastReader?.reader[Symbol.dispose]();
  lastReader = undefined;
  const video = decodeIndex(bytes);
  if (video === undefined) throw new Error('the index did not arrive whole');
  const reader = new FrameReader(await openMediaFile(path), video, { threads });
  lastReader = { key, reader };
  return reader;
};

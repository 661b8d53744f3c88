// What is said between those who submit work and those who do it. Jobs carry names and paths, never pixels.
import { createHash } from 'node:crypto';
import { readVersion } from '../base/version.ts';
import type { ExtractionOptions } from '../dataset/extraction.ts';
import type { Pooling } from '../model/description.ts';
import type { Device } from '../model/device.ts';
import type { WeightsType } from '../model/weights-file.ts';

/** Part of the frames that are wanted of one video (or some images), for the verb `extract`. */
export interface ExtractRequest {
  readonly kind: 'extract';
  readonly source: ShardSource;
  readonly names: readonly string[];
  readonly options: Pick<ExtractionOptions, 'format' | 'quality' | 'size' | 'keepDamaged' | 'stream'>;
}

/** The same for the verb `embed`. */
export interface EmbedRequest {
  readonly kind: 'embed';
  readonly source: ShardSource;
  readonly names: readonly string[];
  readonly options: ComputeOptions;
}

/** What changes the values of embeddings. */
export interface ComputeOptions {
  readonly model?: string | undefined;
  readonly dtype?: WeightsType | undefined;
  readonly device: Device;
  readonly output?: string | undefined;
  readonly pooling?: Pooling | undefined;
  readonly normalize?: boolean | undefined;
  readonly metadata?: boolean | undefined;
  readonly stream?: number | undefined;
}

export interface ShardSource {
  readonly root: string;
  readonly kind: 'videos' | 'images';
  readonly files: readonly string[];
  readonly address?: string | undefined;
}

/** A video to be described; small enough to travel in the queue, both ways. */
export interface InfoRequest {
  readonly kind: 'info';
  readonly path: string;
  readonly verify: boolean;
  readonly stream: number | undefined;
}

export type FolderRequest = ExtractRequest | EmbedRequest;

/** What stands in the queue. */
export type JobData =
  | { readonly kind: 'info'; readonly request: InfoRequest }
  /** The request is in the folder, and so will be what comes of it: see `ShardFolder`. */
  | { readonly kind: 'folder'; readonly folder: string; readonly id: string };

/** Workers of another version have a queue of their own: what they write could differ. */
export const queueName = (): string => `framesift-${readVersion()}`;

/** The same work has the same number, whoever submits it. */
export const jobId = (request: object, place: string): string =>
  `job-${createHash('sha256')
    .update(JSON.stringify([place, request]))
    .digest('hex')
    .slice(0, 32)}`;

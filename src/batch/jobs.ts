// What is said between those who submit work and those who do it. Jobs carry names and paths, never pixels.
import { createHash } from 'node:crypto';
import { readVersion } from '../base/version.ts';

/** Part of the frames that are wanted of one video (or some images), for the verb `extract`. */
export interface ExtractRequest {
  readonly kind: 'extract';
  readonly source: ShardSource;
  readonly names: readonly string[];
  /** As `ExtractionOptions` has them. */
  readonly options: Readonly<Record<string, unknown>>;
}

/** The same for the verb `embed`. */
export interface EmbedRequest {
  readonly kind: 'embed';
  readonly source: ShardSource;
  readonly names: readonly string[];
  /** As `EmbedOptions` has them. */
  readonly options: Readonly<Record<string, unknown>>;
}

export interface ShardSource {
  readonly root: string;
  readonly kind: 'videos' | 'images';
  readonly files: readonly string[];
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

// Selected frames straight to where they are labelled, over the network: each once, however often it breaks off.

import { dirname, join } from 'node:path';
import type { ExportOptions } from './annotation/exporter.ts';
import type { AnnotationItem } from './annotation/item.ts';
import { FramesiftError } from './base/errors.ts';
import { requireWhole } from './base/option-checks.ts';
import type { Failure } from './base/outcome.ts';
import type { Progress } from './base/progress.ts';
import { holdingLock, RUN_FOLDER } from './base/run-folder.ts';
import { type AnnotationSource, findItems } from './curation/annotation-items.ts';
import { Cvat } from './delivery/cvat.ts';
import { deliver } from './delivery/deliver.ts';
import type { Destination, FirstRequest } from './delivery/destination.ts';
import { type Patience, USUAL_PATIENCE } from './delivery/http.ts';
import { LabelStudio } from './delivery/label-studio.ts';
import { PushLedger } from './delivery/ledger.ts';
import { MessageQueue } from './delivery/message-queue.ts';
import { type PushTargetName, TOKEN_VARIABLES } from './delivery/push-target-names.ts';
import { Webhook } from './delivery/webhook.ts';

export interface PushOptions extends AnnotationSource, ExportOptions {
  readonly to: PushTargetName;
  /** Of the server, the webhook, or the queue (`redis://…`, `postgres://…`). */
  readonly url: string;
  /** The number of the project: needed by Label Studio, by CVAT without `categories`. */
  readonly project?: string | undefined;
  /** Of the server's account; of a webhook the secret that its batches are signed with. Never written anywhere. */
  readonly token?: string | undefined;
  /** CVAT: short name of the organisation. */
  readonly organization?: string | undefined;
  /** CVAT: send the images, too. Without it they are on the server's share, at their paths behind `prefix`. */
  readonly upload?: boolean | undefined;
  /** Queue: what it is called. Default: annotation. */
  readonly queueName?: string | undefined;
  /** CVAT: images of a job. */
  readonly segmentSize?: number | undefined;
  /** Frames that are sent at once; of CVAT the images of a task. Default: 1000, of a webhook or a queue 100. */
  readonly batchSize?: number | undefined;
  /** The folder that remembers what was pushed where. Default: `.framesift/pushed` in the folder that `from` is, or is in. */
  readonly ledger?: string | undefined;
  readonly patience?: Partial<Patience> | undefined;
  readonly signal?: AbortSignal | undefined;
  readonly onProgress?: ((progress: Progress) => void) | undefined;
}

export interface PushOutcome {
  /** Frames with an image. */
  readonly frames: number;
  readonly sent: number;
  /** Frames that were there. */
  readonly already: number;
  /** Frames that came twice, because a request was done after all that seemed lost, and of which one was removed. */
  readonly removed: number;
  readonly failed: readonly Failure[];
  readonly target: string;
  /** Where people find them. */
  readonly page: string | undefined;
}

/** What a push would do, as far as that is known without asking the server. */
export interface PushPlan {
  readonly frames: number;
  /** Frames that the ledger knows to be there. */
  readonly already: number;
  readonly batches: number;
  readonly target: string;
  /** The first request that would be made for frames, with the first of them. */
  readonly first: FirstRequest | undefined;
  readonly failed: readonly Failure[];
}

/**
 * Pushes frames in the order in which they were picked. Each is there once, after any fault and any number of runs: what
 * was sent is remembered, and where an answer was lost the server is asked before anything is sent again.
 *
 * @throws as `annotateFrames` for what is read; ERR_OPTION, ERR_OUTPUT_BUSY while another process pushes to the same place;
 *   ERR_REMOTE when the server refuses altogether or cannot be reached for long, or the signal's reason: the same call then
 *   goes on where it ended. Frames that are refused by themselves, or have no image, are in the outcome
 */
export const pushFrames = async (options: PushOptions): Promise<PushOutcome> => {
  const { signal, onProgress } = options;
  const { items, failed, destination, folder } = await prepare(options);
  const about = { frames: items.length, target: destination.title, page: destination.page };
  if (items.length === 0) return { ...about, sent: 0, already: 0, removed: 0, failed };
  const path = PushLedger.pathOf(folder, options.to, destination.address);
  return holdingLock(`${path}.lock`, path, async () => {
    const ledger = await PushLedger.read(folder, options.to, destination.address);
    try {
      const batchSize = options.batchSize ?? destination.usualBatchSize;
      const patience = patienceOf(options);
      const delivered = await deliver(items, destination, ledger, {
        batchSize,
        patience,
        signal,
        onProgress,
      });
      return { ...about, ...delivered, failed: [...failed, ...delivered.failed] };
    } finally {
      ledger.close();
      await destination.close?.();
    }
  });
};

/** Looks at everything but the server. @throws as {@link pushFrames} */
export const planPush = async (options: PushOptions): Promise<PushPlan> => {
  const { items, failed, destination, folder } = await prepare(options);
  const { there } = await PushLedger.read(folder, options.to, destination.address);
  const open = items.filter(({ frameKey }) => !there.has(frameKey));
  const batchSize = options.batchSize ?? destination.usualBatchSize;
  return {
    frames: items.length,
    already: items.length - open.length,
    batches: Math.ceil(open.length / batchSize),
    target: destination.title,
    first: open.length === 0 ? undefined : destination.describe(open.slice(0, 1)),
    failed,
  };
};

interface Prepared {
  readonly items: readonly AnnotationItem[];
  readonly failed: readonly Failure[];
  readonly destination: Destination;
  /** Of the ledgers. */
  readonly folder: string;
}

const prepare = async (options: PushOptions): Promise<Prepared> => {
  const { from, batchSize } = options;
  if (batchSize !== undefined) requireWhole('batchSize', batchSize, 1);
  const { items, failed, folder, isFolder } = await findItems(options);
  const ledgers = options.ledger ?? join(isFolder ? from : dirname(from), RUN_FOLDER, 'pushed');
  return { items, failed, destination: destinationOf(options, folder), folder: ledgers };
};

const patienceOf = ({ patience }: PushOptions): Patience => ({ ...USUAL_PATIENCE, ...patience });

const destinationOf = (options: PushOptions, images: string | undefined): Destination => {
  const {
    to,
    project,
    token,
    dataKey,
    prefix,
    categories,
    title,
    organization,
    segmentSize,
    fromName,
    toName,
    upload = false,
    queueName = 'annotation',
  } = options;
  const patience = patienceOf(options);
  switch (to) {
    case 'label-studio': {
      if (project === undefined)
        throw optionError('Label Studio: which project? Give its number (--project).');
      return new LabelStudio({
        url: addressIn(options.url),
        project: numberOf(project),
        token: needed(token, to),
        ...{ dataKey, prefix, fromName, toName, patience },
      });
    }
    case 'cvat': {
      if (upload && images === undefined)
        throw optionError(
          'CVAT: where the images are is not said. Give a folder, or the list and its images (--images).',
        );
      return new Cvat({
        url: addressIn(options.url),
        token: needed(token, to),
        project: project === undefined ? undefined : numberOf(project),
        ...{ categories, title, organization, prefix, segmentSize, patience },
        upload: upload ? images : undefined,
      });
    }
    case 'queue':
      if (!URL.canParse(options.url))
        throw optionError(
          'the queue is no address. Write redis://host:6379 or postgres://user@host/database.',
        );
      return new MessageQueue({ url: options.url, name: queueName, prefix, patience });
    case 'webhook':
      addressIn(options.url);
      return new Webhook({ url: options.url, secret: token, prefix, patience });
  }
};

/** Without what stands behind the host. @throws ERR_OPTION */
const addressIn = (text: string): string => {
  const url = URL.canParse(text) ? new URL(text) : undefined;
  if (url === undefined || !/^https?:$/.test(url.protocol))
    throw optionError(`"${text}" is no address of a server. Write https://host.`);
  if (url.username !== '' || url.password !== '')
    throw optionError(
      'the address holds a password. Leave it out, and give a token by the environment or a file.',
    );
  return `${url.origin}${url.pathname}`.replace(/\/+$/, '');
};

const numberOf = (project: string): string => {
  if (/^\d+$/.test(project)) return project;
  throw optionError(`"${project}" is no number of a project. It is in the address of the project's page.`);
};

const needed = (token: string | undefined, to: 'label-studio' | 'cvat'): string => {
  if (token !== undefined && token !== '') return token;
  throw optionError(
    `${to} needs a token. Put it into the environment variable ${TOKEN_VARIABLES[to]}, or into a file (--token-file FILE).`,
  );
};

const optionError = (message: string): FramesiftError => new FramesiftError('ERR_OPTION', message);

// Shards on workers, and what they made of them back.
import { rmSync } from 'node:fs';
import { readdir } from 'node:fs/promises';
import { resolve } from 'node:path';
import type { Progress } from '../base/progress.ts';
import { holdingLock } from '../base/run-folder.ts';
import type { Source } from '../dataset/source.ts';
import { openJobQueue } from '../native/bullmq.ts';
import { type FolderRequest, jobId, queueName, type ShardSource } from './jobs.ts';
import { ShardFolder } from './shard-folder.ts';
import type { Shard } from './shards.ts';
import { sharedPath } from './shared-path.ts';
import { givenUp, type SubmittedJob, submit } from './submit.ts';

export interface WorkersOptions {
  readonly queue: string;
  readonly signal?: AbortSignal | undefined;
  readonly onProgress?: ((progress: Progress) => void) | undefined;
  /** Something that people should know: no worker is there, the queue is out of reach. */
  readonly onNotice?: ((notice: string) => void) | undefined;
}

/** As workers are to see it, wherever they are started. @throws ERR_OPTION for an address with a password or a signature */
export const sharedSource = ({ root, kind, address }: Source, { files }: Shard): ShardSource => ({
  root: sharedPath(root),
  kind,
  files,
  ...(address !== undefined && { address: sharedPath(address) }),
});

/** Takes what workers made for a submitter that died. @param take as for {@link finishShards} */
export const takeFinished = async (folder: string, take: (done: string) => Promise<void>): Promise<void> => {
  const place = resolve(folder);
  for (const id of await readdir(place).catch(() => [])) {
    const shard = new ShardFolder(place, id);
    if (!(await shard.isDone())) continue;
    await take(shard.done);
    shard.remove();
  }
};

/**
 * Has shards done by workers and takes what they made, one shard after the other as they come.
 *
 * @param folder for requests and results, seen by all machines; removed when all is taken
 * @param take moves results to where they belong
 * @throws ERR_OPTION, ERR_MISSING_DEPENDENCY, ERR_OUTPUT_BUSY while another process submits the same; ERR_REMOTE when
 *   workers have given shards up; ERR_WRITE; the signal's reason
 */
export const finishShards = async (
  folder: string,
  shards: readonly Shard[],
  requestOf: (shard: Shard) => FolderRequest,
  take: (done: string) => Promise<void>,
  { queue: url, signal, onProgress, onNotice }: WorkersOptions,
): Promise<void> => {
  if (shards.length === 0) return;
  const place = resolve(folder);
  await holdingLock(`${place}.lock`, place, async () => {
    const queue = await openJobQueue(url, queueName(), () => undefined);
    const failures: { title: string; reason: string }[] = [];
    let said: string | undefined;
    try {
      const jobs: SubmittedJob[] = [];
      for (const shard of shards) {
        const request = requestOf(shard);
        const id = jobId(request, place);
        const shardFolder = new ShardFolder(place, id);
        if (!(await shardFolder.isDone())) await shardFolder.request(request);
        const [first, ...others] = shard.names;
        const title = others.length === 0 ? (first ?? '') : `${first} and ${others.length} more`;
        jobs.push({ id, title, weight: shard.weight, data: { kind: 'folder', folder: place, id } });
      }
      await submit(jobs, queue, {
        resultOf: async ({ id }) => ((await new ShardFolder(place, id).isDone()) ? true : undefined),
        onDone: async ({ id }) => {
          const shard = new ShardFolder(place, id);
          await take(shard.done);
          shard.remove();
          // The same work may be wanted again, when what came of it is gone. A queue that is out of reach holds nothing up.
          void queue.remove(id);
        },
        onFailed: ({ title }, reason) => failures.push({ title, reason }),
        onState: ({ doneWeight, totalWeight, failed, notice }) => {
          onProgress?.({
            stage: 'on workers',
            done: doneWeight,
            total: totalWeight,
            failed,
            unit: 'decoded frames',
            ...(notice !== undefined && { item: notice }),
          });
          if (notice !== undefined && notice !== said) onNotice?.(notice);
          said = notice;
        },
        signal,
      });
    } finally {
      await queue.close().catch(() => undefined);
    }
    if (failures.length > 0) throw givenUp(failures, shards.length);
    rmSync(place, { recursive: true, force: true });
  });
};

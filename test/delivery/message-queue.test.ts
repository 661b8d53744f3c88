// Batches are in a queue once: however connections break on the way, whoever stops and begins again, and when the server
// itself dies and comes back.
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { MessageQueue } from '../../src/delivery/message-queue.ts';
import { openJobQueue, takeJobs } from '../../src/native/bullmq.ts';
import { type Breakage, FlakyProxy } from '../support/flaky-proxy.ts';
import { itemsOf } from '../support/items.ts';
import { has } from '../support/needs.ts';
import { counted, PATIENCE, usePushBench } from '../support/pushing.ts';
import { postgresServer, type QueueServer, redisServer } from '../support/queue-servers.ts';

const { push } = usePushBench();
const FRAMES = 14;

const breakage: fc.Arbitrary<Breakage | undefined> = fc.option(
  fc.record({
    way: fc.constantFrom('there' as const, 'back' as const),
    afterBytes: fc.integer({ min: 0, max: 12_000 }),
    isSilent: fc.boolean(),
  }),
  { nil: undefined },
);

describe.each([
  ['redis', redisServer, 400],
  ['postgres', postgresServer, 1500],
] as const)('a queue in %s', (tool, serverOf, answerMs) => {
  // Connections are made anew: that takes longer than an answer over HTTP.
  const patience = { ...PATIENCE, answerMs };

  describe.skipIf(!has(tool))('.', () => {
    let server: QueueServer;
    let proxy: FlakyProxy;
    let broken: string;
    let count = 0;
    beforeAll(async () => {
      server = await serverOf();
      await server.start();
      const url = new URL(server.url);
      proxy = await FlakyProxy.start(Number(url.port));
      url.port = String(proxy.port);
      broken = url.href;
      // Tables and scripts are there before connections break.
      await push(
        itemsOf(1),
        new MessageQueue({ url: server.url, name: 'first', patience: { ...patience, answerMs: 20_000 } }),
      );
    }, 60_000);
    afterAll(async () => {
      await proxy.close();
      await server.remove();
    });

    /**
     * Keys of all frames in the queue, taken out of it by a worker of the user's own. A worker may be given a job twice
     * (when the answer that it is done is lost): jobs count, not how often they are worked on.
     */
    const taken = async (name: string): Promise<unknown[]> => {
      const jobs = new Map<string, readonly unknown[]>();
      const queue = await openJobQueue(server.url, name, () => undefined);
      const work = async (data: unknown) => {
        const { batch, frames } = data as { batch: string; frames: { frame_key: string }[] };
        jobs.set(
          batch,
          frames.map(({ frame_key }) => frame_key),
        );
        return { kind: 'done', result: null } as const;
      };
      const options = { concurrency: 4, onTrouble: () => undefined };
      const taker = await takeJobs(server.url, name, work, options);
      for (let { waiting, active } = await queue.counts(); waiting + active > 0; ) {
        await new Promise((resolve) => setTimeout(resolve, 5));
        ({ waiting, active } = await queue.counts());
      }
      await taker.close();
      await queue.close();
      return [...jobs.values()].flat();
    };

    it('holds each frame once after any breakages, ends and beginnings', { timeout: 240_000 }, () =>
      fc.assert(
        fc.asyncProperty(
          fc.array(breakage, { minLength: 1, maxLength: 8 }),
          fc.array(fc.integer({ min: 5, max: 300 }), { maxLength: 2 }),
          async (breakages, ends) => {
            const name = `frames-${count++}`;
            proxy.breakages.splice(0, Number.POSITIVE_INFINITY, ...breakages);
            const items = itemsOf(FRAMES);
            const queue = (url: string): MessageQueue => new MessageQueue({ url, name, patience });
            for (const ms of ends)
              await push(items, queue(broken), { signal: AbortSignal.timeout(ms) }).catch(() => undefined);
            for (let run = 0; run < 4; run++) await push(items, queue(broken)).catch(() => undefined);
            proxy.breakages.length = 0;
            // By the same way, as ledgers know servers by their address.
            await push(items, queue(broken));
            expect(counted(await taken(name))).toEqual(Array(FRAMES).fill(1));
          },
        ),
        { numRuns: 8 },
      ),
    );

    it('is filled when the server has died and come back', { timeout: 60_000 }, async () => {
      const name = `frames-${count++}`;
      const items = itemsOf(FRAMES);
      const queue = (): MessageQueue => new MessageQueue({ url: server.url, name, patience });
      await server.kill();
      await expect(push(items, queue())).rejects.toMatchObject({ code: 'ERR_REMOTE' });
      await server.start();
      await push(items, queue());
      await push(items, queue());
      expect(counted(await taken(name))).toEqual(Array(FRAMES).fill(1));
    });
  });
});

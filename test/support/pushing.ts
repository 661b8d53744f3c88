/** What tests of destinations begin with: a folder for ledgers, faults in any order, and what they must not change. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import * as fc from 'fast-check';
import { afterAll, beforeEach, expect } from 'vitest';
import type { AnnotationItem } from '../../src/annotation/item.ts';
import { type Delivered, deliver } from '../../src/delivery/deliver.ts';
import type { Destination } from '../../src/delivery/destination.ts';
import type { Patience } from '../../src/delivery/http.ts';
import { PushLedger } from '../../src/delivery/ledger.ts';
import type { Fault, FaultyServer } from './faulty-server.ts';
import { itemsOf } from './items.ts';

export const PATIENCE: Patience = { answerMs: 150, tries: 4, firstPauseMs: 5, pollMs: 1 };

export interface PushRequest {
  readonly batchSize?: number;
  readonly signal?: AbortSignal;
}

export interface PushBench {
  /** Where the ledgers of this test are. */
  readonly folder: () => string;
  readonly push: (
    items: readonly AnnotationItem[],
    destination: Destination,
    request?: PushRequest,
  ) => Promise<Delivered>;
  /** Fourteen frames are there once each, whatever goes wrong on the way, and however often it is begun anew. */
  readonly expectOnce: (subject: OnceSubject) => Promise<void>;
}

export interface OnceSubject {
  readonly server: FaultyServer;
  readonly reset: (isOdd: boolean) => void;
  readonly destination: () => Destination;
  /** What is at the destination. */
  readonly keys: () => readonly unknown[];
}

/** Of the tests of a file. */
export const usePushBench = (): PushBench => {
  const root = mkdtempSync(join(tmpdir(), 'framesift-delivery-'));
  afterAll(() => rmSync(root, { recursive: true, force: true }));
  let folder = root;
  let folders = 0;
  const anew = (): void => {
    folder = join(root, String(folders++));
  };
  beforeEach(anew);
  const push: PushBench['push'] = async (items, destination, { batchSize = 4, signal } = {}) => {
    const ledger = await PushLedger.read(folder, 'target', destination.address);
    try {
      return await deliver(items, destination, ledger, { batchSize, patience: PATIENCE, signal });
    } finally {
      ledger.close();
      await destination.close?.();
    }
  };
  const expectOnce: PushBench['expectOnce'] = ({ server, reset, destination, keys }) =>
    fc.assert(
      fc.asyncProperty(
        fc.array(faultKinds, { maxLength: 12 }),
        fc.array(faultKinds, { maxLength: 4 }),
        fc.array(fc.integer({ min: 5, max: 60 }), { maxLength: 3 }),
        fc.boolean(),
        async (faults, readingFaults, ends, isOdd) => {
          anew();
          reset(isOdd);
          server.faults.splice(0, Infinity, ...faults);
          server.readingFaults.splice(0, Infinity, ...readingFaults);
          const items = itemsOf(14);
          for (const ms of ends)
            await push(items, destination(), { signal: AbortSignal.timeout(ms) }).catch(() => undefined);
          // Again and again until it comes through, as people do.
          for (let run = 0; run < 6; run++) {
            const isThrough = await push(items, destination()).then(
              () => true,
              () => false,
            );
            if (isThrough && server.faults.length === 0) break;
          }
          await push(items, destination());
          expect(counted(keys())).toEqual(Array(14).fill(1));
        },
      ),
      { numRuns: 40 },
    );
  return { folder: () => folder, push, expectOnce };
};

const faultKinds: fc.Arbitrary<Fault | undefined> = fc.constantFrom<(Fault | undefined)[]>(
  undefined,
  undefined,
  { kind: 'refuse', status: 429, headers: { 'retry-after': '0' } },
  { kind: 'refuse', status: 503, text: '<html>busy</html>' },
  { kind: 'refuse', status: 200, text: '<html>log in</html>' },
  { kind: 'do, then answer', status: 502, text: '<html>bad gateway</html>' },
  { kind: 'do, then answer', status: 500, text: '{"detail": "oh"}' },
  { kind: 'do, then answer', status: 200, text: '{"older": "schema"}' },
  { kind: 'drop' },
  { kind: 'do, then drop' },
  { kind: 'do, then break' },
  { kind: 'do, then hang' },
  { kind: 'do later', ms: 3 },
);

export const counted = (keys: readonly unknown[]): number[] => [
  ...keys
    .reduce<Map<unknown, number>>((counts, key) => counts.set(key, (counts.get(key) ?? 0) + 1), new Map())
    .values(),
];

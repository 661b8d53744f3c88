import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { buildFrameIndex, type FrameIndex, nearestKey } from '../../src/video/frame-index.ts';
import { KEY, NON_REFERENCE, PacketTableBuilder } from '../../src/video/packets.ts';
import { planPieces, planRuns } from '../../src/video/plan.ts';

/** GOPs of one I and P/B pairs; in an open GOP two B-pictures before the key on screen follow it in the file. */
const makeIndex = (gops: readonly { readonly length: number; readonly isOpen: boolean }[]): FrameIndex => {
  const table = new PacketTableBuilder();
  const shown: { ordinal: number; time: number }[] = [];
  let time = 0;
  for (const { length, isOpen } of gops) {
    const leading = isOpen && time > 0 ? 2 : 0;
    const pictures = [
      { time: time + leading, flags: KEY },
      ...Array.from({ length: leading }, (_, i) => ({ time: time + i, flags: NON_REFERENCE })),
      ...Array.from({ length }, (_, i) => ({
        time: time + leading + 1 + (i ^ 1),
        flags: i % 2 === 0 ? 0 : NON_REFERENCE,
      })),
    ];
    for (const picture of pictures) {
      shown.push({ ordinal: table.count, time: picture.time });
      table.add(table.count * 100, BigInt(table.count), BigInt(picture.time), 50, picture.flags);
    }
    time += leading + length + 2;
  }
  const ordinals = Uint32Array.from(
    shown.sort((a, b) => a.time - b.time),
    ({ ordinal }) => ordinal,
  );
  return buildFrameIndex(table.finish(), ordinals, 'timestamps', '', 1);
};

const gops = fc.array(fc.record({ length: fc.integer({ min: 0, max: 12 }), isOpen: fc.boolean() }), {
  minLength: 1,
  maxLength: 12,
});

const planned = fc
  .tuple(
    gops,
    fc.array(fc.nat(), { maxLength: 30 }),
    fc.integer({ min: 0, max: 5 }),
    fc.integer({ min: 1, max: 6 }),
  )
  .map(([list, picks, runOnPackets, pieces]) => {
    const index = makeIndex(list);
    const targets = [...new Set(picks.map((pick) => pick % index.frameCount))].sort((a, b) => a - b);
    return { index, targets, runOnPackets, pieces };
  });

describe('planRuns', () => {
  it('covers every target from a key that serves it, and no packet twice', () => {
    fc.assert(
      fc.property(planned, ({ index, targets, runOnPackets }) => {
        const runs = planRuns(index, targets, { runOnPackets });
        expect(runs.flatMap((run) => run.targets)).toEqual(targets);
        let end = 0;
        for (const run of runs) {
          expect(run.start).toBeGreaterThanOrEqual(end);
          end = run.end;
          for (const target of run.targets) {
            expect(index.ordinals[target]).toBeGreaterThanOrEqual(run.start);
            expect(index.ordinals[target]).toBeLessThan(run.end);
            expect(target).toBeGreaterThanOrEqual(run.firstRank);
          }
          expect(run.decodeCount).toBeLessThanOrEqual(run.end - run.start);
        }
      }),
    );
  });

  it('decodes no more than the keys demand when it does not run on', () => {
    fc.assert(
      fc.property(planned, ({ index, targets }) => {
        const needed = new Set<number>();
        for (const target of targets) {
          const key = nearestKey(index, target);
          for (let i = key < 0 ? 0 : index.keyOrdinals[key]!; i <= index.ordinals[target]!; i++)
            needed.add(i);
        }
        const sent = planRuns(index, targets, { runOnPackets: 0 }).reduce(
          (sum, run) => sum + run.end - run.start,
          0,
        );
        expect(sent).toBe(needed.size);
      }),
    );
  });

  it('starts further back on demand, and at the start of the file at last', () => {
    const index = makeIndex([4, 4, 4, 4].map((length) => ({ length, isOpen: false })));
    const last = index.frameCount - 1;
    const startsWith = (backOff: number): number => planRuns(index, [last], { backOff })[0]!.start;
    expect([0, 1, 2, Number.POSITIVE_INFINITY].map(startsWith)).toEqual([15, 10, 5, 0]);
    expect(planRuns(index, [last], { avoid: new Set([3, 2]) })[0]!.start).toBe(5);
  });

  it('passes over the key of an open GOP for the pictures shown before it', () => {
    const index = makeIndex([
      { length: 4, isOpen: false },
      { length: 4, isOpen: true },
    ]);
    const key = index.ranks[5]!;
    expect(planRuns(index, [key])[0]!.start).toBe(5);
    expect(planRuns(index, [key - 1])[0]!.start).toBe(0);
    // Together they are one run: the second picture would else need its packets again.
    expect(planRuns(index, [key - 1, key]).map(({ start, end }) => [start, end])).toEqual([[0, 8]]);
  });
});

describe('planPieces', () => {
  it('splits the same work without sharing a packet', () => {
    fc.assert(
      fc.property(planned, ({ index, targets, pieces }) => {
        const split = planPieces(index, targets, pieces, { runOnPackets: 0 });
        expect(split.length).toBeLessThanOrEqual(pieces);
        expect(split.every((piece) => piece.length > 0)).toBe(true);
        expect(split.flat().flatMap((run) => run.targets)).toEqual(targets);
        const whole = planRuns(index, targets, { runOnPackets: 0 });
        const count = (runs: typeof whole): number => runs.reduce((sum, run) => sum + run.decodeCount, 0);
        expect(count(split.flat())).toBe(count(whole));
        let end = 0;
        for (const run of split.flat()) {
          expect(run.start).toBeGreaterThanOrEqual(end);
          end = run.end;
        }
      }),
    );
  });
});

import { expect, it } from 'vitest';
import { matrixOf } from '../../src/base/matrix.ts';
import { Random } from '../../src/base/random.ts';
import { BestCandidate } from '../../src/selection/best-candidate.ts';
import { unitRows } from '../../src/selection/distances.ts';
import { NearestSelected } from '../../src/selection/nearest-selected.ts';

it('gives others a turn, and ends by its signal, while it finds only candidates that are too near', async () => {
  const random = new Random(1);
  const [count, columns] = [3000, 256];
  const rows = unitRows(
    matrixOf(
      Float32Array.from({ length: count * columns }, () => random.normal()),
      count,
      columns,
    ),
  );
  await using nearest = new NearestSelected(rows);
  for (let row = 0; row < count / 2; row++) nearest.add(row);
  const controller = new AbortController();
  const best = new BestCandidate({
    count,
    objectives: [],
    isOpen: (candidate) => candidate >= count / 2,
    nearest,
    isDiverse: false,
    minDistance: 2,
    signal: controller.signal,
  });
  setImmediate(() => controller.abort(new Error('enough')));
  await expect(best.next()).rejects.toThrow('enough');
});

import { describe, expect, it } from 'vitest';
import { History } from '../../src/training/history.ts';

describe('a history', () => {
  it('is of every step, and of every epoch its means', () => {
    const history = new History();
    history.add({ loss: 4, spread: 0.5 }, 0.1);
    history.add({ loss: 2, spread: 0.75 }, 0.2);
    expect(history.sums).toEqual({ steps: 2, loss: 6, spread: 1.25, learningRate: 0.2 });
    history.closeEpoch(0, undefined);
    history.add({ loss: 1, spread: 1 }, 0.3);
    history.closeEpoch(1, 0.75);
    expect(history.epochs).toEqual([
      { epoch: 1, steps: 2, loss: 3, spread: 0.625, learningRate: 0.2 },
      { epoch: 2, steps: 1, loss: 1, spread: 1, learningRate: 0.3, knnAccuracy: 0.75 },
    ]);
    expect([...history.losses]).toEqual([4, 2, 1]);
    expect(history.sums.steps).toBe(0);
  });

  it('knows the best of what was measured', () => {
    const history = new History();
    const close = (epoch: number, accuracy: number | undefined): number | undefined => {
      history.add({ loss: 1, spread: 1 }, 0.1);
      history.closeEpoch(epoch, accuracy);
      return history.maxAccuracy;
    };
    expect([
      history.maxAccuracy,
      close(0, undefined),
      close(1, 0),
      close(2, 0.5),
      close(3, undefined),
      close(4, 0.25),
    ]).toEqual([undefined, undefined, 0, 0.5, 0.5, 0.5]);
  });

  it('forgets what was measured by other labels, and nothing else', () => {
    const history = new History(undefined, 'videos');
    history.firstAccuracy = 0.25;
    history.add({ loss: 1, spread: 1 }, 0.1);
    history.closeEpoch(0, 0.99);
    const kept = history.state();
    for (const labels of ['videos', undefined]) {
      const same = new History(kept, labels);
      expect([same.firstAccuracy, same.maxAccuracy]).toEqual([0.25, 0.99]);
    }
    const other = new History(kept, 'classes');
    expect([other.firstAccuracy, other.maxAccuracy]).toEqual([undefined, undefined]);
    expect(other.epochs).toEqual([{ epoch: 1, steps: 1, loss: 1, spread: 1, learningRate: 0.1 }]);
  });

  it('goes on from what was kept of it, in the middle of an epoch', () => {
    const whole = new History();
    let parts = new History();
    for (let step = 0; step < 9; step++) {
      for (const history of [whole, parts]) {
        history.firstAccuracy = 0.125;
        history.add({ loss: Math.fround(1 / (step + 1)), spread: 0.1 * step }, step);
        if (step % 4 === 3) history.closeEpoch(Math.floor(step / 4), undefined);
      }
      parts = new History(parts.state());
    }
    expect(parts.state()).toEqual(whole.state());
    expect(parts.firstAccuracy).toBe(0.125);
  });
});

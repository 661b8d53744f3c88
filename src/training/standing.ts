import type { StepOutput } from '../learning/training-session.ts';
import type { History } from './history.ts';
import type { TrainingSettings } from './settings.ts';

/** What people read while it trains: `epoch 3 of 100, loss 4.212, spread 0.91, kNN 83.0 %`. */
export const standing = (
  { epochs }: History,
  settings: TrainingSettings,
  { loss, spread }: StepOutput,
): string => {
  const accuracy = epochs.findLast(({ knnAccuracy }) => knnAccuracy !== undefined)?.knnAccuracy;
  const neighbours = accuracy === undefined ? '' : `, kNN ${(100 * accuracy).toFixed(1)} %`;
  return `epoch ${epochs.length + 1} of ${settings.epochs}, loss ${loss.toFixed(3)}, spread ${spread.toFixed(2)}${neighbours}`;
};

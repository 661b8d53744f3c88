// stub
import type { ClassShares } from '../selection/candidates.ts';
export interface FramePredictions {
  readonly tasks: readonly string[];
  scores(task: string, score: string): Promise<Float64Array>;
  categoryCounts(task: string, categories: readonly string[]): Promise<Float64Array>;
  classDistribution(task: string): Promise<ClassShares>;
}
export const openFramePredictions = async (
  path: string,
  _filenames: readonly string[],
  _signal?: AbortSignal,
): Promise<FramePredictions> => {
  throw new Error(path);
};

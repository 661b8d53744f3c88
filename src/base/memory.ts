import { totalmem } from 'node:os';

/** What this process may have: the machine's memory, or a container's limit. */
export const memoryBytes = (): number => {
  const limit = process.constrainedMemory();
  return limit > 0 ? Math.min(limit, totalmem()) : totalmem();
};

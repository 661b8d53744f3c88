/** A cache of a test's own, for mirrors of remote files. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll } from 'vitest';

export const useRemoteCache = (): void => {
  const before = process.env['FRAMESIFT_CACHE'];
  let folder = '';
  beforeAll(() => {
    folder = mkdtempSync(join(tmpdir(), 'framesift-cache-'));
    process.env['FRAMESIFT_CACHE'] = folder;
  });
  afterAll(() => {
    if (before === undefined) delete process.env['FRAMESIFT_CACHE'];
    else process.env['FRAMESIFT_CACHE'] = before;
    rmSync(folder, { recursive: true, force: true });
  });
};

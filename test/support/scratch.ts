/** A folder of a test's own. */
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterEach, beforeEach } from 'vitest';

export interface Scratch {
  /** New for each test. */
  readonly root: string;
  /** Writes a text, or anything else as JSON. @returns its path */
  write(name: string, value: unknown): string;
}

export const useScratch = (): Scratch => {
  let root = '';
  beforeEach(() => {
    root = mkdtempSync(join(tmpdir(), 'framesift-scratch-'));
  });
  afterEach(() => rmSync(root, { recursive: true, force: true }));
  return {
    get root() {
      return root;
    },
    write(name, value) {
      const path = join(root, name);
      mkdirSync(dirname(path), { recursive: true });
      writeFileSync(path, typeof value === 'string' ? value : JSON.stringify(value));
      return path;
    },
  };
};

/** Folders for what is thrown away. */
import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { dirname } from 'node:path';

/** A new folder whose name begins like this, gone when its block ends. */
export const temporaryFolder = (prefix: string): { readonly path: string } & Disposable => {
  mkdirSync(dirname(prefix), { recursive: true });
  const path = mkdtempSync(`${prefix}-`);
  return { path, [Symbol.dispose]: () => rmSync(path, { recursive: true, force: true }) };
};

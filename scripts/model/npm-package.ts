// Files of a published npm package, which is checked and never installed.
import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gunzipSync } from 'node:zlib';

export interface PinnedPackage {
  readonly name: string;
  readonly version: string;
  /** `sha512-` and the hash of the packed file in base64, as npm writes it into lock files. */
  readonly integrity: string;
}

/**
 * Gets a package from the registry that npm is set up for.
 *
 * @returns the content of its files by their path inside the package
 * @throws when npm cannot get it, or its bytes are not those that were pinned
 */
export const packageFiles = ({
  name,
  version,
  integrity,
}: PinnedPackage): ReadonlyMap<string, Uint8Array> => {
  const folder = mkdtempSync(join(tmpdir(), 'framesift-model-'));
  try {
    const output = execFileSync(
      'npm',
      ['pack', `${name}@${version}`, '--silent', '--ignore-scripts', '--pack-destination', folder],
      { cwd: folder, encoding: 'utf8', shell: process.platform === 'win32' },
    );
    const packed = readFileSync(join(folder, output.trim().split('\n').at(-1)!));
    const found = `sha512-${createHash('sha512').update(packed).digest('base64')}`;
    if (found !== integrity) throw new Error(`${name}@${version} is ${found}, not ${integrity}`);
    return untar(gunzipSync(packed));
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
};

const BLOCK = 512;

/** Regular files of a tar archive (POSIX ustar), without the folder that npm packs all of them in. */
const untar = (archive: Uint8Array): Map<string, Uint8Array> => {
  const text = (start: number, length: number): string =>
    new TextDecoder().decode(archive.subarray(start, start + length)).replace(/\0.*$/s, '');
  const files = new Map<string, Uint8Array>();
  for (let at = 0; at + BLOCK <= archive.length && archive[at] !== 0; ) {
    const prefix = text(at + 345, 155);
    const path = (prefix === '' ? '' : `${prefix}/`) + text(at, 100);
    const sizeBytes = Number.parseInt(text(at + 124, 12), 8);
    const isFile = text(at + 156, 1) === '0';
    at += BLOCK;
    if (isFile) files.set(path.replace(/^package\//, ''), archive.subarray(at, at + sizeBytes));
    at += Math.ceil(sizeBytes / BLOCK) * BLOCK;
  }
  return files;
};

/** Breaks files on purpose, always in the same way. */
import { readFileSync, writeFileSync } from 'node:fs';

/** Changes the bytes of a file. */
export function patch(path: string, change: (bytes: Buffer) => Buffer): void {
  writeFileSync(path, change(readFileSync(path)));
}

/** The first part of a file. */
export function truncate(path: string, share: number): void {
  patch(path, (bytes) => bytes.subarray(0, Math.floor(bytes.length * share)));
}

/** Numbers from 0 up to 1, the same for the same seed on every machine. */
export function random(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4294967296;
  };
}

/** Flips single bits in a stretch of bytes. */
export function flipBits(bytes: Buffer, from: number, to: number, flips: number, seed: number): Buffer {
  const changed = Buffer.from(bytes);
  const next = random(seed);
  for (let flip = 0; flip < flips; flip++) {
    const at = from + Math.floor(next() * (to - from));
    changed[at] = changed[at]! ^ (1 << Math.floor(next() * 8));
  }
  return changed;
}

export function randomBytes(length: number, seed: number): Buffer {
  const next = random(seed);
  return Buffer.from(Uint8Array.from({ length }, () => Math.floor(next() * 256)));
}

/** A box of an MP4 file: where it begins, where its content begins, where it ends. */
export interface Box {
  readonly at: number;
  readonly content: number;
  readonly end: number;
}

/** Finds a box by its path, e.g. `moov/trak/mdia/minf/stbl/stss`; of several of one name the first. */
export function findBox(bytes: Buffer, path: string): Box {
  let from = 0;
  let to = bytes.length;
  let found: Box | undefined;
  for (const name of path.split('/')) {
    found = undefined;
    for (let at = from; at + 8 <= to; ) {
      const size = bytes.readUInt32BE(at);
      const end = size === 0 ? to : size === 1 ? at + Number(bytes.readBigUInt64BE(at + 8)) : at + size;
      if (bytes.toString('latin1', at + 4, at + 8) === name) {
        found = { at, content: at + (size === 1 ? 16 : 8), end };
        break;
      }
      at = end;
    }
    if (found === undefined) throw new Error(`no box ${path}`);
    from = found.content;
    to = found.end;
  }
  if (found === undefined) throw new Error('no path');
  return found;
}

/**
 * Replaces a box (header and all) and corrects the sizes of the boxes around it. The `moov` box has to be the
 * last in the file, because positions of samples are not corrected.
 */
export function replaceBox(bytes: Buffer, path: string, box: Buffer): Buffer {
  const old = findBox(bytes, path);
  const grown = Buffer.concat([bytes.subarray(0, old.at), box, bytes.subarray(old.end)]);
  const names = path.split('/');
  for (let depth = 1; depth < names.length; depth++) {
    const outer = findBox(bytes, names.slice(0, depth).join('/'));
    grown.writeUInt32BE(outer.end - outer.at + box.length - (old.end - old.at), outer.at);
  }
  return grown;
}

/** A box with a version and flags of zero. */
export function fullBox(name: string, ...values: readonly number[]): Buffer {
  const box = Buffer.alloc(12 + 4 * values.length);
  box.writeUInt32BE(box.length, 0);
  box.write(name, 4, 'latin1');
  values.forEach((value, index) => {
    box.writeInt32BE(value | 0, 12 + 4 * index);
  });
  return box;
}

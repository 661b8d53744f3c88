// What comes over the wire, in pieces that can be kept.
import type { Readable } from 'node:stream';
import type { IdleWatch } from '../base/idle-watch.ts';
import { RemoteTrouble } from './range-source.ts';

/** The first bytes of a body; the rest is not waited for. @throws {@link RemoteTrouble} for a body that ends before */
export const takeFirst = async (body: Readable, sizeBytes: number, watch: IdleWatch): Promise<Uint8Array> => {
  const data = new Uint8Array(sizeBytes);
  let length = 0;
  for await (const chunk of body as AsyncIterable<Uint8Array>) {
    watch.reset();
    data.set(chunk.subarray(0, sizeBytes - length), length);
    length = Math.min(sizeBytes, length + chunk.length);
    if (length === sizeBytes) break;
  }
  body.destroy();
  if (length < sizeBytes) throw brokenOff();
  return data;
};

/** Blocks that are written at once. */
const WRITE_BLOCKS = 4;

/**
 * A body in pieces of whole blocks, of which only the last may be short. When the connection breaks off, what came of
 * whole blocks comes before the error.
 *
 * @throws {@link RemoteTrouble} for a body that ends before
 */
export async function* wholeBlocks(
  body: Readable,
  sizeBytes: number,
  blockBytes: number,
  watch: IdleWatch,
): AsyncGenerator<Uint8Array> {
  let left = sizeBytes;
  let buffer = new Uint8Array(Math.min(WRITE_BLOCKS * blockBytes, left));
  let length = 0;
  let error: unknown = brokenOff();
  try {
    for await (const chunk of body as AsyncIterable<Uint8Array>) {
      watch.reset();
      for (let rest = chunk; rest.length > 0 && left > 0; ) {
        const part = rest.subarray(0, buffer.length - length);
        buffer.set(part, length);
        length += part.length;
        left -= part.length;
        rest = rest.subarray(part.length);
        if (length < buffer.length) continue;
        yield buffer;
        buffer = new Uint8Array(Math.min(WRITE_BLOCKS * blockBytes, left));
        length = 0;
      }
      if (left === 0) return;
    }
  } catch (reason) {
    error = reason;
  } finally {
    body.destroy();
  }
  if (length >= blockBytes) yield buffer.subarray(0, length - (length % blockBytes));
  throw error;
}

const brokenOff = (): RemoteTrouble => new RemoteTrouble('passing', 'the connection broke off');

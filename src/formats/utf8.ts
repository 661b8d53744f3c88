import { isUtf8 } from 'node:buffer';
import { FramesiftError } from '../base/errors.ts';

/** Tells where a stream of bytes stops being UTF-8, whatever its chunks cut apart. */
export class Utf8Check {
  #offset = 0;
  /** At most three bytes of a character whose rest has not come. */
  #cut: Uint8Array = new Uint8Array();

  /** @returns the offset in the stream of the first byte that is wrong; undefined while all is well */
  push(chunk: Uint8Array): number | undefined {
    const bytes = this.#cut.length === 0 ? chunk : Buffer.concat([this.#cut, chunk]);
    const whole = wholeLength(bytes);
    if (!isUtf8(bytes.subarray(0, whole))) return this.#offset + firstWrong(bytes);
    this.#cut = new Uint8Array(bytes.subarray(whole));
    this.#offset += whole;
    return undefined;
  }

  /** @returns as {@link push}: a character may be cut off at the end */
  end(): number | undefined {
    return this.#cut.length === 0 ? undefined : this.#offset;
  }
}

/**
 * Passes on the bytes of a text file while they are UTF-8.
 *
 * @param file what messages call it
 * @throws ERR_EMBEDDINGS with the offset of the first byte that is not
 */
export async function* utf8Only(
  chunks: AsyncIterable<Uint8Array>,
  file: string,
): AsyncGenerator<Uint8Array, void> {
  const check = new Utf8Check();
  const refuse = (offset: number | undefined): void => {
    if (offset === undefined) return;
    throw new FramesiftError(
      'ERR_EMBEDDINGS',
      `${file}, byte ${offset}: this is not UTF-8 text. Save the file as UTF-8.`,
      { facts: { path: file, offset } },
    );
  };
  for await (const chunk of chunks) {
    refuse(check.push(chunk));
    yield chunk;
  }
  refuse(check.end());
}

/** Length without a last character that lacks bytes. */
const wholeLength = (bytes: Uint8Array): number => {
  for (let back = 1; back <= 3 && back <= bytes.length; back++) {
    const length = sequenceLength(bytes[bytes.length - back]!);
    if (length > 0) return length > back ? bytes.length - back : bytes.length;
  }
  return bytes.length;
};

/** Bytes of the character that begins with this one; 0 for a byte that begins none. */
const sequenceLength = (byte: number): number => {
  if (byte < 0x80) return 1;
  if (byte < 0xc2 || byte > 0xf4) return 0;
  return byte < 0xe0 ? 2 : byte < 0xf0 ? 3 : 4;
};

const firstWrong = (bytes: Uint8Array): number => {
  let at = 0;
  while (at < bytes.length) {
    const length = sequenceLength(bytes[at]!);
    if (length === 0 || (length > 1 && !isUtf8(bytes.subarray(at, at + length)))) break;
    at += length;
  }
  return at;
};

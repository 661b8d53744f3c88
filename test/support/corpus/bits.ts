/** Reading and writing of bit fields, as the headers of video streams have them. */

/** An H.264 NAL unit from its content: start code, kind, end bit, and the bytes that keep start codes out. */
export function nalUnit(kind: number, content: BitWriter): Buffer {
  const bytes = content.bits(1, 1).align().done();
  return Buffer.concat([Buffer.from([0, 0, 0, 1, kind]), escaped(bytes)]);
}

export function escaped(bytes: Uint8Array): Buffer {
  const out: number[] = [];
  let zeros = 0;
  for (const byte of bytes) {
    if (zeros >= 2 && byte <= 3) {
      out.push(3);
      zeros = 0;
    }
    out.push(byte);
    zeros = byte === 0 ? zeros + 1 : 0;
  }
  return Buffer.from(out);
}

export function unescaped(bytes: Uint8Array): Buffer {
  return Buffer.from(
    bytes.filter((byte, at) => !(at >= 2 && byte === 3 && bytes[at - 1] === 0 && bytes[at - 2] === 0)),
  );
}

export class BitReader {
  readonly #bytes: Uint8Array;
  /** The next bit, counted from the first of the first byte. */
  at: number;

  constructor(bytes: Uint8Array, at = 0) {
    this.#bytes = bytes;
    this.at = at;
  }

  bits(count: number): number {
    let value = 0;
    for (let bit = 0; bit < count; bit++, this.at++) {
      value = value * 2 + (((this.#bytes[this.at >> 3] ?? 0) >> (7 - (this.at & 7))) & 1);
    }
    return value;
  }

  flag(): boolean {
    return this.bits(1) === 1;
  }

  /** Exponential Golomb code of a number from 0. */
  ue(): number {
    let zeros = 0;
    while (zeros < 32 && !this.flag()) zeros++;
    return 2 ** zeros - 1 + this.bits(zeros);
  }
}

export class BitWriter {
  readonly #bytes: number[] = [];
  #open = 0;
  #count = 0;

  bits(value: number, count: number): this {
    for (let bit = count - 1; bit >= 0; bit--) {
      this.#open = (this.#open << 1) | ((value >> bit) & 1);
      this.#count++;
      if (this.#count === 8) {
        this.#bytes.push(this.#open);
        this.#open = 0;
        this.#count = 0;
      }
    }
    return this;
  }

  /** Exponential Golomb code of a number from 0. */
  ue(value: number): this {
    const length = Math.floor(Math.log2(value + 1));
    return this.bits(0, length).bits(value + 1, length + 1);
  }

  se(value: number): this {
    return this.ue(value > 0 ? 2 * value - 1 : -2 * value);
  }

  align(): this {
    while (this.#count > 0) this.bits(0, 1);
    return this;
  }

  bytes(data: Uint8Array): this {
    for (const byte of data) this.#bytes.push(byte);
    return this;
  }

  done(): Buffer {
    return Buffer.from(this.#bytes);
  }
}

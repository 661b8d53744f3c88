/** Reads bits from the most significant on; behind the end all bits are 0. */
export class BitReader {
  readonly #data: Uint8Array;
  readonly #end: number;
  #at: number;

  constructor(data: Uint8Array, start = 0, end = data.length) {
    this.#data = data;
    this.#at = start * 8;
    this.#end = end * 8;
  }

  bit(): number {
    if (this.#at >= this.#end) return 0;
    const value = (this.#data[this.#at >> 3]! >> (7 - (this.#at & 7))) & 1;
    this.#at++;
    return value;
  }

  bits(count: number): number {
    let value = 0;
    for (let i = 0; i < count; i++) value = value * 2 + this.bit();
    return value;
  }

  skip(count: number): void {
    this.#at += count;
  }

  /** ue(v) of ITU-T H.264, 9.1. */
  ue(): number {
    let zeros = 0;
    while (zeros < 32 && this.#at < this.#end && this.bit() === 0) zeros++;
    return 2 ** zeros - 1 + this.bits(zeros);
  }

  /** se(v) of ITU-T H.264, 9.1.1. */
  se(): number {
    const code = this.ue();
    return code % 2 === 0 ? -code / 2 : (code + 1) / 2;
  }
}

/** The first bytes of a NAL unit without emulation prevention (ITU-T H.264, 7.4.1). */
export const unescaped = (data: Uint8Array, start: number, end: number, most = 64): Uint8Array => {
  const bytes = new Uint8Array(Math.min(end - start, most));
  let length = 0;
  let zeros = 0;
  for (let i = start; i < end && length < bytes.length; i++) {
    const byte = data[i]!;
    if (zeros >= 2 && byte === 3) {
      zeros = 0;
      continue;
    }
    zeros = byte === 0 ? zeros + 1 : 0;
    bytes[length++] = byte;
  }
  return bytes.subarray(0, length);
};

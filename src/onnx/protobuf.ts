// The wire format of Protocol Buffers (https://protobuf.dev/programming-guides/encoding), as far as ONNX uses it. Pure.

const VARINT = 0;
const FIXED64 = 1;
const LENGTH_DELIMITED = 2;
const FIXED32 = 5;

const utf8Encoder = new TextEncoder();
const utf8Decoder = new TextDecoder('utf-8', { fatal: true });

/** Writes one message. What it is given is not copied before {@link finish}. */
export class ProtobufWriter {
  readonly #parts: Uint8Array[] = [];
  #sizeBytes = 0;

  /** A field of type int32, int64 or enum. @param value a safe integer */
  integer(field: number, value: number): this {
    return this.#append(varint(BigInt(field * 8 + VARINT))).#append(varint(BigInt(value)));
  }

  float32(field: number, value: number): this {
    const bytes = new Uint8Array(4);
    new DataView(bytes.buffer).setFloat32(0, value, true);
    return this.#append(varint(BigInt(field * 8 + FIXED32))).#append(bytes);
  }

  bytes(field: number, data: Uint8Array): this {
    return this.#header(field, data.length).#append(data);
  }

  string(field: number, text: string): this {
    return this.bytes(field, utf8Encoder.encode(text));
  }

  message(field: number, message: ProtobufWriter): this {
    this.#header(field, message.#sizeBytes);
    for (const part of message.#parts) this.#append(part);
    return this;
  }

  finish(): Uint8Array {
    const whole = new Uint8Array(this.#sizeBytes);
    let at = 0;
    for (const part of this.#parts) {
      whole.set(part, at);
      at += part.length;
    }
    return whole;
  }

  #header(field: number, lengthBytes: number): this {
    return this.#append(varint(BigInt(field * 8 + LENGTH_DELIMITED))).#append(varint(BigInt(lengthBytes)));
  }

  #append(bytes: Uint8Array): this {
    this.#parts.push(bytes);
    this.#sizeBytes += bytes.length;
    return this;
  }
}

/** Seven bits a byte, the lowest first; negative numbers as 64-bit two's complement. */
const varint = (value: bigint): Uint8Array => {
  const bytes: number[] = [];
  let rest = BigInt.asUintN(64, value);
  for (; rest > 0x7fn; rest >>= 7n) bytes.push(Number(rest & 0x7fn) | 0x80);
  bytes.push(Number(rest));
  return Uint8Array.from(bytes);
};

/** One field of a message, with its value as the wire has it; `bytes` is a view into the message. */
export type ProtobufField =
  | { readonly number: number; readonly kind: 'varint'; readonly value: bigint }
  | { readonly number: number; readonly kind: 'fixed' | 'bytes'; readonly bytes: Uint8Array };

/**
 * The fields of a message in the order of the wire; of a field that is there several times, each.
 *
 * @throws SyntaxError where the bytes are no message
 */
export function* readFields(message: Uint8Array): Generator<ProtobufField, void> {
  let at = 0;
  const readVarint = (): bigint => {
    let value = 0n;
    for (let shift = 0n; shift < 70n; shift += 7n) {
      const byte = message[at++];
      if (byte === undefined) throw new SyntaxError('a protobuf message ends within a number');
      value |= BigInt(byte & 0x7f) << shift;
      if (byte < 0x80) return BigInt.asIntN(64, value);
    }
    throw new SyntaxError('a protobuf number is longer than 64 bits');
  };
  const take = (lengthBytes: bigint): Uint8Array => {
    if (lengthBytes < 0n || lengthBytes > BigInt(message.length - at)) {
      throw new SyntaxError('a protobuf message ends within a field');
    }
    const start = at;
    at += Number(lengthBytes);
    return message.subarray(start, at);
  };
  while (at < message.length) {
    const tag = Number(readVarint());
    const number = Math.floor(tag / 8);
    const wireType = tag & 7;
    if (tag < 8) throw new SyntaxError('a protobuf field has no number');
    if (wireType === VARINT) yield { number, kind: 'varint', value: readVarint() };
    else if (wireType === LENGTH_DELIMITED) yield { number, kind: 'bytes', bytes: take(readVarint()) };
    else if (wireType === FIXED32) yield { number, kind: 'fixed', bytes: take(4n) };
    else if (wireType === FIXED64) yield { number, kind: 'fixed', bytes: take(8n) };
    else throw new SyntaxError(`a protobuf field has the wire type ${wireType}`);
  }
}

/** The value of an int32, int64 or enum field. @throws SyntaxError where it is none, or not a safe integer */
export const integerOf = (field: ProtobufField): number => {
  const value = field.kind === 'varint' ? Number(field.value) : Number.NaN;
  if (!Number.isSafeInteger(value)) throw new SyntaxError(`protobuf field ${field.number} is not an integer`);
  return value;
};

/** Values of a repeated int32, int64 or enum field, which may be packed into one. @throws as {@link integerOf} */
export const integersOf = (field: ProtobufField): number[] => {
  if (field.kind !== 'bytes') return [integerOf(field)];
  const numbers: number[] = [];
  let [value, scale] = [0, 1];
  for (const byte of field.bytes) {
    value += (byte & 0x7f) * scale;
    scale *= 128;
    if (byte >= 0x80) continue;
    numbers.push(value);
    [value, scale] = [0, 1];
  }
  return numbers;
};

/** The value of a bytes or message field. @throws SyntaxError where it is none */
export const bytesOf = (field: ProtobufField): Uint8Array => {
  if (field.kind !== 'bytes') throw new SyntaxError(`protobuf field ${field.number} has no bytes`);
  return field.bytes;
};

/** The value of a string field. @throws SyntaxError where it is none */
export const stringOf = (field: ProtobufField): string => {
  try {
    return utf8Decoder.decode(bytesOf(field));
  } catch (error) {
    throw new SyntaxError(`protobuf field ${field.number} is not a text`, { cause: error });
  }
};

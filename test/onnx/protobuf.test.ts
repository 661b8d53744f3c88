import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  bytesOf,
  integerOf,
  type ProtobufField,
  ProtobufWriter,
  readFields,
  stringOf,
} from '../../src/onnx/protobuf.ts';

const read = (...bytes: number[]): ProtobufField[] => [...readFields(Uint8Array.from(bytes))];

describe('the wire format', () => {
  // The examples of https://protobuf.dev/programming-guides/encoding.
  it('is that of the specification', () => {
    expect([...new ProtobufWriter().integer(1, 150).finish()]).toEqual([0x08, 0x96, 0x01]);
    expect([...new ProtobufWriter().string(2, 'testing').finish()]).toEqual([
      0x12, 0x07, 0x74, 0x65, 0x73, 0x74, 0x69, 0x6e, 0x67,
    ]);
    expect([...new ProtobufWriter().integer(1, -2).finish()]).toEqual([
      0x08, 0xfe, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x01,
    ]);
    const inner = new ProtobufWriter().integer(1, 150);
    expect([...new ProtobufWriter().message(3, inner).finish()]).toEqual([0x1a, 0x03, 0x08, 0x96, 0x01]);
    expect([...new ProtobufWriter().float32(1, 1).finish()]).toEqual([0x0d, 0x00, 0x00, 0x80, 0x3f]);
  });

  it('gives back what was written', () => {
    const number = fc.integer({ min: 1, max: 2 ** 29 - 1 });
    const field = fc.oneof(
      fc.record({ number, integer: fc.maxSafeInteger() }),
      fc.record({ number, text: fc.string({ unit: 'binary' }) }),
      fc.record({ number, bytes: fc.uint8Array() }),
      fc.record({ number, float: fc.float() }),
    );
    fc.assert(
      fc.property(fc.array(field), (fields) => {
        const writer = new ProtobufWriter();
        for (const each of fields) {
          if ('integer' in each) writer.integer(each.number, each.integer);
          else if ('text' in each) writer.string(each.number, each.text);
          else if ('bytes' in each) writer.bytes(each.number, each.bytes);
          else writer.float32(each.number, each.float);
        }
        const nested = [...readFields(new ProtobufWriter().message(9, writer).finish())];
        expect(nested.map((each) => each.number)).toEqual([9]);
        const found = [...readFields(bytesOf(nested[0]!))];
        expect(found.map((each) => each.number)).toEqual(fields.map((each) => each.number));
        found.forEach((each, i) => {
          const written = fields[i]!;
          if ('integer' in written) expect(integerOf(each)).toBe(written.integer === 0 ? 0 : written.integer);
          else if ('text' in written) expect(stringOf(each)).toBe(written.text);
          else if ('bytes' in written) expect([...bytesOf(each)]).toEqual([...written.bytes]);
          else expect(floatOf(each)).toBe(written.float);
        });
      }),
    );
  });

  it('passes over fields of 8 bytes', () => {
    expect(read(0x09, 1, 2, 3, 4, 5, 6, 7, 8, 0x10, 5)).toEqual([
      { number: 1, kind: 'fixed', bytes: Uint8Array.of(1, 2, 3, 4, 5, 6, 7, 8) },
      { number: 2, kind: 'varint', value: 5n },
    ]);
  });

  it('refuses what is no message, and says why', () => {
    expect(() => read(0x08)).toThrow(new SyntaxError('a protobuf message ends within a number'));
    expect(() => read(0x08, 0x80)).toThrow(new SyntaxError('a protobuf message ends within a number'));
    expect(() => read(0x12, 0x02, 0x61)).toThrow(new SyntaxError('a protobuf message ends within a field'));
    expect(() => read(0x0d, 0, 0)).toThrow(new SyntaxError('a protobuf message ends within a field'));
    expect(() => read(0x00, 0x00)).toThrow(new SyntaxError('a protobuf field has no number'));
    expect(() => read(0x0b)).toThrow(new SyntaxError('a protobuf field has the wire type 3'));
    const long = [0x08, ...new Array<number>(10).fill(0x80), 0x01];
    expect(() => read(...long)).toThrow(new SyntaxError('a protobuf number is longer than 64 bits'));
    const huge = [0x12, ...new Array<number>(9).fill(0xff), 0x01];
    expect(() => read(...huge)).toThrow(new SyntaxError('a protobuf message ends within a field'));
  });

  it('refuses values of another type', () => {
    const [integer] = read(0x08, 0x01);
    const [text] = read(0x12, 0x01, 0xff);
    expect(() => bytesOf(integer!)).toThrow(new SyntaxError('protobuf field 1 has no bytes'));
    expect(() => integerOf(text!)).toThrow(new SyntaxError('protobuf field 2 is not an integer'));
    expect(() => stringOf(text!)).toThrow(new SyntaxError('protobuf field 2 is not a text'));
    const [unsafe] = read(0x08, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x20);
    expect(() => integerOf(unsafe!)).toThrow(new SyntaxError('protobuf field 1 is not an integer'));
  });
});

const floatOf = (field: ProtobufField): number => {
  if (field.kind !== 'fixed') throw new Error('not a fixed field');
  return new DataView(field.bytes.buffer, field.bytes.byteOffset).getFloat32(0, true);
};

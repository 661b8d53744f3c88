import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { decodeSafeTensors, encodeSafeTensors, type FloatTensor } from '../../src/formats/safetensors.ts';

const tensor: fc.Arbitrary<FloatTensor> = fc
  .array(fc.integer({ min: 0, max: 4 }), { maxLength: 3 })
  .chain((shape) => {
    const count = shape.reduce((product, length) => product * length, 1);
    return fc
      .array(fc.float(), { minLength: count, maxLength: count })
      .map((values) => ({ shape, data: Float32Array.from(values) }));
  });

const encoded = (tensors: Readonly<Record<string, FloatTensor>>, metadata = {}): Buffer =>
  Buffer.concat(encodeSafeTensors({ tensors: new Map(Object.entries(tensors)), metadata }));

/** A file with a header of our own. */
const file = (header: unknown, body = Buffer.alloc(0)): Buffer => {
  const text = Buffer.from(JSON.stringify(header));
  const length = Buffer.alloc(8);
  length.writeBigUInt64LE(BigInt(text.length));
  return Buffer.concat([length, text, body]);
};

describe('safetensors', () => {
  it('holds any tensors and words', () =>
    fc.assert(
      fc.property(
        fc.dictionary(fc.string({ minLength: 1 }), tensor),
        fc.dictionary(fc.string(), fc.string()),
        (tensors, metadata) => {
          const read = decodeSafeTensors(encoded(tensors, metadata), 'a.safetensors');
          expect(Object.fromEntries(read.tensors)).toEqual({ ...tensors });
          expect(read.metadata).toEqual({ ...metadata });
        },
      ),
    ));

  it('is laid out as the format says', () => {
    const bytes = encoded({ w: { shape: [2, 1], data: Float32Array.of(1, -2) } }, { a: 'b' });
    const headerBytes = Number(bytes.readBigUInt64LE());
    expect(headerBytes % 8).toBe(0);
    expect(JSON.parse(bytes.toString('utf8', 8, 8 + headerBytes))).toEqual({
      __metadata__: { a: 'b' },
      w: { dtype: 'F32', shape: [2, 1], data_offsets: [0, 8] },
    });
    expect([bytes.readFloatLE(8 + headerBytes), bytes.readFloatLE(12 + headerBytes)]).toEqual([1, -2]);
    expect(bytes.length).toBe(16 + headerBytes);
  });

  it('of others may hold what is no float, which is passed over where that is asked for', () => {
    const entry = { dtype: 'F32', shape: [1], data_offsets: [8, 12] };
    const counts = { dtype: 'I64', shape: [], data_offsets: [0, 8] };
    const bytes = file({ counts, entry }, Buffer.alloc(12));
    const { tensors } = decodeSafeTensors(bytes, 'of PyTorch', { skipOthers: true });
    expect([...tensors.keys()]).toEqual(['entry']);
  });

  it('cut short anywhere, is refused', () => {
    const bytes = encoded({ w: { shape: [3], data: Float32Array.of(1, 2, 3) } });
    for (let length = 0; length < bytes.length; length++)
      expect(() => decodeSafeTensors(bytes.subarray(0, length), 'a')).toThrow(
        expect.objectContaining({ code: 'ERR_CHECKPOINT' }),
      );
  });

  it.each([
    ['of no header', Buffer.from('not such a file at all'), 'it has no header'],
    ['whose header is a list', file([1]), 'its header is no object'],
    ['of another type', file({ w: { dtype: 'F16', shape: [1], data_offsets: [0, 2] } }), 'w is F16, not F32'],
    ['without a shape', file({ w: { dtype: 'F32', data_offsets: [0, 4] } }), 'w has no shape and place'],
    [
      'of fewer bytes than its shape',
      file({ w: { dtype: 'F32', shape: [2], data_offsets: [0, 4] } }, Buffer.alloc(4)),
      'w takes 4 bytes for [2]',
    ],
    [
      'of a negative place',
      file({ w: { dtype: 'F32', shape: [1], data_offsets: [-4, 0] } }, Buffer.alloc(4)),
      'w has no shape and place',
    ],
  ])('%s, is refused', (_, bytes, problem) => {
    expect(() => decodeSafeTensors(bytes, 'x.safetensors')).toThrow(
      `x.safetensors: cannot be read as safetensors: ${problem}. Give another file, or train anew with --force.`,
    );
  });
});

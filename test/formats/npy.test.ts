import { createHash } from 'node:crypto';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { readNpy, writeNpy } from '../../src/formats/npy.ts';
import { thrownBy } from '../support/thrown-by.ts';

const sha256 = (bytes: Uint8Array): string => createHash('sha256').update(bytes).digest('hex');

/** A file with a header as numpy writes it, and values. */
const npy = (version: number, header: string, values: ArrayBufferView): Uint8Array => {
  const start = version === 1 ? 10 : 12;
  const length = Math.ceil((start + header.length + 1) / 64) * 64 - start;
  const size = version === 1 ? [length & 255, length >> 8] : [length & 255, length >> 8, 0, 0];
  return Buffer.concat([
    Buffer.from([0x93, ...Buffer.from('NUMPY'), version, 0, ...size]),
    Buffer.from(`${header.padEnd(length - 1)}\n`),
    Buffer.from(values.buffer, values.byteOffset, values.byteLength),
  ]);
};

const header = (type: string, shape: string, order = 'False'): string =>
  `{'descr': '${type}', 'fortran_order': ${order}, 'shape': ${shape}, }`;

// SHA-256 of what numpy 1.24.2's save writes.
describe('writing, byte by byte as numpy', () => {
  test.each([
    [
      { data: Float32Array.from([0, 0.25, 0.5, 0.75, 1, 1.25]), shape: [2, 3] },
      'e7eebbeade09a268d44b85a8d0f8bd08d514d2cd5a49b9ac8494485fa0ecd1de',
    ],
    [
      { data: Float64Array.from([1.5, -2]), shape: [2] },
      '86bda2fd13fc0aecc7099c37aa7c5a7a6440ebb6b14d8991a524c3309c5f4798',
    ],
    [
      { data: Float64Array.from([2.5]), shape: [] },
      'e48eff868547062007e00b3f58f840c1ca9ebe1d6d38b5b62a390c828efb2271',
    ],
    [
      { data: new Float64Array(), shape: [3, 0] },
      'f744a4f61273dd61f4cb57737c149c23a58b6dec168f6b7253d3e814d3a2ae12',
    ],
  ])('%j', (array, hash) => expect(sha256(writeNpy(array))).toBe(hash));

  test('data that do not fill the shape are refused', () => {
    const array = { data: new Float32Array(5), shape: [2, 3] };
    expect(() => writeNpy(array)).toThrow('an array of shape (2, 3) has 6 values; got 5.');
    expect(thrownBy(() => writeNpy(array))?.code).toBe('ERR_SHAPE');
  });
});

describe('reading', () => {
  test('what was written', () => {
    const shape = fc.array(fc.nat(4), { maxLength: 4 });
    fc.assert(
      fc.property(shape, fc.boolean(), fc.nat(7), (axes, isSingle, offset) => {
        const count = axes.reduce((product, length) => product * length, 1);
        const values = Array.from({ length: count }, (_, i) => i / 7);
        const data = isSingle ? Float32Array.from(values) : Float64Array.from(values);
        const bytes = Buffer.concat([Buffer.alloc(offset), writeNpy({ data, shape: axes })]).subarray(offset);
        expect(readNpy(bytes, 'a.npy')).toEqual({ data, shape: axes });
      }),
    );
  });

  test.each([
    [
      'float16',
      npy(1, header('<f2', '(4,)'), Uint16Array.of(0x3c00, 0xc500, 0x0001, 0x7c00)),
      [1, -5, 2 ** -24, Infinity],
    ],
    ['int32, version 3', npy(3, header('<i4', '(2,)'), Int32Array.of(7, -8)), [7, -8]],
    [
      'int64, version 2',
      npy(2, header('<i8', '(2,)'), BigInt64Array.of(-3n, 9007199254740991n)),
      [-3, 9007199254740991],
    ],
  ])('%s', (_, bytes, values) => expect(Array.from(readNpy(bytes, 'a.npy').data)).toEqual(values));

  test('Fortran order is turned', () => {
    // numpy: np.asfortranarray(np.arange(24.0).reshape(2, 3, 4))
    const stored: number[] = [];
    for (let c = 0; c < 4; c++)
      for (let b = 0; b < 3; b++) for (let a = 0; a < 2; a++) stored.push(a * 12 + b * 4 + c);
    const bytes = npy(1, header('<f8', '(2, 3, 4)', 'True'), Float64Array.from(stored));
    const { data, shape } = readNpy(bytes, 'a.npy');
    expect(shape).toEqual([2, 3, 4]);
    expect(Array.from(data)).toEqual(Array.from({ length: 24 }, (_, i) => i));
  });

  const one = Float32Array.of(1);
  test.each([
    [
      'other files',
      Buffer.from('filenames,labels\n'),
      'a.npy: this is not an .npy file. Save the array with numpy.save.',
    ],
    ['nothing', Buffer.alloc(0), 'a.npy: this is not an .npy file. Save the array with numpy.save.'],
    [
      'a later version',
      npy(4, header('<f4', '(1,)'), one),
      'a.npy: version 4 of the format is not known. Save it as version 1, 2 or 3.',
    ],
    [
      'half a header',
      npy(1, header('<f4', '(1,)'), one).subarray(0, 40),
      'a.npy: the file ends in its header. Copy it again.',
    ],
    [
      'less',
      npy(1, header('<f4', '(1,)'), one).subarray(0, 8),
      'a.npy: the file ends in its header. Copy it again.',
    ],
    [
      'missing values',
      npy(1, header('<f4', '(2, 3)'), one),
      'a.npy: the file ends early: 24 bytes of values are due, 4 are there. Copy it again.',
    ],
    [
      'big-endian values',
      npy(1, header('>f4', '(1,)'), one),
      `a.npy: values of the type ">f4" are not read, only <f2, <f4, <f8, <i4, <i8. Convert it, for example with array.astype('<f4').`,
    ],
    [
      'objects',
      npy(1, header('|O', '(1,)'), one),
      `a.npy: values of the type "|O" are not read, only <f2, <f4, <f8, <i4, <i8. Convert it, for example with array.astype('<f4').`,
    ],
    [
      'records',
      npy(1, "{'descr': [('a', '<f4')], 'fortran_order': False, 'shape': (1,), }", one),
      'a.npy: the header does not describe one plain array. Save the array by itself, without named fields.',
    ],
    [
      'large int64',
      npy(1, header('<i8', '(1,)'), BigInt64Array.of(2n ** 60n)),
      'a.npy: 1152921504606846976 is more than a double holds exactly. Save smaller numbers.',
    ],
  ])('%s: an error', (_, bytes, message) => {
    expect(thrownBy(() => readNpy(bytes, 'a.npy'))).toEqual({ code: 'ERR_NPY', message });
  });
});

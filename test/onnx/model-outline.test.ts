import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { FramesiftError } from '../../src/base/errors.ts';
import { readModelOutline } from '../../src/onnx/model-outline.ts';
import { encodeModel, type Model } from '../../src/onnx/model-proto.ts';
import { ProtobufWriter } from '../../src/onnx/protobuf.ts';
import { float32Constant } from '../../src/onnx/tensor.ts';

const message = (): ProtobufWriter => new ProtobufWriter();

const entry = (key: string, value: string): ProtobufWriter => message().string(1, key).string(2, value);

describe('the outline of a model', () => {
  it('gives back what was encoded', () => {
    const name = fc.string({ minLength: 1 });
    const value = fc.record({
      name,
      type: fc.constantFrom('float32', 'float16', 'int64', 'uint8', 'bool', 'string'),
      shape: fc.array(fc.oneof(fc.nat(), name)),
    });
    const model = fc.record({
      graphName: name,
      operatorSet: fc.integer({ min: 1, max: 30 }),
      inputs: fc.array(value),
      outputs: fc.array(value),
      names: fc.uniqueArray(name),
      metadata: fc.dictionary(name, fc.string()),
    });
    fc.assert(
      fc.property(model, ({ names, ...rest }) => {
        const initializers = new Map(names.map((each) => [each, float32Constant([1, 2, 3])]));
        const encoded = encodeModel({ ...rest, initializers, nodes: [] } as Model);
        expect(readModelOutline(encoded, 'm.onnx')).toEqual({
          operatorSet: rest.operatorSet,
          inputs: rest.inputs.filter((each) => !initializers.has(each.name)),
          outputs: rest.outputs,
          initializers: names,
          initializerLength: 3 * names.length,
          operators: new Map(),
          externalFiles: [],
          metadata: Object.fromEntries(Object.entries(rest.metadata)),
        });
      }),
    );
  });

  it('names the files that initializers are stored in, each once', () => {
    const stored = (name: string, file: string): ProtobufWriter =>
      message()
        .string(8, name)
        .message(13, entry('offset', '0'))
        .message(13, entry('location', file))
        .integer(14, 1);
    const graph = message()
      .message(5, stored('a', 'weights.data'))
      .message(5, stored('b', 'weights.data'))
      .message(5, stored('c', 'more.data'))
      .message(5, message().string(8, 'd'));
    const outline = readModelOutline(message().message(7, graph).finish(), 'm.onnx');
    expect(outline.initializers).toEqual(['a', 'b', 'c', 'd']);
    expect(outline.externalFiles).toEqual(['weights.data', 'more.data']);
  });

  it('leaves undefined what the model does not say', () => {
    const tensor = message().integer(1, 1);
    const shaped = message()
      .integer(1, 17)
      .message(2, message().message(1, message()).message(1, message().integer(1, 3)));
    const graph = message()
      .message(11, message().string(1, 'any shape').message(2, message().message(1, tensor)))
      .message(11, message().string(1, '8-bit float').message(2, message().message(1, shaped)))
      .message(11, message().string(1, 'sequence').message(2, message().message(4, message())))
      .message(11, message().string(1, 'nothing'));
    const sets = [
      message().string(1, 'com.microsoft').integer(2, 1),
      message().string(1, 'ai.onnx').integer(2, 21),
    ];
    const model = message().message(7, graph);
    for (const set of sets) model.message(8, set);
    expect(readModelOutline(model.finish(), 'm.onnx')).toEqual({
      operatorSet: 21,
      inputs: [
        { name: 'any shape', type: 'float32', shape: undefined },
        { name: '8-bit float', type: undefined, shape: [undefined, 3] },
        { name: 'sequence', type: undefined, shape: undefined },
        { name: 'nothing', type: undefined, shape: undefined },
      ],
      outputs: [],
      initializers: [],
      initializerLength: 0,
      operators: new Map(),
      externalFiles: [],
      metadata: {},
    });
  });

  it.each([
    ['a text', new TextEncoder().encode('<!DOCTYPE html>'), 'a protobuf field has the wire type 4'],
    ['nothing', new Uint8Array(), 'it has no graph'],
    [
      'half a model',
      message().message(7, message().string(2, 'main')).finish().subarray(0, 5),
      'a protobuf message ends within a field',
    ],
  ])('refuses %s', (_, bytes, reason) => {
    const read = (): unknown => readModelOutline(bytes, 'nets/m.onnx');
    expect(read).toThrow(FramesiftError);
    expect(read).toThrow(
      expect.objectContaining({
        code: 'ERR_MODEL',
        message: `nets/m.onnx: is not an ONNX model (${reason}). Export or download it again.`,
        facts: { path: 'nets/m.onnx' },
      }),
    );
  });
});

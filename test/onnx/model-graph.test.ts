import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { GraphBuilder } from '../../src/onnx/graph.ts';
import { readModelGraph } from '../../src/onnx/model-graph.ts';
import { ProtobufWriter } from '../../src/onnx/protobuf.ts';
import { float32Constant, int64Constant } from '../../src/onnx/tensor.ts';

const message = (): ProtobufWriter => new ProtobufWriter();

const modelOf = (graph: ProtobufWriter): Uint8Array => message().message(7, graph).finish();

/** One that a builder wrote. */
const built = (): Uint8Array => {
  const graph = new GraphBuilder('small');
  const x = graph.input('x', 'float32', ['n', 3, 8, 8]);
  const weight = graph.constant(float32Constant([1, 2, 3], [1, 3, 1, 1]), 'weight');
  const axes = graph.constant(int64Constant([2, -1]), 'axes');
  const y = graph.node('Conv', [x, weight], { pads: [1, 0, 1, 0], group: 1, auto_pad: 'NOTSET' }, 'y');
  const z = graph.node('HardSigmoid', [y], { alpha: { float: 0.5 }, beta: { float: -1 } }, 'z');
  graph.output(graph.node('ReduceMean', [z, axes], {}, 'm'), 'float32', ['n', 1]);
  return graph.build();
};

describe('the graph of a model', () => {
  it('gives back what was written', () => {
    const { nodes, constants } = readModelGraph(built());
    expect(nodes).toEqual([
      {
        name: 'y',
        operator: 'Conv',
        inputs: ['x', 'weight'],
        outputs: ['y'],
        attributes: new Map<string, unknown>([
          ['pads', [1, 0, 1, 0]],
          ['group', 1],
          ['auto_pad', 'NOTSET'],
        ]),
      },
      {
        name: 'z',
        operator: 'HardSigmoid',
        inputs: ['y'],
        outputs: ['z'],
        attributes: new Map([
          ['alpha', 0.5],
          ['beta', -1],
        ]),
      },
      { name: 'm', operator: 'ReduceMean', inputs: ['z', 'axes'], outputs: ['m'], attributes: new Map() },
    ]);
    expect([...constants.values()]).toEqual([
      { name: 'weight', type: 'float32', shape: [1, 3, 1, 1], data: Float32Array.of(1, 2, 3) },
      { name: 'axes', type: 'int64', shape: [2], data: [2, -1] },
    ]);
  });

  it('has the tensors of nodes that are constants, under the names of their outputs', () => {
    const tensor = message().integer(1, 2).integer(2, 7).integer(7, 5).integer(7, -6);
    const attribute = message().string(1, 'value').message(5, tensor).integer(20, 4);
    const node = message().string(2, 'c').string(4, 'Constant').message(5, attribute);
    const { nodes, constants } = readModelGraph(modelOf(message().message(1, node)));
    expect(nodes).toEqual([]);
    expect(constants.get('c')).toEqual({ name: 'c', type: 'int64', shape: [2], data: [5, -6] });
  });

  it('reads what Node reads from a file, which is part of larger memory', () => {
    const bytes = built();
    const { constants } = readModelGraph(Buffer.concat([Buffer.alloc(3), bytes]).subarray(3));
    expect(constants).toEqual(readModelGraph(bytes).constants);
  });

  it('gives equal tensors their names again', () => {
    const graph = new GraphBuilder('shared');
    const zero = graph.constant(float32Constant([0]), 'zero');
    const bias = graph.node('Identity', [zero], {}, 'bias');
    const x = graph.node('Identity', [graph.input('in', 'float32', [1])], {}, 'x');
    graph.output(graph.node('Add', [x, bias], {}, 'y'), 'float32', [1]);
    const { nodes, constants } = readModelGraph(graph.build());
    expect(nodes.map(({ name }) => name)).toEqual(['x', 'y']);
    expect(constants.get('bias')).toEqual({
      name: 'bias',
      type: 'float32',
      shape: [1],
      data: Float32Array.of(0),
    });
  });

  it('has constants that are said without a tensor', () => {
    const constant = (output: string, attribute: ProtobufWriter): ProtobufWriter =>
      message().string(2, output).string(4, 'Constant').message(5, attribute);
    const graph = message()
      .message(
        1,
        constant('axes', message().string(1, 'value_ints').integer(8, 2).integer(8, -1).integer(20, 7)),
      )
      .message(1, constant('one', message().string(1, 'value_int').integer(3, 1).integer(20, 2)))
      .message(1, constant('half', message().string(1, 'value_float').float32(2, 0.5).integer(20, 1)));
    expect([...readModelGraph(modelOf(graph)).constants.values()]).toEqual([
      { name: 'axes', type: 'int64', shape: [2], data: [2, -1] },
      { name: 'one', type: 'int64', shape: [], data: [1] },
      { name: 'half', type: 'float32', shape: [], data: Float32Array.of(0.5) },
    ]);
  });

  it('names a node by its output, and an operator with its domain', () => {
    const node = message().string(2, 'out').string(4, 'FusedConv').string(7, 'com.microsoft');
    const other = message().string(3, 'own').string(2, 'b').string(4, 'Relu').string(7, 'ai.onnx');
    const { nodes } = readModelGraph(modelOf(message().message(1, node).message(1, other)));
    expect(nodes.map(({ name, operator }) => [name, operator])).toEqual([
      ['out', 'com.microsoft.FusedConv'],
      ['own', 'Relu'],
    ]);
  });

  it('tells an empty list from nothing, and reads lists that are not packed', () => {
    const empty = message().string(1, 'axes').integer(20, 7);
    const floats = message().string(1, 'scales').float32(7, 0.5).float32(7, 2).integer(20, 6);
    const node = message().string(2, 'y').string(4, 'Odd').message(5, empty).message(5, floats);
    const { nodes } = readModelGraph(modelOf(message().message(1, node)));
    expect(nodes[0]!.attributes).toEqual(
      new Map([
        ['axes', []],
        ['scales', [0.5, 2]],
      ]),
    );
  });

  it('passes over tensors of other types, and those in other files', () => {
    const half = message().integer(1, 1).integer(2, 10).string(8, 'half').bytes(9, new Uint8Array(2));
    const outside = message().integer(1, 1).integer(2, 1).string(8, 'outside').integer(14, 1);
    expect(readModelGraph(modelOf(message().message(5, half).message(5, outside))).constants.size).toBe(0);
  });

  it('is read or refused, whatever is damaged', () => {
    const bytes = built();
    fc.assert(
      fc.property(fc.nat(bytes.length - 1), fc.nat(255), fc.nat(bytes.length), (place, value, length) => {
        const damaged = bytes.slice(0, length);
        if (place < length) damaged[place] = value;
        try {
          readModelGraph(damaged);
        } catch (error) {
          expect(error).toBeInstanceOf(SyntaxError);
        }
      }),
      { numRuns: 500 },
    );
  });
});

// Updates of parameters, against PyTorch's and Lightly's.
import { describe, expect, it } from 'vitest';
import { sum } from '../../src/autodiff/reductions.ts';
import { Tape, type Tensor } from '../../src/autodiff/tape.ts';
import { adamW } from '../../src/learning/optimizers/adam-w.ts';
import { lars } from '../../src/learning/optimizers/lars.ts';
import type { Optimizer } from '../../src/learning/optimizers/optimizer.ts';
import { sgd } from '../../src/learning/optimizers/sgd.ts';
import { floatTensor, openSession } from '../../src/native/onnxruntime.ts';
import { expectClose } from '../autodiff/finite-differences.ts';
import { thrownBy } from '../support/thrown-by.ts';
import { golden } from './golden.ts';

const OPTIMIZERS = { sgd, lars, adamW };

interface Steps {
  readonly shape: readonly number[];
  readonly start: readonly number[];
  readonly gradients: readonly (readonly number[])[];
  readonly rates: readonly number[];
}

/** The parameter after each step, the graph being given back what it put out. */
const parametersAfter = async (
  { name, states, update }: Optimizer,
  { shape, start, gradients, rates }: Steps,
): Promise<Float32Array[]> => {
  const tape = new Tape(name);
  const input = (each: string): Tensor => tape.input(each, shape);
  const updated = update(tape, {
    parameter: tape.parameter('parameter', shape),
    gradient: input('gradient'),
    states: states.map(input),
    learningRate: tape.input('learningRate', []),
    step: tape.input('step', []),
  });
  tape.output('next parameter', updated.parameter);
  for (const [i, state] of updated.states.entries()) tape.output(`next ${states[i]}`, state);
  const session = await openSession({ model: tape.graph.build(), providers: ['cpu'], threads: 1 });
  let kept = new Map(states.map((state) => [state, new Float32Array(start.length)]));
  let parameter = Float32Array.from(start);
  const parameters: Float32Array[] = [];
  for (const [i, gradient] of gradients.entries()) {
    const feeds = new Map([
      ['parameter', floatTensor(parameter, shape)],
      ['gradient', floatTensor(Float32Array.from(gradient), shape)],
      ['learningRate', floatTensor(Float32Array.of(rates[i]!), [])],
      ['step', floatTensor(Float32Array.of(i + 1), [])],
      ...[...kept].map(([state, numbers]) => [state, floatTensor(numbers, shape)] as const),
    ]);
    // What no node takes is no input.
    const named = session.inputNames.map((each) => [each, feeds.get(each)!] as const);
    const results = await session.run(Object.fromEntries(named));
    const next = (each: string): Float32Array<ArrayBuffer> =>
      Float32Array.from(results[`next ${each}`]!.data as Float32Array);
    parameter = next('parameter');
    kept = new Map(states.map((state) => [state, next(state)]));
    parameters.push(parameter);
  }
  await session.release();
  return parameters;
};

describe('five steps are those of PyTorch and Lightly', () => {
  it.each(golden.optimizers.map((each, i) => [i, each.name, JSON.stringify(each.options), each] as const))(
    'case %i: %s %s',
    async (_, name, __, { options, steps, ...given }) => {
      const parameters = await parametersAfter(OPTIMIZERS[name](options), given);
      expect(parameters.length).toBe(5);
      for (const [i, parameter] of parameters.entries()) expectClose(parameter, steps[i]!, 1e-6);
    },
  );
});

describe('an optimiser', () => {
  it('says what it keeps of each parameter', () => {
    expect(sgd().states).toEqual([]);
    expect(sgd({ momentum: 0.9 }).states).toEqual(['momentum']);
    expect(lars().states).toEqual(['momentum']);
    expect(adamW().states).toEqual(['mean', 'meanSquare']);
  });

  it.each([sgd({ momentum: 0.9, weightDecay: 0.1 }), lars(), adamW()])(
    'writes updates that gradients do not flow through: %#',
    async ({ states, update }) => {
      const tape = new Tape('update');
      const parameter = tape.parameter('parameter', [2, 2]);
      const of = (): Tensor => tape.input(tape.graph.freeName('x'), [2, 2]);
      const updated = update(tape, {
        parameter,
        gradient: of(),
        states: states.map(of),
        learningRate: tape.input('learningRate', []),
        step: tape.input('step', []),
      });
      expect(updated.parameter.shape).toEqual([2, 2]);
      expect(tape.isTracked(updated.parameter)).toBe(false);
      expect(tape.isTracked(sum(tape, parameter))).toBe(true);
    },
  );

  it('is exact where averages have only begun: the first step of AdamW is one learning rate long', async () => {
    const given = { shape: [2], start: [0, 0], gradients: [[3, -0.01]], rates: [0.5] };
    const [first] = await parametersAfter(adamW({ weightDecay: 0, epsilon: 0 }), given);
    expect(Math.abs(first![0]! + 0.5)).toBeLessThan(2e-7);
    expect(Math.abs(first![1]! - 0.5)).toBeLessThan(2e-7);
  });

  it.each([
    [() => sgd({ momentum: 1 }), 'momentum 1: expected a number in [0, 1).'],
    [() => sgd({ weightDecay: -1 }), 'weightDecay -1: expected a number of at least 0.'],
    [() => sgd({ isNesterov: true }), 'isNesterov needs a momentum above 0, such as 0.9.'],
    [() => lars({ momentum: -0.1 }), 'momentum -0.1: expected a number in [0, 1).'],
    [() => lars({ trustCoefficient: Number.NaN }), 'trustCoefficient NaN: expected a number of at least 0.'],
    [() => lars({ momentum: 0, isNesterov: true }), 'isNesterov needs a momentum above 0, such as 0.9.'],
    [() => adamW({ betas: [0.9, 1] }), 'the second of betas 1: expected a number in [0, 1).'],
    [() => adamW({ epsilon: -1 }), 'epsilon -1: expected a number of at least 0.'],
  ])('refuses options that lead nowhere: %#', (make, message) => {
    expect(thrownBy(make)).toEqual({ code: 'ERR_OPTION', message });
  });
});

// The losses that are trained with: their values, and the gradients that their graphs compute.
import { describe, expect, it } from 'vitest';
import { Tape, type Tensor } from '../../src/autodiff/tape.ts';
import { Random } from '../../src/base/random.ts';
import { barlowTwins } from '../../src/learning/losses/barlow-twins.ts';
import { byol } from '../../src/learning/losses/byol.ts';
import {
  negativeCosineSimilarity,
  symmetricNegativeCosineSimilarity,
} from '../../src/learning/losses/negative-cosine-similarity.ts';
import { ntXent } from '../../src/learning/losses/nt-xent.ts';
import { vicReg } from '../../src/learning/losses/vicreg.ts';
import {
  expectClose,
  expectGradients,
  type Numbers,
  numbersOf,
  runTape,
} from '../autodiff/finite-differences.ts';
import { thrownBy } from '../support/thrown-by.ts';
import { golden, numbersFromRows } from './golden.ts';
import * as loops from './loss-loops.ts';

type Loss = (tape: Tape, inputs: readonly Tensor[]) => Tensor;

/** A loss, and its gradient for each input. */
const computed = async (
  inputs: readonly Numbers[],
  loss: Loss,
): Promise<{ readonly value: number; readonly gradients: readonly Float32Array[] }> => {
  const tape = new Tape('loss');
  const parameters = inputs.map(({ shape }, i) => tape.parameter(`x${i}`, shape));
  const value = loss(tape, parameters);
  for (const [i, gradient] of tape.gradients(value, parameters).entries())
    tape.output(`gradient${i}`, gradient);
  tape.output('value', value);
  const results = await runTape(tape, Object.fromEntries(inputs.map((numbers, i) => [`x${i}`, numbers])));
  return { value: results['value']![0]!, gradients: inputs.map((_, i) => results[`gradient${i}`]!) };
};

const random = new Random(3);
const normal = (...shape: number[]): Numbers => numbersOf(shape, () => random.normal());
const constantOf = (tape: Tape, { shape, data }: Numbers): Tensor =>
  tape.constant(Float32Array.from(data), shape);

const ofPair =
  (loss: (tape: Tape, a: Tensor, b: Tensor) => Tensor): Loss =>
  (tape, [a, b]) =>
    loss(tape, a!, b!);

const ofViews =
  (loss: typeof symmetricNegativeCosineSimilarity): Loss =>
  (tape, [z0, p0, z1, p1]) =>
    loss(tape, { prediction: p0!, target: z0! }, { prediction: p1!, target: z1! });

describe('losses have the gradients of central differences', () => {
  it.each([0.1, 0.5, 2, -0.5])('NT-Xent at %d', (temperature) =>
    expectGradients({
      inputs: [normal(3, 5), normal(3, 5)],
      graph: ofPair((tape, a, b) => ntXent(tape, a, b, { temperature })),
      loops: ([a, b]) => [loops.ntXent(a!, b!, temperature)],
    }),
  );

  it('NT-Xent with a bank, which is fixed', () =>
    expectGradients({
      inputs: [normal(3, 4), normal(3, 4), loops.unit(normal(6, 4))],
      graph: (tape, [a, b, bank]) => ntXent(tape, a!, b!, { temperature: 0.2, bank: bank! }),
      loops: ([a, b, bank]) => [loops.ntXent(a!, b!, 0.2, bank!)],
      fixed: new Set([2]),
    }));

  it('negative cosine similarity', () =>
    expectGradients({
      inputs: [normal(3, 5), normal(3, 5)],
      graph: ofPair(negativeCosineSimilarity),
      loops: ([a, b]) => [loops.negativeCosineSimilarity(a!, b!)],
    }));

  it.each([
    ['symmetric negative cosine similarity', symmetricNegativeCosineSimilarity],
    ['BYOL', byol],
  ])('%s, whose targets are fixed', (_, loss) =>
    expectGradients({
      inputs: [normal(3, 5), normal(3, 5), normal(3, 5), normal(3, 5)],
      graph: ofViews(loss),
      loops: ([z0, p0, z1, p1]) => [
        (loops.negativeCosineSimilarity(p0!, z1!) + loops.negativeCosineSimilarity(p1!, z0!)) / 2,
      ],
      fixed: new Set([0, 2]),
    }),
  );

  it.each([0.005, 0.7])('Barlow Twins with a lambda of %d', (lambda) =>
    expectGradients({
      inputs: [normal(5, 4), normal(5, 4)],
      graph: ofPair((tape, a, b) => barlowTwins(tape, a, b, { lambda })),
      loops: ([a, b]) => [loops.barlowTwins(a!, b!, lambda)],
    }),
  );

  it('VICReg', () =>
    expectGradients({
      inputs: [normal(5, 4), numbersOf([5, 4], () => 0.3 * random.normal())],
      graph: ofPair(vicReg),
      loops: ([a, b]) => [loops.vicReg(a!, b!)],
    }));

  it('VICReg with weights of its own', () =>
    expectGradients({
      inputs: [normal(4, 3), normal(4, 3)],
      graph: ofPair((tape, a, b) => vicReg(tape, a, b, { lambda: 2, mu: 7, nu: 3, epsilon: 0.01 })),
      loops: ([a, b]) => [loops.vicReg(a!, b!, [2, 7, 3, 0.01])],
    }));
});

describe('losses are what Lightly computes, and so are their gradients', () => {
  const lossOf = (name: string, options: Readonly<Record<string, unknown>>): Loss => {
    switch (name) {
      case 'ntXent':
        return (tape, [a, b]) => {
          const bank = options['bank'] as number[][] | undefined;
          return ntXent(tape, a!, b!, {
            ...options,
            bank: bank === undefined ? undefined : constantOf(tape, numbersFromRows(bank)),
          });
        };
      case 'negativeCosineSimilarity':
        return ofPair(negativeCosineSimilarity);
      case 'symmetricNegativeCosineSimilarity':
        return ofViews(symmetricNegativeCosineSimilarity);
      case 'byol':
        return ofViews(byol);
      case 'barlowTwins':
        return ofPair((tape, a, b) => barlowTwins(tape, a, b, options));
      case 'vicReg':
        return ofPair((tape, a, b) => vicReg(tape, a, b, options));
      default:
        throw new Error(name);
    }
  };

  it.each(golden.losses.map((each, i) => [i, each.name, each] as const))(
    'case %i, %s',
    async (_, name, { options, inputs, value, gradients }) => {
      const result = await computed(inputs.map(numbersFromRows), lossOf(name, options));
      expectClose([result.value], [value], 1e-6);
      for (const [i, gradient] of gradients.entries())
        expectClose(result.gradients[i]!, gradient.flat(), 1e-6);
    },
  );
});

describe('NT-Xent', () => {
  const x = numbersFromRows([
    [1, 0, 0],
    [0, 2, 0],
  ]);
  const y = numbersFromRows([
    [1, 1, 0],
    [0, 1, 1],
  ]);
  const axes = [
    [1, 0, 0],
    [0, 1, 0],
    [0, 0, 1],
    [-1, 0, 0],
  ];

  const lossOfViews = async (
    a: Numbers,
    b: Numbers,
    temperature?: number,
    bank?: Numbers,
  ): Promise<number> => {
    const loss: Loss = (tape, [first, second]) =>
      ntXent(tape, first!, second!, {
        temperature,
        bank: bank === undefined ? undefined : constantOf(tape, bank),
      });
    return (await computed([a, b], loss)).value;
  };

  it.each([
    [x, y, 0.5, undefined, 0.7066763],
    [x, y, 0.1, undefined, 0.3922515],
    [x, x, undefined, undefined, 0.2395448],
    [x, y, 0.5, numbersFromRows(axes), 1.2293572],
    // The same bank, once the second view is stored in it.
    [x, y, 0.5, loops.unit(numbersFromRows([[1, 1, 0], [0, 1, 1], ...axes.slice(2)])), 1.086369],
  ])('has the values of the reference: case %#', async (a, b, temperature, bank, value) => {
    expect(await lossOfViews(a, b, temperature, bank)).toBeCloseTo(value, 6);
  });

  it.each(
    [1, 2, 4].flatMap((n) => [1, 2, 16, 64].flatMap((d) => [0.1, 1, 10].map((t) => [n, d, t] as const))),
  )('is the formula of the paper, and symmetric: %i × %i at %d', async (n, d, temperature) => {
    const [a, b] = [normal(n, d), normal(n, d)];
    const loss = await lossOfViews(a, b, temperature);
    expect(loss).toBeCloseTo(loops.ntXent(a, b, temperature), 5);
    expect(await lossOfViews(b, a, temperature)).toBeCloseTo(loss, 5);
  });

  it.each([1, 2, 8, 16])('of %i parallel pairs is as bad as guessing', async (n) => {
    const parallel = numbersOf([n, 2], (i) => (i % 2 === 0 ? i + 1 : 0));
    expect(await lossOfViews(parallel, parallel)).toBeCloseTo(Math.log(2 * n - 1), 6);
    for (const size of [0, 1, 2, 8, 15, 16, 17]) {
      const bank = numbersOf([size, 2], (i) => (i % 2 === 0 ? 1 : 0));
      const guess = size === 0 ? 2 * n - 1 : size + 1;
      expect(await lossOfViews(parallel, parallel, 0.5, bank)).toBeCloseTo(Math.log(guess), 6);
    }
  });

  it('of one pair is 0, and there is nothing to learn', async () => {
    const { value, gradients } = await computed([normal(1, 4), normal(1, 4)], ofPair(ntXent));
    expect(Math.abs(value)).toBe(0);
    for (const gradient of gradients) expect([...gradient].map(Math.abs)).toEqual([0, 0, 0, 0]);
  });

  it.each([1e-3, -1e-3, 1e-8])('takes a row of zeros, and %d without overflow', async (temperature) => {
    const zeros = numbersFromRows([
      [0, 0],
      [1, 0],
      [-1, 0],
    ]);
    const loss = ofPair((tape, a, b) => ntXent(tape, a, b, { temperature }));
    const { value, gradients } = await computed([zeros, zeros], loss);
    for (const number of [value, ...gradients.flatMap((each) => [...each])]) expect(number).not.toBeNaN();
  });

  it.each([0, 9e-9, -9e-9, Number.NaN])('refuses a temperature of %d', (temperature) => {
    const tape = new Tape('refused');
    const [a, b] = [tape.parameter('a', [2, 3]), tape.parameter('b', [2, 3])];
    expect(thrownBy(() => ntXent(tape, a, b, { temperature }))).toEqual({
      code: 'ERR_OPTION',
      message: `temperature ${temperature}: expected a number that is not 0, such as 0.5.`,
    });
  });
});

describe('negative cosine similarity', () => {
  it('is −1 for the same directions, 1 for opposite ones, and 0 for a row of zeros', async () => {
    const x = numbersFromRows([[3, 4]]);
    const lossOfViews = async (row: readonly number[]): Promise<number> =>
      (await computed([x, numbersFromRows([row])], ofPair(negativeCosineSimilarity))).value;
    expect(await lossOfViews([0.6, 0.8])).toBeCloseTo(-1, 6);
    expect(await lossOfViews([-30, -40])).toBeCloseTo(1, 6);
    expect(await lossOfViews([0, 0])).toBeCloseTo(0, 12);
  });

  it.each([
    ['its symmetric form', symmetricNegativeCosineSimilarity],
    ['BYOL', byol],
  ])('of %s teaches predictions and leaves targets alone', async (_, loss) => {
    const { gradients } = await computed(
      [normal(2, 3), normal(2, 3), normal(2, 3), normal(2, 3)],
      ofViews(loss),
    );
    for (const target of [0, 2]) expect([...gradients[target]!]).toEqual([0, 0, 0, 0, 0, 0]);
    for (const prediction of [1, 3]) expect(gradients[prediction]!.some((each) => each !== 0)).toBe(true);
  });
});

describe('shapes that do not fit', () => {
  const tape = new Tape('refused');
  const of = (rows: number, columns: number): Tensor => tape.input(tape.graph.freeName('x'), [rows, columns]);
  const misfit = 'give two views of one shape with at least one row, and a bank of the same width.';

  it.each([
    ['NT-Xent', ntXent],
    ['negative cosine similarity', negativeCosineSimilarity],
    ['Barlow Twins', barlowTwins],
    ['VICReg', vicReg],
  ])('are refused by %s', (_, loss) => {
    expect(thrownBy(() => loss(tape, of(2, 3), of(3, 3)))).toEqual({
      code: 'ERR_SHAPE',
      message: `views of 2×3 and 3×3: ${misfit}`,
    });
    expect(thrownBy(() => loss(tape, of(0, 3), of(0, 3)))?.code).toBe('ERR_SHAPE');
  });

  it('are refused of a bank', () => {
    expect(thrownBy(() => ntXent(tape, of(2, 3), of(2, 3), { bank: of(5, 4) }))).toEqual({
      code: 'ERR_SHAPE',
      message: `views of 2×3 and 2×3, a bank of 5×4: ${misfit}`,
    });
  });

  it.each([
    ['a Barlow Twins loss', barlowTwins],
    ['a VICReg loss', vicReg],
  ])('are refused where rows must differ: %s', (what, loss) => {
    expect(thrownBy(() => loss(tape, of(1, 3), of(1, 3)))).toEqual({
      code: 'ERR_SHAPE',
      message: `${what} of 1 row: expected at least 2, as it measures how rows differ.`,
    });
  });
});

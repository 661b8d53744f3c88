// The contrastive loss, against what Lightly gives, the paper's formula, and cases with a known answer.
import { readFileSync } from 'node:fs';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type Matrix, matrixFromRows, matrixOf } from '../../src/base/matrix.ts';
import { Random } from '../../src/base/random.ts';
import { ntXentLoss } from '../../src/learning/nt-xent-loss.ts';

interface Golden {
  readonly cases: readonly {
    readonly a: readonly (readonly number[])[];
    readonly b: readonly (readonly number[])[];
    readonly T: number;
    readonly loss: number;
  }[];
}

const golden = JSON.parse(
  readFileSync(new URL('../golden/lightly-ntxent.json', import.meta.url), 'utf8'),
) as Golden;

const randomMatrix = (rows: number, columns: number, seed: number): Matrix => {
  const random = new Random(seed);
  return matrixOf(
    Float32Array.from({ length: rows * columns }, () => random.uniform() - 0.5),
    rows,
    columns,
  );
};

const parallel = (rows: number): Matrix => matrixFromRows(Array.from({ length: rows }, (_, i) => [i + 1, 0]));

/** The paper's formula (equation 1), term by term. */
const byThePaper = (a: Matrix, b: Matrix, temperature: number): number => {
  const rows = [a, b].flatMap(({ data, rows: count, columns }) =>
    Array.from({ length: count }, (_, i) => [...data.subarray(i * columns, (i + 1) * columns)]),
  );
  const cosine = (x: number[], y: number[]): number => {
    const dot = (p: number[], q: number[]): number => p.reduce((sum, value, i) => sum + value * q[i]!, 0);
    return dot(x, y) / Math.sqrt(dot(x, x) * dot(y, y));
  };
  const count = rows.length;
  let sum = 0;
  for (let i = 0; i < count; i++) {
    const view = (i + count / 2) % count;
    let all = 0;
    for (let k = 0; k < count; k++) if (k !== i) all += Math.exp(cosine(rows[i]!, rows[k]!) / temperature);
    sum -= Math.log(Math.exp(cosine(rows[i]!, rows[view]!) / temperature) / all);
  }
  return sum / count;
};

describe('ntXentLoss', () => {
  it.each(golden.cases.map((each) => [each.a.length, each.a[0]!.length, each] as const))(
    'of %i × %i is what Lightly gives',
    (_, __, { a, b, T: temperature, loss }) => {
      expect(ntXentLoss(matrixFromRows(a), matrixFromRows(b), { temperature })).toBeCloseTo(loss, 5);
    },
  );

  const [x, y] = [
    matrixFromRows([
      [1, 0, 0],
      [0, 2, 0],
    ]),
    matrixFromRows([
      [1, 1, 0],
      [0, 1, 1],
    ]),
  ];
  const bank = matrixFromRows([
    [1, 0, 0],
    [0, 1, 0],
    [0, 0, 1],
    [-1, 0, 0],
  ]);

  it.each([
    [x, y, { temperature: 0.5 }, 0.7066763],
    [x, y, { temperature: 0.1 }, 0.3922515],
    [x, x, {}, 0.2395448],
    [x, y, { bank }, 1.2293572],
  ])('has the values of the reference: case %#', (out0, out1, options, loss) => {
    expect(ntXentLoss(out0, out1, options)).toBeCloseTo(loss, 6);
  });

  it.each(
    [1, 2, 4].flatMap((n) => [1, 2, 16, 64].flatMap((d) => [0.1, 1, 10].map((t) => [n, d, t] as const))),
  )('is the formula of the paper, and symmetric: %i × %i at %d', (n, d, temperature) => {
    const [a, b] = [randomMatrix(n, d, 1), randomMatrix(n, d, 2)];
    const loss = ntXentLoss(a, b, { temperature });
    expect(loss).toBeCloseTo(byThePaper(a, b, temperature), 9);
    expect(ntXentLoss(b, a, { temperature })).toBeCloseTo(loss, 12);
  });

  it.each([1, 2, 8, 16])('of %i parallel pairs is as bad as guessing', (n) => {
    expect(ntXentLoss(parallel(n), parallel(n))).toBeCloseTo(Math.log(2 * n - 1), 12);
    for (const size of [1, 2, 8, 15, 16, 17]) {
      const others = matrixFromRows(Array.from({ length: size }, () => [1, 0]));
      expect(ntXentLoss(parallel(n), parallel(n), { bank: others })).toBeCloseTo(Math.log(size + 1), 12);
    }
  });

  it('does not care how long rows are', () => {
    const property = fc.property(fc.double({ min: 0.01, max: 100, noNaN: true }), (factor) => {
      const [a, b] = [randomMatrix(3, 4, 5), randomMatrix(3, 4, 6)];
      const scaled = matrixOf(
        a.data.map((value) => value * factor),
        3,
        4,
      );
      expect(ntXentLoss(scaled, b)).toBeCloseTo(ntXentLoss(a, b), 5);
    });
    void fc.assert(property);
  });

  it('takes a row of zeros and a low temperature without overflow', () => {
    const zeros = matrixFromRows([
      [0, 0],
      [1, 0],
    ]);
    expect(ntXentLoss(zeros, zeros, { temperature: 1e-3 })).toBeGreaterThanOrEqual(0);
    expect(ntXentLoss(zeros, zeros, { temperature: 1e-3 })).toBeLessThan(Number.POSITIVE_INFINITY);
  });

  it('refuses what does not fit', () => {
    expect(() => ntXentLoss(x, y, { temperature: 0 })).toThrow(
      'temperature 0: expected a number that is not 0',
    );
    expect(() => ntXentLoss(x, bank)).toThrow('views of 2×3 and 4×3: give two views of one shape');
    expect(() => ntXentLoss(x, y, { bank: parallel(2) })).toThrow('views of 2×3 and 2×3, a bank of 2×2');
    expect(() =>
      ntXentLoss(matrixOf(new Float32Array(0), 0, 3), matrixOf(new Float32Array(0), 0, 3)),
    ).toThrow('with at least one row');
  });
});

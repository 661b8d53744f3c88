/** What PyTorch and Lightly compute; see `scripts/make-learning-golden.py`. */
import { readFileSync } from 'node:fs';
import { type Numbers, numbersOf } from '../autodiff/finite-differences.ts';

type Rows = readonly (readonly number[])[];

export interface Golden {
  readonly losses: readonly {
    readonly name: string;
    readonly options: Readonly<Record<string, number | Rows>>;
    readonly inputs: readonly Rows[];
    readonly value: number;
    readonly gradients: readonly Rows[];
  }[];
  readonly optimizers: readonly {
    readonly name: 'sgd' | 'lars' | 'adamW';
    readonly options: object;
    readonly shape: readonly number[];
    readonly start: readonly number[];
    readonly gradients: readonly (readonly number[])[];
    readonly rates: readonly number[];
    /** The parameter after each step. */
    readonly steps: readonly (readonly number[])[];
  }[];
  readonly schedules: readonly (
    | {
        readonly name: 'cosineSchedule';
        readonly arguments: readonly [maxSteps: number, start: number, end: number];
        readonly values: readonly number[];
      }
    | {
        readonly name: 'cosineWarmupSchedule';
        readonly arguments: readonly [{ readonly maxSteps: number; readonly warmupSteps: number }];
        readonly values: readonly number[];
      }
  )[];
  readonly spreads: readonly { readonly z: Rows; readonly spread: number }[];
}

export const golden = JSON.parse(readFileSync(new URL('golden.json', import.meta.url), 'utf8')) as Golden;

export const numbersFromRows = (rows: Rows): Numbers => {
  const values = rows.flat();
  return numbersOf([rows.length, rows[0]!.length], (i) => values[i]!);
};

/** Programs that time themselves at one task, one after the other, round by round, and must agree on what comes out. */
import { type Program, runFresh } from './fresh-process.ts';
import { say } from './terminal.ts';

export interface Contestant {
  readonly name: string;
  /** Undefined for what is not installed. */
  readonly program: Program | undefined;
}

/** What a program prints at its end. */
export interface Answer {
  readonly seconds: number;
  /** How many it took the time for, where it is told as a rate. */
  readonly pictures?: number;
  /** A few numbers that the result comes down to, where there is a result that all must have. */
  readonly answer?: readonly number[];
  /** What the program calls itself, with its version. */
  readonly who?: string;
}

/** Relative; what float32 may do to sums of a hundred thousand products, and far below what an error does. */
const TOLERANCE = 1e-3;

/**
 * One run of each that is thrown away, then the rounds that count.
 *
 * @returns the answers of each contestant that is installed, by name, round by round
 * @throws when two do not agree
 */
export const contest = async (
  contestants: readonly Contestant[],
  rounds: number,
): Promise<ReadonlyMap<string, readonly Answer[]>> => {
  const answers = new Map<string, Answer[]>();
  let reference: Answer['answer'];
  for (let round = -1; round < rounds; round++) {
    for (const { name, program } of contestants) {
      if (program === undefined) continue;
      const found = JSON.parse((await runFresh(program)).output) as Answer;
      reference ??= found.answer;
      if (!isSame(found.answer, reference)) {
        throw new Error(`${name} found ${found.answer?.join(', ')} instead of ${reference?.join(', ')}`);
      }
      if (round < 0) continue;
      answers.set(name, [...(answers.get(name) ?? []), found]);
      say(`  ${name.padEnd(20)} ${found.seconds.toFixed(2)} s`);
    }
  }
  return answers;
};

const isSame = (found: readonly number[] = [], reference: readonly number[] = []): boolean =>
  found.length === reference.length &&
  found.every((value, i) => Math.abs(value / reference[i]! - 1) <= TOLERANCE);

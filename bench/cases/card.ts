/** A graphics card: the same step of training and the same embeddings as on the processor, and how much sooner. */
import { availableParallelism } from 'node:os';
import type { Case, CaseResult, Row } from '../case.ts';
import { type Program, runFresh } from '../fresh-process.ts';
import { spreadOf } from '../statistics.ts';
import { node, python } from '../task.ts';
import { say } from '../terminal.ts';

const THREADS = availableParallelism();
const ROUNDS = 3;
const STEP = { batch: 64, side: 32, stepsOnCard: 20, steps: 3 };
const EMBEDDING = { batch: 64, runs: 10 };
const MOST_APART = 1e-3;

interface Embedded {
  readonly device: string;
  readonly seconds: number;
  readonly embeddings: readonly number[];
}

interface Stepped {
  readonly seconds: number;
  readonly who?: string;
}

export const CARD_CASE: Case = {
  name: 'card',
  run: async (): Promise<CaseResult> => {
    const { device } = await ask<Embedded>(node('card.js', ['auto', 1, 1]));
    if (device === 'cpu')
      throw new Error('card: there is no graphics card that can be used; framesift doctor says why');
    const embedding = await embeddingOn(device);
    const training = await trainingOn(device);
    return {
      rows: [...embedding.rows, training.row],
      data: { device, embedding: embedding.data, training: training.data },
    };
  },
};

const ask = async <T>(program: Program): Promise<T> => JSON.parse((await runFresh(program)).output) as T;

const embeddingOn = async (device: string): Promise<{ rows: Row[]; data: unknown }> => {
  const { batch, runs } = EMBEDDING;
  const [card, processor]: [number[], number[]] = [[], []];
  let apart = 0;
  for (let round = 0; round < ROUNDS; round++) {
    const [here, there] = [
      await ask<Embedded>(node('card.js', [device, batch, runs])),
      await ask<Embedded>(node('card.js', ['cpu', batch, runs])),
    ];
    card.push(here.seconds);
    processor.push(there.seconds);
    const scale = Math.max(...there.embeddings.map(Math.abs));
    const differences = here.embeddings.map((value, i) => Math.abs(value - there.embeddings[i]!) / scale);
    apart = Math.max(apart, ...differences);
  }
  const rate = (seconds: readonly number[]): string => (batch / spreadOf(seconds).median).toFixed(0);
  say(`card: ${rate(card)} pictures/s on ${device}, ${rate(processor)} on the processor, ${apart} apart`);
  return {
    rows: [
      {
        what: `The built-in model on ready pictures, on a graphics card (${device})`,
        result: timesOf(processor, card),
        target: '≥ 1 ×',
        isMet: spreadOf(ratios(processor, card)).median >= 1,
        remark: `${rate(card)} pictures/s, batches of ${batch}; the processor ${rate(processor)} with ${THREADS} threads`,
      },
      {
        what: 'How far embeddings on the card are from those on the processor, of the largest value',
        result: apart.toExponential(1),
        target: `≤ ${MOST_APART}`,
        isMet: apart <= MOST_APART,
        remark: `${batch} pictures`,
      },
    ],
    data: { card, processor, apart },
  };
};

const trainingOn = async (device: string): Promise<{ row: Row; data: unknown }> => {
  const { batch, side, stepsOnCard, steps } = STEP;
  const torch = python('torch', 'training.py', ['own', batch, side, stepsOnCard, THREADS, 'cuda']);
  const [card, processor, peer]: [number[], number[], number[]] = [[], [], []];
  let who: string | undefined;
  for (let round = 0; round < ROUNDS; round++) {
    const on = async (program: Program): Promise<Stepped> => ask<Stepped>(program);
    card.push((await on(node('training.js', ['step', batch, side, stepsOnCard, THREADS, device]))).seconds);
    processor.push((await on(node('training.js', ['step', batch, side, steps, THREADS]))).seconds);
    if (torch === undefined) continue;
    const answer = await on(torch);
    peer.push(answer.seconds);
    who = answer.who;
  }
  const told = (seconds: readonly number[]): string => `${(1000 * spreadOf(seconds).median).toFixed(0)} ms`;
  say(`card: a step in ${told(card)} on ${device}, ${told(processor)} on the processor`);
  const theirs = who === undefined ? [] : [`${who} on the card ${told(peer)}`];
  return {
    row: {
      what: `A step of SimCLR, ResNet-18 of Lightly, ${side} px, batch ${batch}, two views, on a graphics card (${device})`,
      result: timesOf(processor, card),
      target: '≥ 1 ×',
      isMet: spreadOf(ratios(processor, card)).median >= 1,
      remark: [`${told(card)}, the processor ${told(processor)} with ${THREADS} threads`, ...theirs].join(
        '; ',
      ),
    },
    data: { card, processor, peer, who },
  };
};

const ratios = (slow: readonly number[], fast: readonly number[]): number[] =>
  slow.map((seconds, round) => seconds / fast[round]!);

const timesOf = (slow: readonly number[], fast: readonly number[]): string => {
  const { median, min, max } = spreadOf(ratios(slow, fast));
  return `${median.toFixed(1)} × the processor (${min.toFixed(1)}–${max.toFixed(1)})`;
};

/** Linear algebra and the built-in model, beside numpy and PyTorch on the same processors. */
import { closeSync, openSync, writeSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import { join } from 'node:path';
import type { Case, CaseResult, Row } from '../case.ts';
import { contest } from '../contest.ts';
import { seededRandom } from '../random.ts';
import { temporaryFolder } from '../scratch.ts';
import { node, python, rowOf, type Task } from '../task.ts';
import { say } from '../terminal.ts';

const COLUMNS = 512;
const COMPONENTS = 2;
const K = 200;
const PICTURES = 384;
/** What a single session is fastest with. */
const BATCH = 8;
const THREADS = availableParallelism();

export const ARITHMETIC_CASE: Case = {
  name: 'arithmetic',
  run: async ({ settings, workDir }): Promise<CaseResult> => {
    using folder = temporaryFolder(join(workDir, 'arithmetic'));
    const [rows, queries] = settings.isQuick ? [10_000, 1_000] : [100_000, 10_000];
    const results: { row: Row; data: unknown }[] = [];
    for (const task of tasksOf(folder.path, rows, queries, settings.seed)) {
      say(task.title);
      const answers = await contest([task.own, ...task.rivals, ...(task.others ?? [])], settings.denseRounds);
      results.push({
        row: rowOf(task, answers),
        data: { title: task.title, answers: Object.fromEntries(answers) },
      });
    }
    return { rows: results.map(({ row }) => row), data: results.map(({ data }) => data) };
  },
};

const tasksOf = (folder: string, rows: number, queries: number, seed: number): Task[] => {
  const [table, searched] = [join(folder, 'table.f32'), join(folder, 'queries-and-bank.f32')];
  writeTable(table, rows, seed);
  writeTable(searched, queries + rows, seed + 1);
  const pca = ['pca', table, COLUMNS, COMPONENTS];
  const search = ['neighbours', searched, COLUMNS, queries, K];
  const inSeconds = (seconds: number): string => `${seconds.toFixed(2)} s`;
  return [
    {
      title: `PCA of ${rows} × ${COLUMNS} to ${COMPONENTS}`,
      own: { name: 'framesift', program: node('linear-algebra.js', pca) },
      // `numpy.cov` computes in float64 whatever it is given.
      rivals: [
        { name: 'numpy in float64', program: python('numpy', 'linear_algebra.py', [...pca, 'float64']) },
      ],
      others: [
        { name: 'numpy in float32', program: python('numpy', 'linear_algebra.py', [...pca, 'float32']) },
      ],
      amountOf: inSeconds,
      note: 'numpy: covariance and linalg.eigh',
    },
    {
      title: `The ${K} nearest among ${rows} × ${COLUMNS}, for ${queries} rows`,
      own: { name: 'framesift', program: node('linear-algebra.js', search) },
      rivals: [
        { name: 'numpy', program: python('numpy', 'linear_algebra.py', search) },
        { name: 'PyTorch', program: python('torch', 'pytorch.py', [...search, THREADS]) },
      ],
      amountOf: inSeconds,
      note: 'numpy: product and argpartition; PyTorch: mm and topk; 512 queries at a time',
    },
    {
      title: 'The built-in model on ready pictures',
      own: { name: 'framesift', program: node('embedding.js', ['compute', '', 1, 1, folder]) },
      rivals: ['plain', 'fused'].map((mode) => ({
        name: `PyTorch, ${mode}`,
        program: python('torch', 'pytorch.py', ['network', mode, PICTURES, BATCH, THREADS]),
      })),
      others: [
        { name: 'ONNX Runtime alone', program: node('embedding.js', ['bare', '', 1, 1, folder]) },
        { name: 'the same in one session', program: node('embedding.js', ['session', '', 1, BATCH, folder]) },
      ],
      amountOf: (seconds) => `${(1 / seconds).toFixed(0)} frames/s`,
      note: `framesift as in embed: a process for each processor, batch 1; PyTorch and the one session: ${THREADS} threads, batch ${BATCH}; PyTorch has the same layers, batch norm folded, with random weights; fused: channels last, jit.optimize_for_inference`,
    },
  ];
};

const ROWS_AT_ONCE = 1000;

/** Rows of float32, the first columns of larger spread, as embeddings have a few directions in which they vary most. */
const writeTable = (path: string, rows: number, seed: number): void => {
  const random = seededRandom(seed);
  const file = openSync(path, 'w');
  const block = new Float32Array(ROWS_AT_ONCE * COLUMNS);
  for (let row = 0; row < rows; row += ROWS_AT_ONCE) {
    for (let i = 0; i < block.length; i++)
      block[i] = (random() + random() - 1) * (1 + 4 / (1 + (i % COLUMNS)));
    writeSync(file, block);
  }
  closeSync(file);
};

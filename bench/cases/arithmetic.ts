/** Linear algebra and the built-in model, beside numpy and PyTorch on the same processors. */
import { closeSync, openSync, writeSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Case, CaseResult, Row } from '../case.ts';
import { type Answer, type Contestant, contest } from '../contest.ts';
import type { Program } from '../fresh-process.ts';
import { findPython } from '../peers.ts';
import { seededRandom } from '../random.ts';
import { temporaryFolder } from '../scratch.ts';
import { spreadOf } from '../statistics.ts';
import { say } from '../terminal.ts';

const COLUMNS = 512;
const COMPONENTS = 2;
const K = 200;
const PICTURES = 384;
/** What a single session is fastest with. */
const BATCH = 8;
const THREADS = availableParallelism();

interface Task {
  readonly title: string;
  readonly own: Contestant;
  readonly rivals: readonly Contestant[];
  /** Who is told of in the remarks only. */
  readonly others?: readonly Contestant[];
  /** What the time comes to, of one picture where there are pictures, as people tell it. */
  readonly amountOf: (seconds: number) => string;
  readonly note: string;
}

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

const pathOf = (name: string): string => fileURLToPath(new URL(`../${name}`, import.meta.url));

type Arguments = readonly (string | number)[];

const node = (script: string, args: Arguments): Program => ({
  command: process.execPath,
  arguments: [pathOf(`probes/${script}`), ...args.map(String)],
});

const python = (module: string, script: string, args: Arguments): Program | undefined => {
  const found = findPython([module, 'numpy']);
  return found && { command: found.command, arguments: [pathOf(`peers/${script}`), ...args.map(String)] };
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

const rowOf = (task: Task, answers: ReadonlyMap<string, readonly Answer[]>): Row => {
  const secondsOf = ({ name }: Contestant): number[] =>
    (answers.get(name) ?? []).map(({ seconds, pictures = 1 }) => seconds / pictures);
  const amountOf = (contestant: Contestant): string => {
    const seconds = secondsOf(contestant);
    return `${contestant.name} ${seconds.length === 0 ? 'not here' : task.amountOf(spreadOf(seconds).median)}`;
  };
  const own = secondsOf(task.own);
  const [nearest] = task.rivals
    .filter(({ name }) => answers.has(name))
    .map((rival) => ({ name: rival.name, ...spreadOf(secondsOf(rival).map((value, i) => value / own[i]!)) }))
    .sort((a, b) => a.median - b.median);
  const versions = new Set([...answers.values()].flatMap((all) => all.flatMap(({ who }) => who ?? [])));
  const all = [task.own, ...task.rivals, ...(task.others ?? [])].map(amountOf).join(', ');
  return {
    what: task.title,
    result:
      nearest === undefined
        ? 'nobody to compare with'
        : `${nearest.median.toFixed(2)} × ${nearest.name} (${nearest.min.toFixed(2)}–${nearest.max.toFixed(2)})`,
    target: '≥ 1 ×',
    isMet: nearest === undefined ? undefined : nearest.median >= 1,
    remark: [all, ...versions, task.note].join('; '),
  };
};

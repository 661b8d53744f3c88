/** Selection beside numpy, its memory, and the whole pipeline beside its slowest stage. */
import { closeSync, openSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Bench, Case, CaseResult, Row } from '../case.ts';
import { contest } from '../contest.ts';
import { type Program, runFresh } from '../fresh-process.ts';
import { type Random, seededRandom } from '../random.ts';
import { temporaryFolder } from '../scratch.ts';
import { spreadOf } from '../statistics.ts';
import { node, python, rowOf, type Task } from '../task.ts';
import { say } from '../terminal.ts';

const COLUMNS = 512;
const MOST_MIB = 3 * 1024;

interface Measured {
  readonly row: Row;
  readonly data: unknown;
}

export const SELECTION_CASE: Case = {
  name: 'selection',
  run: async (bench): Promise<CaseResult> => {
    using folder = temporaryFolder(join(bench.workDir, 'selection'));
    const results: Measured[] = [];
    for (const task of tasksOf(folder.path, bench)) {
      say(task.title);
      const answers = await contest([task.own, ...task.rivals], bench.settings.denseRounds);
      results.push({
        row: rowOf(task, answers),
        data: { title: task.title, answers: Object.fromEntries(answers) },
      });
    }
    results.push(await memoryOf(folder.path, bench), await pipelineOf(folder.path, bench));
    return { rows: results.map(({ row }) => row), data: results.map(({ data }) => data) };
  },
};

function* tasksOf(folder: string, { settings }: Bench): Generator<Task> {
  const [rows, picks] = settings.isQuick ? [10_000, 100] : [100_000, 1000];
  const file = join(folder, 'rows.f32');
  const diversity = (title: string, target: number): Task => {
    const args = ['diversity', file, COLUMNS, picks];
    return {
      title: `${picks} of ${rows} × ${COLUMNS} by diversity, ${title}`,
      own: { name: 'framesift', program: node('selection.js', args) },
      rivals: [{ name: 'numpy', program: python('numpy', 'selection.py', args) }],
      amountOf: (seconds) => `${seconds.toFixed(2)} s`,
      note: 'numpy: a matrix-vector product a pick',
      target,
    };
  };
  writeRows(file, rows, COLUMNS, clustered(settings.seed, COLUMNS));
  yield diversity('clustered as frames of video are', 3);
  writeRows(file, rows, COLUMNS, structureless(settings.seed));
  // Rows without structure prune nothing: at most 1.3 × the time of numpy is asked for, which is 1 / 1.3 of its speed.
  yield diversity('without structure', 0.77);
  const [fewer, few] = settings.isQuick ? [2000, 50] : [20_000, 200];
  const args = ['facility', file, COLUMNS, few];
  writeRows(file, fewer, COLUMNS, clustered(settings.seed, COLUMNS));
  yield {
    title: `${few} of ${fewer} × ${COLUMNS} by facility location, clustered`,
    own: { name: 'framesift', program: node('selection.js', args) },
    rivals: [{ name: 'numpy', program: python('numpy', 'selection.py', args) }],
    amountOf: (seconds) => `${seconds.toFixed(1)} s`,
    note: 'numpy: naive greedy with the full matrix; its time is that of the matrix and of 4 picks, carried on to all',
  };
}

const memoryOf = async (folder: string, { settings }: Bench): Promise<Measured> => {
  const [rows, columns, picks] = settings.isQuick ? [100_000, 128, 100] : [1_000_000, 128, 1000];
  const file = join(folder, 'many.f32');
  writeRows(file, rows, columns, clustered(settings.seed, columns));
  const title = `${picks} of ${rows} × ${columns} by diversity, clustered`;
  const { output, memory } = await runFresh(node('selection.js', ['diversity', file, columns, picks]), true);
  const { seconds } = JSON.parse(output) as { readonly seconds: number };
  const peak = memory?.peakPssMiB;
  say(`${title}: ${seconds.toFixed(2)} s, ${peak?.toFixed(0) ?? '?'} MiB`);
  const row = {
    what: `Peak memory, ${title}`,
    result: peak === undefined ? 'not measured here' : `${peak.toFixed(0)} MiB`,
    target: `≤ ${MOST_MIB} MiB`,
    isMet: peak === undefined ? undefined : peak <= MOST_MIB,
    remark: `${seconds.toFixed(2)} s`,
  };
  return { row, data: { title, seconds, memory } };
};

const PER_SECOND = 2;
const SHARE = 0.02;

/** The verb from its start to its end, and embedding alone with the same options, in turn. */
const pipelineOf = async (folder: string, { clips, settings }: Bench): Promise<Measured> => {
  const clip = clips.repeated('h264-1080p', settings.longTimes);
  clips.release();
  const candidates = Math.floor((clip.frames / 30) * PER_SECOND);
  const count = Math.max(2, Math.round(candidates * SHARE));
  const common = ['--fps', String(PER_SECOND), '--cache', join(folder, 'cache'), '--quiet'];
  const seconds: Record<'run' | 'embed', number[]> = { run: [], embed: [] };
  for (let round = -1; round < settings.denseRounds; round++) {
    const [out, table] = [join(folder, `run${round}`), join(folder, `embed${round}`, 'embeddings.csv')];
    const programs = {
      run: framesift('run', clip.path, '-n', String(count), '--format', 'jpg', '--out', out, ...common),
      embed: framesift('embed', clip.path, '--out', table, ...common),
    };
    for (const name of ['run', 'embed'] as const) {
      const { seconds: taken } = await runFresh(programs[name]);
      if (round < 0) continue;
      seconds[name].push(taken);
      say(`  ${name.padEnd(20)} ${taken.toFixed(2)} s`);
    }
  }
  const ratio = spreadOf(seconds.run.map((each, round) => each / seconds.embed[round]!));
  const [whole, alone] = [spreadOf(seconds.run).median, spreadOf(seconds.embed).median];
  return {
    row: {
      what: `The whole pipeline, ${count} of ${candidates} frames of ${clip.title}, beside embedding alone`,
      result: `${ratio.median.toFixed(2)} × (${ratio.min.toFixed(2)}–${ratio.max.toFixed(2)})`,
      target: '≤ 1.1 ×',
      isMet: ratio.median <= 1.1,
      remark: `run ${whole.toFixed(1)} s, embed ${alone.toFixed(1)} s, from start to end of the commands`,
    },
    data: { candidates, count, seconds },
  };
};

const ENTRY = fileURLToPath(new URL('../../bin/framesift.js', import.meta.url));

const framesift = (...args: readonly string[]): Program => ({
  command: process.execPath,
  arguments: [ENTRY, ...args],
});

type FillRow = (row: Float32Array) => void;

const CLUSTERS = 500;
/** Of the noise around a centre, beside the centre's length of 1. */
const NOISE = 0.2;

const clustered = (seed: number, columns: number): FillRow => {
  const random = seededRandom(seed);
  const centres = Array.from({ length: CLUSTERS }, () => {
    const centre = new Float32Array(columns);
    structureless(Math.floor(random() * 2 ** 31))(centre);
    return centre;
  });
  const scale = NOISE / Math.sqrt(columns);
  return (row) => {
    const centre = centres[Math.floor(random() * CLUSTERS)]!;
    for (let i = 0; i < row.length; i++) row[i] = centre[i]! + scale * gaussian(random);
    normalize(row);
  };
};

const structureless = (seed: number): FillRow => {
  const random = seededRandom(seed);
  return (row) => {
    for (let i = 0; i < row.length; i++) row[i] = gaussian(random);
    normalize(row);
  };
};

/** Near enough: the sum of four uniform numbers, with variance 1. */
const gaussian = (random: Random): number => (random() + random() + random() + random() - 2) * Math.sqrt(3);

const normalize = (row: Float32Array): void => {
  const length = Math.sqrt(row.reduce((sum, value) => sum + value * value, 0));
  for (let i = 0; i < row.length; i++) row[i]! /= length;
};

const ROWS_AT_ONCE = 1000;

const writeRows = (path: string, rows: number, columns: number, fill: FillRow): void => {
  const file = openSync(path, 'w');
  const block = new Float32Array(ROWS_AT_ONCE * columns);
  for (let row = 0; row < rows; row += ROWS_AT_ONCE) {
    for (let i = 0; i < ROWS_AT_ONCE; i++) fill(block.subarray(i * columns, (i + 1) * columns));
    writeSync(file, block);
  }
  closeSync(file);
};

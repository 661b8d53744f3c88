/** Results into files, onto the terminal and into the README. */
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Row, Settings } from './case.ts';
import type { Machine } from './machine.ts';

const RESULTS = fileURLToPath(new URL('results/', import.meta.url));
const README = fileURLToPath(new URL('../README.md', import.meta.url));

/** One case's outcome with all that is needed to judge it. */
export interface Result {
  readonly name: string;
  readonly date: string;
  readonly machine: Machine;
  readonly versions: Readonly<Record<string, string>>;
  /** Peers that were not there, and why. */
  readonly absent: readonly { readonly name: string; readonly reason: string }[];
  readonly settings: Settings;
  readonly rows: readonly Row[];
  readonly data: unknown;
}

export const writeResult = (result: Result): void => {
  mkdirSync(RESULTS, { recursive: true });
  writeFileSync(join(RESULTS, `${result.name}.json`), `${JSON.stringify(result, null, 2)}\n`);
};

export const tableOf = (rows: readonly Row[]): string => {
  const lines = rows.map(
    ({ what, result, target, isMet, remark }) =>
      `| ${what} | ${result} | ${target} ${isMet === undefined ? '–' : isMet ? '✓' : '✗'} | ${remark} |`,
  );
  return ['| What | framesift | Target | Remarks |', '|---|---|---|---|', ...lines, ''].join('\n');
};

/** What the result files of these names hold, the newest run of each. */
export const readResults = (names: readonly string[]): Result[] =>
  names
    .map((name) => join(RESULTS, `${name}.json`))
    .filter((path) => existsSync(path))
    .map((path) => JSON.parse(readFileSync(path, 'utf8')) as Result);

/** The table of several results, with what it was measured on. */
export const summaryOf = (results: readonly Result[]): string => {
  const [first] = results;
  if (first === undefined) return '';
  const { processors, processor, memoryGiB, system, card } = first.machine;
  const versions = Object.entries(
    Object.assign({}, ...results.map((result) => result.versions)) as Result['versions'],
  );
  const dates = results.map(({ date }) => date.slice(0, 10)).sort();
  const where = `Measured on ${dates.at(-1)}, ${processors} × ${processor}, ${memoryGiB} GiB, ${[card ?? [], system].flat().join(', ')}; ${versions.map(([name, version]) => `${name} ${version}`).join(', ')}.`;
  return `${where}\n\n${tableOf(results.flatMap(({ rows }) => rows))}`;
};

/** Replaces what stands between the marks of a table, where there are marks. */
export const writeReadme = (table: 'bench' | 'bench-card', text: string): boolean => {
  if (!existsSync(README)) return false;
  const readme = readFileSync(README, 'utf8');
  const [start, end] = [`<!-- ${table}:start -->`, `<!-- ${table}:end -->`];
  const [from, to] = [readme.indexOf(start), readme.indexOf(end)];
  if (from < 0 || to < from) return false;
  writeFileSync(README, `${readme.slice(0, from + start.length)}\n${text}\n${readme.slice(to)}`);
  return true;
};

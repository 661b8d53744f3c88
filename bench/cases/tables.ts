/** Tables of embeddings as CSV: as fast as Python's, and faster. */
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Case, CaseResult, Row } from '../case.ts';
import { runFresh } from '../fresh-process.ts';
import { findPython } from '../peers.ts';
import { temporaryFolder } from '../scratch.ts';
import { spreadOf } from '../statistics.ts';
import { say } from '../terminal.ts';

const pathOf = (name: string): string => fileURLToPath(new URL(`../${name}`, import.meta.url));
const COLUMNS = 512;

interface Times {
  readonly savedSeconds: number;
  readonly loadedSeconds: number;
}

export const TABLES_CASE: Case = {
  name: 'tables',
  run: async ({ settings, workDir }): Promise<CaseResult> => {
    const python = findPython(['numpy']);
    if (python === undefined) return { rows: [], data: 'no python3 with numpy' };
    const rows = settings.isQuick ? 5_000 : 100_000;
    const [own, theirs]: [Times[], Times[]] = [[], []];
    for (let round = 0; round < settings.denseRounds; round++) {
      using folder = temporaryFolder(join(workDir, 'tables'));
      const size = [String(rows), String(COLUMNS)];
      const measure = async (command: string, script: string, file: string): Promise<Times> => {
        const args = [pathOf(script), ...size, join(folder.path, file)];
        return JSON.parse((await runFresh({ command, arguments: args })).output) as Times;
      };
      own.push(await measure(process.execPath, 'probes/table.js', 'own.csv'));
      theirs.push(await measure(python.command, 'peers/lightly_csv.py', 'theirs.csv'));
      say(`tables: ${JSON.stringify(own.at(-1))} against ${JSON.stringify(theirs.at(-1))}`);
    }
    const row = (what: string, key: keyof Times, target: number): Row => {
      const { median, min, max } = spreadOf(own.map((times, i) => theirs[i]![key] / times[key]));
      const values = (times: readonly Times[]): string =>
        ((rows * COLUMNS) / spreadOf(times.map((each) => each[key])).median / 1e6).toFixed(1);
      return {
        what: `${what} a table of ${rows} × ${COLUMNS} as CSV`,
        result: `${median.toFixed(1)} × Python (${min.toFixed(1)}–${max.toFixed(1)})`,
        target: `≥ ${target} ×`,
        isMet: median >= target,
        remark: `${values(own)} million values/s, Python's csv and numpy ${values(theirs)}`,
      };
    };
    return {
      rows: [row('Saving', 'savedSeconds', 1.5), row('Loading', 'loadedSeconds', 8)],
      data: { rows, columns: COLUMNS, own, theirs },
    };
  },
};

/** npm run bench [-- --quick] [--only NAME] [--clip NAME] [--rounds N] */
import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import type { Bench, Case, Settings } from './case.ts';
import { ARITHMETIC_CASE } from './cases/arithmetic.ts';
import { CARD_CASE } from './cases/card.ts';
import { EMBEDDING_CASE } from './cases/embedding.ts';
import { EXTRACTION_CASES } from './cases/extraction.ts';
import { MEMORY_CASE } from './cases/memory.ts';
import { OPENING_CASE } from './cases/opening.ts';
import { REMOTE_CASE } from './cases/remote.ts';
import { SELECTION_CASE } from './cases/selection.ts';
import { TABLES_CASE } from './cases/tables.ts';
import { TRAINING_CASE } from './cases/training.ts';
import { WORKERS_CASE } from './cases/workers.ts';
import { CLIP_NAMES, ClipStore } from './clips.ts';
import { describeMachine, describeVersions } from './machine.ts';
import { findPeers } from './peers.ts';
import { readResults, summaryOf, writeReadme, writeResult } from './report.ts';
import { say } from './terminal.ts';

const CASES: readonly Case[] = [
  ...EXTRACTION_CASES,
  OPENING_CASE,
  MEMORY_CASE,
  EMBEDDING_CASE,
  TABLES_CASE,
  ARITHMETIC_CASE,
  SELECTION_CASE,
  WORKERS_CASE,
  REMOTE_CASE,
  TRAINING_CASE,
];
const FOLDER = fileURLToPath(new URL('../.tmp/bench/', import.meta.url));

const { values } = parseArgs({
  options: {
    quick: { type: 'boolean', default: false },
    only: { type: 'string', multiple: true },
    clip: { type: 'string', multiple: true },
    rounds: { type: 'string' },
  },
});

const chosen = <T>(
  all: readonly T[],
  names: readonly string[] | undefined,
  nameOf: (each: T) => string,
): T[] => {
  const unknown = names?.find((name) => !all.some((each) => nameOf(each) === name));
  if (unknown !== undefined) throw new Error(`${unknown}: expected one of ${all.map(nameOf).join(', ')}`);
  return all.filter((each) => names === undefined || names.includes(nameOf(each)));
};

const settingsOf = (isQuick: boolean): Settings => {
  const rounds = values.rounds === undefined ? undefined : Number(values.rounds);
  return {
    isQuick,
    clipSeconds: isQuick ? 10 : 60,
    clips: chosen(CLIP_NAMES, values.clip ?? (isQuick ? ['h264-1080p'] : undefined), (name) => name),
    sparseRounds: rounds ?? (isQuick ? 2 : 5),
    denseRounds: rounds ?? (isQuick ? 1 : 3),
    indexRounds: isQuick ? 3 : 7,
    longTimes: isQuick ? 2 : 10,
    seed: 1,
  };
};

const settings = settingsOf(values.quick);
const peers = findPeers();
for (const { name, reason } of peers.absent) say(`without ${name}: ${reason}`);
const bench: Bench = {
  clips: new ClipStore(join(FOLDER, 'clips'), settings.clipSeconds),
  peers,
  settings,
  workDir: join(FOLDER, 'work'),
};

// What a run that was interrupted left behind.
rmSync(bench.workDir, { recursive: true, force: true });

const nameOf = ({ name }: Case): string => (settings.isQuick ? `quick-${name}` : name);

// Only where it is asked for: few machines have a graphics card, and its figures have a table of their own.
const cases =
  values.only === undefined ? CASES : chosen([...CASES, CARD_CASE], values.only, ({ name }) => name);
for (const each of cases) {
  const machine = describeMachine();
  const outcome = await each.run(bench);
  const date = new Date().toISOString();
  const versions = describeVersions(peers);
  writeResult({ name: nameOf(each), date, machine, versions, absent: peers.absent, settings, ...outcome });
}
process.stdout.write(`\n${summaryOf(readResults(cases.map(nameOf)))}`);
// The README shows whole runs only: all cases, the newest of each.
const results = readResults(CASES.map(nameOf));
const isWhole = !settings.isQuick && values.clip === undefined && results.length === CASES.length;
if (isWhole && writeReadme('bench', summaryOf(results))) say('wrote the table into README.md');
const ofCard = readResults([CARD_CASE.name]);
if (!settings.isQuick && ofCard.length > 0 && writeReadme('bench-card', summaryOf(ofCard)))
  say('wrote the table of the graphics card into README.md');

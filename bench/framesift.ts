/** framesift's own command line as a contender. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Contender, Errand, Wanted } from './contender.ts';
import type { Program } from './fresh-process.ts';
import { runFresh } from './fresh-process.ts';

const ROOT = fileURLToPath(new URL('..', import.meta.url));
const ENTRY = join(ROOT, 'bin/framesift.js');

export const framesiftVersion = (): string => {
  const { version }: { version: string } = JSON.parse(readFileSync(join(ROOT, 'package.json'), 'utf8'));
  return version;
};

/** @param cache folder for indexes; undefined to index the video in every run */
export const framesift = (
  name: string,
  cache: string | undefined,
  extra: readonly string[] = [],
): Contender => ({
  name,
  version: framesiftVersion(),
  isPeer: false,
  prepare: (errand) => extractCommand(errand, cache, extra),
});

const extractCommand = (
  { video, wanted, outDir }: Errand,
  cache: string | undefined,
  extra: readonly string[],
): Program => ({
  command: process.execPath,
  arguments: [
    ENTRY,
    'extract',
    video,
    ...['--out', outDir, ...choice(wanted), '--format', 'jpg', '--quality', '95', '--json', '--quiet'],
    ...(cache === undefined ? ['--no-cache'] : ['--cache', cache]),
    ...extra,
  ],
});

const choice = ({ numbers, isAll }: Wanted): readonly string[] =>
  isAll ? ['--all'] : ['--frames', numbers.join(',')];

/** How much framesift decoded for what it had to decode. */
export interface DecodeCount {
  readonly planned: number;
  readonly decoded: number;
  readonly packetsSent: number;
  readonly framesSkipped: number;
  readonly seeks: number;
}

interface Summary {
  readonly stats: { seeks: number; packetsSent: number; framesDecoded: number; framesSkipped: number };
  readonly plan?: { readonly framesToDecode: number };
}

/** Runs the errand once for its counts, and once more as a plan only. */
export const countDecoded = async (errand: Errand, cache: string): Promise<DecodeCount> => {
  const planned = summaryOf((await runFresh(extractCommand(errand, cache, ['--dry-run']))).output).plan;
  const { stats } = summaryOf((await runFresh(extractCommand(errand, cache, []))).output);
  return {
    planned: planned?.framesToDecode ?? Number.NaN,
    decoded: stats.framesDecoded,
    packetsSent: stats.packetsSent,
    framesSkipped: stats.framesSkipped,
    seeks: stats.seeks,
  };
};

const summaryOf = (output: string): Summary => {
  const line = output.trim().split('\n').at(-1) ?? '';
  return JSON.parse(line) as Summary;
};

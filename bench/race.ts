/** Contenders one after the other, round by round, so that what happens to the machine happens to all of them. */
import { mkdirSync, mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import type { Contender, Sample, Wanted } from './contender.ts';
import { type ProcessRun, runFresh } from './fresh-process.ts';
import { type Spread, spreadOf } from './statistics.ts';
import { say } from './terminal.ts';

export interface RaceOptions {
  readonly video: string;
  readonly wanted: Wanted;
  readonly contenders: readonly Contender[];
  readonly rounds: number;
  /** Folder for everything that the contenders write. */
  readonly workDir: string;
}

export interface Race {
  readonly samples: readonly Sample[];
  /** Peers that failed, and how. */
  readonly dropped: Readonly<Record<string, string>>;
}

/** One run of each contender that is thrown away, then the rounds that count. */
export const race = async (options: RaceOptions): Promise<Race> => {
  const samples: Sample[] = [];
  const dropped = new Map<string, string>();
  for (let round = -1; round < options.rounds; round++) {
    for (const contender of options.contenders) {
      if (dropped.has(contender.name)) continue;
      const use = await tryOnce(contender, options, dropped);
      if (round < 0 || use === undefined) continue;
      samples.push({ contender: contender.name, round, ...use });
      say(
        `  ${contender.name.padEnd(16)} ${use.seconds.toFixed(2)} s, CPU ${use.cpuSeconds?.toFixed(2)} s, load ${use.load.toFixed(1)}`,
      );
    }
  }
  const isWhole = ({ contender }: Sample): boolean => !dropped.has(contender);
  return { samples: samples.filter(isWhole), dropped: Object.fromEntries(dropped) };
};

/** A peer that fails leaves the race and the reason stays; framesift's own failure ends it. */
const tryOnce = async (
  contender: Contender,
  options: RaceOptions,
  dropped: Map<string, string>,
): Promise<Omit<ProcessRun, 'output'> | undefined> => {
  try {
    const { output: _output, ...use } = await runOnce(contender, options);
    return use;
  } catch (error) {
    if (!contender.isPeer) throw error;
    dropped.set(contender.name, error instanceof Error ? error.message : String(error));
    say(`  ${contender.name} gives up: ${dropped.get(contender.name)}`);
    return undefined;
  }
};

/** @throws when the contender wrote another number of images than it was asked for */
export const runOnce = async (
  contender: Contender,
  { video, wanted, workDir }: Pick<RaceOptions, 'video' | 'wanted' | 'workDir'>,
  withMemory = false,
): Promise<ProcessRun> => {
  mkdirSync(workDir, { recursive: true });
  const scratchDir = mkdtempSync(join(workDir, 'run-'));
  const outDir = join(scratchDir, 'out');
  mkdirSync(outDir);
  try {
    const run = await runFresh(contender.prepare({ video, wanted, outDir, scratchDir }), withMemory);
    const written = readdirSync(outDir, { recursive: true }).filter((file) =>
      String(file).endsWith('.jpg'),
    ).length;
    if (written !== wanted.numbers.length) {
      throw new Error(`${contender.name} wrote ${written} images of ${wanted.numbers.length}`);
    }
    return run;
  } finally {
    rmSync(scratchDir, { recursive: true, force: true });
  }
};

export type Measure = 'seconds' | 'cpuSeconds';

/** How many times as much of it the peer took, round by round: above 1, framesift is ahead. */
export const ratios = (
  samples: readonly Sample[],
  contender: string,
  peer: string,
  measure: Measure,
): Spread => {
  const own = valuesOf(samples, contender, measure);
  return spreadOf(valuesOf(samples, peer, measure).map((value, round) => value / own[round]!));
};

export const medianOf = (samples: readonly Sample[], contender: string, measure: Measure): number =>
  spreadOf(valuesOf(samples, contender, measure)).median;

const valuesOf = (samples: readonly Sample[], contender: string, measure: Measure): readonly number[] =>
  samples.filter((sample) => sample.contender === contender).map((sample) => sample[measure] ?? Number.NaN);

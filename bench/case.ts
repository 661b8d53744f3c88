/** What a case of the benchmark is given, and what it gives back. */
import type { ClipStore } from './clips.ts';
import type { Peers } from './peers.ts';

export interface Bench {
  readonly clips: ClipStore;
  readonly peers: Peers;
  readonly settings: Settings;
  /** For everything that is thrown away afterwards. */
  readonly workDir: string;
}

export interface Settings {
  readonly isQuick: boolean;
  readonly clipSeconds: number;
  /** Names of clips. */
  readonly clips: readonly string[];
  readonly sparseRounds: number;
  readonly denseRounds: number;
  readonly indexRounds: number;
  /** How many times as long the long clip is for memory. */
  readonly longTimes: number;
  readonly seed: number;
}

/** One line of the table: what was measured, what came out, and whether that is what was hoped for. */
export interface Row {
  readonly what: string;
  readonly result: string;
  readonly target: string;
  /** Undefined where there was nobody to compare with. */
  readonly isMet: boolean | undefined;
  readonly remark: string;
}

export interface CaseResult {
  readonly rows: readonly Row[];
  /** Every sample, as it goes into the result file. */
  readonly data: unknown;
}

/** A group of measurements with a result file of its own. */
export interface Case {
  readonly name: string;
  run(bench: Bench): Promise<CaseResult>;
}

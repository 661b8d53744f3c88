/** Watches a process and its descendants through /proc. Linux only: elsewhere nothing is measured. */
import { readdirSync, readFileSync } from 'node:fs';
import { basename } from 'node:path';

export interface TreeUse {
  /** Processor time of all processes together; undefined where it cannot be had. */
  readonly cpuSeconds: number | undefined;
  readonly memory: MemoryUse | undefined;
}

export interface MemoryUse {
  /** Highest sum of proportional set sizes: what the tree really takes, shared pages counted once. */
  readonly peakPssMiB: number;
  /** Highest resident set of one process. */
  readonly peakRssMiB: number;
  readonly processes: readonly ProcessPeak[];
  readonly samples: number;
}

export interface ProcessPeak {
  readonly command: string;
  readonly peakRssMiB: number;
  readonly peakPssMiB: number;
}

/** Reading the map of a large process takes its time: done only where memory is the question. */
const CPU_INTERVAL_MS = 40;
const MEMORY_INTERVAL_MS = 20;

const TICKS_PER_SECOND = 100;
const KIB_PER_MIB = 1024;

export class TreeWatch {
  readonly #root: number;
  readonly #withMemory: boolean;
  readonly #timer: NodeJS.Timeout;
  readonly #ticks = new Map<number, number>();
  readonly #peaks = new Map<number, ProcessPeak>();
  #peakPssMiB = 0;
  #samples = 0;

  constructor(root: number, withMemory: boolean) {
    this.#root = root;
    this.#withMemory = withMemory;
    this.#timer = setInterval(() => this.#sample(), withMemory ? MEMORY_INTERVAL_MS : CPU_INTERVAL_MS);
  }

  stop(): TreeUse {
    clearInterval(this.#timer);
    if (this.#samples === 0) return { cpuSeconds: undefined, memory: undefined };
    const ticks = [...this.#ticks.values()].reduce((sum, each) => sum + each, 0);
    const processes = [...this.#peaks.values()];
    const memory = this.#withMemory
      ? {
          peakPssMiB: this.#peakPssMiB,
          peakRssMiB: Math.max(0, ...processes.map((each) => each.peakRssMiB)),
          processes,
          samples: this.#samples,
        }
      : undefined;
    return { cpuSeconds: ticks / TICKS_PER_SECOND, memory };
  }

  #sample(): void {
    if (process.platform !== 'linux') return;
    let pssMiB = 0;
    for (const pid of [...descendants(this.#root)]) {
      try {
        this.#ticks.set(pid, cpuTicks(pid));
        if (this.#withMemory) pssMiB += this.#sampleMemory(pid);
      } catch {
        // ended meanwhile
      }
    }
    if (this.#ticks.size > 0) this.#samples++;
    this.#peakPssMiB = Math.max(this.#peakPssMiB, pssMiB);
  }

  #sampleMemory(pid: number): number {
    const rollup = readFileSync(`/proc/${pid}/smaps_rollup`, 'utf8');
    const [rss, pss] = [field(rollup, 'Rss'), field(rollup, 'Pss')];
    const before = this.#peaks.get(pid);
    this.#peaks.set(pid, {
      command: before?.command ?? commandOf(pid),
      peakRssMiB: Math.max(before?.peakRssMiB ?? 0, rss),
      peakPssMiB: Math.max(before?.peakPssMiB ?? 0, pss),
    });
    return pss;
  }
}

function* descendants(pid: number): Generator<number> {
  yield pid;
  try {
    for (const thread of readdirSync(`/proc/${pid}/task`)) {
      const children = readFileSync(`/proc/${pid}/task/${thread}/children`, 'utf8').trim();
      if (children !== '') for (const child of children.split(' ')) yield* descendants(Number(child));
    }
  } catch {
    // ended meanwhile
  }
}

/** Program, script and first word, without the folders that they are in here. */
const commandOf = (pid: number): string =>
  readFileSync(`/proc/${pid}/cmdline`, 'utf8')
    .split('\0')
    .slice(0, 3)
    .map((part) => basename(part))
    .join(' ');

/** User and system time, also of children that it has waited for. */
const cpuTicks = (pid: number): number => {
  const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  return Number(fields[11]) + Number(fields[12]);
};

const field = (text: string, name: string): number =>
  Number(new RegExp(`^${name}:\\s+(\\d+) kB`, 'm').exec(text)?.[1] ?? 0) / KIB_PER_MIB;

/** One program in a process of its own, timed from its start to its end. */
import { spawn } from 'node:child_process';
import { loadavg } from 'node:os';
import { type TreeUse, TreeWatch } from './process-tree.ts';

export interface ProcessRun extends TreeUse {
  readonly seconds: number;
  readonly output: string;
  /** Of the machine, just before: figures of a busy machine are not to be trusted. */
  readonly load: number;
}

export interface Program {
  readonly command: string;
  readonly arguments: readonly string[];
}

/** Longer than anything takes that works. */
const PATIENCE_MS = 20 * 60_000;

/** @throws when the program does not end with exit code 0, or not at all */
export const runFresh = async (program: Program, withMemory = false): Promise<ProcessRun> => {
  const load = loadavg()[0]!;
  const started = performance.now();
  const child = spawn(program.command, program.arguments, {
    stdio: ['ignore', 'pipe', 'pipe'],
    timeout: PATIENCE_MS,
    killSignal: 'SIGKILL',
  });
  const ended = new Promise<number | null>((resolve, reject) => {
    child.once('error', reject);
    child.once('close', resolve);
  });
  const watch = child.pid === undefined ? undefined : new TreeWatch(child.pid, withMemory);
  let [output, complaints] = ['', ''];
  child.stdout.setEncoding('utf8').on('data', (text: string) => {
    output += text;
  });
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    complaints += text;
  });
  let use: TreeUse = { cpuSeconds: undefined, memory: undefined };
  let code: number | null;
  let seconds: number;
  try {
    code = await ended;
  } finally {
    seconds = (performance.now() - started) / 1000;
    use = watch?.stop() ?? use;
  }
  if (code !== 0) {
    throw new Error(
      `${program.command} ${program.arguments.slice(0, 3).join(' ')} ended with ${code}: ${complaints.slice(-600)}`,
    );
  }
  return { ...use, seconds, output, load };
};

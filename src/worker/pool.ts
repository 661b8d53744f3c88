import { type ChildProcess, fork } from 'node:child_process';
import { availableParallelism } from 'node:os';
import { errorFromJSON, FramesiftError } from '../base/errors.ts';
import { requireWhole } from '../base/option-checks.ts';
import type { Job, JobEvent, JobResult, Reply, Request } from './job.ts';

/** As many workers as the machine runs at once. */
export const defaultJobs = (): number => availableParallelism();

export interface WorkerPoolOptions {
  /** Processes at most. */
  readonly jobs?: number | undefined;
  readonly signal?: AbortSignal | undefined;
  /** Receives FFmpeg's own log lines with the file that they are about. */
  readonly onLog?: ((path: string, line: string) => void) | undefined;
}

// From the sources (tests, benchmarks) the built worker is started: Node 20 does not run TypeScript.
const ENTRY = new URL(
  import.meta.url.endsWith('.ts') ? '../../dist/worker/main.js' : './main.js',
  import.meta.url,
);

/** Hears of a job under way. Workers wait with more pictures while a promise of it is pending. */
export type JobListener = (event: JobEvent) => void | Promise<void>;

interface Task {
  readonly job: Job;
  readonly onEvent: JobListener;
  readonly resolve: (result: JobResult) => void;
  readonly reject: (error: unknown) => void;
}

/**
 * Runs jobs in other processes, each one job at a time, first come first served. A process that dies takes
 * its own job along and no other. Closing the pool, or aborting its signal, kills the processes at once.
 */
export class WorkerPool {
  readonly size: number;
  readonly #options: WorkerPoolOptions;
  readonly #waiting: Task[] = [];
  readonly #idle: ChildProcess[] = [];
  readonly #busy = new Map<ChildProcess, Task>();
  #isClosed = false;

  constructor(options: WorkerPoolOptions = {}) {
    this.size = options.jobs ?? defaultJobs();
    requireWhole('jobs', this.size, 1);
    this.#options = options;
    options.signal?.addEventListener('abort', this.#onAbort, { once: true });
  }

  /** @throws the job's error; ERR_DECODER_CRASHED when its process died; the signal's reason when aborted */
  run(job: Job, onEvent: JobListener = () => undefined): Promise<JobResult> {
    return new Promise((resolve, reject) => {
      if (this.#options.signal?.aborted) {
        reject(this.#options.signal.reason);
        return;
      }
      this.#waiting.push({ job, onEvent, resolve, reject });
      this.#assign();
    });
  }

  [Symbol.dispose](): void {
    this.#isClosed = true;
    this.#options.signal?.removeEventListener('abort', this.#onAbort);
    for (const child of [...this.#idle, ...this.#busy.keys()]) child.kill('SIGKILL');
  }

  readonly #onAbort = (): void => {
    const reason: unknown = this.#options.signal?.reason;
    const tasks = [...this.#waiting.splice(0), ...this.#busy.values()];
    this[Symbol.dispose]();
    for (const task of tasks) task.reject(reason);
  };

  #assign(): void {
    while (this.#waiting.length > 0 && !this.#isClosed) {
      if (this.#idle.length === 0 && this.#busy.size >= this.size) return;
      const child = this.#idle.pop() ?? this.#start();
      const task = this.#waiting.shift();
      if (task === undefined) return;
      this.#busy.set(child, task);
      child.ref();
      child.channel?.ref();
      request(child, { type: 'job', job: task.job, isVerbose: this.#options.onLog !== undefined });
    }
  }

  #start(): ChildProcess {
    const child = fork(ENTRY, {
      serialization: 'advanced',
      stdio: ['ignore', 'ignore', 'inherit', 'ipc'],
      // Processors are for decoders; and background sweeping of Node.js 20 was seen to spin when it found none free.
      // A small young generation: each of its objects may hold the bytes of an image until it is collected.
      execArgv: ['--single-threaded-gc', '--max-semi-space-size=1'],
      // glibc keeps freed pictures for each thread that ever held one, and all the more the larger they were. Two
      // arenas are enough here, and the threshold's own default, once it is set, no longer grows.
      env: { MALLOC_ARENA_MAX: '2', MALLOC_MMAP_THRESHOLD_: '131072', ...process.env },
    });
    child.on('message', (reply: Reply) => this.#receive(child, reply));
    child.once('error', () => this.#lose(child, null, null));
    child.once('exit', (code, signal) => this.#lose(child, code, signal));
    this.#rest(child);
    return child;
  }

  /** An idle process does not keep the program alive. */
  #rest(child: ChildProcess): void {
    child.unref();
    child.channel?.unref();
  }

  #receive(child: ChildProcess, reply: Reply): void {
    const task = this.#busy.get(child);
    if (task === undefined) return;
    switch (reply.type) {
      case 'log':
        this.#options.onLog?.(task.job.path, reply.line);
        return;
      case 'result':
        task.resolve(reply.result);
        break;
      case 'error':
        task.reject(errorFromJSON(reply.error));
        break;
      case 'bug':
        task.reject(new Error(`worker: ${reply.stack}`));
        break;
      default:
        this.#tell(child, task, reply);
        return;
    }
    this.#busy.delete(child);
    this.#rest(child);
    this.#idle.push(child);
    this.#assign();
  }

  #tell(child: ChildProcess, task: Task, event: JobEvent): void {
    const taken = (): void => {
      if (event.type === 'written' || event.type === 'pixels') request(child, { type: 'taken' });
    };
    try {
      const listening = task.onEvent(event);
      if (listening === undefined) taken();
      else listening.then(taken, (error: unknown) => this.#giveUp(child, task, error));
    } catch (error) {
      this.#giveUp(child, task, error);
    }
  }

  /** The listener of a task failed: what the worker still has to say about the job concerns nobody. */
  #giveUp(child: ChildProcess, task: Task, error: unknown): void {
    task.reject(error);
    if (this.#busy.get(child) !== task) return;
    this.#busy.delete(child);
    child.kill('SIGKILL');
    this.#assign();
  }

  #lose(child: ChildProcess, code: number | null, signal: NodeJS.Signals | null): void {
    const idle = this.#idle.indexOf(child);
    if (idle >= 0) this.#idle.splice(idle, 1);
    const task = this.#busy.get(child);
    if (task === undefined || this.#isClosed) return;
    this.#busy.delete(child);
    const how = signal ?? `exit code ${code}`;
    task.reject(
      new FramesiftError(
        'ERR_DECODER_CRASHED',
        `${task.job.path}: the process that decoded it died (${how}). Other files are not affected; check this one with: framesift info --verify`,
        { facts: { path: task.job.path, signal: how } },
      ),
    );
    this.#assign();
  }
}

const request = (child: ChildProcess, message: Request): void => {
  child.send(message, (error) => {
    if (error !== null) child.kill('SIGKILL');
  });
};

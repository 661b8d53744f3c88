import { availableParallelism } from 'node:os';
import { Worker } from 'node:worker_threads';
import { untilAborted } from '../base/concurrency.ts';
import { errorFromJSON, FramesiftError } from '../base/errors.ts';
import { requireWhole } from '../base/option-checks.ts';
import { failureOf } from '../base/outcome.ts';
import type { RgbImage } from '../base/rgb-image.ts';
import { requirePicture } from './picture.ts';
import type { ViewRecipe } from './recipe.ts';
import { batchOf, type PictureViews, type ViewBatch } from './view-batch.ts';
import type { ViewJob, ViewReply } from './view-job.ts';
import { type ViewPlace, viewSeed } from './view-seed.ts';
import { viewTransforms } from './views.ts';

export interface ViewPoolOptions {
  /** Threads at most. Default: as many as the machine runs at once. */
  readonly threads?: number | undefined;
  /** Closes the pool. */
  readonly signal?: AbortSignal | undefined;
  /** What threads run. @internal */
  readonly entry?: URL | undefined;
}

/** Where the pictures stand in a training; see {@link ViewPlace}. */
export interface ViewBatchRequest {
  readonly seed: number;
  readonly epoch: number;
  /** The sample number of each picture. */
  readonly samples: readonly number[];
  /** For each picture the one that all its views but the first are of. Default: the picture itself. */
  readonly partners?: readonly RgbImage[] | undefined;
  readonly signal?: AbortSignal | undefined;
}

// From the sources (tests, benchmarks) the built thread is started: Node 20 does not run TypeScript.
const ENTRY = new URL(
  import.meta.url.endsWith('.ts') ? '../../dist/augment/view-thread.js' : './view-thread.js',
  import.meta.url,
);

/**
 * Pictures that a thread may have, each a copy: one that it works on, and others for as long as the program is in one of
 * ONNX Runtime's calls and hears nothing.
 */
const MOST_PICTURES_A_THREAD = 64;

const MOST_THREADS = 256;

interface Task {
  readonly image: RgbImage;
  readonly partner: RgbImage | undefined;
  readonly place: Omit<ViewPlace, 'view'>;
  readonly batch: { isOver: boolean };
  readonly resolve: (views: PictureViews) => void;
  readonly reject: (error: unknown) => void;
}

/**
 * Makes views of many pictures on threads, first come first served. The bytes are those of `seededViews`, however many
 * threads there are. Pictures wait where they are; a few for each thread are copied ahead. Threads start when
 * they are needed, and idle ones do not keep the program alive.
 */
export class ViewPool {
  readonly #recipe: ViewRecipe;
  readonly #size: number;
  readonly #entry: URL;
  readonly #signal: AbortSignal | undefined;
  readonly #waiting: Task[] = [];
  readonly #threads = new Map<Worker, Map<number, Task>>();
  #jobCount = 0;
  #isClosed = false;

  /** @throws ERR_OPTION */
  constructor(recipe: ViewRecipe, options: ViewPoolOptions = {}) {
    const { threads = availableParallelism(), signal, entry = ENTRY } = options;
    requireWhole('threads', threads, 1, MOST_THREADS);
    viewTransforms(recipe);
    this.#recipe = recipe;
    this.#size = threads;
    this.#entry = entry;
    this.#signal = signal;
    signal?.addEventListener('abort', this.#onAbort, { once: true });
  }

  /**
   * Views of some pictures. A picture that is malformed is a failure in the result. The pictures must not change until
   * then.
   *
   * @throws ERR_OPTION, ERR_SHAPE when samples, partners and pictures differ in number; the reason of either signal; an Error
   *   when a thread died or the pool was closed meanwhile
   */
  async views(
    images: readonly RgbImage[],
    { seed, epoch, samples, partners, signal }: ViewBatchRequest,
  ): Promise<ViewBatch> {
    requireOneEach(images.length, 'samples', samples.length, 'the number of its sample');
    if (partners !== undefined) requireOneEach(images.length, 'partners', partners.length, 'a partner');
    for (const sample of samples) viewSeed({ seed, epoch, sample, view: 0 });
    this.#signal?.throwIfAborted();
    signal?.throwIfAborted();
    if (this.#isClosed) throw closedError();
    const batch = { isOver: false };
    try {
      const work = images.map((image, i) =>
        this.#add({ image, partner: partners?.[i], place: { seed, epoch, sample: samples[i]! }, batch }),
      );
      return batchOf(this.#recipe, samples, await untilAborted(signal, Promise.all(work)));
    } finally {
      batch.isOver = true;
    }
  }

  /** Ends the threads at once, and with them what is under way. */
  close(): void {
    this.#end(closedError());
  }

  [Symbol.dispose](): void {
    this.close();
  }

  readonly #onAbort = (): void => this.#end(this.#signal?.reason);

  #end(reason: unknown): void {
    if (this.#isClosed) return;
    this.#isClosed = true;
    this.#signal?.removeEventListener('abort', this.#onAbort);
    const tasks = [...this.#waiting.splice(0), ...this.#tasksUnderWay()];
    // What becomes of a thread that is no longer needed is nobody's business.
    for (const thread of this.#threads.keys()) thread.terminate().catch(() => undefined);
    this.#threads.clear();
    for (const task of tasks) task.reject(reason);
  }

  #tasksUnderWay(): Task[] {
    return [...this.#threads.values()].flatMap((tasks) => [...tasks.values()]);
  }

  #add(work: Omit<Task, 'resolve' | 'reject'>): Promise<PictureViews> {
    try {
      requirePicture(work.image);
      if (work.partner !== undefined) requirePicture(work.partner);
    } catch (error) {
      return Promise.resolve(failureOf(itemOf(work.place), error));
    }
    return new Promise((resolve, reject) => {
      this.#waiting.push({ ...work, resolve, reject });
      this.#assign();
    });
  }

  #assign(): void {
    while (this.#waiting.length > 0 && !this.#isClosed) {
      const thread = this.#threadWithRoom();
      if (thread === undefined) return;
      const task = this.#waiting.shift()!;
      if (task.batch.isOver) continue;
      try {
        this.#hand(thread, task);
      } catch (error) {
        task.reject(error);
      }
    }
  }

  #hand(thread: Worker, task: Task): void {
    const image = copyOf(task.image);
    // Where it is the picture itself, one copy is enough.
    const partner = task.partner === task.image || !task.partner ? undefined : copyOf(task.partner);
    const job: ViewJob = { id: this.#jobCount++, image, partner, place: task.place };
    this.#threads.get(thread)!.set(job.id, task);
    thread.ref();
    thread.postMessage(
      job,
      [image, partner ?? []].flat().map(({ data }) => data.buffer),
    );
  }

  /** The least busy thread, or a new one where all have something to do. */
  #threadWithRoom(): Worker | undefined {
    const [least] = [...this.#threads].sort(([, a], [, b]) => a.size - b.size);
    if (least !== undefined && least[1].size === 0) return least[0];
    if (this.#threads.size < this.#size) return this.#start();
    return least !== undefined && least[1].size < MOST_PICTURES_A_THREAD ? least[0] : undefined;
  }

  #start(): Worker {
    const thread = new Worker(this.#entry, { workerData: this.#recipe, execArgv: [] });
    this.#threads.set(thread, new Map());
    thread.on('message', (reply: ViewReply) => this.#receive(thread, reply));
    thread.once('error', (error) => this.#lose(thread, error));
    thread.once('exit', (code) => this.#lose(thread, new Error(`exit code ${code}`)));
    thread.unref();
    return thread;
  }

  #receive(thread: Worker, reply: ViewReply): void {
    const tasks = this.#threads.get(thread);
    const task = tasks?.get(reply.id);
    if (tasks === undefined || task === undefined) return;
    tasks.delete(reply.id);
    if (tasks.size === 0) thread.unref();
    if (reply.type === 'views') task.resolve(reply.data);
    else if (reply.type === 'bug') task.reject(new Error(`view thread: ${reply.stack}`));
    else task.resolve({ item: itemOf(task.place), error: errorFromJSON(reply.error) });
    this.#assign();
  }

  #lose(thread: Worker, cause: Error): void {
    const tasks = this.#threads.get(thread);
    if (tasks === undefined) return;
    this.#threads.delete(thread);
    const error = new Error(
      `a thread that makes views died (${cause.message}). Its pictures have no views.`,
      {
        cause,
      },
    );
    for (const task of tasks.values()) task.reject(error);
    this.#assign();
  }
}

/** Of exactly these bytes: a view of larger memory would take all of that along. */
const copyOf = ({
  width,
  height,
  data,
}: RgbImage): RgbImage & { readonly data: Uint8Array<ArrayBuffer> } => ({
  width,
  height,
  data: new Uint8Array(data),
});

const requireOneEach = (pictures: number, what: string, count: number, needed: string): void => {
  if (count === pictures) return;
  throw new FramesiftError(
    'ERR_SHAPE',
    `${pictures} pictures and ${count} ${what}: each picture needs ${needed}.`,
    { facts: { pictures, [what]: count } },
  );
};

const itemOf = ({ sample }: Task['place']): string => `sample ${sample}`;

const closedError = (): Error => new Error('the pool of views was closed before the views were there.');

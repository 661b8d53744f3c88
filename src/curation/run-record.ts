// run.json: what was run, with what, how long each stage took, and what came of it.
import { writeAtomic } from '../base/files.ts';
import type { Failure } from '../base/outcome.ts';

export interface RunStage {
  readonly name: string;
  readonly seconds: number;
  /** What the stage did, in numbers. */
  readonly counts: Readonly<Record<string, number>>;
}

/** The stages of one run, written down after each, so that an interrupted run tells how far it came. */
export class RunRecord {
  readonly #path: string;
  readonly #head: Readonly<Record<string, unknown>>;
  readonly #stages: RunStage[] = [];
  readonly #problems: Failure[] = [];
  readonly #startedAt = new Date();

  /** @param head versions, options, and whatever else is known from the start */
  constructor(path: string, head: Readonly<Record<string, unknown>>) {
    this.#path = path;
    this.#head = head;
  }

  get stages(): readonly RunStage[] {
    return this.#stages;
  }

  get problems(): readonly Failure[] {
    return this.#problems;
  }

  /** Does a stage, and writes down what `countsOf` makes of it. @throws what the work throws, ERR_WRITE */
  async stage<T>(
    name: string,
    work: () => Promise<T>,
    describe: (result: T) => { readonly counts: RunStage['counts']; readonly failed: readonly Failure[] },
  ): Promise<T> {
    const start = performance.now();
    const result = await work();
    const { counts, failed } = describe(result);
    this.#stages.push({ name, seconds: Math.round(performance.now() - start) / 1000, counts });
    const known = new Set(this.#problems.map(({ item }) => item));
    this.#problems.push(...failed.filter(({ item }) => !known.has(item)));
    await this.#write('unfinished');
    return result;
  }

  /** @throws ERR_WRITE */
  async finish(result: Readonly<Record<string, unknown>>): Promise<void> {
    await this.#write('finished', result);
  }

  #write(status: 'unfinished' | 'finished', result: Readonly<Record<string, unknown>> = {}): Promise<void> {
    const record = {
      schemaVersion: 1,
      status,
      startedAt: this.#startedAt.toISOString(),
      ...(status === 'finished' && { finishedAt: new Date().toISOString() }),
      ...this.#head,
      stages: this.#stages,
      ...result,
      problems: this.#problems.map(({ item, error }) => ({ item, ...error.toJSON() })),
    };
    return writeAtomic(this.#path, `${JSON.stringify(record, null, 2)}\n`);
  }
}

import type { Writable } from 'node:stream';
import { systemCodeOf } from '../base/errors.ts';
import { writeError } from '../base/files.ts';

/** Version of the records of `--json`; it rises when one of them changes its meaning or loses a field. */
export const SCHEMA_VERSION = 1;

/** Thrown when whoever reads standard output has left (`| head`): not an error, only the end of the work. */
export class ReaderGone extends Error {
  override readonly name = 'ReaderGone';
}

const BLOCK_LENGTH = 64 * 1024;

/**
 * Standard output: lines, gathered into blocks and written no faster than they are read. `await` every call; what
 * was gathered also goes out by itself as soon as the program has a moment.
 */
export class Results {
  readonly #stream: Writable;
  readonly #beforeWrite: () => void;
  #gathered = '';
  #timer: NodeJS.Immediate | undefined;
  #error: unknown;

  /** @param beforeWrite called before something appears on the terminal */
  constructor(stream: Writable, beforeWrite: () => void = () => undefined) {
    this.#stream = stream;
    this.#beforeWrite = beforeWrite;
    stream.on('error', (error) => {
      this.#error ??= error;
    });
  }

  /** @throws ReaderGone, or ERR_WRITE when standard output is a file that cannot be written */
  async line(text: string): Promise<void> {
    this.#gathered += `${text}\n`;
    if (this.#gathered.length >= BLOCK_LENGTH) await this.flush();
    else this.#timer ??= setImmediate(() => this.#writeGathered());
  }

  /** One record of NDJSON. @throws as {@link line} */
  async record(type: string, fields: object): Promise<void> {
    await this.line(JSON.stringify({ schemaVersion: SCHEMA_VERSION, type, ...fields }));
  }

  /** Until everything has been handed over to the system. @throws as {@link line} */
  async flush(): Promise<void> {
    this.#writeGathered();
    // A stream that failed says so only in a later turn, and one that was destroyed never drains.
    while (this.#error === undefined && this.#stream.writableNeedDrain && !this.#stream.destroyed) {
      await nextOf(this.#stream, ['drain', 'error', 'close']);
    }
    this.#throwError();
  }

  /** Writes results that the run does not depend on: when the reader has left, the run goes on without. */
  async whileRead(write: () => Promise<void>): Promise<void> {
    try {
      await write();
      await this.flush();
    } catch (error) {
      if (!(error instanceof ReaderGone)) throw error;
    }
  }

  /** Until everything was written. Last of all calls. @throws as {@link line} */
  async end(): Promise<void> {
    await this.flush();
    await new Promise<void>((resolve) => this.#stream.write('', () => resolve()));
    this.#throwError();
  }

  #writeGathered(): void {
    clearImmediate(this.#timer);
    this.#timer = undefined;
    if (this.#gathered === '' || this.#error !== undefined) return;
    this.#beforeWrite();
    this.#stream.write(this.#gathered);
    this.#gathered = '';
  }

  #throwError(): void {
    if (this.#error === undefined) return;
    if (['EPIPE', 'ERR_STREAM_DESTROYED', 'EOF'].includes(systemCodeOf(this.#error) ?? ''))
      throw new ReaderGone();
    throw writeError('standard output', this.#error);
  }
}

const nextOf = (stream: Writable, events: readonly string[]): Promise<void> =>
  new Promise((resolve) => {
    const happened = (): void => {
      for (const event of events) stream.off(event, happened);
      resolve();
    };
    for (const event of events) stream.on(event, happened);
  });

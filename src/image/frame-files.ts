// The image files of one output folder: what they are called, which are there already, and how new ones arrive.

import { createHash } from 'node:crypto';
import { copyFileSync, statSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { FramesiftError } from '../base/errors.ts';
import { isInside, makeFolder, writeError } from '../base/files.ts';
import { requireWhole } from '../base/option-checks.ts';
import { RunFolder, readLedger } from '../base/run-folder.ts';
import { normalizeFrameName, withImageExtension } from '../frame/name.ts';
import type { EncodeRequest } from '../native/sharp.ts';
import type { SizeRequest } from './size.ts';

export type FrameFormat = EncodeRequest['format'];

/** An image file with the frame that it shows; one record of a manifest. */
export interface ExtractedFrame {
  /** The name that was asked for. */
  readonly name: string;
  /** The file, below the output folder, `/` between segments. */
  readonly file: string;
  /** The video, below the input folder. */
  readonly video: string;
  readonly frame: number;
  /** Stream ticks; a string where a double cannot hold them. */
  readonly pts: number | string;
  /** Presentation time as a player shows it. */
  readonly seconds: number;
  /** Of the video, or of the image that it is made of: changes when that file does. 64 hexadecimal digits. */
  readonly contentKey: string;
  readonly width: number;
  readonly height: number;
  /** Of the file's bytes, hexadecimal. */
  readonly sha256: string;
}

/** A line of the ledger: the frame, the size of its file, and what it was made from and how. */
interface LedgerRecord extends ExtractedFrame {
  readonly sizeBytes: number;
  readonly key: string;
}

export interface FrameFilesOptions {
  readonly format?: FrameFormat | undefined;
  readonly quality?: number | undefined;
  readonly size?: SizeRequest | undefined;
  readonly keepDamaged?: boolean | undefined;
  readonly force?: boolean | undefined;
  /** What the file of a name is called; by default the name with the format's extension. */
  readonly fileOf?: ((name: string) => string) | undefined;
}

const DEFAULT_QUALITY = 95;
const LEDGER = 'extract';

/** What the options say about the files' format. @throws ERR_OPTION */
export const encodeRequest = ({ format = 'png', quality }: FrameFilesOptions): EncodeRequest => {
  if (quality !== undefined) requireWhole('quality', quality, 1, 100);
  if (format !== 'png') return { format, quality: quality ?? DEFAULT_QUALITY };
  if (quality === undefined) return { format };
  throw new FramesiftError(
    'ERR_OPTION',
    'quality does not apply to png, which is lossless. Leave it out, or choose jpg or webp.',
    {
      facts: { option: 'quality', value: quality },
    },
  );
};

export class FrameFiles {
  readonly #outDir: string;
  readonly #options: FrameFilesOptions;
  readonly #encode: EncodeRequest;
  readonly #recipe: string;
  readonly #run: RunFolder<LedgerRecord>;
  readonly #folders = new Set<string>();
  readonly #written = new Set<string>();
  #batchCount = 0;

  private constructor(outDir: string, options: FrameFilesOptions, run: RunFolder<LedgerRecord>) {
    this.#outDir = outDir;
    this.#options = options;
    this.#encode = encodeRequest(options);
    this.#recipe = JSON.stringify([this.#encode, options.size ?? null, options.keepDamaged ?? false]);
    this.#run = run;
  }

  /** @throws ERR_OPTION, ERR_WRITE, ERR_OUTPUT_BUSY */
  static async open(outDir: string, options: FrameFilesOptions): Promise<FrameFiles> {
    encodeRequest(options);
    return new FrameFiles(outDir, options, await RunFolder.open(outDir, LEDGER, parseRecord));
  }

  get encode(): EncodeRequest {
    return this.#encode;
  }

  /** A prefix for unfinished files that no other batch has. */
  nextPrefix(): string {
    return join(this.#run.unfinished, `${process.pid}-${this.#batchCount++}-`);
  }

  /**
   * The file of `name` if an earlier run made it, from the same content in the same way.
   *
   * @param contentKey of the video, as `contentKey` gives it
   * @throws ERR_OUTPUT_EXISTS when a file is in the way
   */
  existing(name: string, contentKey: string, frame: number): ExtractedFrame | undefined {
    const file = this.#fileOf(name);
    // What this run wrote itself is asked for again only when the frames proved to be others.
    if (this.#options.force || this.#written.has(file)) return undefined;
    const path = join(this.#outDir, file);
    const status = statSync(path, { throwIfNoEntry: false });
    if (status === undefined) return undefined;
    const record = this.#run.records.get(file);
    if (record !== undefined && record.sizeBytes === status.size) {
      return record.key === this.#key(contentKey, frame) ? frameOf(record, name) : undefined;
    }
    const whose =
      record === undefined ? 'framesift did not write it' : 'it was changed since framesift wrote it';
    throw new FramesiftError(
      'ERR_OUTPUT_EXISTS',
      `${path}: is in the way: ${whose}. Choose another --out, or replace it with --force.`,
      {
        facts: { path },
      },
    );
  }

  /**
   * Gives an unfinished file its names and records them.
   *
   * @param frame the frame without its names
   * @returns one record for each name
   * @throws ERR_WRITE
   */
  accept(
    unfinished: string,
    names: readonly string[],
    frame: Omit<ExtractedFrame, 'name' | 'file'>,
    sizeBytes: number,
    contentKey: string,
  ): ExtractedFrame[] {
    const byFile = new Map(names.map((name) => [this.#fileOf(name), name]));
    const files = [...byFile.keys()];
    const accepted: ExtractedFrame[] = [];
    for (const [i, file] of files.entries()) {
      const path = join(this.#outDir, file);
      const from = i === files.length - 1 ? unfinished : `${unfinished}-${i}`;
      const record = {
        name: byFile.get(file)!,
        file,
        ...frame,
        sizeBytes,
        key: this.#key(contentKey, frame.frame),
      };
      try {
        this.#makeFolder(dirname(path));
        if (from !== unfinished) copyFileSync(unfinished, from);
      } catch (error) {
        throw writeError(path, error);
      }
      this.#run.commit(record, from, path);
      this.#written.add(file);
      accepted.push(frameOf(record, record.name));
    }
    return accepted;
  }

  /**
   * Takes over what was extracted into another folder of the same file system: images that are not here yet, or, with
   * `force`, all.
   *
   * @returns how many were taken over
   * @throws ERR_WRITE
   */
  async adopt(folder: string): Promise<number> {
    let taken = 0;
    for (const [file, record] of await readLedger(folder, LEDGER, parseRecord)) {
      const [from, to] = [join(folder, file), join(this.#outDir, file)];
      if (!isInside(file) || statSync(from, { throwIfNoEntry: false })?.size !== record.sizeBytes) continue;
      // What is in the way is for whoever extracts to report.
      if (!this.#options.force && statSync(to, { throwIfNoEntry: false }) !== undefined) continue;
      try {
        this.#makeFolder(dirname(to));
      } catch (error) {
        throw writeError(to, error);
      }
      this.#run.commit(record, from, to);
      taken++;
    }
    return taken;
  }

  async close(): Promise<void> {
    await this.#run.close();
  }

  #fileOf(name: string): string {
    return this.#options.fileOf?.(name) ?? withImageExtension(normalizeFrameName(name), this.#encode.format);
  }

  #key(contentKey: string, frame: number): string {
    return createHash('sha256').update(`${contentKey} ${frame} ${this.#recipe}`).digest('hex').slice(0, 24);
  }

  #makeFolder(folder: string): void {
    if (this.#folders.has(folder)) return;
    makeFolder(folder);
    this.#folders.add(folder);
  }
}

/** The images that framesift wrote into a folder, by file; none where it wrote none. @throws the system's error */
export const writtenFrames = async (outDir: string): Promise<ReadonlyMap<string, ExtractedFrame>> => {
  const records = await readLedger(outDir, LEDGER, parseRecord);
  return new Map([...records].map(([file, record]) => [file, frameOf(record, record.name)]));
};

const frameOf = ({ sizeBytes: _size, key: _key, ...frame }: LedgerRecord, name: string): ExtractedFrame => ({
  ...frame,
  name,
});

const parseRecord = (record: unknown): readonly [string, LedgerRecord] | undefined => {
  if (typeof record !== 'object' || record === null) return undefined;
  if (!('file' in record && 'key' in record && 'contentKey' in record)) return undefined;
  return typeof record.file === 'string' ? [record.file, record as LedgerRecord] : undefined;
};

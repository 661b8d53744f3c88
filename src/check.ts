// What files of embeddings, names, metadata and predictions are, and what is wrong with them.
import { stat } from 'node:fs/promises';
import { basename, extname } from 'node:path';
import { FramesiftError } from './base/errors.ts';
import { readChunks, writeChunksAtomic } from './base/file-chunks.ts';
import { writeAtomic } from './base/files.ts';
import { type Failure, failureOf, type Outcome } from './base/outcome.ts';
import type { Progress } from './base/progress.ts';
import { CsvReader } from './formats/csv-reader.ts';
import { checkDocument, type DocumentKind } from './formats/document-check.ts';
import { EmbeddingCheck, type EmbeddingReport, fixedTable } from './formats/embedding-check.ts';
import { isEmbeddingColumn, LABELS } from './formats/embedding-header.ts';
import { isParquet } from './formats/embedding-parquet.ts';
import { textsOf } from './formats/embedding-reader.ts';
import { EmbeddingRowCheck } from './formats/embedding-row-check.ts';
import { jsonErrorOffset } from './formats/json-error.ts';
import { isNpy, npyDataBytes, npyEndsEarly, readNpyHeader } from './formats/npy.ts';
import { parsePythonJson } from './formats/python-json.ts';
import { utf8Only } from './formats/utf8.ts';
import { readFrameList } from './frame/list.ts';
import { formatFrameName } from './frame/name.ts';
import { readWholeText } from './table/json-file.ts';
import { readParquetRows } from './table/parquet.ts';

export interface CheckOptions {
  readonly files: readonly string[];
  /** Remove additional columns, blank rows and a byte order mark. Files are replaced atomically. */
  readonly fix?: boolean | undefined;
  readonly signal?: AbortSignal | undefined;
  readonly onProgress?: ((progress: Progress) => void) | undefined;
}

export type FileKind = 'embeddings' | 'frame list' | 'npy' | DocumentKind;

/** Something wrong in a file. */
export interface FileProblem {
  /** Counted from 1 (in CSV the header is row 1, Parquet has none); null where there are no rows. */
  readonly row: number | null;
  /** Counted from 1. */
  readonly column: number | null;
  /** Of JSON: `images[3].id`. */
  readonly place: string | null;
  readonly message: string;
}

export interface CheckedFile {
  readonly path: string;
  readonly kind: FileKind;
  /** How many `unit` it holds: rows, names, images, … */
  readonly size: number;
  readonly unit: string;
  /** Values of each row; null where rows are no vectors. */
  readonly dimensions: number | null;
  /** The first hundred. */
  readonly problems: readonly FileProblem[];
  readonly problemCount: number;
  /** What is no mistake and still worth knowing. */
  readonly notes: readonly string[];
  /** What was corrected. */
  readonly fixes: readonly string[];
}

const MOST_PROBLEMS = 100;

/**
 * Looks at files, one after the other: what each is, by content and extension, and all that is wrong with it. A file
 * with problems is among the done; one that cannot be read, or is of no known kind, among the failed.
 *
 * @throws ERR_NOT_FOUND when there is only one file and it is not there; the signal's reason
 */
export const checkFiles = async (options: CheckOptions): Promise<Outcome<CheckedFile>> => {
  const done: CheckedFile[] = [];
  const failed: Failure[] = [];
  for (const path of options.files) {
    options.signal?.throwIfAborted();
    try {
      done.push(await checkFile(path, options));
    } catch (error) {
      options.signal?.throwIfAborted();
      const failure = failureOf(path, error);
      if (options.files.length === 1 && failure.error.code === 'ERR_NOT_FOUND') throw error;
      failed.push(failure);
    }
    options.onProgress?.({
      stage: 'checking',
      done: done.length + failed.length,
      total: options.files.length,
      failed: failed.length,
      unit: 'files',
      item: path,
    });
  }
  return { done, failed };
};

const checkFile = async (path: string, { fix = false }: CheckOptions): Promise<CheckedFile> => {
  const head = await headOf(path);
  const extension = extname(path).toLowerCase();
  if (extension === '.npy' || isNpy(head)) return checkNpy(path, head);
  if (extension === '.parquet' || isParquet(head)) return checkParquet(path);
  if (head.includes(0) && extension !== '.csv') throw unknownFile(path);
  if (extension === '.csv' || (extension !== '.json' && isEmbeddingHeader(head))) {
    return isEmbeddingHeader(head) || head.length === 0 ? checkTable(path, fix) : checkList(path);
  }
  const isJson = extension === '.json' || (extension === '' && /^\uFEFF?\s*[[{]/.test(textOf(head)));
  return isJson ? checkJson(path, fix) : checkList(path);
};

const headOf = async (path: string): Promise<Uint8Array> => {
  for await (const chunk of readChunks(path)) return chunk;
  return new Uint8Array();
};

const textOf = (bytes: Uint8Array): string => Buffer.from(bytes).toString('utf8');

/** Whether the first row names columns of embeddings, or none at all. */
const isEmbeddingHeader = (head: Uint8Array): boolean => {
  const csv = new CsvReader();
  for (const records of [csv.push(head), csv.end()]) {
    for (const record of records) {
      const names = textsOf(record).map((name) => name.trim());
      return names.length === 0 || names.some((name) => name === LABELS || isEmbeddingColumn(name));
    }
  }
  return false;
};

const checkTable = async (path: string, fix: boolean): Promise<CheckedFile> => {
  const report = await examineTable(path);
  const fixes = fix && report.isFixable ? fixesOf(report) : [];
  if (fixes.length === 0) return tableFile(path, report, fixes);
  await writeChunksAtomic(path, fixedTable(readChunks(path)));
  return tableFile(path, await examineTable(path), fixes);
};

const examineTable = async (path: string): Promise<EmbeddingReport> => {
  const check = new EmbeddingCheck();
  for await (const chunk of utf8Only(readChunks(path), path)) check.push(chunk);
  return check.end();
};

const fixesOf = ({ hasByteOrderMark, blankRows, additionalColumns }: EmbeddingReport): string[] => [
  ...(hasByteOrderMark ? ['removed the byte order mark'] : []),
  ...(blankRows > 0 ? [`removed ${blankRows} blank ${blankRows === 1 ? 'row' : 'rows'}`] : []),
  ...(additionalColumns.length > 0 ? [`removed the columns ${additionalColumns.join(', ')}`] : []),
];

const tableFile = (path: string, report: EmbeddingReport, fixes: readonly string[]): CheckedFile => ({
  path,
  kind: 'embeddings',
  size: report.rows,
  unit: 'rows',
  dimensions: report.dimensions,
  problems: report.problems.map(({ row, column, message }) => ({
    row,
    column: column ?? null,
    place: null,
    message,
  })),
  problemCount: report.problemCount,
  notes: report.notes,
  fixes,
});

/** A table that cannot be read at all is a failure, with the row. */
const checkParquet = async (path: string): Promise<CheckedFile> => {
  const check = new EmbeddingRowCheck();
  const problems: FileProblem[] = [];
  let problemCount = 0;
  for await (const row of readParquetRows(path, (length) => new Float64Array(length))) {
    for (const problem of check.take(row)) {
      if (problemCount++ < MOST_PROBLEMS) problems.push({ ...problem, column: null, place: null });
    }
  }
  const { rows: size, dimensions } = check.size;
  const nothing = { notes: [], fixes: [] };
  return { path, kind: 'embeddings', size, unit: 'rows', dimensions, problems, problemCount, ...nothing };
};

/** Names must not lead out of the folder that they are looked up in; repeated ones are no mistake. */
const checkList = async (path: string): Promise<CheckedFile> => {
  const { entries } = await readFrameList(path);
  const problems = entries.flatMap(({ name, line }) => {
    try {
      formatFrameName(name, 0, 1); // takes every name that stays inside, of a frame or of an image
      return [];
    } catch (error) {
      return [{ row: line, column: null, place: null, message: failureOf(name, error).error.message }];
    }
  });
  const repeated = entries.length - new Set(entries.map(({ name }) => name)).size;
  return {
    path,
    kind: 'frame list',
    size: entries.length,
    unit: 'names',
    dimensions: null,
    problems: problems.slice(0, MOST_PROBLEMS),
    problemCount: problems.length,
    notes: repeated === 0 ? [] : [`${repeated} ${repeated === 1 ? 'name is' : 'names are'} repeated`],
    fixes: [],
  };
};

const checkJson = async (path: string, fix: boolean): Promise<CheckedFile> => {
  const text = await readWholeText(path, 'ERR_JSON');
  const hasMark = text.startsWith('\uFEFF');
  const report = checkDocument(parse(path, hasMark ? text.slice(1) : text), basename(path));
  if (report === undefined) return checkList(path);
  if (hasMark && fix) await writeAtomic(path, text.slice(1));
  const mark = {
    row: 1,
    column: 1,
    place: null,
    message: 'a byte order mark (BOM) stands at the start of the file. --fix removes it.',
  };
  const problems = [
    ...(hasMark && !fix ? [mark] : []),
    ...report.problems.map(({ place, message }) => ({ row: null, column: null, place, message })),
  ];
  return {
    path,
    kind: report.kind,
    size: report.size,
    unit: report.unit,
    dimensions: null,
    problems: problems.slice(0, MOST_PROBLEMS),
    problemCount: problems.length,
    notes: [],
    fixes: hasMark && fix ? ['removed the byte order mark'] : [],
  };
};

const parse = (path: string, text: string): unknown => {
  try {
    return parsePythonJson(text);
  } catch (error) {
    // JSON lines are several documents; only a list of names is written so.
    if (/^\s*\{.*\}\s*\n\s*\{/.test(text)) return undefined;
    const line = text.slice(0, jsonErrorOffset(text, true)).split('\n').length;
    const message = `${path}, line ${line}: this is not JSON. Correct it, or write it again.`;
    throw new FramesiftError('ERR_JSON', message, { facts: { path, line }, cause: error });
  }
};

const checkNpy = async (path: string, head: Uint8Array): Promise<CheckedFile> => {
  const header = readNpyHeader(head, path);
  const { shape, type, offsetBytes } = header;
  const due = npyDataBytes(header, path);
  const found = (await stat(path)).size - offsetBytes;
  if (found < due) throw npyEndsEarly(path, due, found);
  const [rows = 1, ...rest] = shape;
  return {
    path,
    kind: 'npy',
    size: rows,
    unit: 'rows',
    dimensions: rest.reduce((product, length) => product * length, 1),
    problems: [],
    problemCount: 0,
    notes: [`type ${type}, shape (${shape.join(', ')})`],
    fixes: [],
  };
};

const unknownFile = (path: string): FramesiftError =>
  new FramesiftError(
    'ERR_UNKNOWN_FILE',
    `${path}: this is none of the files that can be checked: embeddings (CSV, Parquet, .npy), frame lists, metadata, predictions.`,
    { facts: { path } },
  );

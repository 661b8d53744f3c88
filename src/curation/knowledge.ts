// What is known of the frames of a table besides their embeddings, read when something asks for it.
import { FramesiftError } from '../base/errors.ts';
import { isThere } from '../base/files.ts';
import { type Matrix, matrixOf, rowOf } from '../base/matrix.ts';
import { stemOf } from '../formats/embedding-rows.ts';
import { unitRows } from '../selection/distances.ts';
import type { CategoryCount } from '../selection/selection-config.ts';
import { type CandidateTable, loadCandidateTable } from '../table/candidate-table.ts';
import { type FrameMetadata, readFrameMetadata } from '../table/frame-metadata.ts';
import { type FramePredictions, openFramePredictions } from '../table/frame-predictions.ts';
import { directionsOf } from './directions.ts';

export interface KnowledgeSources {
  /** The table itself. */
  readonly embeddings: string;
  /**
   * Lightly's custom metadata (a JSON file, or the folder of the worker). Default: what `embed --metadata` wrote beside
   * the table, if it is there.
   */
  readonly metadata?: string | undefined;
  /** A folder of predictions in Lightly's layout. */
  readonly predictions?: string | undefined;
  /** A table of embeddings that selected frames are to be like. */
  readonly queries?: string | undefined;
  readonly signal?: AbortSignal | undefined;
}

export class FrameKnowledge {
  readonly #sources: KnowledgeSources;
  readonly #table: CandidateTable;
  #metadata: Promise<FrameMetadata | undefined> | undefined;
  #predictions: Promise<FramePredictions> | undefined;
  #queries: Promise<Matrix> | undefined;

  constructor(sources: KnowledgeSources, table: CandidateTable) {
    this.#sources = sources;
    this.#table = table;
  }

  /** What was given, or lies beside the table. @throws as {@link readFrameMetadata} */
  metadataIfThere(): Promise<FrameMetadata | undefined> {
    this.#metadata ??= this.#readMetadata();
    return this.#metadata;
  }

  /** @throws ERR_OPTION when there is none, and as {@link readFrameMetadata} */
  async metadata(): Promise<FrameMetadata> {
    const metadata = await this.metadataIfThere();
    return (
      metadata ??
      nothingKnown('metadata of the frames', 'metadata (--metadata-from PATH), or embed with --metadata')
    );
  }

  /** @throws ERR_OPTION when there are none, and as {@link openFramePredictions} */
  predictions(): Promise<FramePredictions> {
    const { predictions: path, signal } = this.#sources;
    if (path === undefined) return nothingKnown('predictions', 'predictions (--predictions DIR)');
    this.#predictions ??= openFramePredictions(path, this.#table.filenames, signal);
    return this.#predictions;
  }

  /** Of length 1. @throws ERR_OPTION when there are none, ERR_SHAPE for those of another model, ERR_EMBEDDINGS */
  queries(): Promise<Matrix> {
    this.#queries ??= this.#readQueries();
    return this.#queries;
  }

  /**
   * The frames of the table that have something of some categories, as queries of length 1.
   *
   * @throws ERR_OPTION when there are none, or no such task or category, and as {@link openFramePredictions}
   */
  async framesWith({ task, categories }: CategoryCount): Promise<Matrix> {
    const counts = await (await this.predictions()).categoryCounts(task, categories);
    const { rows, without } = directionsOf(this.#table.embeddings);
    const found = [...counts.keys()].filter((row) => counts[row]! > 0 && !without.has(row));
    if (found.length > 0) return rowsAt(rows, found);
    throw new FramesiftError(
      'ERR_OPTION',
      `no frame of ${this.#sources.embeddings} has ${categories.join(' or ')} among the predictions of ${task}, so that nothing is known of what to look for. Give other predictions, or another category.`,
      { facts: { task, categories: [...categories] } },
    );
  }

  async #readMetadata(): Promise<FrameMetadata | undefined> {
    const { embeddings, metadata, signal } = this.#sources;
    const path = metadata ?? metadataBeside(embeddings);
    if (metadata === undefined && !(await isThere(path))) return undefined;
    return readFrameMetadata(path, this.#table.filenames, signal);
  }

  async #readQueries(): Promise<Matrix> {
    const { queries: path, signal } = this.#sources;
    if (path === undefined) return nothingKnown('embeddings of what to look for', 'queries (--queries FILE)');
    const { embeddings, filenames } = await loadCandidateTable(path, signal);
    const { columns } = this.#table.embeddings;
    if (embeddings.rows > 0 && embeddings.columns !== columns) {
      throw new FramesiftError(
        'ERR_SHAPE',
        `${path}: its embeddings have ${embeddings.columns} values, those to choose from have ${columns}. Embed both with one model.`,
        { facts: { path } },
      );
    }
    return unitRows(embeddings, (row) => `${path}, ${filenames[row]}`);
  }
}

const rowsAt = (matrix: Matrix, rows: readonly number[]): Matrix => {
  const data = new Float32Array(rows.length * matrix.columns);
  for (const [i, row] of rows.entries()) data.set(rowOf(matrix, row), i * matrix.columns);
  return matrixOf(data, rows.length, matrix.columns);
};

/** Where `embed --metadata` writes. */
const metadataBeside = (table: string): string => `${stemOf(table)}_metadata.json`;

const nothingKnown = (what: string, remedy: string): never => {
  throw new FramesiftError(
    'ERR_OPTION',
    `a strategy, a threshold or a filter needs ${what}. Give ${remedy}.`,
    {
      facts: { missing: what },
    },
  );
};

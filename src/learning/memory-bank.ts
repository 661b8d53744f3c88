// Rows of earlier batches, to tell those of the next from (MoCo's queue).
import { FramesiftError } from '../base/errors.ts';
import { type Matrix, matrixOf, rowsBetween } from '../base/matrix.ts';
import { Random } from '../base/random.ts';
import { normalizeRows } from '../linalg/normalize-rows.ts';

export interface MemoryBankOptions {
  /** Of the rows that are there at first; a whole number of at least 0. Default 0. */
  readonly seed?: number | undefined;
}

/** All that a bank knows, for a checkpoint. */
export interface MemoryBankState {
  /** Undefined before the width of rows is known, and of a bank that holds none. */
  readonly rows: Matrix | undefined;
  /** The row that the next batch begins at. */
  readonly pointer: number;
}

/**
 * A queue of rows, as Lightly's `MemoryBankModule`: filled with random rows of length 1, and overwritten batch by batch
 * from the front. Rows are kept as they are given; `ntXent` and Lightly's losses want them of length 1.
 *
 * What does not fit behind the last batch is **not** carried to the front: the end is filled, the rest of the batch is
 * dropped, and the next batch begins at the front.
 */
export class MemoryBankModule {
  /** How many rows it holds; 0 for one that is switched off. */
  readonly size: number;
  readonly #seed: number;
  readonly #columns: number | undefined;
  #rows: Matrix | undefined;
  #pointer = 0;

  /**
   * @param size how many rows; or how many, and how wide. Without the width, that of the first batch counts
   * @throws ERR_OPTION for sizes that are negative or not whole; for such a seed
   */
  constructor(size: number | readonly [number, number] = 65536, { seed = 0 }: MemoryBankOptions = {}) {
    const [rows, columns] = typeof size === 'number' ? [size] : size;
    for (const each of [rows, columns ?? 0]) {
      if (Number.isSafeInteger(each) && each >= 0) continue;
      throw new FramesiftError(
        'ERR_OPTION',
        `a memory bank of ${[rows, columns ?? []].flat().join('×')}: expected whole numbers of at least 0.`,
        { facts: { size: each } },
      );
    }
    this.size = rows;
    this.#columns = columns;
    // Rows may be drawn later: a seed that is none is refused now.
    void new Random(seed);
    this.#seed = seed;
    if (columns !== undefined && rows > 0) this.#rows = this.#drawn(columns);
  }

  /** The rows as they are now, not a copy; undefined before the width is known, and of a bank that holds none. */
  get rows(): Matrix | undefined {
    return this.#rows;
  }

  /**
   * @param output n × d, of this batch
   * @param options.update whether the batch is stored. Default false
   * @returns the batch as it came, and a copy of the bank before the batch was stored; undefined in place of the copy
   *   when the bank is switched off
   * @throws ERR_SHAPE for rows of another width
   */
  forward(
    output: Matrix,
    { update = false }: { readonly update?: boolean | undefined } = {},
  ): readonly [output: Matrix, bank: Matrix | undefined] {
    if (this.size === 0) return [output, undefined];
    const rows = this.#rowsAsWideAs(output);
    const bank = { ...rows, data: rows.data.slice() };
    if (update) this.update(output);
    return [output, bank];
  }

  /** Stores a batch. @throws ERR_SHAPE for rows of another width */
  update(output: Matrix): void {
    if (this.size === 0) return;
    const rows = this.#rowsAsWideAs(output);
    const stored = Math.min(output.rows, this.size - this.#pointer);
    rows.data.set(rowsBetween(output, 0, stored).data, this.#pointer * rows.columns);
    // A batch that fills the end exactly sends the next to the front, too.
    this.#pointer = (this.#pointer + stored) % this.size;
  }

  /** A copy of all that {@link restore} needs. */
  state(): MemoryBankState {
    const rows = this.#rows;
    return {
      rows: rows === undefined ? undefined : { ...rows, data: rows.data.slice() },
      pointer: this.#pointer,
    };
  }

  /** Goes on where the bank stood whose state it was. @throws ERR_SHAPE when that was one of another size */
  restore({ rows, pointer }: MemoryBankState): void {
    // Without rows it is the state of a bank that has seen no batch yet, or that holds none.
    const isFit =
      rows === undefined
        ? pointer === 0 && (this.size === 0 || this.#columns === undefined)
        : rows.rows === this.size && (this.#columns ?? rows.columns) === rows.columns;
    if (!isFit || !Number.isSafeInteger(pointer) || pointer < 0 || pointer >= Math.max(1, this.size)) {
      const kept = rows === undefined ? 'without rows' : `of ${rows.rows}×${rows.columns}`;
      const own = `${this.size}${this.#columns === undefined ? ' rows' : `×${this.#columns}`}`;
      throw new FramesiftError(
        'ERR_SHAPE',
        `the state of a memory bank ${kept} that goes on at row ${pointer} does not fit one of ${own}.`,
        { facts: { kept, own, pointer } },
      );
    }
    this.#rows = rows === undefined ? undefined : { ...rows, data: rows.data.slice() };
    this.#pointer = pointer;
  }

  #rowsAsWideAs({ columns }: Matrix): Matrix {
    this.#rows ??= this.#drawn(columns);
    if (this.#rows.columns === columns) return this.#rows;
    throw new FramesiftError(
      'ERR_SHAPE',
      `rows of ${columns} numbers do not fit a memory bank of ${this.size}×${this.#rows.columns}.`,
      { facts: { columns, bankColumns: this.#rows.columns } },
    );
  }

  #drawn(columns: number): Matrix {
    const random = new Random(this.#seed);
    const numbers = new Float32Array(this.size * columns);
    for (let i = 0; i < numbers.length; i++) numbers[i] = random.normal();
    return normalizeRows(matrixOf(numbers, this.size, columns));
  }
}

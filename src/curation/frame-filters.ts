// Frames that are left out for what was measured of them when they were embedded.
import { FramesiftError } from '../base/errors.ts';
import type { FrameMeasures } from '../image/measures.ts';
import { type FrameFilter, filterFrames, type MeasuredFrame, type Removal } from '../signals/frame-filter.ts';
import { frozen } from '../signals/frozen.ts';
import { black, blurred, corrupt, dark, light, lowInformation } from '../signals/limit-filters.ts';
import { nearDuplicates } from '../signals/near-duplicates.ts';
import type { FrameMetadata } from '../table/frame-metadata.ts';

type Measured = Omit<FrameMeasures, 'thumbnail' | 'contrast'> & { readonly stillSeconds: number };
type Signal = keyof Measured;

/** Of each filter: what it makes of its limit, and the measures that it looks at. */
const FILTERS = {
  black: { make: (limit) => black(limit), looksAt: ['luminance'] },
  dark: { make: (limit) => dark(limit), looksAt: ['highlights'] },
  light: { make: (limit) => light(limit), looksAt: ['shadows'] },
  'low-information': { make: (limit) => lowInformation(limit), looksAt: ['entropy'] },
  corrupt: { make: (limit) => corrupt(limit), looksAt: ['uniformRowRatio'] },
  blurred: {
    make: (below, belowQuantile) =>
      blurred(belowQuantile !== undefined ? { belowQuantile } : below === undefined ? undefined : { below }),
    looksAt: ['sharpness'],
  },
  frozen: { make: (minimumSeconds) => frozen({ minimumSeconds }), looksAt: ['stillSeconds'] },
  duplicate: { make: (limit) => nearDuplicates({ limit }), looksAt: ['perceptualHash'] },
} satisfies Readonly<
  Record<
    string,
    {
      readonly make: (limit: number | undefined, quantile: number | undefined) => FrameFilter<Signal>;
      readonly looksAt: readonly Signal[];
    }
  >
>;

export type FilterName = keyof typeof FILTERS;

export const FILTER_NAMES = Object.keys(FILTERS) as readonly FilterName[];

export interface FilterRule {
  readonly name: FilterName;
  /** In the filter's own unit; its default when left out. */
  readonly limit?: number | undefined;
  /** For `blurred`, in place of the limit: this share of each video is left out, in (0, 1). */
  readonly quantile?: number | undefined;
}

const KEYS: Readonly<Record<Signal, string>> = {
  sharpness: 'sharpness',
  luminance: 'luminance',
  entropy: 'entropy',
  highlights: 'highlights',
  shadows: 'shadows',
  uniformRowRatio: 'uniform_row_ratio',
  stillSeconds: 'still_seconds',
  perceptualHash: 'perceptual_hash',
};

/**
 * Applies filters in the order of {@link FILTER_NAMES}, plain pictures first, so that what repeats is looked for among what
 * is left.
 *
 * @param rows what is to be filtered, by video and frame
 * @param excluded 1 for rows that are out already
 * @returns removals by row
 * @throws ERR_OPTION or ERR_METADATA for a measure that the metadata lacks
 */
export const filterRows = (
  rows: readonly number[],
  rules: readonly FilterRule[],
  { video, frame }: { readonly video: ArrayLike<number>; readonly frame: ArrayLike<number> },
  seconds: ArrayLike<number> | undefined,
  excluded: Uint8Array,
  metadata: FrameMetadata,
): Map<number, Removal> => {
  const inOrder = FILTER_NAMES.flatMap((name) => rules.filter((rule) => rule.name === name));
  const wanted = new Set<Signal>(inOrder.flatMap(({ name }) => FILTERS[name].looksAt));
  const columns = [...wanted].map((signal) => [signal, columnOf(signal, metadata, rows, excluded)] as const);
  const frames = rows.map((row, place): MeasuredFrame<Signal> => {
    const signals = Object.fromEntries(columns.map(([signal, column]) => [signal, column[place]]));
    return {
      video: video[row]!,
      index: frame[row]!,
      seconds: seconds?.[row] ?? Number.NaN,
      // Each filter was given the measures that it looks at, and TypeScript cannot count them.
      signals: signals as unknown as Measured,
    };
  });
  const { removed } = filterFrames(
    frames,
    inOrder.map(({ name, limit, quantile }) => FILTERS[name].make(limit, quantile)),
  );
  return new Map(removed.map((removal) => [rows[removal.place]!, inRows(removal, rows)]));
};

const inRows = (removal: Removal, rows: readonly number[]): Removal => ({
  ...removal,
  place: rows[removal.place]!,
  ...(removal.repeats !== undefined && { repeats: rows[removal.repeats]! }),
});

const columnOf = (
  signal: Signal,
  metadata: FrameMetadata,
  rows: readonly number[],
  excluded: Uint8Array,
): readonly (number | string)[] => {
  const key = KEYS[signal];
  if (signal !== 'perceptualHash') {
    const numbers = metadata.numbers(key, excluded);
    return rows.map((row) => numbers[row]!);
  }
  return rows.map((row) => {
    const hash = metadata.value(key, row);
    if (typeof hash === 'string' && /^[0-9a-f]{16}$/i.test(hash)) return hash;
    throw new FramesiftError(
      'ERR_METADATA',
      `the filter duplicate needs ${key} (16 hexadecimal digits) of every frame. Embed with --metadata.`,
      { facts: { key } },
    );
  });
};

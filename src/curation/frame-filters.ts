// stub
import type { Removal } from '../signals/frame-filter.ts';
import type { FrameMetadata } from '../table/frame-metadata.ts';
export type FilterName =
  | 'corrupt'
  | 'black'
  | 'dark'
  | 'light'
  | 'low-information'
  | 'blurred'
  | 'frozen'
  | 'duplicate';
export interface FilterRule {
  readonly name: FilterName;
  readonly limit?: number | undefined;
  readonly quantile?: number | undefined;
}
export const filterRows = (
  _rows: readonly number[],
  _rules: readonly FilterRule[],
  _p: unknown,
  _s: unknown,
  _m: FrameMetadata,
): Map<number, Removal> => new Map();

// stub
import type { BalanceTarget } from './balance.ts';
import type { Threshold } from './threshold.ts';
export type NumberSource =
  | { readonly kind: 'metadata'; readonly key: string }
  | { readonly kind: 'score'; readonly task: string; readonly score: string }
  | { readonly kind: 'category count'; readonly task: string; readonly categories: readonly string[] };
export type ClassSource =
  | { readonly kind: 'metadata'; readonly key: string }
  | { readonly kind: 'class distribution'; readonly task: string };
export type ConfiguredStrategy =
  | { readonly type: 'diversity'; readonly strength?: number | undefined }
  | { readonly type: 'similarity'; readonly strength?: number | undefined }
  | {
      readonly type: 'typicality';
      readonly neighbours?: number | undefined;
      readonly minimum?: number | undefined;
      readonly strength?: number | undefined;
    }
  | {
      readonly type: 'weights';
      readonly source: NumberSource;
      readonly maxSum?: number | undefined;
      readonly strength?: number | undefined;
    }
  | {
      readonly type: 'balance';
      readonly source: ClassSource;
      readonly target: BalanceTarget;
      readonly strength?: number | undefined;
    }
  | { readonly type: 'random'; readonly seed?: number | undefined; readonly strength?: number | undefined };
export interface ConfiguredThreshold {
  readonly source: NumberSource;
  readonly operation: Threshold['operation'];
  readonly threshold: number;
}
export interface SelectionConfig {
  readonly nSamples?: number | undefined;
  readonly proportionSamples?: number | undefined;
  readonly strategies: readonly ConfiguredStrategy[];
  readonly thresholds: readonly ConfiguredThreshold[];
  readonly minDistance?: number | undefined;
}
export const parseSelectionConfig = (document: unknown, label: string): SelectionConfig => {
  throw new Error(`${label}${document}`);
};

/** How far a run has come, for whoever wants to show it. */
export interface Progress {
  /** What is being done: `counting frames`, `extracting`, … */
  readonly stage: string;
  /** Where the stage stands among all, counted from 1, in work of several. */
  readonly step?: { readonly number: number; readonly of: number } | undefined;
  readonly done: number;
  /** Undefined while it is not known yet. */
  readonly total: number | undefined;
  readonly failed: number;
  /** What is counted: `frames`, `videos`. */
  readonly unit: string;
  /** What was worked on last. */
  readonly item?: string | undefined;
}

/** The item of a {@link Progress}, a file that is being read before anything can be done with it. @param share in [0, 1] */
export const readingItem = (file: string, share: number): string =>
  `${file} (${Math.floor(share * 100)} % read)`;

/** How far a run has come, for whoever wants to show it. */
export interface Progress {
  /** What is being done: `counting frames`, `extracting`, … */
  readonly stage: string;
  readonly done: number;
  /** Undefined while it is not known yet. */
  readonly total: number | undefined;
  readonly failed: number;
  /** What is counted: `frames`, `videos`. */
  readonly unit: string;
  /** What was worked on last. */
  readonly item?: string | undefined;
}

/** A picture in 8-bit RGB, rows tight, top row first, as it is to be shown (rotation applied). */
export interface RgbImage {
  readonly width: number;
  readonly height: number;
  /** `width × height × 3` bytes. */
  readonly data: Uint8Array;
}

/** A picture in memory that belongs to somebody else, who will write over it. */
export interface RgbRows {
  readonly width: number;
  readonly height: number;
  readonly data: Uint8Array;
  /** From the start of a row to that of the next; at least `width × 3`. */
  readonly strideBytes: number;
}

/** How pictures are resized; each filter grows with the reduction, so that nothing is passed over. */
export type Interpolation = 'nearest' | 'bilinear' | 'bicubic' | 'lanczos' | 'area';

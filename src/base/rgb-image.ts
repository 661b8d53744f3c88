/** A picture in 8-bit RGB, rows tight, top row first, as it is to be shown (rotation applied). */
export interface RgbImage {
  readonly width: number;
  readonly height: number;
  /** `width × height × 3` bytes. */
  readonly data: Uint8Array;
}

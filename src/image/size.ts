import { FramesiftError } from '../base/errors.ts';

/** The size asked for an image: as it is, a width, an exact box, or the length of the shorter side. */
export type SizeRequest =
  | { readonly width: number; readonly height?: number | undefined }
  /** `isAtMost`: an image whose shorter side is no longer than that stays as it is. */
  | { readonly shortSide: number; readonly isAtMost?: boolean | undefined };

export interface Size {
  readonly width: number;
  readonly height: number;
}

/**
 * Reads `640` (width, height in proportion), `640x360` (exactly) or `short:256` (shorter side).
 *
 * @throws ERR_OPTION
 */
export const parseSize = (text: string): SizeRequest => {
  const match = /^(?:short:(?<short>\d+)|(?<width>\d+)(?:[x×](?<height>\d+))?)$/i.exec(text.trim());
  const { short, width, height } = match?.groups ?? {};
  const request: { shortSide: number } | { width: number; height: number | undefined } | undefined = short
    ? { shortSide: Number(short) }
    : width
      ? { width: Number(width), height: height === undefined ? undefined : Number(height) }
      : undefined;
  if (request === undefined || Object.values(request).some((side) => side !== undefined && !isSide(side))) {
    throw new FramesiftError(
      'ERR_OPTION',
      `${JSON.stringify(text)} is no size. Write a width (640), a box (640x360) or a shorter side (short:256), 1 to ${LARGEST_SIDE} pixels.`,
      { facts: { option: 'size', value: text } },
    );
  }
  return request;
};

const LARGEST_SIDE = 65_535;

const isSide = (side: number): boolean => side >= 1 && side <= LARGEST_SIDE;

/** The size that `request` gives an image of `shown` size. Sides are rounded, never below one pixel. */
export const resolveSize = (shown: Size, request: SizeRequest | undefined): Size => {
  if (request === undefined) return shown;
  const scaled = (factor: number): Size => scaledBy(shown, factor);
  if ('shortSide' in request) {
    const factor = request.shortSide / Math.min(shown.width, shown.height);
    return request.isAtMost && factor >= 1 ? shown : scaled(factor);
  }
  if (request.height !== undefined) return { width: request.width, height: request.height };
  return { ...scaled(request.width / shown.width), width: request.width };
};

/** Long side of the pictures that frames are measured on: measures then compare between videos of all sizes. */
const OVERVIEW_LONG_SIDE = 512;

/** The size at which a frame is measured: its longer side is 512 pixels, or what it has where that is less. */
export const overviewSize = (shown: Size): Size => {
  const long = Math.max(shown.width, shown.height);
  return long <= OVERVIEW_LONG_SIDE ? shown : scaledBy(shown, OVERVIEW_LONG_SIDE / long);
};

const scaledBy = (shown: Size, factor: number): Size => ({
  width: Math.max(1, Math.round(shown.width * factor)),
  height: Math.max(1, Math.round(shown.height * factor)),
});

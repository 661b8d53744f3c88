// What models that take the place of a backbone have in common, whether they are trained or not.
import { FramesiftError } from '../base/errors.ts';
import type { Progress } from '../base/progress.ts';
import type { Size } from '../image/size.ts';
import type { Device } from '../model/device.ts';

export interface GivenModelOptions {
  readonly device?: Device | 'auto' | undefined;
  readonly threads?: number | undefined;
  readonly signal?: AbortSignal | undefined;
  readonly onProgress?: ((progress: Progress) => void) | undefined;
  readonly onNotice?: ((notice: string) => void) | undefined;
}

/** @param remedy what to do otherwise @throws ERR_MODEL */
export const requireSquare = (
  model: string,
  { width, height }: Size,
  remedy = 'take another model',
): void => {
  if (width === height) return;
  throw new FramesiftError(
    'ERR_MODEL',
    `${model}: takes pictures of ${width}×${height}. Views are square: ${remedy}.`,
    { facts: { model, width, height } },
  );
};

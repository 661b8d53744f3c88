import { FramesiftError } from '../base/errors.ts';
import { contentKey } from '../base/files.ts';

/** A key of an image file that changes when its content does. @throws ERR_IMAGE_OPEN */
export const imageContentKey = (path: string): Promise<string> =>
  contentKey(path).catch((error: unknown) => {
    throw new FramesiftError('ERR_IMAGE_OPEN', `${path}: cannot be read.`, { facts: { path }, cause: error });
  });

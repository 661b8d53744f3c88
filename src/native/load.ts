import { FramesiftError, messageOf } from '../base/errors.ts';

/** Loads a package with a native part. @throws ERR_MISSING_DEPENDENCY with what to do about it */
export const loadNative = async <T>(name: string, loading: Promise<T>): Promise<T> => {
  try {
    return await loading;
  } catch (error) {
    const platform = `${process.platform}-${process.arch}`;
    throw new FramesiftError(
      'ERR_MISSING_DEPENDENCY',
      `${name} cannot be loaded on ${platform}. Its native part comes as an optional dependency: run npm install again without --omit=optional, on the machine that framesift runs on. What it says: ${messageOf(error).trim().split('\n')[0]}`,
      { facts: { package: name, platform }, cause: error },
    );
  }
};

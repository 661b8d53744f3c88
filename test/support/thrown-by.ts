// What calls and work that fail say.
import { expect } from 'vitest';
import { FramesiftError } from '../../src/base/errors.ts';

/** What scripts and people see of the error that a call throws; undefined if it throws none, or a bug. */
export const thrownBy = (
  call: () => unknown,
): { readonly code: string; readonly message: string } | undefined => {
  try {
    call();
  } catch (error) {
    if (error instanceof FramesiftError) return { code: error.code, message: error.message };
  }
  return undefined;
};

/** The error that work ends with. @throws when it ends well, or with a bug */
export const errorOf = async (work: Promise<unknown>): Promise<FramesiftError> => {
  const error = await work.then(
    () => new Error('no error'),
    (reason: unknown) => reason,
  );
  if (error instanceof FramesiftError) return error;
  throw error;
};

/** `CODE message` of what work ends with, for a look at both. */
export const codeOf = async (work: Promise<unknown>): Promise<string> => {
  const { code, message } = await errorOf(work);
  return `${code} ${message}`;
};

/** What the error of a refused table of embeddings says after the table's path. */
export const refusalOf = async (path: string, work: Promise<unknown>): Promise<string> => {
  const { code, message } = await errorOf(work);
  expect({ code, path: message.slice(0, path.length) }).toEqual({ code: 'ERR_EMBEDDINGS', path });
  return message.slice(path.length).replace(/^, /, '');
};

/** Commands that are killed at a moment of one's choice. */
import { statSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { expect } from 'vitest';
import { type Running, start } from './command.ts';

/** Waits until it is so, or the command is over. */
export const until = async (isSo: () => boolean, { finished }: Running): Promise<void> => {
  let isOver = false;
  void finished.then(() => {
    isOver = true;
  });
  while (!isOver && !isSo()) await sleep(1);
};

/** @returns whether the command was killed before its end */
export const killWhen = async (
  isSo: () => boolean,
  args: readonly string[],
  afterMs = 0,
): Promise<boolean> => {
  const running = start(args);
  await until(isSo, running);
  await sleep(afterMs);
  running.child.kill('SIGKILL');
  return (await running.finished).signal === 'SIGKILL';
};

/** A command may be through before it is hit: tries until one was. */
export const strike = async (attemptToHit: (attempt: number) => Promise<boolean>): Promise<void> => {
  for (let attempt = 0; attempt < 10; attempt++) if (await attemptToHit(attempt)) return;
  expect.fail('was never hit');
};

/** Replaced files have another number. */
export const changedAt = (path: string): string => {
  const stats = statSync(path, { throwIfNoEntry: false });
  return `${stats?.ino} ${stats?.mtimeMs} ${stats?.size}`;
};

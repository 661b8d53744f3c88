import { FramesiftError } from '../base/errors.ts';

/** One name of a list, and the line on which it (or the record that holds it) starts, counted from 1. */
export interface FrameListEntry {
  readonly name: string;
  readonly line: number;
}

/** A run of whole lines of a list; only the last block of a list may lack its final newline. */
export interface TextBlock {
  readonly text: string;
  /** The number of its first line, counted from 1. */
  readonly line: number;
}

/** What each format of a list implements: it is given the list's blocks in order, then asked for the names. */
export interface ListReader {
  /** @throws ERR_LIST with the line */
  read(block: TextBlock): void;
  /** @throws ERR_LIST when the list ends in the middle of something */
  finish(): readonly FrameListEntry[];
}

/**
 * An error about a list of names.
 *
 * @param problem what is wrong, then what to do: whole sentences, the first continuing "<list>, line <n>: "
 */
export const listError = (
  label: string,
  line: number | undefined,
  problem: string,
  cause?: unknown,
): FramesiftError =>
  new FramesiftError('ERR_LIST', `${label}${line === undefined ? '' : `, line ${line}`}: ${problem}`, {
    facts: { list: label, line: line ?? null },
    cause,
  });

/** How many lines end within [start, end) of a text. */
export const countNewlines = (text: string, start = 0, end = text.length): number => {
  let count = 0;
  for (let at = text.indexOf('\n', start); at !== -1 && at < end; at = text.indexOf('\n', at + 1)) count++;
  return count;
};

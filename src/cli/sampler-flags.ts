// The flags that take frames by rule, and the one that wins where several layers hold some.
import { parsePosition, type Sampler } from '../frame/selector.ts';
import type { Flag, ValueFlag } from './flag.ts';
import { type Given, type GivenValue, givenError } from './given.ts';
import { readGiven } from './option.ts';
import { positiveNumber, wholeNumber } from './value-readers.ts';

const group = 'A sample of every video';
const value = (name: string, placeholder: string, help: string): ValueFlag => ({
  kind: 'value',
  name,
  placeholder,
  help,
  group,
});

/** Each of them is a way of choosing by itself. */
export const SAMPLER_WAYS: readonly Flag[] = [
  value('every', 'N', 'every N-th frame'),
  value('fps', 'F', 'about F frames for each second of video'),
  value('count', 'N', 'N frames of each video, evenly spread'),
  { kind: 'switch', name: 'keyframes', help: 'the key frames: the quickest to get', group },
  { kind: 'switch', name: 'all', help: 'all frames', group },
];

/** Where a sample begins and ends. */
export const RANGE_FLAGS: readonly Flag[] = [
  value('start', 'POSITION', 'begin at this frame (300) or time (12.5, 90s, 00:01:30)'),
  value('end', 'POSITION', 'stop before this frame or time'),
];

/**
 * The one way of choosing that counts: that of the strongest layer, so that a flag replaces what a configuration
 * file says in other words.
 *
 * @throws ERR_OPTION, ERR_CONFIG when one layer chooses in two ways
 */
export const chosenWay = (
  { flags }: Given,
  ways: readonly Flag[],
): { flag: Flag; given: GivenValue } | undefined => {
  const chosen = ways.flatMap((flag) => {
    const given = flags.get(flag.name);
    return given === undefined || given.value === false ? [] : [{ flag, given }];
  });
  const strongest = Math.min(...chosen.map(({ given }) => given.rank));
  const [first, second] = chosen.filter(({ given }) => given.rank === strongest);
  if (first !== undefined && second !== undefined) {
    throw givenError(
      second.given,
      `${first.given.label} has chosen frames in another way already. Keep one of the two.`,
    );
  }
  return first;
};

/** @throws ERR_OPTION, ERR_CONFIG */
export const readSampler = (given: Given, way: { flag: Flag; given: GivenValue } | undefined): Sampler => {
  const start = readGiven(given.flags.get('start'), parsePosition);
  const end = readGiven(given.flags.get('end'), parsePosition);
  return { ...readWay(way), ...(start && { start }), ...(end && { end }) };
};

const readWay = (way: { flag: Flag; given: GivenValue } | undefined): Sampler => {
  if (way === undefined) return {};
  switch (way.flag.name) {
    case 'all':
      return {};
    case 'every':
      return { every: readGiven(way.given, wholeNumber(1)) };
    case 'fps':
      return { fps: readGiven(way.given, positiveNumber) };
    case 'count':
      return { count: readGiven(way.given, wholeNumber(1)) };
    case 'keyframes':
      return { keyframes: true };
    default:
      throw new Error(`${way.flag.name} is no way of sampling`);
  }
};

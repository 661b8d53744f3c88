// Which frames: named in a list, numbered, timed, or sampled. Many flags, one option of the library.

import { FramesiftError } from '../base/errors.ts';
import type { FrameChoice } from '../dataset/choice.ts';
import { type FrameList, readFrameList } from '../frame/list.ts';
import { parseFrameNumbers, parseTimes } from '../frame/selector.ts';
import type { Flag } from './flag.ts';
import { type Given, type GivenValue, givenError } from './given.ts';
import type { Io } from './io.ts';
import { type CliOption, readGiven } from './option.ts';
import { chosenWay, RANGE_FLAGS, readSampler, SAMPLER_WAYS } from './sampler-flags.ts';
import { someText } from './value-readers.ts';

const group = 'Exactly these frames';

const LIST_WAYS: readonly Flag[] = [
  {
    kind: 'value',
    name: 'filenames',
    placeholder: 'FILE',
    help: 'the frames named in a list (text, CSV or JSON); - for standard input',
    group,
    completes: 'file',
  },
  {
    kind: 'value',
    name: 'frames',
    placeholder: 'NUMBERS',
    help: 'these frames of every video: 0,10,20-30,100-200:10',
    group,
  },
  {
    kind: 'value',
    name: 'at',
    placeholder: 'TIMES',
    help: 'the frames shown at these times of every video: 1.5,00:01:02',
    group,
  },
];

const WAYS = [...LIST_WAYS, ...SAMPLER_WAYS];

const choiceOption = <C extends FrameChoice | undefined>(
  otherwise: (given: Given) => C,
): CliOption<FrameChoice | C> => ({
  flags: [...WAYS, ...RANGE_FLAGS],
  isSlow: true,
  read: async (given, io) => {
    const way = chosenWay(given, WAYS);
    if (way === undefined) return otherwise(given);
    if (!LIST_WAYS.includes(way.flag)) return { kind: 'sample', sampler: readSampler(given, way) };
    refuseRange(given, way.given);
    if (way.flag.name === 'frames') {
      return { kind: 'numbers', ranges: readGiven(way.given, parseFrameNumbers) ?? [] };
    }
    if (way.flag.name === 'at') return { kind: 'times', seconds: readGiven(way.given, parseTimes) ?? [] };
    return { kind: 'names', list: await readNames(readGiven(way.given, someText) ?? '-', io) };
  },
});

/** Frames in any of the ways; one of them must be given. */
export const frameChoice = choiceOption(() => {
  throw nothingChosen();
});

/** Frames in any of the ways; without one, all that lie in the range, if there is one. */
export const frameChoiceOrAll = choiceOption((given) => ({
  kind: 'sample',
  sampler: readSampler(given, undefined),
}));

/** Frames in any of the ways; without one undefined, if no range asks for all that lie in it. */
export const frameChoiceIfAny = choiceOption((given) => {
  const sampler = readSampler(given, undefined);
  return Object.keys(sampler).length === 0 ? undefined : { kind: 'sample', sampler };
});

const readNames = async (path: string, io: Io): Promise<FrameList> => {
  if (path !== '-') return readFrameList(path);
  if (io.stdin.isTTY) {
    io.stderr.write(
      'reading frame names from the terminal: one on each line, then Ctrl-D (Ctrl-C to stop)\n',
    );
  }
  return readFrameList(io.stdin as AsyncIterable<Uint8Array>);
};

/** A range from a weaker layer was meant for other choices; one beside the choice is a misunderstanding. */
const refuseRange = ({ flags }: Given, way: GivenValue): void => {
  for (const { name } of RANGE_FLAGS) {
    const range = flags.get(name);
    if (range !== undefined && range.rank <= way.rank) {
      throw givenError(
        range,
        `does not go with ${way.label}, which says exactly which frames. Leave one of them out.`,
      );
    }
  }
};

const nothingChosen = (): FramesiftError => {
  const ways = WAYS.map((flag) => `--${flag.name}${flag.kind === 'switch' ? '' : ` ${flag.placeholder}`}`);
  return new FramesiftError('ERR_OPTION', `which frames? Choose one of ${ways.join(', ')}.`, {
    facts: { ways },
  });
};

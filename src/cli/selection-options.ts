// Options of every verb that selects.

import { FramesiftError } from '../base/errors.ts';
import { ORDER_NAMES, type OrderName } from '../curation/order-names.ts';
import type { FrameStrategy, SelectionRules } from '../curation/rules.ts';
import type { AllocationRule } from '../selection/allocation.ts';
import type { SelectionConfig } from '../selection/selection-config.ts';
import type { Flag } from './flag.ts';
import { type Given, type GivenValue, givenError } from './given.ts';
import { type CliOption, optional, readGiven } from './option.ts';
import { FILTERS, parseBalance, parseFilter, parseLike, parseThreshold, parseWeight } from './rule-texts.ts';
import { numberFromZero, oneOf, someText, wholeNumber } from './value-readers.ts';

const group = 'How to select';
const ALLOCATIONS = ['uniform', 'proportional', 'sqrt'] as const satisfies readonly AllocationRule[];
const GREEDY = ['diversity', 'typicality', 'random', 'time', 'weights', 'balance', 'similarity'] as const;
const STRATEGIES = [...GREEDY, ...ORDER_NAMES];

const nSamples = optional(
  { name: 'n-samples', short: 'n', placeholder: 'N', help: 'so many frames altogether', group },
  wholeNumber(1),
);

const proportionSamples = optional(
  {
    name: 'proportion',
    placeholder: 'F',
    help: 'this share of all, 0.1 say; with -n the smaller number',
    group,
  },
  (text) => {
    const share = numberFromZero(text);
    if (share > 0 && share <= 1) return share;
    throw new FramesiftError('ERR_OPTION', `"${text}" is not a share. Write a number above 0, up to 1.`);
  },
);

const strategyFlag: Flag = {
  kind: 'value',
  name: 'strategy',
  placeholder: 'NAME',
  help: `what makes a frame worth picking: ${STRATEGIES.join(', ')} (default: diversity)`,
  group,
  choices: STRATEGIES,
};

const weightFlag: Flag = {
  kind: 'list',
  name: 'weight',
  placeholder: 'KEY[^POWER]',
  help: 'prefer high values: a key of the metadata, score:TASK/NAME or count:TASK/CATEGORY of predictions; ^-1 prefers low ones; may be repeated',
  group,
};

const balanceFlag: Flag = {
  kind: 'list',
  name: 'balance',
  placeholder: 'KEY[=SHARES]',
  help: 'as many of each value of a key, or classes:TASK of predictions; =input as they are, or =sunny:0.5,rain:0.3; may be repeated',
  group,
};

/** Read with the sources, and a strategy of its own. */
const queries = optional(
  {
    name: 'queries',
    placeholder: 'FILE',
    help: 'a table of embeddings: prefer frames that are like one of them',
    group,
    completes: 'file',
  },
  someText,
);

const likeFlag: Flag = {
  kind: 'list',
  name: 'like',
  placeholder: 'TASK/CATEGORY',
  help: 'prefer frames that are like those for which predictions have this category; may be repeated',
  group,
};

/** All that multiplies. Where Lightly's configuration says how to select, only what is given beside it. */
const strategies: CliOption<readonly FrameStrategy[] | undefined> = {
  flags: [strategyFlag, weightFlag, balanceFlag, likeFlag],
  read: ({ flags }) => {
    const given = flags.get('strategy');
    const named = readGiven(given, oneOf(STRATEGIES));
    const needed = NEEDED_FLAGS.get(named);
    if (given !== undefined && needed !== undefined && !needed.some((flag) => flags.has(flag)))
      throw givenError(given, `${named} needs --${needed.join(' or --')}. Give it, or another strategy.`);
    const isConfigured = flags.get('selection') !== undefined;
    const base: FrameStrategy[] = isConfigured || isOrder(named) ? [] : baseOf(named ?? 'diversity');
    const hasQueries = flags.get('queries') !== undefined && !isConfigured;
    return [
      ...base,
      ...readList(flags.get('weight'), parseWeight),
      ...readList(flags.get('balance'), parseBalance),
      ...readList(flags.get('like'), parseLike),
      ...(hasQueries ? ([{ type: 'similarity' }] as const) : []),
    ];
  },
};

const order: CliOption<SelectionRules['order']> = {
  flags: [],
  read: ({ flags }) => {
    const named = readGiven(flags.get('strategy'), oneOf(STRATEGIES));
    return isOrder(named) ? named : undefined;
  },
};

type StrategyName = (typeof STRATEGIES)[number];

const isOrder = (name: StrategyName | undefined): name is OrderName =>
  (ORDER_NAMES as readonly (string | undefined)[]).includes(name);

const NEEDED_FLAGS: ReadonlyMap<StrategyName | undefined, readonly string[]> = new Map([
  ['weights', ['weight']],
  ['balance', ['balance']],
  ['similarity', ['queries', 'like']],
]);

/** Weights, balance and similarity come with flags of their own. */
const baseOf = (name: Exclude<StrategyName, OrderName>): FrameStrategy[] =>
  name === 'weights' || name === 'balance' || name === 'similarity' ? [] : [{ type: name }];

const readList = <V>(given: GivenValue | undefined, parse: (text: string) => V): V[] => {
  if (given === undefined || typeof given.value !== 'object') return [];
  return given.value.map((text) => {
    try {
      return parse(text);
    } catch (error) {
      if (!(error instanceof FramesiftError) || error.code !== 'ERR_OPTION') throw error;
      throw givenError(given, error.message, error.facts);
    }
  });
};

const listOption = <V>(flag: Omit<Extract<Flag, { kind: 'list' }>, 'kind'>, parse: (text: string) => V) => ({
  flags: [{ ...flag, kind: 'list' as const }],
  read: ({ flags }: Given) => {
    const given = flags.get(flag.name);
    return given === undefined ? undefined : readList(given, parse);
  },
});

const thresholds = listOption(
  {
    name: 'where',
    placeholder: 'KEY>=NUMBER',
    help: 'only frames with such a value (<, <=, >, >=), keys as for --weight; may be repeated',
    group,
  },
  parseThreshold,
);

const filters = listOption(
  {
    name: 'filter',
    placeholder: 'NAME[=LIMIT]',
    help: `leave out frames that are ${FILTERS.join(', ')}; needs what embed --metadata measures; may be repeated`,
    group,
  },
  parseFilter,
);

const minDistance = optional(
  {
    name: 'min-distance',
    placeholder: 'D',
    help: 'no two frames are nearer than this, of embeddings of length 1: 0 to 2; 0.1 leaves out near duplicates',
    group,
  },
  numberFromZero,
);

const minGapSeconds = optional(
  { name: 'min-gap', placeholder: 'SECONDS', help: 'frames of one video are at least so far apart', group },
  numberFromZero,
);

const perVideoFlags = {
  min: {
    name: 'min-per-video',
    placeholder: 'N',
    help: 'each video gets so many first, as far as it has them',
  },
  max: { name: 'max-per-video', placeholder: 'N', help: 'no video gets more' },
  allocate: {
    name: 'allocate',
    placeholder: ALLOCATIONS.join('|'),
    help: 'divide the number among the videos: equally, by their numbers of frames, or by the roots of these',
    choices: ALLOCATIONS,
  },
} as const;

const perVideo: CliOption<SelectionRules['perVideo']> = {
  flags: Object.values(perVideoFlags).map((flag) => ({ ...flag, kind: 'value', group })),
  read: ({ flags }) => {
    const min = readGiven(flags.get('min-per-video'), wholeNumber(0));
    const max = readGiven(flags.get('max-per-video'), wholeNumber(0));
    const allocate = readGiven(flags.get('allocate'), oneOf(ALLOCATIONS));
    return min === undefined && max === undefined && allocate === undefined
      ? undefined
      : { min, max, allocate };
  },
};

const selectedSequenceLength = optional(
  {
    name: 'sequence-length',
    placeholder: 'N',
    help: 'whole runs of N frames of the table in a row; -n is then a multiple of it',
    group,
  },
  wholeNumber(2),
);

const seed = optional(
  {
    name: 'seed',
    placeholder: 'N',
    help: 'another seed, another draw, where lots are drawn (default: 0)',
    group,
  },
  wholeNumber(0),
);

const selectionConfig: CliOption<SelectionConfig | undefined> = {
  flags: [
    {
      kind: 'value',
      name: 'selection',
      placeholder: 'FILE',
      help: 'a selection_config of Lightly, as JSON; --config FILE knows one when it sees it, too',
      group,
      completes: 'file',
    },
  ],
  isSlow: true,
  read: async ({ flags }) => {
    const path = readGiven(flags.get('selection'), someText);
    if (path === undefined) return undefined;
    const { readSelectionConfig } = await import('../curation/read-selection-config.ts');
    return readSelectionConfig(path);
  },
};

const known = 'What is known of the frames';
const earlier = 'Selected earlier';

export const metadataFrom = optional(
  {
    name: 'metadata-from',
    placeholder: 'PATH',
    help: "metadata of the frames: a JSON file as embed --metadata writes it, or the folder of Lightly's worker (default: TABLE_metadata.json, if it is there)",
    group: known,
    completes: 'file',
  },
  someText,
);

const predictions = optional(
  {
    name: 'predictions',
    placeholder: 'DIR',
    help: "predictions of the frames, in Lightly's layout",
    group: known,
    completes: 'folder',
  },
  someText,
);

const preselected = optional(
  {
    name: 'preselected',
    placeholder: 'LIST',
    help: 'frames that are selected already: they count and influence, and are not selected again',
    group: earlier,
    completes: 'file',
  },
  someText,
);

const excluded = optional(
  {
    name: 'ignore',
    placeholder: 'LIST',
    help: 'frames that are ignored completely',
    group: earlier,
    completes: 'file',
  },
  someText,
);

export const selectionOptions = {
  nSamples,
  proportionSamples,
  strategies,
  order,
  thresholds,
  filters,
  queries,
  minDistance,
  minGapSeconds,
  perVideo,
  selectedSequenceLength,
  seed,
  selectionConfig,
  predictions,
  preselected,
  excluded,
};

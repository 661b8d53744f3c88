import { formatHelp, type HelpItem } from '../native/commander.ts';
import type { Command, Verb } from './command.ts';
import { type Flag, flagTerm, offHelpOf } from './flag.ts';
import { flagsOf } from './option.ts';
import type { Paint } from './paint.ts';
import { SHARED_OPTIONS } from './shared-options.ts';

const WIDEST = 100;
const GENERAL = 'Output and settings';

/** `--help`, which every verb has. */
export const HELP_FLAG: Flag = {
  kind: 'switch',
  name: 'help',
  short: 'h',
  help: 'show this help',
  group: GENERAL,
};

export const VERSION_FLAG: Flag = {
  kind: 'switch',
  name: 'version',
  short: 'V',
  help: 'show the version of framesift',
  group: 'Options',
};

/** All flags of a verb, those that every verb has last. */
export const allFlagsOf = (command: Command): readonly Flag[] => [
  ...command.flags,
  ...(command.takesSharedOptions ? flagsOf(SHARED_OPTIONS) : []),
  HELP_FLAG,
];

/** The page of one verb. */
export const verbHelp = (name: string, command: Command, columns: number, paint: Paint): string => {
  const heading = (text: string): string => paint('bold', text);
  const flags = allFlagsOf(command);
  const groups = [...new Set(flags.map(({ group }) => group))].map((group) => ({
    heading: group,
    items: flags.filter((flag) => flag.group === group).flatMap(helpItems),
  }));
  const page = formatHelp(
    {
      usage: `framesift ${name} ${command.usage}`,
      description: command.description,
      operands: command.operands.map(({ term, help }) => ({ term, text: help })),
      groups,
    },
    Math.min(columns, WIDEST),
    heading,
  );
  const examples = command.examples.map(({ line, what }) => `  # ${what}\n  framesift ${line}\n`);
  return [page, ...(examples.length > 0 ? [`${heading('Examples:')}\n${examples.join('\n')}`] : [])].join(
    '\n',
  );
};

/** The page of framesift itself. */
export const mainHelp = (verbs: readonly Verb[], columns: number, paint: Paint): string => {
  const heading = (text: string): string => paint('bold', text);
  const page = formatHelp(
    {
      usage: 'framesift VERB ...',
      description: 'Turns folders of video into the frames worth labelling.',
      groups: [{ heading: 'Options', items: [HELP_FLAG, VERSION_FLAG].flatMap(helpItems) }],
      verbs: verbs.map(({ name, summary }) => ({ term: name, text: summary })),
    },
    Math.min(columns, WIDEST),
    heading,
  ).replace('Commands:', 'Verbs:');
  const lines = [
    'framesift VERB --help shows the options of a verb. An option can also come',
    'from the environment (--jobs is FRAMESIFT_JOBS) and from framesift.config.json,',
    '.yaml or .yml in the working folder, below its verb or below "all":',
    '',
    '  {"all": {"jobs": 4}, "extract": {"format": "jpg"}}',
    '',
    'Exit code: 0 all done, 1 a bug, 2 wrong usage, 3 finished with failures,',
    '4 nothing matched, 5 this machine lacks something, 6 a server refused,',
    '130 or 143 interrupted.',
  ];
  return `${page}\n${lines.join('\n')}\n`;
};

const helpItems = (flag: Flag): HelpItem[] => {
  const off = offHelpOf(flag);
  const on = { term: flagTerm(flag), text: flag.help };
  return off === undefined ? [on] : [on, { term: `--no-${flag.name}`, text: off }];
};

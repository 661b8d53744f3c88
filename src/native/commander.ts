// commander: takes a command line apart, and lays out help pages.
import { Argument, Command, Option } from 'commander';

/** How a flag is written. */
export interface FlagSyntax {
  /** Without the dashes in front: `keep-damaged`. */
  readonly name: string;
  /** One letter. */
  readonly short?: string | undefined;
  readonly takesValue: boolean;
}

export interface ParsedArguments {
  /** Flags in the order written; `value` is null for one without. */
  readonly flags: readonly { readonly name: string; readonly value: string | null }[];
  readonly operands: readonly string[];
  /** The first argument that looks like a flag and is none of those known. */
  readonly unknown: string | undefined;
}

/**
 * Parts flags from operands: `--size 640`, `--size=640`, `-qv`, `--` before operands that look like flags.
 *
 * A value that looks like a flag is not taken for a value (`--jobs --json`), unless it is written with `=`.
 *
 * @param stopAtOperand leave everything from the first operand on as it is
 */
export const parseArguments = (
  argv: readonly string[],
  syntax: readonly FlagSyntax[],
  { stopAtOperand = false } = {},
): ParsedArguments => {
  const flags: { name: string; value: string | null }[] = [];
  const command = new Command().helpOption(false).passThroughOptions(stopAtOperand);
  for (const { name, short, takesValue } of syntax) {
    const spelling = `${short === undefined ? '' : `-${short}, `}--${name}${takesValue ? ' [value]' : ''}`;
    // commander keeps only the last value of a flag, and forgets the order; its events have both.
    command.addOption(new Option(spelling));
    command.on(`option:${name}`, (value?: string | null) => flags.push({ name, value: value ?? null }));
  }
  const { operands, unknown } = command.parseOptions([...argv]);
  return { flags, operands, unknown: unknown[0] };
};

/** A line of help: what is written, and what it means. */
export interface HelpItem {
  readonly term: string;
  readonly text: string;
}

export interface HelpPage {
  readonly usage: string;
  readonly description: string;
  readonly operands?: readonly HelpItem[];
  /** In this order; a group without items is left out. */
  readonly groups?: readonly { readonly heading: string; readonly items: readonly HelpItem[] }[];
  readonly verbs?: readonly HelpItem[];
}

/** Lays out a page of help in two columns, `width` columns wide in all. Ends with a line break. */
export const formatHelp = (
  page: HelpPage,
  width: number,
  heading: (text: string) => string = (text) => text,
): string => {
  const terms = new Map<string, string>();
  const command = new Command(page.usage)
    .usage(' ')
    .description(page.description)
    .helpOption(false)
    .helpCommand(false);
  for (const { term, text } of page.operands ?? []) command.addArgument(new Argument(`[${term}]`, text));
  for (const { term, text } of page.verbs ?? []) command.addCommand(new Command(term).summary(text));
  for (const group of page.groups ?? []) {
    for (const { term, text } of group.items) {
      const option = new Option(`--${terms.size}`, text).helpGroup(`${group.heading}:`);
      terms.set(option.flags, term);
      command.addOption(option);
    }
  }
  command.configureHelp({
    helpWidth: width,
    minWidthToWrap: 30,
    commandUsage: () => page.usage,
    argumentTerm: (argument) => `${argument.name()}${argument.variadic ? '...' : ''}`,
    optionTerm: ({ flags }) => terms.get(flags) ?? flags,
    subcommandTerm: (verb) => verb.name(),
    styleTitle: heading,
  });
  return command.helpInformation();
};

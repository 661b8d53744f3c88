import type { Verb } from '../command.ts';
import { canBeOff, type Flag, type Operand, offHelpOf } from '../flag.ts';
import { allFlagsOf } from '../help.ts';

/** What completion has to know of a verb. */
export interface VerbOutline {
  readonly name: string;
  readonly summary: string;
  readonly flags: readonly Flag[];
  readonly operands: readonly Operand[];
}

export const outlineOf = (verbs: readonly Verb[]): Promise<VerbOutline[]> =>
  Promise.all(
    verbs.map(async ({ name, summary, load }) => {
      const { command } = await load();
      return { name, summary, flags: allFlagsOf(command), operands: command.operands };
    }),
  );

/** What a command line may begin with. */
export const firstWords = (verbs: readonly VerbOutline[]): string[] =>
  verbs.map(({ name }) => name).filter((name) => !name.includes(' '));

/** What makes a verb a longer one: `import` behind `annotate`. */
export const nextWords = (verb: string, verbs: readonly VerbOutline[]): string[] =>
  verbs.flatMap(({ name }) => (name.startsWith(`${verb} `) ? [name.slice(verb.length + 1)] : []));

/** Spellings of a flag that are worth offering: `--no-…` only where help lists it. */
export const spellingsOf = (
  flag: Flag,
): { readonly name: string; readonly help: string; readonly takesValue: boolean }[] => {
  const on = { name: flag.name, help: flag.help, takesValue: flag.kind !== 'switch' };
  const off = canBeOff(flag) ? offHelpOf(flag) : undefined;
  return off === undefined ? [on] : [on, { name: `no-${flag.name}`, help: off, takesValue: false }];
};

/** The words that a flag may have as its value; none where it is free. */
export const choicesOf = (flag: Flag): readonly string[] =>
  flag.kind === 'value' ? (flag.choices ?? []) : [];

/** What a flag's free value names on disk, if anything. */
export const placeOf = (flag: Flag): 'file' | 'folder' | undefined =>
  flag.kind === 'value' ? flag.completes : undefined;

import type { Flag } from '../flag.ts';
import { choicesOf, placeOf, spellingsOf, type VerbOutline } from './outline.ts';

/** A script for fish 3. */
export const fishCompletion = (verbs: readonly VerbOutline[]): string => {
  const names = verbs.map(({ name }) => name).join(' ');
  const first = `not __fish_seen_subcommand_from ${names}`;
  return `# framesift completion for fish. Put into ~/.config/fish/config.fish:
#   framesift completion fish | source
complete -c framesift -f
complete -c framesift -n ${quoted(first)} -s h -l help -d 'show help'
complete -c framesift -n ${quoted(first)} -s V -l version -d 'show the version of framesift'
${verbs.map(({ name, summary }) => `complete -c framesift -n ${quoted(first)} -a ${name} -d ${quoted(summary)}`).join('\n')}
${verbs.flatMap(verbLines).join('\n')}
`;
};

const verbLines = ({ name, flags, operands }: VerbOutline): string[] => {
  const start = `complete -c framesift -n ${quoted(`__fish_seen_subcommand_from ${name}`)}`;
  const choices = operands.flatMap((operand) => operand.choices ?? []);
  const places = choices.length > 0 ? `${start} -a ${quoted(choices.join(' '))}` : `${start} -F`;
  return [...(operands.length > 0 ? [places] : []), ...flags.flatMap((flag) => flagLines(start, flag))];
};

const flagLines = (start: string, flag: Flag): string[] =>
  spellingsOf(flag).map(({ name, help, takesValue }) => {
    const short = flag.short !== undefined && name === flag.name ? ` -s ${flag.short}` : '';
    return `${start}${short} -l ${name}${takesValue ? valuePart(flag) : ''} -d ${quoted(help)}`;
  });

const valuePart = (flag: Flag): string => {
  const choices = choicesOf(flag);
  if (choices.length > 0) return ` -x -a ${quoted(choices.join(' '))}`;
  const place = placeOf(flag);
  if (place === undefined) return ' -x';
  return place === 'folder' ? " -x -a '(__fish_complete_directories)'" : ' -r -F';
};

const quoted = (text: string): string => `'${text.replaceAll('\\', '\\\\').replaceAll("'", "\\'")}'`;

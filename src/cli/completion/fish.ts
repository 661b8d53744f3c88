import type { Flag } from '../flag.ts';
import { choicesOf, firstWords, nextWords, placeOf, spellingsOf, type VerbOutline } from './outline.ts';

/** A script for fish 3. */
export const fishCompletion = (verbs: readonly VerbOutline[]): string => {
  const names = firstWords(verbs).join(' ');
  const first = `not __fish_seen_subcommand_from ${names}`;
  return `# framesift completion for fish. Put into ~/.config/fish/config.fish:
#   framesift completion fish | source
complete -c framesift -f
complete -c framesift -n ${quoted(first)} -s h -l help -d 'show help'
complete -c framesift -n ${quoted(first)} -s V -l version -d 'show the version of framesift'
${verbs.map((verb) => nameLine(verb, first)).join('\n')}
${verbs.flatMap((verb) => verbLines(verb, nextWords(verb.name, verbs))).join('\n')}
`;
};

const seen = (name: string): string =>
  name
    .split(' ')
    .map((word) => `__fish_seen_subcommand_from ${word}`)
    .join('; and ');

/** A verb is offered behind its first word, if it has two. */
const nameLine = ({ name, summary }: VerbOutline, first: string): string => {
  const space = name.indexOf(' ');
  const when = space < 0 ? first : seen(name.slice(0, space));
  return `complete -c framesift -n ${quoted(when)} -a ${name.slice(space + 1)} -d ${quoted(summary)}`;
};

const verbLines = ({ name, flags, operands }: VerbOutline, next: readonly string[]): string[] => {
  const longer = next.map((word) => `; and not __fish_seen_subcommand_from ${word}`).join('');
  const start = `complete -c framesift -n ${quoted(`${seen(name)}${longer}`)}`;
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

import type { Flag } from '../flag.ts';
import { choicesOf, nextWords, placeOf, spellingsOf, type VerbOutline } from './outline.ts';

/** A script for zsh, to be evaluated or put into a folder of `fpath` as `_framesift`. */
export const zshCompletion = (verbs: readonly VerbOutline[]): string => `#compdef framesift
# framesift completion for zsh. Put into ~/.zshrc, after compinit:
#   eval "$(framesift completion zsh)"
_framesift() {
  local state line
  local -a verbs=(
${verbs
  .filter(({ name }) => !name.includes(' '))
  .map(({ name, summary }) => `    ${quoted(`${name}:${summary}`)}`)
  .join('\n')}
  )
  _arguments -C \\
    '(- *)'{-h,--help}'[show help]' \\
    '(- *)'{-V,--version}'[show the version of framesift]' \\
    '1: :->verb' \\
    '*:: :->rest'
  case $state in
    verb) _describe 'verb' verbs ;;
    rest)
      local verb=$words[1]
${longCases(verbs)}      case $verb in
${verbs.map((verb) => verbCase(verb, nextWords(verb.name, verbs))).join('\n')}
      esac ;;
  esac
}
if [[ $funcstack[1] == _framesift ]]; then
  _framesift "$@"
else
  compdef _framesift framesift
fi
`;

/** Where a second word makes another verb, the first goes. */
const longCases = (verbs: readonly VerbOutline[]): string =>
  verbs
    .filter(({ name }) => name.includes(' '))
    .map(
      ({ name }) =>
        `      if [[ $CURRENT -gt 2 && "$verb $words[2]" == '${name}' ]]; then\n        verb='${name}'\n        shift words\n        (( CURRENT-- ))\n      fi\n`,
    )
    .join('');

const verbCase = ({ name, flags, operands }: VerbOutline, next: readonly string[]): string => {
  const offered = next.length > 0 ? `{compadd ${next.join(' ')}; _files}` : '_files';
  const places = operands.map(({ term, choices = [], isRepeatable }) => {
    const what = choices.length > 0 ? `(${choices.join(' ')})` : offered;
    return quoted(`${isRepeatable ? '*' : ''}:${term.replace(/\W+$/, '').toLowerCase()}:${what}`);
  });
  return `        '${name}')\n          _arguments -s -S \\\n${[...flags.flatMap(flagSpecs), ...places]
    .map((spec) => `            ${spec}`)
    .join(' \\\n')} ;;`;
};

const flagSpecs = (flag: Flag): string[] =>
  spellingsOf(flag).map(({ name, help, takesValue }) => {
    const action = takesValue ? `:${name}:${valueAction(flag)}` : '';
    const text = `[${help.replace(/[[\]\\]/g, '\\$&').replaceAll(':', '\\:')}]${action}`;
    if (flag.kind === 'list') return quoted(`*--${name}=${text}`);
    if (flag.short !== undefined && name === flag.name) {
      return `'(-${flag.short} --${name})'{-${flag.short},--${name}}${quoted(text)}`;
    }
    return quoted(`--${name}${takesValue ? '=' : ''}${text}`);
  });

const valueAction = (flag: Flag): string => {
  const choices = choicesOf(flag);
  if (choices.length > 0) return `(${choices.join(' ')})`;
  const place = placeOf(flag);
  if (place === undefined) return '';
  return place === 'folder' ? '_files -/' : '_files';
};

const quoted = (text: string): string => `'${text.replaceAll("'", "'\\''")}'`;

import { choicesOf, firstWords, nextWords, placeOf, spellingsOf, type VerbOutline } from './outline.ts';

/**
 * A script for bash 3.2 and newer. Names of files are left to bash itself (`-o default`), which knows about spaces
 * and `~`: the function offers nothing where a file is due.
 */
export const bashCompletion = (
  verbs: readonly VerbOutline[],
): string => `# framesift completion for bash. Put into ~/.bashrc:
#   eval "$(framesift completion bash)"
_framesift() {
  COMPREPLY=()
  local verb='' before='' word="\${COMP_WORDS[COMP_CWORD]}" previous="\${COMP_WORDS[COMP_CWORD-1]}" i
  # bash cuts --flag=value into three words.
  if [[ $word == '=' ]]; then
    word=''
  elif [[ $previous == '=' ]]; then
    previous="\${COMP_WORDS[COMP_CWORD-2]}"
  fi
  for ((i = 1; i < COMP_CWORD; i++)); do
    if [[ \${COMP_WORDS[i]} != -* && $before != --config && \${COMP_WORDS[i]} != '=' ]]; then
      verb="\${COMP_WORDS[i]}"
      (( i + 1 < COMP_CWORD )) && case "$verb \${COMP_WORDS[i+1]}" in
        ${longNames(verbs)}) verb="$verb \${COMP_WORDS[i+1]}" ;;
      esac
      break
    fi
    [[ \${COMP_WORDS[i]} == '=' ]] || before="\${COMP_WORDS[i]}"
  done
  case "$verb $previous" in
${verbs.flatMap(valueCases).join('\n')}
  esac
  case "$verb" in
    '') _framesift_words '${firstWords(verbs).join(' ')} --help --version' ;;
${verbs.map((verb) => verbCase(verb, nextWords(verb.name, verbs))).join('\n')}
  esac
}
_framesift_words() {
  local reply
  while IFS='' read -r reply; do COMPREPLY+=("$reply"); done < <(compgen -W "$1" -- "$word")
}
complete -o default -F _framesift framesift
`;

/** What may follow a flag: its choices, or anything. */
const valueCases = ({ name, flags }: VerbOutline): string[] => {
  const withValue = flags.filter(({ kind }) => kind !== 'switch');
  const free = withValue.filter((flag) => choicesOf(flag).length === 0);
  return [
    ...withValue
      .filter((flag) => choicesOf(flag).length > 0)
      .map(
        (flag) => `    '${name} --${flag.name}') _framesift_words '${choicesOf(flag).join(' ')}'; return ;;`,
      ),
    ...free
      .filter((flag) => placeOf(flag) === 'folder')
      .map((flag) => `    '${name} --${flag.name}') compopt -o dirnames 2>/dev/null; return ;;`),
    ...(free.length === 0
      ? []
      : [`    ${free.map((flag) => `'${name} --${flag.name}'`).join(' | ')}) return ;;`]),
  ];
};

/** Verbs of two words, as patterns. */
const longNames = (verbs: readonly VerbOutline[]): string =>
  verbs
    .filter(({ name }) => name.includes(' '))
    .map(({ name }) => `'${name}'`)
    .join(' | ');

const verbCase = ({ name, flags, operands }: VerbOutline, next: readonly string[]): string => {
  const spellings = flags.flatMap(spellingsOf).map((spelling) => `--${spelling.name}`);
  const choices = operands.flatMap((operand) => operand.choices ?? []);
  const words = choices.length > 0 ? [...choices, ...spellings].join(' ') : spellings.join(' ');
  // Without choices a word that is no flag is a path, or the second word of a verb.
  const second = next.length > 0 ? ` || _framesift_words '${next.join(' ')}'` : '';
  return choices.length > 0
    ? `    '${name}') _framesift_words '${words}' ;;`
    : `    '${name}') [[ $word == -* ]] && _framesift_words '${words}'${second} ;;`;
};

import { defineCommand } from '../command.ts';
import { bashCompletion } from '../completion/bash.ts';
import { fishCompletion } from '../completion/fish.ts';
import { outlineOf, type VerbOutline } from '../completion/outline.ts';
import { zshCompletion } from '../completion/zsh.ts';
import { EXIT } from '../exit-code.ts';
import { type CliOption, operand } from '../option.ts';
import { oneOf } from '../value-readers.ts';
import { VERBS } from '../verbs.ts';

const SCRIPTS = {
  bash: bashCompletion,
  zsh: zshCompletion,
  fish: fishCompletion,
} as const satisfies Readonly<Record<string, (verbs: readonly VerbOutline[]) => string>>;

const SHELLS = ['bash', 'zsh', 'fish'] as const satisfies readonly (keyof typeof SCRIPTS)[];

const place = operand({ term: 'SHELL', help: 'bash, zsh or fish', choices: SHELLS });
const shell: CliOption<keyof typeof SCRIPTS> = {
  ...place,
  read: async (given, io) => oneOf(SHELLS)(await place.read(given, io)),
};

export const command = defineCommand({
  usage: 'SHELL',
  description: 'Writes a script that lets your shell complete verbs, options and their values.',
  options: { shell },
  examples: [
    { what: 'bash, in ~/.bashrc: eval "$(framesift completion bash)"', line: 'completion bash' },
    { what: 'zsh, in ~/.zshrc after compinit: eval "$(framesift completion zsh)"', line: 'completion zsh' },
    { what: 'fish, in config.fish: framesift completion fish | source', line: 'completion fish' },
  ],
  takesSharedOptions: false,
  run: async ({ shell: chosen }, { results }) => {
    await results.line(SCRIPTS[chosen](await outlineOf(VERBS)).replace(/\n$/, ''));
    return EXIT.done;
  },
});

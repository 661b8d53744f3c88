import type { Verb } from './command.ts';

/** All verbs, in the order of `framesift --help`. Loaded when used: nobody waits for a verb that is not theirs. */
export const VERBS: readonly Verb[] = [
  {
    name: 'info',
    summary: 'what videos hold, and whether they are sound',
    load: () => import('./commands/info.ts'),
  },
  {
    name: 'list',
    summary: 'the names of all frames, or of a sample',
    load: () => import('./commands/list.ts'),
  },
  {
    name: 'extract',
    summary: 'write chosen frames as image files',
    load: () => import('./commands/extract.ts'),
  },
  {
    name: 'doctor',
    summary: 'whether this machine has what is needed',
    load: () => import('./commands/doctor.ts'),
  },
  {
    name: 'completion',
    summary: 'completion for your shell',
    load: () => import('./commands/completion.ts'),
  },
];

import type { Verb } from './command.ts';

const verb = (name: string, summary: string, load: Verb['load']): Verb => ({ name, summary, load });

/** All verbs, in the order of `framesift --help`. Loaded when used: nobody waits for a verb that is not theirs. */
export const VERBS: readonly Verb[] = [
  verb('info', 'what videos hold, and whether they are sound', () => import('./commands/info.ts')),
  verb('list', 'the names of all frames, or of a sample', () => import('./commands/list.ts')),
  verb('shots', 'the shots of videos, and frames that stand for them', () => import('./commands/shots.ts')),
  verb('extract', 'write chosen frames as image files', () => import('./commands/extract.ts')),
  verb('embed', 'compute embeddings of frames, as a Lightly table', () => import('./commands/embed.ts')),
  verb(
    'train',
    'an encoder learned from your own frames, without labels',
    () => import('./commands/train.ts'),
  ),
  verb('magic', 'train, then embed all frames with what was learned', () => import('./commands/magic.ts')),
  verb('project', 'embeddings onto few dimensions: PCA, UMAP', () => import('./commands/project.ts')),
  verb('select', 'the frames of a table that are worth labelling', () => import('./commands/select.ts')),
  verb(
    'run',
    'all of it: from a folder of videos to the frames worth labelling',
    () => import('./commands/run.ts'),
  ),
  verb(
    'annotate',
    'frames for an annotation tool, as it imports them',
    () => import('./commands/annotate.ts'),
  ),
  verb(
    'annotate push',
    'frames to an annotation server, each of them once',
    () => import('./commands/annotate-push.ts'),
  ),
  verb(
    'annotate import',
    'labels back from an annotation tool, for select',
    () => import('./commands/annotate-import.ts'),
  ),
  verb('knn', 'how well embeddings tell labels apart', () => import('./commands/knn.ts')),
  verb(
    'check',
    'what embeddings, lists and metadata are, and what is wrong with them',
    () => import('./commands/check.ts'),
  ),
  verb('worker', 'take jobs from a queue and do them', () => import('./commands/worker.ts')),
  verb('queue', 'what a queue holds, and what failed', () => import('./commands/queue.ts')),
  verb('models', 'which models there are, and what they take', () => import('./commands/models.ts')),
  verb('doctor', 'whether this machine has what is needed', () => import('./commands/doctor.ts')),
  verb('completion', 'completion for your shell', () => import('./commands/completion.ts')),
];

import type { AnnotateOptions } from '../../annotate.ts';
import { TARGET_NAMES } from '../../annotation/target-names.ts';
import { FramesiftError } from '../../base/errors.ts';
import { annotationOptions, from } from '../annotation-options.ts';
import { defineCommand } from '../command.ts';
import type { ExitCode } from '../exit-code.ts';
import { exitCodeOfOutcome, tellFailures } from '../failures.ts';
import { writeFileResults } from '../file-results.ts';
import { type CliOptions, required, toggle, type ValuesOf } from '../option.ts';
import { formatElapsed, formatUnits } from '../quantities.ts';
import { conclude, type Session } from '../session.ts';
import { oneOf, someText } from '../value-readers.ts';

const group = 'For the annotation tool';

const options = {
  from,
  to: required(
    {
      name: 'to',
      placeholder: 'TARGET',
      help: `the tool: ${TARGET_NAMES.join(', ')}`,
      group,
      choices: TARGET_NAMES,
    },
    oneOf(TARGET_NAMES),
  ),
  outDir: required(
    {
      name: 'out',
      placeholder: 'DIR',
      help: 'the folder for the files; made if need be; - writes jsonl to standard output',
      group,
      completes: 'folder',
    },
    someText,
  ),
  ...annotationOptions,
  force: toggle({ name: 'force', help: 'write into a folder that holds something already', group }),
  signal: null,
} satisfies CliOptions<AnnotateOptions>;

export const command = defineCommand({
  usage: 'FROM --to TARGET --out DIR [options]',
  description:
    'Writes frames as an annotation tool imports them, in the order in which they were picked. What identifies a frame (the content of its video, its number, pts and time) goes along wherever the tool keeps it, so that labels find back to it.',
  options,
  examples: [
    {
      what: 'tasks of Label Studio that shows files of its own machine',
      line: 'annotate selected/ --to label-studio --prefix "/data/local-files/?d=selected/frames/" --out tasks/',
    },
    {
      what: 'a manifest for CVAT, and the request for a task',
      line: 'annotate selected/ --to cvat --category car --category bus --out cvat/',
    },
    { what: 'into a program of your own', line: 'annotate selected/ --to jsonl --out - | jq .file' },
    {
      what: 'images of a bucket for Labelbox',
      line: 'annotate selected/ --to labelbox --prefix https://host/frames/ --out labelbox/',
    },
  ],
  run: async (values, session) => {
    if (values.outDir === '-') return streamTo(values, session);
    const { annotateFrames } = await import('../../annotate.ts');
    const outcome = await annotateFrames({ ...values, signal: session.signal });
    await session.results.whileRead(() => writeFileResults(outcome, session));
    tellFailures(outcome.failed, session);
    const { frames, failed, target, hint } = outcome;
    const elapsedMs = session.io.clock.now() - session.startedAt;
    conclude(
      session,
      frames === 0
        ? `nothing matched: ${values.from} has no frame with an image`
        : `${formatUnits(frames, 'frames')} for ${target} in ${values.outDir}, ${formatElapsed(elapsedMs)}\n${hint}`,
    );
    return exitCodeOfOutcome(frames, failed.length);
  },
});

/** For programs that read frames as they come. */
const streamTo = async (values: ValuesOf<typeof options>, session: Session): Promise<ExitCode> => {
  if (values.to !== 'jsonl')
    throw new FramesiftError(
      'ERR_OPTION',
      `--out - goes with --to jsonl: ${values.to} is given as files. Name a folder.`,
    );
  const { streamFrames } = await import('../../annotate.ts');
  const { frames, failed, lines } = await streamFrames(values);
  for (const line of lines) await session.results.line(line.replace(/\n$/, ''));
  tellFailures(failed, session);
  conclude(
    session,
    frames === 0
      ? `nothing matched: ${values.from} has no frame with an image`
      : `${formatUnits(frames, 'frames')} written`,
  );
  return exitCodeOfOutcome(frames, failed.length);
};

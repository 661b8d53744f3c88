import type { FindShotsOptions } from '../../shots.ts';
import type { ShotDetectorName } from '../../signals/shots.ts';
import { defineCommand } from '../command.ts';
import { exitCodeOfOutcome, recordFailures, tellFailures } from '../failures.ts';
import { inputOptions } from '../input-options.ts';
import { type CliOptions, operand, optional } from '../option.ts';
import { formatCount, formatElapsed, formatUnits } from '../quantities.ts';
import { conclude, watchOf } from '../session.ts';
import { numberFromZero, oneOf, wholeNumber } from '../value-readers.ts';

const group = 'Shots';
const DETECTORS = [
  'adaptive',
  'content',
  'hash',
  'histogram',
  'fade',
] as const satisfies readonly ShotDetectorName[];

const options = {
  input: operand({ term: 'INPUT', help: 'a folder of videos, or one of them; also https://… and s3://…' }),
  detector: optional(
    {
      name: 'detector',
      placeholder: DETECTORS.join('|'),
      help: "what finds the cuts: PySceneDetect's rules (default: adaptive)",
      group,
      choices: DETECTORS,
    },
    oneOf(DETECTORS),
  ),
  threshold: optional(
    {
      name: 'threshold',
      placeholder: 'T',
      help: "what a cut has to reach (default: PySceneDetect's: adaptive 3, content 27, hash 0.35, histogram 0.2, fade 12)",
      group,
    },
    numberFromZero,
  ),
  minimumSeconds: optional(
    { name: 'min-shot', placeholder: 'SECONDS', help: 'no shot is shorter (default: 0.6)', group },
    numberFromZero,
  ),
  perShot: optional(
    {
      name: 'per-shot',
      placeholder: 'K',
      help: 'frames of each shot, evenly spread (default: 1, its middle)',
      group,
    },
    wholeNumber(1),
  ),
  ...inputOptions,
  signal: null,
  onProgress: null,
  onLog: null,
} satisfies CliOptions<FindShotsOptions>;

export const command = defineCommand({
  usage: 'INPUT [--detector NAME] [--per-shot K] [options]',
  description:
    'Finds the shots of videos, and writes the names of frames that stand for them to standard output, one on each line: the middle of each, or several. With --json the shots themselves.',
  options,
  examples: [
    {
      what: 'one frame of each shot, as images',
      line: 'shots videos/ | framesift extract videos/ --filenames - --out frames/',
    },
    { what: 'where the cuts are, for programs', line: 'shots videos/ --json' },
    {
      what: 'three of each, out of which to select',
      line: 'shots videos/ --per-shot 3 | framesift run videos/ --filenames - -n 200 --out selected/',
    },
  ],
  run: async (values, session) => {
    const { findShots } = await import('../../shots.ts');
    const { done: videos, failed } = await findShots({ ...values, ...watchOf(session) });
    session.progress.close();
    const { results, json } = session;
    for (const { video, shots } of videos)
      for (const shot of shots) {
        if (json) await results.record('shot', { video, ...shot });
        else for (const { name } of shot.frames) await results.line(name);
      }
    const count = videos.reduce((sum, { shots }) => sum + shots.length, 0);
    const elapsedMs = session.io.clock.now() - session.startedAt;
    if (json) {
      await recordFailures(failed, results);
      const counts = { shots: count, videos: videos.length, failed: failed.length };
      await results.record('summary', { ...counts, seconds: Math.round(elapsedMs) / 1000 });
    }
    tellFailures(failed, session);
    const missed = failed.length === 0 ? '' : `, ${formatCount(failed.length)} failed`;
    conclude(
      session,
      `${formatUnits(count, 'shots')} in ${formatUnits(videos.length, 'videos')}${missed}, ${formatElapsed(elapsedMs)}`,
    );
    return exitCodeOfOutcome(count, failed.length);
  },
});

import type { Failure } from '../../base/outcome.ts';
import type { InfoOptions, VideoReport } from '../../info.ts';
import { defineCommand } from '../command.ts';
import { EXIT } from '../exit-code.ts';
import { exitCodeOfOutcome, recordFailures, tellFailures } from '../failures.ts';
import { inputOptions } from '../input-options.ts';
import { type CliOptions, operands, toggle } from '../option.ts';
import { formatCount, formatElapsed, formatUnits } from '../quantities.ts';
import { queue } from '../queue-options.ts';
import { conclude, type Session, watchOf } from '../session.ts';
import { videoCard, videoTable } from '../video-report.ts';

const options = {
  inputs: operands({ term: 'PATH...', help: 'videos, and folders of videos; also https://… and s3://…' }),
  verify: toggle({
    name: 'verify',
    help: 'decode every frame and report the damaged ones (exit code 3 if there are any)',
    group: 'What to look at',
  }),
  ...inputOptions,
  queue,
  onNotice: null,
  signal: null,
  onProgress: null,
  onLog: null,
} satisfies CliOptions<InfoOptions>;

export const command = defineCommand({
  usage: 'PATH... [options]',
  description:
    'Says what videos hold: codec, size, number of frames, clock, key frames, and what is wrong with them.',
  options,
  examples: [
    { what: 'one video in full', line: 'info videos/a.mp4' },
    { what: 'a table of many', line: 'info videos/ more/*.mkv' },
    { what: 'which videos are damaged, for a program', line: 'info videos/ --verify --json' },
  ],
  run: async (values, session) => {
    const { describeVideos } = await import('../../info.ts');
    const { results, json, io } = session;
    const onNotice = (notice: string): void => session.screen.say(`note: ${notice}`);
    const reports: VideoReport[] = [];
    const failed: Failure[] = [];
    for await (const { path, report, error } of describeVideos({
      ...values,
      ...watchOf(session),
      onNotice,
    })) {
      if (error !== undefined) failed.push({ item: path, error });
      else reports.push(report);
      // A table has to know all its cells; records need not wait for each other.
      if (json && report !== undefined) await results.record('video', report);
      if (json && error !== undefined) await recordFailures([{ item: path, error }], results);
    }
    session.progress.close();
    const damaged = reports.filter(({ damagedFrames = [] }) => damagedFrames.length > 0).length;
    const elapsedMs = io.clock.now() - session.startedAt;
    if (json) {
      const counts = { videos: reports.length, failed: failed.length, ...(values.verify && { damaged }) };
      await results.record('summary', { ...counts, seconds: Math.round(elapsedMs) / 1000 });
    } else {
      await writeReports(reports, session);
    }
    tellFailures(failed, session);
    const parts = [
      formatUnits(reports.length, 'videos'),
      ...(values.verify ? [`${formatCount(damaged)} damaged`] : []),
      ...(failed.length > 0 ? [`${formatCount(failed.length)} failed`] : []),
      formatElapsed(elapsedMs),
    ];
    conclude(session, parts.join(', '));
    return damaged > 0 ? EXIT.failures : exitCodeOfOutcome(reports.length, failed.length);
  },
});

/** One video in full, several in a table, whose lines are only cut where a person looks at them. */
const writeReports = async (reports: readonly VideoReport[], { results, io }: Session): Promise<void> => {
  const columns = io.stdout.isTTY ? io.stdout.columns || 80 : Number.POSITIVE_INFINITY;
  const [first, ...rest] = reports;
  if (first === undefined) return;
  for (const line of rest.length === 0 ? videoCard(first) : videoTable(reports, columns))
    await results.line(line);
};

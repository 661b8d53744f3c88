import { shownAddress } from '../../base/address.ts';
import { Breather } from '../../base/concurrency.ts';
import type { Sampler } from '../../frame/selector.ts';
import type { ListedVideo, ListOptions } from '../../list.ts';
import { defineCommand } from '../command.ts';
import { exitCodeOfOutcome, recordFailures, tellFailures } from '../failures.ts';
import { inputOptions } from '../input-options.ts';
import { type CliOption, type CliOptions, operand } from '../option.ts';
import { formatCount, formatElapsed, formatUnits } from '../quantities.ts';
import { chosenWay, RANGE_FLAGS, readSampler, SAMPLER_WAYS } from '../sampler-flags.ts';
import { conclude, type Session, watchOf } from '../session.ts';

const sampler: CliOption<Sampler> = {
  flags: [...SAMPLER_WAYS, ...RANGE_FLAGS],
  read: (given) => readSampler(given, chosenWay(given, SAMPLER_WAYS)),
};

const options = {
  input: operand({
    term: 'INPUT',
    help: 'a folder of videos or of images, or one of them; also https://… and s3://…',
  }),
  sampler,
  ...inputOptions,
  signal: null,
  onProgress: null,
  onLog: null,
} satisfies CliOptions<ListOptions>;

export const command = defineCommand({
  usage: 'INPUT [options]',
  description:
    'Writes the names of frames to standard output, one on each line: of all frames, or of a sample. The names are those that Lightly uses, and what extract --filenames reads.',
  options,
  examples: [
    { what: 'every frame of every video', line: 'list videos/ > all.txt' },
    { what: 'ten frames of each video', line: 'list videos/ --count 10' },
    {
      what: 'the first minute, one frame a second, with times',
      line: 'list videos/ --fps 1 --end 00:01:00 --json',
    },
  ],
  run: async (values, session) => {
    const { listFrames } = await import('../../list.ts');
    const { done: videos, failed } = await listFrames({ ...values, ...watchOf(session) });
    session.progress.close();
    const count = videos.reduce((sum, { takenCount }) => sum + takenCount, 0);
    await writeFrames(videos, session);
    const elapsedMs = session.io.clock.now() - session.startedAt;
    if (session.json) {
      await recordFailures(failed, session.results);
      const counts = { frames: count, videos: videos.length, failed: failed.length };
      await session.results.record('summary', { ...counts, seconds: Math.round(elapsedMs) / 1000 });
    }
    tellFailures(failed, session);
    const missed = failed.length === 0 ? '' : `, ${formatCount(failed.length)} failed`;
    conclude(
      session,
      count === 0 && failed.length === 0
        ? `nothing matched: ${shownAddress(values.input)} has no frame of those that were asked for`
        : `${formatUnits(count, 'frames')} of ${formatUnits(videos.length, 'videos')}${missed}, ${formatElapsed(elapsedMs)}`,
    );
    return exitCodeOfOutcome(count, failed.length);
  },
});

const writeFrames = async (
  videos: readonly ListedVideo[],
  { results, json, signal }: Session,
): Promise<void> => {
  // Writing to a file never waits, and without waiting no Ctrl-C would arrive.
  const breather = new Breather(signal);
  for (const { video, frames } of videos) {
    for (const frame of frames) {
      await (json ? results.record('frame', { ...frame, video }) : results.line(frame.name));
      if (breather.isDue) await breather.pause();
    }
  }
};

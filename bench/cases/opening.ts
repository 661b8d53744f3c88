/** How long it takes to number the frames of ten minutes of video, and to open what was numbered before. */
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Case, CaseResult, Row } from '../case.ts';
import { runFresh } from '../fresh-process.ts';
import { temporaryFolder } from '../scratch.ts';
import { type Spread, spreadOf } from '../statistics.ts';
import { say } from '../terminal.ts';

const PROBE = fileURLToPath(new URL('../probes/open-video.js', import.meta.url));
const MINUTES = 10;
const CONTAINERS = [
  { title: 'MP4', muxer: 'mp4', extension: 'mp4', targetMs: 400 },
  { title: 'Matroska', muxer: 'matroska', extension: 'mkv', targetMs: 400 },
  { title: 'MPEG-TS', muxer: 'mpegts', extension: 'ts', targetMs: 800 },
] as const;
const REOPEN_TARGET_MS = 20;

interface Opening {
  readonly milliseconds: number;
  readonly frames: number;
}

const open = async (video: string, cache: readonly string[]): Promise<Opening> => {
  const { output } = await runFresh({ command: process.execPath, arguments: [PROBE, video, ...cache] });
  return JSON.parse(output) as Opening;
};

export const OPENING_CASE: Case = {
  name: 'index',
  run: async ({ clips, settings, workDir }): Promise<CaseResult> => {
    const rows: Row[] = [];
    const data: unknown[] = [];
    for (const { title, muxer, extension, targetMs } of CONTAINERS) {
      const clip = clips.repeated('h264-1080p', (MINUTES * 60) / settings.clipSeconds, { muxer, extension });
      clips.release();
      using cache = temporaryFolder(join(workDir, 'cache'));
      await open(clip.path, [cache.path]);
      const [made, reopened]: [Opening[], Opening[]] = [[], []];
      for (let round = 0; round < settings.indexRounds; round++) {
        made.push(await open(clip.path, []));
        reopened.push(await open(clip.path, [cache.path]));
      }
      const frames = made[0]?.frames ?? 0;
      say(
        `index of ${frames} frames, ${title}: ${made.map((each) => each.milliseconds.toFixed(0)).join(' ')} ms; again ${reopened.map((each) => each.milliseconds.toFixed(1)).join(' ')} ms`,
      );
      rows.push(
        rowOf(`Index of ${frames} frames, ${title}`, timesOf(made), targetMs),
        rowOf(`The same, opened again, ${title}`, timesOf(reopened), REOPEN_TARGET_MS),
      );
      data.push({ container: title, frames, madeMs: made, reopenedMs: reopened });
    }
    return { rows, data };
  },
};

const timesOf = (openings: readonly Opening[]): Spread => spreadOf(openings.map((each) => each.milliseconds));

const rowOf = (what: string, { median, min, max }: Spread, targetMs: number): Row => ({
  what,
  result: `${median.toFixed(0)} ms (${min.toFixed(0)}–${max.toFixed(0)})`,
  target: `≤ ${targetMs} ms`,
  isMet: median <= targetMs,
  remark: '',
});

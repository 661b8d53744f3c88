// Finds the cuts of a video: detectors see all frames in their order, so one worker has the whole of it.
import { frameFeatures } from '../signals/frame-features.ts';
import { createShotDetector } from '../signals/shots.ts';
import { decodeIndex } from '../video/index-file.ts';
import { timingOf } from '../video/timing.ts';
import { send } from './channel.ts';
import type { JobResult, ShotsJob } from './job.ts';
import { readRuns } from './read-runs.ts';

const FRAMES_PER_REPORT = 50;

export const findCuts = async (job: ShotsJob): Promise<JobResult> => {
  const video = decodeIndex(job.index);
  if (video === undefined) throw new Error('the index did not arrive whole');
  const { secondsAt, frameCount } = timingOf(video);
  const detector = createShotDetector(job.detector, job.options);
  const cuts: number[] = [];
  const result = await readRuns(job, { size: job.size, interpolation: 'area' }, async ({ rank, image }) => {
    cuts.push(...detector.next({ index: rank, seconds: secondsAt(rank) }, frameFeatures(image)));
    if (rank % FRAMES_PER_REPORT === 0) send({ type: 'progress', share: rank / frameCount });
  });
  return result.type === 'read' ? { type: 'cuts', cuts } : result;
};

// A thread of a pool: makes the views of one picture at a time.
import { parentPort, workerData } from 'node:worker_threads';
import { FramesiftError } from '../base/errors.ts';
import type { RgbImage } from '../base/rgb-image.ts';
import type { ViewRecipe } from './recipe.ts';
import type { ViewJob, ViewReply } from './view-job.ts';
import { seededViews } from './views.ts';

const recipe = workerData as ViewRecipe;

const answer = ({ id, image, partner, place }: ViewJob): ViewReply => {
  try {
    return { id, type: 'views', data: joined(seededViews(image, recipe, place, partner)) };
  } catch (error) {
    if (error instanceof FramesiftError) return { id, type: 'failed', error: error.toJSON() };
    return {
      id,
      type: 'bug',
      stack: error instanceof Error ? (error.stack ?? error.message) : String(error),
    };
  }
};

const joined = (views: readonly RgbImage[]): Uint8Array<ArrayBuffer> => {
  const data = new Uint8Array(views.reduce((sum, view) => sum + view.data.length, 0));
  let at = 0;
  for (const view of views) {
    data.set(view.data, at);
    at += view.data.length;
  }
  return data;
};

parentPort?.on('message', (job: ViewJob) => {
  const reply = answer(job);
  parentPort?.postMessage(reply, reply.type === 'views' ? [reply.data.buffer as ArrayBuffer] : []);
});

// From a folder to its list of frames: the files are found, and their frames counted.
import { forEachConcurrent } from '../base/concurrency.ts';
import { failureOf } from '../base/outcome.ts';
import { timingOf } from '../video/timing.ts';
import { WorkerPool } from '../worker/pool.ts';
import { indexInWorker } from '../worker/tasks.ts';
import { Dataset, type DatasetOptions, type DatasetVideo } from './dataset.ts';
import { labelsOf } from './labels.ts';
import { openSource, pathOf, type Source } from './source.ts';

/**
 * Opens a folder as one list of frames and counts them, several videos side by side. A video that cannot be read
 * has no frames and says why in {@link Dataset.videos}.
 *
 * @throws ERR_NOT_FOUND, ERR_NO_INPUT, ERR_OPTION, or the signal's reason
 */
export const openDataset = async (path: string, options: DatasetOptions = {}): Promise<Dataset> => {
  const source = await openSource(path, options);
  const described = source.kind === 'images' ? describeImages(source) : await describeVideos(source, options);
  const labels = labelsOf(source, options.labels);
  let offset = 0;
  const videos = source.files.map((file): DatasetVideo => {
    const video = { path: file, offset, label: labels(file), ...described.get(file)! };
    offset += video.frameCount;
    return video;
  });
  return new Dataset(source, videos, options);
};

type Description = Omit<DatasetVideo, 'path' | 'offset' | 'label'>;

const UNREAD: Description = { frameCount: 0, fps: 0, durationSeconds: 0, width: 0, height: 0, rotation: 0 };

const describeVideos = async (source: Source, options: DatasetOptions): Promise<Map<string, Description>> => {
  using pool = new WorkerPool(options);
  const described = new Map<string, Description>();
  let failed = 0;
  await forEachConcurrent(source.files, pool.size + 1, async (file) => {
    try {
      const video = await indexInWorker(pool, pathOf(source, file), options);
      const { rotation, width, height } = video.info.stream;
      const { frameCount, averageFps: fps, durationSeconds } = timingOf(video);
      const size = rotation % 180 === 0 ? { width, height } : { width: height, height: width };
      described.set(file, { frameCount, fps, durationSeconds, rotation, ...size });
    } catch (error) {
      options.signal?.throwIfAborted();
      failed++;
      described.set(file, { ...UNREAD, error: failureOf(file, error).error });
    }
    options.onProgress?.({
      stage: 'counting frames',
      done: described.size,
      total: source.files.length,
      failed,
      unit: 'videos',
      item: file,
    });
  });
  return described;
};

const describeImages = (source: Source): Map<string, Description> =>
  new Map(source.files.map((file) => [file, { ...UNREAD, frameCount: 1 }]));

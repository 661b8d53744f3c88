// Decodes frames, or image files, into pictures as a model takes them: sent as they are, or computed here.
import { Backlog } from '../base/concurrency.ts';
import type { RgbImage } from '../base/rgb-image.ts';
import { centerCrop } from '../image/crop.ts';
import { type FrameMeasures, measureFrame } from '../image/measures.ts';
import { overviewSize, resolveSize } from '../image/size.ts';
import { Embedder } from '../model/embedder.ts';
import { type Network, openNetwork } from '../model/network.ts';
import { send, sendFailure, sendUntilTaken } from './channel.ts';
import type { EngineRequest, ImagesJob, JobResult, PicturesJob } from './job.ts';
import { readRuns } from './read-runs.ts';

export const pictures = async (job: PicturesJob | ImagesJob): Promise<JobResult> => {
  const outlet = job.engine === undefined ? new PixelOutlet() : await EmbeddingOutlet.open(job.engine);
  try {
    const result = await (job.kind === 'images' ? readImages(job, outlet) : readVideo(job, outlet));
    await outlet.finish();
    return result;
  } finally {
    // What is under way belongs to this job, whatever became of it.
    await outlet.settle();
  }
};

/** Where pictures go. Adding one waits while there are too many. */
interface Outlet {
  add(rank: number, image: RgbImage, measures: FrameMeasures | undefined): Promise<void>;
  /** Until everything that was added has gone. */
  finish(): Promise<void>;
  /** Until nothing is under way, whether it went well or not. */
  settle(): Promise<void>;
}

const readVideo = (job: PicturesJob, outlet: Outlet): Promise<JobResult> => {
  const { size, interpolation, crop, isMeasured } = job;
  return readRuns(job, { size, interpolation, withOverview: isMeasured }, ({ rank, image, overview }) =>
    outlet.add(
      rank,
      crop === undefined ? image : centerCrop(image, crop),
      overview === undefined ? undefined : measureFrame(overview),
    ),
  );
};

const readImages = async (job: ImagesJob, outlet: Outlet): Promise<JobResult> => {
  const { decodeRgb, imageSize } = await import('../native/sharp.ts');
  const { size, interpolation, crop, isMeasured } = job;
  for (const [rank, path] of job.paths.entries()) {
    try {
      const shown = await imageSize(path);
      const image = await decodeRgb(path, resolveSize(shown, size), interpolation);
      const measures = isMeasured
        ? measureFrame(await decodeRgb(path, overviewSize(shown), 'area'))
        : undefined;
      await outlet.add(rank, crop === undefined ? image : centerCrop(image, crop), measures);
    } catch (error) {
      sendFailure(rank, error);
    }
  }
  return { type: 'done' };
};

/** Pixels that may be on their way to the main process. */
const MOST_WAITING_BYTES = 12 * 1024 * 1024;

class PixelOutlet implements Outlet {
  readonly #waiting = new Backlog(MOST_WAITING_BYTES);
  readonly #underway = new Set<Promise<void>>();

  async add(rank: number, image: RgbImage, measures: FrameMeasures | undefined): Promise<void> {
    const sizeBytes = image.data.length;
    this.#waiting.add(sizeBytes);
    const taking: Promise<void> = sendUntilTaken({ type: 'pixels', rank, image, measures }).then(() => {
      this.#waiting.remove(sizeBytes);
      this.#underway.delete(taking);
    });
    this.#underway.add(taking);
    await this.#waiting.room();
  }

  async finish(): Promise<void> {
    await Promise.all(this.#underway);
  }

  async settle(): Promise<void> {
    // What was sent has gone.
  }
}

/** The network of the last job, kept for the next one. */
let lastNetwork: { readonly key: string; readonly network: Network } | undefined;

const networkFor = async ({ model, options }: EngineRequest): Promise<Network> => {
  const key = JSON.stringify([model, options]);
  if (lastNetwork?.key === key) return lastNetwork.network;
  await lastNetwork?.network.close();
  lastNetwork = undefined;
  const network = await openNetwork(model, options);
  lastNetwork = { key, network };
  return network;
};

class EmbeddingOutlet implements Outlet {
  readonly #embedder: Embedder<{ readonly rank: number; readonly measures: FrameMeasures | undefined }>;

  private constructor(network: Network, engine: EngineRequest) {
    this.#embedder = new Embedder(network, engine.embedder, ({ rank, measures }, result) => {
      if (!(result instanceof Float32Array)) sendFailure(rank, result);
      else {
        const { batchSize } = this.#embedder;
        // A row is a part of its batch, and a message carries the whole memory of what it holds.
        send({ type: 'embedding', rank, row: result.slice(), measures, batchSize });
      }
    });
  }

  static async open(engine: EngineRequest): Promise<EmbeddingOutlet> {
    return new EmbeddingOutlet(await networkFor(engine), engine);
  }

  add(rank: number, image: RgbImage, measures: FrameMeasures | undefined): Promise<void> {
    return this.#embedder.add({ rank, measures }, image);
  }

  finish(): Promise<void> {
    return this.#embedder.finish();
  }

  settle(): Promise<void> {
    return this.#embedder.settle();
  }
}

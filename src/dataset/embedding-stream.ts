// Chosen frames of a source as embeddings, in no particular order: computed by the workers that decode, or by one
// session here that has the whole device.
import { FramesiftError } from '../base/errors.ts';
import type { FrameMeasures } from '../image/measures.ts';
import { decodeSize } from '../model/description.ts';
import { Embedder, type EmbedderOptions } from '../model/embedder.ts';
import type { Network } from '../model/network.ts';
import { fitsWorkers } from '../model/placement.ts';
import type { ModelFile } from '../model/registry.ts';
import { defaultJobs } from '../worker/pool.ts';
import type { FrameChoice } from './choice.ts';
import {
  type PictureListener,
  type PictureStreamOptions,
  streamPictures,
  type WantedMedia,
} from './picture-stream.ts';
import type { Source } from './source.ts';

/** What computes embeddings. */
export interface Engine {
  readonly model: ModelFile;
  readonly network: Network;
  readonly embedder: EmbedderOptions;
  /** Whether pictures are measured on the way. */
  readonly isMeasured: boolean;
}

export interface EmbeddingListener extends Omit<PictureListener, 'onPicture'> {
  onEmbedding(
    media: WantedMedia,
    frame: number,
    row: Float32Array,
    measures: FrameMeasures | undefined,
  ): void;
}

export interface StreamedEmbeddings {
  /** What was wanted, in order of the source's files. */
  readonly wanted: readonly WantedMedia[];
  /** Pictures that were computed together: what was asked for, unless memory did not suffice. */
  readonly batchSize: number;
}

/**
 * Computes embeddings of chosen frames.
 *
 * @throws ERR_OPTION for a choice that fits no file, ERR_MODEL, the listener's errors, or the signal's reason
 */
export const streamEmbeddings = async (
  source: Source,
  choice: FrameChoice,
  engine: Engine,
  options: PictureStreamOptions,
  listener: EmbeddingListener,
): Promise<StreamedEmbeddings> => {
  const { model, network } = engine;
  const { jobs = defaultJobs() } = options;
  const isSpread = network.device === 'cpu' && (await fitsWorkers(model.path, jobs));
  return (isSpread ? computeInWorkers : computeHere)(source, choice, engine, options, listener);
};

type Compute = typeof streamEmbeddings;

/** Each worker has the network for itself, on one thread: no picture leaves the process that decoded it. */
const computeInWorkers: Compute = async (source, choice, engine, options, listener) => {
  const { model, network, embedder, isMeasured } = engine;
  const { input, output, pooling, device } = network;
  await network.close(); // its weights are with the workers from here on
  let batchSize = network.fixedBatch ?? embedder.batchSize;
  const request = {
    ...decodeSize(input),
    interpolation: input.interpolation,
    isMeasured,
    engine: { model, options: { device, output, pooling, threads: 1 }, embedder },
  };
  const wanted = await streamPictures(source, choice, request, options, {
    ...listener,
    onPicture: (media, frame, event) => {
      if (event.type !== 'embedding') throw new Error(`a worker answered ${event.type}`);
      batchSize = Math.min(batchSize, event.batchSize);
      listener.onEmbedding(media, frame, event.row, event.measures);
    },
  });
  return { wanted, batchSize };
};

interface Place {
  readonly media: WantedMedia;
  readonly frame: number;
  readonly measures: FrameMeasures | undefined;
}

const computeHere: Compute = async (source, choice, engine, options, listener) => {
  const { network, isMeasured } = engine;
  const { interpolation } = network.input;
  const request = { ...decodeSize(network.input), interpolation, isMeasured, engine: undefined };
  const embedder = new Embedder<Place>(network, engine.embedder, ({ media, frame, measures }, result) => {
    if (result instanceof FramesiftError) listener.onFailure({ item: media.nameOf(frame), error: result });
    else listener.onEmbedding(media, frame, result, measures);
  });
  try {
    const wanted = await streamPictures(source, choice, request, options, {
      ...listener,
      onPicture: (media, frame, event) => {
        if (event.type !== 'pixels') throw new Error(`a worker answered ${event.type}`);
        return embedder.add({ media, frame, measures: event.measures }, event.image);
      },
    });
    await embedder.finish();
    return { wanted, batchSize: embedder.batchSize };
  } finally {
    // What is computed just now is kept, too; and nobody closes the network under it.
    await embedder.settle();
  }
};

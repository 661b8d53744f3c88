// Embeds frames, or does only a part of that: `decode` makes the pictures, `compute` takes ready pictures through the
// engine, `bare` runs ONNX Runtime alone on ready batches. Loading is not timed.
// usage: embedding.js embed|decode|compute|bare VIDEO EVERY BATCH FOLDER
import { InferenceSession, Tensor } from 'onnxruntime-node';
import { streamPictures } from '../../dist/dataset/picture-stream.js';
import { openSource } from '../../dist/dataset/source.js';
import { embedFrames } from '../../dist/embed.js';
import { decodeSize } from '../../dist/model/description.js';
import { Embedder } from '../../dist/model/embedder.js';
import { openNetwork } from '../../dist/model/network.js';
import { findModel } from '../../dist/model/registry.js';
import { WorkerPool } from '../../dist/worker/pool.js';

const [mode, video, everyText, batchText, folder] = process.argv.slice(2);
const [every, batchSize] = [Number(everyText), Number(batchText)];
const choice = { kind: 'sample', sampler: { every } };
const cache = `${folder}/cache`;
const model = await findModel('mobilenet-v2');
const { input } = await openNetwork(model, { device: 'cpu' });
const count = 384;

const decode = async () => {
  const pool = new WorkerPool();
  const source = await openSource(video);
  const request = { ...decodeSize(input), interpolation: input.interpolation };
  const { signal } = new AbortController();
  let pictures = 0;
  await streamPictures(source, choice, request, { cache }, pool, signal, {
    select: ({ frames }) => frames,
    onPicture: async () => {
      pictures++;
    },
    onFailure: ({ error }) => {
      throw error;
    },
  });
  pool[Symbol.dispose]();
  return pictures;
};

const embed = async () => {
  const out = `${folder}/embeddings-${process.pid}.csv`;
  const { rows } = await embedFrames({
    input: video,
    out,
    choice,
    batchSize,
    cache,
    device: 'cpu',
    pca: false,
  });
  return rows;
};

const picture = {
  width: input.width,
  height: input.height,
  data: new Uint8Array(3 * input.width * input.height),
};
picture.data.forEach((_, i) => {
  picture.data[i] = (i * 7919) % 256;
});

const prepareCompute = async () => {
  const network = await openNetwork(model, { device: 'cpu' });
  return async () => {
    let rows = 0;
    const embedder = new Embedder(network, { batchSize }, () => rows++);
    for (let i = 0; i < count; i++) await embedder.add(i, picture);
    await embedder.finish();
    return rows;
  };
};

const prepareBare = async () => {
  const session = await InferenceSession.create(model.path, { executionProviders: ['cpu'] });
  const shape = [batchSize, 3, input.height, input.width];
  const data = Float32Array.from(
    { length: shape.reduce((a, b) => a * b) },
    (_, i) => ((i * 7919) % 256) / 255,
  );
  const batch = { [session.inputNames[0]]: new Tensor('float32', data, shape) };
  await session.run(batch);
  return async () => {
    for (let i = 0; i < count / batchSize; i++) await session.run(batch);
    return count;
  };
};

const prepared = { embed: () => embed, decode: () => decode, compute: prepareCompute, bare: prepareBare };
const work = await prepared[mode]();
const started = performance.now();
const pictures = await work();
const seconds = (performance.now() - started) / 1000;
process.stdout.write(`${JSON.stringify({ pictures, seconds })}\n`);
process.exit(0);

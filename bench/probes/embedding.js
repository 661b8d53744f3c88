// Embeds frames, or does only a part of that: `decode` makes the pictures in the workers and has them looked at by a
// network that does next to nothing, `compute` takes ready pictures through the engine, `bare` runs ONNX Runtime alone
// on ready batches; the last two in as many processes as there are processors, on one thread each, as the workers do.
// `session` is ONNX Runtime alone in one process on all threads. Loading is not timed.
// usage: embedding.js embed|decode|compute|bare|session VIDEO EVERY BATCH FOLDER
import { fork } from 'node:child_process';
import { once } from 'node:events';
import { writeFileSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import { fileURLToPath } from 'node:url';
import { InferenceSession, Tensor } from 'onnxruntime-node';
import { embedFrames } from '../../dist/embed.js';
import { Embedder } from '../../dist/model/embedder.js';
import { openNetwork } from '../../dist/model/network.js';
import { findModel } from '../../dist/model/registry.js';
import { GraphBuilder } from '../../dist/onnx/graph.js';

const [mode, video, everyText, batchText, folder] = process.argv.slice(2);
const batchSize = Number(batchText);
const PICTURES = 384;
const PROCESSES = availableParallelism();
const PICTURES_EACH = Math.ceil(PICTURES / PROCESSES);

const embed = async (model) => {
  const { rows } = await embedFrames({
    input: video,
    out: `${folder}/embeddings-${process.pid}.csv`,
    choice: { kind: 'sample', sampler: { every: Number(everyText) } },
    model,
    batchSize,
    cache: `${folder}/cache`,
    device: 'cpu',
    pca: false,
  });
  return rows;
};

/** Takes what the built-in model takes, and answers with the mean of its corner. */
const lazyModel = () => {
  const graph = new GraphBuilder('lazy');
  const pixels = graph.input('image', 'uint8', ['n', 224, 224, 3]);
  const [starts, ends, axes] = [
    [0, 0],
    [1, 1],
    [1, 2],
  ].map((numbers) =>
    graph.constant({ type: 'int64', shape: [2], data: BigInt64Array.from(numbers, BigInt) }),
  );
  const corner = graph.node('Slice', [pixels, starts, ends, axes]);
  const values = graph.node('Cast', [corner], { to: 1 });
  graph.output(graph.node('Flatten', [values]), 'float32', ['n', 3]);
  const path = `${folder}/lazy.onnx`;
  writeFileSync(path, graph.build());
  return path;
};

const builtIn = async (threads) => {
  const model = await findModel('mobilenet-v2');
  return { model, network: await openNetwork(model, { device: 'cpu', threads }) };
};

const prepareCompute = async () => {
  const { network } = await builtIn(1);
  const { width, height } = network.input;
  const data = Uint8Array.from({ length: 3 * width * height }, (_, i) => (i * 7919) % 256);
  return async (count) => {
    const embedder = new Embedder(network, { batchSize }, () => undefined);
    for (let i = 0; i < count; i++) await embedder.add(i, { width, height, data });
    await embedder.finish();
  };
};

const prepareBare = async (threads) => {
  const { model, network } = await builtIn(threads);
  const options = { executionProviders: ['cpu'], ...(threads && { intraOpNumThreads: threads }) };
  const session = await InferenceSession.create(model.path, options);
  const shape = [batchSize, network.input.height, network.input.width, 3];
  const length = shape.reduce((a, b) => a * b);
  const data = Uint8Array.from({ length }, (_, i) => (i * 7919) % 256);
  const batch = { [session.inputNames[0]]: new Tensor('uint8', data, shape) };
  await session.run(batch);
  return async (count) => {
    for (let i = 0; i < count / batchSize; i++) await session.run(batch);
  };
};

/** In several processes at once: each says when it is ready, and all begin together. */
const inProcesses = async (part) => {
  const children = Array.from({ length: PROCESSES }, () =>
    fork(fileURLToPath(import.meta.url), [part, video, everyText, batchText, folder]),
  );
  const ends = Promise.all(children.map(goodEnd));
  await Promise.race([ends, Promise.all(children.map((child) => once(child, 'message')))]);
  return async () => {
    for (const child of children) child.send('go');
    await ends;
    return PROCESSES * PICTURES_EACH;
  };
};

/** A process that fails must not count as a fast one. */
const goodEnd = async (child) => {
  const [code] = await once(child, 'exit');
  if (code !== 0) throw new Error(`a process ended with ${code}`);
};

const serve = async (work) => {
  await work(Math.min(16, PICTURES));
  process.send('ready');
  await once(process, 'message');
  await work(PICTURES_EACH);
  process.exit(0);
};

const prepareSession = async () => {
  const work = await prepareBare(undefined);
  return async () => {
    await work(PICTURES);
    return PICTURES;
  };
};

if (mode === 'one-compute') await serve(await prepareCompute());
if (mode === 'one-bare') await serve(await prepareBare(1));
const prepared = {
  embed: async () => () => embed(undefined),
  decode: async () => {
    const model = lazyModel();
    return () => embed(model);
  },
  compute: () => inProcesses('one-compute'),
  bare: () => inProcesses('one-bare'),
  session: prepareSession,
};
const work = await prepared[mode]();
const started = performance.now();
const pictures = await work();
const seconds = (performance.now() - started) / 1000;
process.stdout.write(`${JSON.stringify({ pictures, seconds })}\n`);
process.exit(0);

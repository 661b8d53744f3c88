// Steps of training, timed: the median of a step, after two that are not counted.
// usage: training.js step BATCH SIDE STEPS THREADS [DEVICE]: on the processor, unless a graphics card is named
//        training.js waiting VIDEO SIDE STEPS: how long steps wait for their views
import { Random } from '../../dist/base/random.js';
import { TrainingSession } from '../../dist/learning/training-session.js';
import { buildTrainingGraph } from '../../dist/training/build-graph.js';
import { trainingSettings } from '../../dist/training/settings.js';

const UNCOUNTED = 2;

const opened = async (settings, options) => {
  const graph = buildTrainingGraph(settings);
  const state = graph.initialState(new Random(1));
  return { graph, session: await TrainingSession.open(graph, state, 0, options) };
};

const median = (values) => values.toSorted((a, b) => a - b)[values.length >> 1];

const step = async (batchSize, inputSize, steps, threads, provider) => {
  const settings = trainingSettings({ batchSize, inputSize }, batchSize);
  const { graph, session } = await opened(settings, { threads, provider });
  const random = new Random(2);
  const length = graph.viewsShape.reduce((product, side) => product * side, 1);
  const views = Uint8Array.from({ length }, () => random.below(256));
  const seconds = [];
  for (let i = 0; i < UNCOUNTED + steps; i++) {
    const started = performance.now();
    await session.step({ views, learningRate: settings.optimizer.learningRate });
    seconds.push((performance.now() - started) / 1000);
  }
  return { seconds: median(seconds.slice(UNCOUNTED)), memoryBytes: process.resourceUsage().maxRSS * 1024 };
};

/** As `train` does it: a small network, whose steps are short, waits soonest. */
const waiting = async (video, inputSize, steps) => {
  const { ViewPool } = await import('../../dist/augment/view-pool.js');
  const { FrameSupply } = await import('../../dist/dataset/frame-supply.js');
  const { indexTrainingFrames } = await import('../../dist/dataset/index-training-frames.js');
  const { planEpochWindows } = await import('../../dist/dataset/picture-sizes.js');
  const { openSource } = await import('../../dist/dataset/source.js');
  const { batchesFrom } = await import('../../dist/training/batches.js');
  const frames = await indexTrainingFrames(await openSource(video, {}), { cache: false });
  const settings = trainingSettings({ backbone: 'resnet-9', width: 0.25, inputSize }, frames.count);
  const supplyOptions = { shortSide: 2 * inputSize, cacheBytes: 2 ** 30, cache: false };
  const windows = planEpochWindows(frames, supplyOptions);
  const { session } = await opened(settings);
  const supply = new FrameSupply(frames, supplyOptions);
  const pool = new ViewPool(settings.views);
  const batches = batchesFrom(0, 0, { settings, windows, supply, pool, onFailure: () => undefined });
  const [waits, computes] = [[], []];
  for (let i = 0; i < steps; i++) {
    const asked = performance.now();
    const { value: batch, done } = await batches.next();
    if (done) break;
    const begun = performance.now();
    await session.step({ views: batch.views, learningRate: 1e-3 });
    // The first batches wait for the first pictures.
    if (i < UNCOUNTED + 2) continue;
    waits.push((begun - asked) / 1000);
    computes.push((performance.now() - begun) / 1000);
  }
  pool.close();
  supply[Symbol.dispose]();
  const sum = (values) => values.reduce((total, value) => total + value, 0);
  return { seconds: sum(waits), computing: sum(computes), steps: waits.length, batch: settings.batchSize };
};

const [mode, ...rest] = process.argv.slice(2);
const answer =
  mode === 'step'
    ? await step(...rest.slice(0, 4).map(Number), rest[4])
    : await waiting(rest[0], Number(rest[1]), Number(rest[2]));
process.stdout.write(`${JSON.stringify(answer)}\n`);
process.exit(0);

// An encoder of one's own: trained on frames without labels, by self-supervision, then used for their embeddings.
// Usage: node samples/train.js [OUTPUT FOLDER] [FOLDER OF VIDEOS]
import { mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { embedFrames, trainEncoder, writeViews } from 'framesift';

const out = process.argv[2] ?? mkdtempSync(join(tmpdir(), 'framesift-'));
const input = process.argv[3] ?? fileURLToPath(new URL('media', import.meta.url));

const options = {
  input,
  choice: { kind: 'sample', sampler: { fps: 5 } },
  // Tiny, and for two rounds only, so that it takes a moment. Leave these out for an encoder that is of use.
  backbone: 'resnet-9',
  width: 0.25,
  inputSize: 32,
  batchSize: 16,
  epochs: 2,
  // What it is to find alike: crops, colours and blur, by default. Left and right are not: numbers cannot be read mirrored.
  views: { hfProb: 0, minScale: 0.3 },
  // A graphics card would hardly notice so small a network.
  device: 'cpu',
  cache: false,
};

// Look at the views first: in each line a frame, and what the network is to find alike.
const views = join(out, 'views.png');
await writeViews({ ...options, file: views });
console.log(`what the network sees: ${views}`);

// Run it again: what is trained already is not trained anew.
const { encoder, frames, steps, resumed, epochs } = await trainEncoder({
  ...options,
  outDir: join(out, 'trained'),
  labels: 'video',
});
for (const { epoch, loss, spread, knnAccuracy } of epochs)
  console.log(
    `epoch ${epoch}: loss ${loss.toFixed(3)}, spread ${spread.toFixed(2)}, ${(100 * knnAccuracy).toFixed(0)} % told by their neighbours`,
  );
console.log(`${frames} frames, ${steps} steps, ${resumed} of them earlier: ${encoder}`);

const { rows, dimensions, table } = await embedFrames({
  input,
  out: join(out, 'embeddings.csv'),
  model: encoder,
  choice: { kind: 'sample', sampler: { fps: 2 } },
  device: 'cpu',
  cache: false,
  force: true,
});
console.log(`${rows} embeddings of ${dimensions} values: ${table}`);

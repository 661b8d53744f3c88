// The built-in model on ready pictures, on the device named or the first that works: the median time of a batch, after
// some that are not counted, and what came out.
// usage: card.js auto|DEVICE BATCH RUNS
import { openNetwork } from '../../dist/model/network.js';
import { findModel } from '../../dist/model/registry.js';

const UNCOUNTED = 3;

const [device, ...numbers] = process.argv.slice(2);
const [batch, runs] = numbers.map(Number);
const network = await openNetwork(await findModel('mobilenet-v2'), { device });
const { width, height } = network.input;
// Waves of some lengths, so that there is something to be seen.
const pictures = Uint8Array.from({ length: batch * height * width * 3 }, (_, i) => {
  const [x, y] = [Math.floor(i / 3) % width, Math.floor(i / 3 / width)];
  return 128 + 127 * Math.sin(x / (3 + (i % 3))) * Math.cos(y / 11);
});
const seconds = [];
let embeddings;
for (let i = 0; i < UNCOUNTED + runs; i++) {
  const started = performance.now();
  embeddings = await network.run(pictures, batch);
  seconds.push((performance.now() - started) / 1000);
}
const counted = seconds.slice(UNCOUNTED).toSorted((a, b) => a - b);
const answer = { device: network.device, seconds: counted[runs >> 1], embeddings: Array.from(embeddings) };
// All of it, through a pipe, before the process ends.
process.stdout.write(`${JSON.stringify(answer)}\n`, () => process.exit(0));

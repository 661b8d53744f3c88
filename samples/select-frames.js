// The frames of a folder that are worth labelling: as unlike each other as possible, and some of every video.
// Usage: node samples/select-frames.js [OUTPUT FOLDER] [FOLDER OF VIDEOS]
import { mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { embedFrames, extractFrames, loadEmbeddings, parseFrameName, select, unitRows } from 'framesift';

const outDir = process.argv[2] ?? mkdtempSync(join(tmpdir(), 'framesift-'));
const input = process.argv[3] ?? fileURLToPath(new URL('media', import.meta.url));
const table = join(outDir, 'candidates.csv');

const candidates = { kind: 'sample', sampler: { every: 5 } };
await embedFrames({ input, out: table, choice: candidates, pca: false, cache: false });
const { embeddings, filenames, labels } = await loadEmbeddings(table, { type: 'float32' });

const { indices, distanceAtPick, coverageRadius } = await select(
  {
    count: filenames.length,
    rows: unitRows(embeddings),
    video: labels,
    frame: filenames.map((name) => parseFrameName(name).index),
  },
  // Strategies multiply: add { type: 'weights', column: 'sharpness' }, say, with a column of that name.
  { strategies: [{ type: 'diversity' }], count: 8, perVideo: { min: 2 } },
);

// Each prefix of the list is a good selection, too: whoever labels may stop anywhere.
const list = indices.map((candidate) => filenames[candidate]);
for (const [rank, name] of list.entries()) {
  const distance = distanceAtPick[rank]?.toFixed(3) ?? 'the first';
  console.log(`${name}: ${distance}`);
}
console.log(`no candidate is further than ${coverageRadius.toFixed(3)} from one of them`);

const { done } = await extractFrames({
  input,
  outDir: join(outDir, 'frames'),
  choice: { kind: 'names', list },
  cache: false,
});
console.log(`${done.length} images in ${join(outDir, 'frames')}`);

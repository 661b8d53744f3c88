// The whole way: from a folder of videos to a folder of images worth labelling, and why each was picked.
// Usage: node samples/run-folder.js [OUTPUT FOLDER] [FOLDER OF VIDEOS]
import { mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { runPipeline } from 'framesift';

const outDir = process.argv[2] ?? mkdtempSync(join(tmpdir(), 'framesift-'));
const input = process.argv[3] ?? fileURLToPath(new URL('media', import.meta.url));

// Run it again with more videos, or a larger number: only what is new is computed, and what was selected stays.
const { frames, images, written, failed } = await runPipeline({
  input,
  outDir,
  nSamples: 12,
  choice: { kind: 'sample', sampler: { fps: 5 } },
  minGapSeconds: 0.3,
  perVideo: { min: 2 },
  cache: false,
});
for (const { filename, distance, reason } of frames)
  console.log(`${filename}: ${reason}${distance === undefined ? '' : ` (${distance.toFixed(3)})`}`);
for (const { item, error } of failed) console.log(`${item}: ${error.message}`);
console.log(`${images.length} images in ${join(outDir, 'frames')}, ${written} of them new`);

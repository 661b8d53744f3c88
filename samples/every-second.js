// About one frame a second of every video in a folder.
// Usage: node samples/every-second.js [OUTPUT FOLDER] [FOLDER OF VIDEOS]
import { mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { extractFrames } from 'framesift';

const outDir = process.argv[2] ?? mkdtempSync(join(tmpdir(), 'framesift-'));
const input = process.argv[3] ?? fileURLToPath(new URL('media', import.meta.url));

const { done, failed } = await extractFrames({
  input,
  outDir,
  // By the average rate of each video. Also: { every: 30 }, { count: 10 }, { keyframes: true }, {} for all,
  // each within `start` and `end`. For frames at given times: { kind: 'times', seconds: [0, 1, 2] }.
  choice: { kind: 'sample', sampler: { fps: 1 } },
  manifest: join(outDir, 'manifest.ndjson'),
  cache: false,
});

for (const { file, seconds } of done) console.log(`${seconds.toFixed(3).padStart(8)} s  ${file}`);
for (const { error } of failed) console.log(error.message);
console.log(`${done.length} frames, ${failed.length} failures, written to ${outDir}`);

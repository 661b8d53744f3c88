// Small pictures of the key frames, the frames that are quickest to get: nothing else is decoded.
// Usage: node samples/keyframes.js [OUTPUT FOLDER] [FOLDER OF VIDEOS]
import { mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { extractFrames } from 'framesift';

const outDir = process.argv[2] ?? mkdtempSync(join(tmpdir(), 'framesift-'));
const input = process.argv[3] ?? fileURLToPath(new URL('media', import.meta.url));

const { done, failed, stats } = await extractFrames({
  input,
  outDir,
  choice: { kind: 'sample', sampler: { keyframes: true } },
  size: { shortSide: 72 },
  format: 'webp',
  quality: 80,
  cache: false,
});

for (const { file, width, height } of done) console.log(`${file}: ${width}x${height}`);
for (const { error } of failed) console.log(error.message);
console.log(`${done.length} key frames for ${stats.framesDecoded} decoded, written to ${outDir}`);

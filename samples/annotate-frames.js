// Selected frames as tasks for Label Studio and as a manifest for CVAT, each with what identifies it.
// Usage: node samples/annotate-frames.js [OUTPUT FOLDER] [FOLDER OF VIDEOS]
import { mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { annotateFrames, runPipeline } from 'framesift';

const outDir = process.argv[2] ?? mkdtempSync(join(tmpdir(), 'framesift-'));
const input = process.argv[3] ?? fileURLToPath(new URL('media', import.meta.url));

const choice = { kind: 'sample', sampler: { fps: 5 } };
const selected = join(outDir, 'selected');
await runPipeline({ input, outDir: selected, nSamples: 6, choice, cache: false });

for (const [to, prefix] of [
  ['label-studio', '/data/local-files/?d=selected/frames/'],
  ['cvat', undefined],
]) {
  const target = join(outDir, to);
  const { frames, files } = await annotateFrames({ from: selected, to, prefix, outDir: target, force: true });
  console.log(`${frames} frames: ${files.join(', ')}`);
}

// Frames as raw RGB for a model: no image files on the way. Writes one array that Python reads in one line.
// Usage: node samples/frames-to-buffers.js [OUTPUT FOLDER]
import { mkdtempSync } from 'node:fs';
import { mkdir, open, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { openDataset, readFrameList } from 'framesift';

const media = fileURLToPath(new URL('media', import.meta.url));
const outDir = process.argv[2] ?? mkdtempSync(join(tmpdir(), 'framesift-'));
const side = 224;

const { entries } = await readFrameList(join(media, 'sampled_filenames.txt'));
const dataset = await openDataset(media, { cache: false });
await mkdir(outDir, { recursive: true });
const array = await open(join(outDir, 'frames.rgb'), 'w');

// In order of the dataset, each video opened once, resized while it is converted to RGB.
const wanted = entries.map(({ name }) => name);
const names = [];
for await (const frame of dataset.frames(wanted, { size: { width: side, height: side } })) {
  if (frame.error !== undefined) throw frame.error;
  // 8 bits a channel, rows tight, top row first: width × height × 3 bytes.
  await array.write(frame.image.data);
  names.push(frame.filename);
}
await array.close();
dataset.close();
await writeFile(join(outDir, 'frames.txt'), `${names.join('\n')}\n`);

console.log(`${names.length} frames of ${side}x${side}x3 bytes, the first ${names[0]}`);
console.log(`np.fromfile('frames.rgb', np.uint8).reshape(${names.length}, ${side}, ${side}, 3)`);
console.log(`written to ${outDir}`);

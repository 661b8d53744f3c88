// The frames named in a list, step by step: read the names, find their numbers, check, save.
// Usage: node samples/extract-named-frames.js [OUTPUT FOLDER]
import { mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { openDataset, readFrameList, saveImage } from 'framesift';

const media = fileURLToPath(new URL('media', import.meta.url));
const outDir = process.argv[2] ?? mkdtempSync(join(tmpdir(), 'framesift-'));

// The names, in the order in which the frames were picked.
const list = await readFrameList(join(media, 'sampled_filenames.txt'));
const names = list.entries.map(({ name }) => name);
console.log(`${names.length} names, the first:\n  ${names.slice(0, 5).join('\n  ')}`);

// The folder as one list of frames: videos by their paths, frames by their numbers.
const dataset = await openDataset(media, { cache: false });
console.log(`${dataset.length} frames in ${dataset.videos.length} videos`);

// From names to places in that list.
const numbers = names.map((name) => dataset.indexOf(name));
console.log(`the first numbers: ${numbers.slice(0, 5).join(', ')}`);

// The frame at the first number has the first name.
const { image, label, filename } = await dataset.at(numbers[0]);
console.log(`same name: ${filename === names[0]} (${image.width}x${image.height}, label ${label})`);

// All of them, as PNG and as JPEG. Each comes with its picture, or with the reason why there is none.
let saved = 0;
for await (const frame of dataset.frames(numbers)) {
  if (frame.error !== undefined) {
    console.log(frame.error.message);
    continue;
  }
  await saveImage(frame.image, join(outDir, 'png', frame.filename));
  const jpeg = frame.filename.replace(/\.png$/, '.jpg');
  await saveImage(frame.image, join(outDir, 'jpg', jpeg), { quality: 90 });
  saved++;
}
dataset.close();
console.log(`${saved} frames saved twice, in ${join(outDir, 'png')} and ${join(outDir, 'jpg')}`);

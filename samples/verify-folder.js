// Which videos of a folder are damaged, and in which frames. One of the clips is damaged here on purpose.
// Usage: node samples/verify-folder.js [OUTPUT FOLDER]
import { mkdtempSync } from 'node:fs';
import { cp, readFile, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describeVideos, openVideo } from 'framesift';

const media = fileURLToPath(new URL('media', import.meta.url));
const outDir = process.argv[2] ?? mkdtempSync(join(tmpdir(), 'framesift-'));

const videos = join(outDir, 'videos');
await cp(media, videos, { recursive: true });
const phone = join(videos, 'phone.mp4');
const bytes = await readFile(phone);
bytes.fill(0, 24_000, 24_060);
await writeFile(phone, bytes);

for await (const { path, report, error } of describeVideos({
  inputs: [videos],
  verify: true,
  cache: false,
})) {
  if (error !== undefined) console.log(`${path}: ${error.code}: ${error.message}`);
  else {
    const { codec, frameCount, damagedFrames = [] } = report;
    const finding = damagedFrames.length === 0 ? 'sound' : `damaged: ${damagedFrames.join(', ')}`;
    console.log(`${path}: ${codec}, ${frameCount} frames, ${finding}`);
  }
}

// A damaged frame is an error, never a neighbour; the frames around it are as exact as before.
const video = await openVideo(phone, { cache: false });
let sound = 0;
for await (const frame of video.frames()) {
  if (frame.error === undefined) sound++;
}
video.close();
console.log(`${sound} of ${video.frameCount} frames of phone.mp4 can be had`);

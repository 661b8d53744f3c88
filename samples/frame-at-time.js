// What is on screen at a given time, also where the frame rate varies.
// Usage: node samples/frame-at-time.js [OUTPUT FOLDER] [VIDEO] [SECONDS]
import { mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { openVideo, parseTimes, saveImage } from 'framesift';

const outDir = process.argv[2] ?? mkdtempSync(join(tmpdir(), 'framesift-'));
const path = process.argv[3] ?? fileURLToPath(new URL('media/phone.mp4', import.meta.url));
const times = parseTimes(process.argv[4] ?? '0,1.5,00:03');

const video = await openVideo(path, { cache: false });
const { durationSeconds, averageFps, isVariableRate } = video.timing;
const rate = `${averageFps.toFixed(2)} frames a second${isVariableRate ? ' on average' : ''}`;
console.log(`${video.frameCount} frames, ${durationSeconds.toFixed(3)} s, ${rate}`);

for (const time of times) {
  const { index, seconds, image } = await video.frameAtTime(time);
  console.log(`at ${time} s: frame ${index}, on screen since ${seconds.toFixed(3)} s`);
  await saveImage(image, join(outDir, `frame-${index}.png`));
}
video.close();
console.log(`written to ${outDir}`);

// Times the opening of one video, in a process that has loaded framesift and opened nothing yet.
// usage: open-video.js VIDEO [CACHE]
import { openVideo } from '../../dist/index.js';

const [video, cache] = process.argv.slice(2);
const started = performance.now();
const opened = await openVideo(video, { cache: cache ?? false });
const milliseconds = performance.now() - started;
process.stdout.write(`${JSON.stringify({ milliseconds, frames: opened.frameCount })}\n`);
opened.close();

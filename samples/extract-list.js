// The same in one call, over as many processes as the machine has processors; one of the names is wrong.
// Usage: node samples/extract-list.js [OUTPUT FOLDER]
import { mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { extractFrames, readFrameList } from 'framesift';

const media = fileURLToPath(new URL('media', import.meta.url));
const outDir = process.argv[2] ?? mkdtempSync(join(tmpdir(), 'framesift-'));

const list = await readFrameList(join(media, 'sampled_filenames.txt'));
const wrong = { name: 'streat-047-mkv.png', line: list.entries.length + 1 };

const outcome = await extractFrames({
  input: media,
  outDir,
  choice: { kind: 'names', list: { ...list, entries: [...list.entries, wrong] } },
  format: 'jpg',
  quality: 90,
  cache: false,
});

// A frame that cannot be had does not end the run: it stands in the outcome, with a code and a sentence.
for (const { file, frame, seconds, width, height } of outcome.done) {
  console.log(`${file}: frame ${frame}, at ${seconds.toFixed(3)} s, ${width}x${height}`);
}
for (const { item, error } of outcome.failed) console.log(`${item}: ${error.code}\n  ${error.message}`);

const { framesDecoded, framesSkipped } = outcome.stats;
console.log(
  `${outcome.done.length} done (${outcome.resumed} of them earlier), ${outcome.failed.length} failed`,
);
console.log(`${framesDecoded} frames decoded for them, ${framesSkipped} passed over`);
console.log(`written to ${outDir}`);

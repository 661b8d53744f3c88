// What framesift does, on three tiny clips in which every frame shows its own number. Also: npm run demo
// Usage: node samples/demo.js [OUTPUT FOLDER]
import { spawnSync } from 'node:child_process';
import { join, relative, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { openDataset, readFrameList } from 'framesift';
import { shownNumber } from './shown-number.js';

const root = fileURLToPath(new URL('..', import.meta.url));
const outDir = resolve(process.argv[2] ?? join(root, '.tmp', 'demo'));
const media = join(root, 'samples', 'media');
const list = join(media, 'sampled_filenames.txt');
const namesIn = async (path) => (await readFrameList(path)).entries.map(({ name }) => name);
const names = await namesIn(list);
// Frame indexes go where the rest goes; without this, into your user's cache folder.
process.env.FRAMESIFT_CACHE = join(outDir, 'cache');

/** Shows a command, runs it, and shows what it says. */
const framesift = (...args) => {
  const line = ['bin/framesift.js', ...args.map((arg) => (arg.startsWith(root) ? relative(root, arg) : arg))];
  console.log(`\n$ framesift ${line.slice(1).join(' ')}`);
  const { status, stdout, stderr } = spawnSync(process.execPath, line, { cwd: root });
  console.log(`${stdout}${stderr}`.trimEnd());
  if (status !== 0) process.exit(1);
};

/** Compares the number that each image file shows with the one in its name. Returns how many are the same. */
const compare = async (folder, files) => {
  const images = await openDataset(folder);
  let right = 0;
  for (const file of files) {
    const { image } = await images.at(images.indexOf(file));
    const shown = shownNumber(image);
    if (shown === Number(/-(\d+)-\w+\.\w+$/.exec(file)?.[1])) right++;
    console.log(`  ${file.padEnd(28)} ${image.width}x${image.height}  shows number ${shown}`);
  }
  return right;
};

console.log('Three clips: a variable frame rate, open GOPs, and a folder with a difficult name.');
framesift('info', media);
console.log('\nThe frames that a list names, by one command, and what these files show:');
framesift('extract', media, '--filenames', list, '--out', join(outDir, 'frames'), '--force');
let right = await compare(join(outDir, 'frames'), names);
console.log('\nThe same from a program, as JPEG, 128 pixels wide:');
const small = join(outDir, 'small');
const options = { format: 'jpg', size: { width: 128 }, force: true };
const { done } = await (await openDataset(media)).dump(small, names, options);
const files = done.map(({ file }) => file);
right += await compare(small, files);
console.log('\nThe whole way, by one command: embed a sample, select what is worth labelling, extract that:');
const selected = join(outDir, 'selected');
framesift('run', media, '-n', '9', '--fps', '5', '--out', selected);
const picked = await namesIn(join(selected, 'sampled_filenames.txt'));
right += await compare(join(selected, 'frames'), picked);
framesift('check', join(selected, 'embeddings.csv'), join(selected, 'embeddings_pca.csv'));
const all = 2 * names.length + picked.length;
console.log(`\n${right} of ${all} pictures show the number that their name says. They are in ${outDir}`);
console.log(`The selected frames are in ${join(selected, 'frames')}`);
process.exitCode = right === all ? 0 : 1;

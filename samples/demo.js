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
const names = (await readFrameList(list)).entries.map(({ name }) => name);
// Frame indexes go where the rest goes; without this, into your user's cache folder.
process.env.FRAMESIFT_CACHE = join(outDir, 'cache');

/** Shows a command, runs it, and shows what it says. */
const framesift = (...args) => {
  const short = args.map((arg) => (arg.startsWith(root) ? relative(root, arg) : arg));
  console.log(`\n$ framesift ${short.join(' ')}`);
  const cli = join(root, 'bin', 'framesift.js');
  const { status, stdout, stderr } = spawnSync(process.execPath, [cli, ...short], { cwd: root });
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
const rightPng = await compare(join(outDir, 'frames'), names);

console.log('\nThe same from a program, as JPEG, 128 pixels wide:');
const small = join(outDir, 'small');
const options = { format: 'jpg', size: { width: 128 }, force: true };
const { done } = await (await openDataset(media)).dump(small, names, options);
const files = done.map(({ file }) => file);
const right = rightPng + (await compare(small, files));

console.log('\nEmbeddings of every tenth frame, as tables that Lightly reads:');
framesift('embed', media, '--every', '10', '--out', join(outDir, 'embeddings.csv'), '--force');
framesift('check', join(outDir, 'embeddings.csv'), join(outDir, 'embeddings_pca.csv'));

const all = 2 * names.length;
console.log(`\n${right} of ${all} pictures show the number that their name says. They are in ${outDir}`);
process.exitCode = right === all ? 0 : 1;

// Makes the pictures of docs/learning.md: draws simple scenes, and has `framesift train --show-views` make views of them.
// Run it after a build: npx tsx scripts/make-view-pictures.ts. Letters are drawn with the fonts that the machine has.
import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import sharp from 'sharp';
import { SCENES, type SceneName } from './view-scenes.ts';

const root = fileURLToPath(new URL('..', import.meta.url));
const images = join(root, 'docs', 'images');

interface ViewPicture {
  readonly name: string;
  /** A line of the picture each. */
  readonly scenes: readonly SceneName[];
  /** Of `framesift train`, as the document has them. */
  readonly options: string;
}

const PICTURES: readonly ViewPicture[] = [
  { name: 'views-default', scenes: ['street', 'trafficLight', 'stopSign'], options: '' },
  {
    name: 'views-shape',
    scenes: ['street', 'trees'],
    options: '--cj-prob 0 --random-gray-scale 0 --gaussian-blur 0',
  },
  {
    name: 'views-above',
    scenes: ['field', 'harbour'],
    options: '--vf-prob 0.5 --rr-prob 0.5 --min-scale 0.3 --cj-strength 0.3 --random-gray-scale 0',
  },
  {
    name: 'views-texture',
    scenes: ['trees', 'cats'],
    options: '--gaussian-blur 1 --sigmas 0.1,4 --min-scale 0.5 --cj-prob 0 --random-gray-scale 0',
  },
  {
    name: 'views-colour',
    scenes: ['street', 'trees'],
    options: '--min-scale 0.5 --hf-prob 0 --gaussian-blur 0',
  },
  {
    name: 'views-keep-colour',
    scenes: ['cats', 'trafficLight'],
    options: '--cj-bright 0.4 --cj-contrast 0.4 --cj-sat 0 --cj-hue 0 --random-gray-scale 0 --min-scale 0.4',
  },
  {
    name: 'views-signs',
    scenes: ['stopSign', 'departures'],
    options: '--hf-prob 0 --min-scale 0.4 --gaussian-blur 0.2 --cj-hue 0 --random-gray-scale 0',
  },
  {
    name: 'views-fixed-camera',
    scenes: ['gateEmpty', 'gateVan', 'gateEvening'],
    options: '--min-scale 0.5 --hf-prob 0 --cj-bright 0.8 --cj-sat 0.4 --cj-hue 0.05',
  },
];

const folder = mkdtempSync(join(tmpdir(), 'framesift-scenes-'));
mkdirSync(images, { recursive: true });
try {
  for (const { name, scenes, options } of PICTURES) {
    const input = join(folder, name);
    mkdirSync(input);
    for (const [line, scene] of scenes.entries())
      await sharp(Buffer.from(SCENES[scene]))
        .png()
        .toFile(join(input, `${line}-${scene}.png`));
    const sheet = join(folder, `${name}.png`);
    const given = ['--input-size', '128', ...options.split(' ').filter((word) => word !== '')];
    const command = [join(root, 'bin', 'framesift.js'), 'train', input, '--show-views', sheet, ...given];
    execFileSync(process.execPath, [...command, '--quiet'], { stdio: ['ignore', 'ignore', 'inherit'] });
    const file = join(images, `${name}.webp`);
    // Lossy, so that a page with all of them loads fast.
    await sharp(sheet).webp({ quality: 80, effort: 6 }).toFile(file);
    process.stdout.write(`${file}: ${(statSync(file).size / 1000).toFixed(0)} kB\n`);
  }
} finally {
  rmSync(folder, { recursive: true });
}

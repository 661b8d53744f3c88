/** Pictures of a few textures in random colours, so that no class is told by its colours: a data set to learn from. */
import { mkdirSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import sharp from 'sharp';
import { Random } from '../../src/base/random.ts';
import type { RgbImage } from '../../src/base/rgb-image.ts';

/** Width and height. */
export const TEXTURE_SIDE = 48;

/** Numbers between two bounds. */
type Draw = (least: number, most: number) => number;

/** 1 where the foreground is, 0 elsewhere. */
type Pattern = (x: number, y: number) => number;

const stripe = (at: number): number => (at - Math.floor(at) < 0.5 ? 1 : 0);

/** Each draws a pattern of its own size and place. */
const PATTERNS: Readonly<Record<string, (draw: Draw) => Pattern>> = {
  checkers: (draw) => {
    const [size, left, top] = [draw(9, 14), draw(0, 1), draw(0, 1)];
    return (x, y) => stripe(x / size + left) ^ stripe(y / size + top);
  },
  diagonal: (draw) => {
    const [size, phase] = [draw(9, 13), draw(0, 1)];
    return (x, y) => stripe((x + y) / size + phase);
  },
  dots: (draw) => {
    const [size, left, top] = [draw(9, 13), draw(0, 1), draw(0, 1)];
    return (x, y) => (Math.hypot(((x / size + left) % 1) - 0.5, ((y / size + top) % 1) - 0.5) < 0.3 ? 1 : 0);
  },
  grid: (draw) => {
    const [size, left, top] = [draw(9, 13), draw(0, 1), draw(0, 1)];
    return (x, y) => ((x / size + left) % 1 < 0.25 || (y / size + top) % 1 < 0.25 ? 1 : 0);
  },
  horizontal: (draw) => {
    const [size, phase] = [draw(7, 11), draw(0, 1)];
    return (_x, y) => stripe(y / size + phase);
  },
  rings: (draw) => {
    const [size, phase, left, top] = [draw(7, 11), draw(0, 1), draw(16, 32), draw(16, 32)];
    return (x, y) => stripe(Math.hypot(x - left, y - top) / size + phase);
  },
  vertical: (draw) => {
    const [size, phase] = [draw(7, 11), draw(0, 1)];
    return (x) => stripe(x / size + phase);
  },
  zigzag: (draw) => {
    const [size, width, phase] = [draw(8, 12), draw(9, 13), draw(0, 1)];
    return (x, y) => stripe((y + Math.abs(((x / width) % 1) - 0.5) * width) / size + phase);
  },
};

export const TEXTURES = Object.keys(PATTERNS);

/** A pattern in two colours that are not much alike, with noise. */
const texture = (make: (draw: Draw) => Pattern, draw: Draw): RgbImage => {
  const pattern = make(draw);
  const colour = (): number[] => [draw(0, 255), draw(0, 255), draw(0, 255)];
  let [front, back] = [colour(), colour()];
  while (front.reduce((sum, value, i) => sum + Math.abs(value - back[i]!), 0) < 200)
    [front, back] = [colour(), colour()];
  const data = new Uint8Array(TEXTURE_SIDE * TEXTURE_SIDE * 3);
  for (let place = 0; place < TEXTURE_SIDE * TEXTURE_SIDE; place++) {
    const [x, y] = [place % TEXTURE_SIDE, Math.floor(place / TEXTURE_SIDE)];
    let covered = 0;
    for (const dx of [0.25, 0.75]) for (const dy of [0.25, 0.75]) covered += pattern(x + dx, y + dy) / 4;
    for (let c = 0; c < 3; c++) {
      const value = front[c]! * covered + back[c]! * (1 - covered) + draw(-12, 12);
      data[3 * place + c] = Math.max(0, Math.min(255, Math.round(value)));
    }
  }
  return { width: TEXTURE_SIDE, height: TEXTURE_SIDE, data };
};

/** `<texture>/0000.png` and on, so many of each; every other one is blurred. The same seed gives the same pixels. */
export const writeTextures = async (root: string, each: number, seed = 5): Promise<void> => {
  const random = new Random(seed);
  const draw: Draw = (least, most) => least + (most - least) * random.uniform();
  for (const [name, make] of Object.entries(PATTERNS))
    for (let number = 0; number < each; number++) {
      const image = texture(make, draw);
      const sigma = number % 2 === 0 ? undefined : draw(0.3, 1.2);
      await writePicture(join(root, name, `${String(number).padStart(4, '0')}.png`), image, sigma);
    }
};

/** As PNG; makes the folder. @param sigma of a blur */
export const writePicture = async (path: string, image: RgbImage, sigma?: number): Promise<string> => {
  const { width, height, data } = image;
  const picture = sharp(data, { raw: { width, height, channels: 3 } });
  mkdirSync(dirname(path), { recursive: true });
  writeFileSync(path, await (sigma === undefined ? picture : picture.blur(sigma)).png().toBuffer());
  return path;
};

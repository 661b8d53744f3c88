// Made-up footage, in whole numbers only, so that it is the same on every machine and in every language.
import { Random } from '../../src/base/random.ts';
import type { RgbImage } from '../../src/base/rgb-image.ts';
import { type FrameFeatures, frameFeatures } from '../../src/signals/frame-features.ts';
import type { ShotDetector } from '../../src/signals/shot-detector.ts';

export type Colour = readonly [red: number, green: number, blue: number];

const [WIDTH, HEIGHT] = [64, 36];

/** A picture with `at(x, y)` at each place. */
export const pictureOf = (width: number, height: number, at: (x: number, y: number) => Colour): RgbImage => {
  const data = new Uint8Array(width * height * 3);
  for (let i = 0; i < width * height; i++) data.set(at(i % width, Math.floor(i / width)), 3 * i);
  return { width, height, data };
};

export const plainPicture = (colour: Colour): RgbImage => pictureOf(WIDTH, HEIGHT, () => colour);

/** A view of a place with colours and details of its own. The camera has moved `pan` pixels to the right. */
export const sceneOf = (seed: number, width = WIDTH, height = HEIGHT): ((pan: number) => RgbImage) => {
  const random = new Random(seed);
  const base = [0, 1, 2].map(() => 20 + random.below(100));
  const [across, down] = [1 + random.below(6), 1 + random.below(6)];
  const texture = Uint8Array.from({ length: 4096 }, () => random.below(40));
  return (pan) =>
    pictureOf(width, height, (x, y) => {
      const place = x + pan;
      const detail = texture[(((place >> 1) & 63) << 6) | ((y >> 1) & 63)]!;
      const channel = (c: number): number =>
        base[c]! + triangle(across * place + down * y + 20 * c, 90) + detail;
      return [channel(0), channel(1), channel(2)];
    });
};

/** Goes up from 0 to `top` and down again as `at` grows. */
const triangle = (at: number, top: number): number => {
  const place = ((at % (2 * top)) + 2 * top) % (2 * top);
  return place < top ? place : 2 * top - place;
};

/** Every value times `share / of`, rounded down. */
export const dimmed = ({ width, height, data }: RgbImage, share: number, of: number): RgbImage => ({
  width,
  height,
  data: data.map((value) => Math.floor((value * share) / of)),
});

/** Scenes of 1 to 60 frames, some of which move fast, fade in and out, or flash. */
export const randomFootage = (seed: number, frameCount: number): RgbImage[] => {
  const random = new Random(seed);
  const frames: RgbImage[] = [];
  while (frames.length < frameCount) {
    const length = 1 + random.below(1 + random.below(60));
    const scene = sceneOf(random.uint32());
    const speed = random.below(4) === 0 ? random.below(20) : random.below(3);
    const [fades, flash] = [random.below(3) === 0, random.below(5) === 0 ? random.below(length) : -1];
    for (let i = 0; i < length; i++) {
      const view = i === flash ? plainPicture([250, 250, 250]) : scene(i * speed);
      frames.push(fades ? dimmed(view, Math.min(i, length - 1 - i, 8), 8) : view);
    }
  }
  return frames.slice(0, frameCount);
};

/** The cuts that a detector finds in frames of 1/25 second each. */
export const cutsOf = (detector: ShotDetector, features: readonly FrameFeatures[], first = 0): number[] =>
  features.flatMap((each, i) => detector.next({ index: first + i, seconds: (first + i) / 25 }, each));

export const featuresOf = (frames: readonly RgbImage[]): FrameFeatures[] => frames.map(frameFeatures);

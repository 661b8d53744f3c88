/** Pictures with what makes real footage dear to encode and decode: fine detail, motion, sensor noise. Seeded. */
import { type Random, seededRandom } from './random.ts';

export interface Scene {
  /** Planar 4:2:0 of one frame. The buffer is reused by the next call. */
  draw(number: number): Buffer;
}

const MARGIN = 512;
const NOISE_VALUES = 1 << 20;
const SPRITES = 14;

interface Sprite {
  readonly size: number;
  readonly texture: Uint8Array;
  readonly speedX: number;
  readonly speedY: number;
  readonly phase: number;
}

/** A textured ground under a moving camera, things that cross it at their own speeds, and noise on top. */
export const makeScene = (width: number, height: number): Scene => {
  const random = seededRandom(20);
  const ground = texture(width + MARGIN, height + MARGIN, [48, 26, 14, 8], random);
  const chroma = [0, 1].map(() => texture(width / 2 + MARGIN, height / 2 + MARGIN, [30, 12], random));
  const noise = Int8Array.from({ length: NOISE_VALUES }, () => (random() + random() + random() - 1.5) * 4);
  const sprites = Array.from({ length: SPRITES }, (): Sprite => {
    const size = 48 + Math.floor(random() * 160);
    return {
      size,
      texture: texture(size, size, [60, 40, 16], random),
      speedX: random() * 9 - 4.5,
      speedY: random() * 5 - 2.5,
      phase: random() * 10_000,
    };
  });
  const frame = Buffer.alloc((width * height * 3) / 2);
  const draw = (number: number): Buffer => {
    const offset = (scale: number, rate: number): number =>
      Math.round((MARGIN / 2 - 2) * (1 + Math.sin(number / rate)) * scale) & ~1;
    const [left, top] = [offset(1, 90), offset(1, 131)];
    copyPlane(frame, 0, width, height, ground, width + MARGIN, left, top);
    for (const sprite of sprites) stamp(frame, width, height, sprite, number);
    for (let y = 0; y < height; y++)
      addNoise(frame, y * width, width, noise, Math.floor(random() * (NOISE_VALUES - width)));
    for (const [plane, from] of chroma.entries()) {
      const at = width * height + (plane * width * height) / 4;
      copyPlane(frame, at, width / 2, height / 2, from, width / 2 + MARGIN, left / 2, top / 2);
    }
    return frame;
  };
  return { draw };
};

/** Smooth noise at scales of 128, 32, 8 and 2 pixels with these amplitudes, around 128. */
const texture = (
  width: number,
  height: number,
  amplitudes: readonly number[],
  random: Random,
): Uint8Array => {
  const sum = new Float32Array(width * height).fill(128);
  amplitudes.forEach((amplitude, octave) => {
    addOctave(sum, width, height, 128 >> (2 * octave), amplitude, random);
  });
  return Uint8Array.from(sum, (value) => Math.min(228, Math.max(24, value)));
};

const addOctave = (
  sum: Float32Array,
  width: number,
  height: number,
  cell: number,
  amplitude: number,
  random: Random,
): void => {
  const columns = Math.ceil(width / cell) + 2;
  const lattice = Float32Array.from(
    { length: columns * (Math.ceil(height / cell) + 2) },
    () => random() * 2 - 1,
  );
  for (let y = 0; y < height; y++) {
    const row = Math.floor(y / cell) * columns;
    const down = (y % cell) / cell;
    for (let x = 0; x < width; x++) {
      const at = row + Math.floor(x / cell);
      const right = (x % cell) / cell;
      const upper = lattice[at]! * (1 - right) + lattice[at + 1]! * right;
      const lower = lattice[at + columns]! * (1 - right) + lattice[at + columns + 1]! * right;
      sum[y * width + x]! += amplitude * (upper * (1 - down) + lower * down);
    }
  }
};

const copyPlane = (
  frame: Buffer,
  at: number,
  width: number,
  height: number,
  from: Uint8Array,
  stride: number,
  left: number,
  top: number,
): void => {
  for (let y = 0; y < height; y++) {
    const start = (top + y) * stride + left;
    frame.set(from.subarray(start, start + width), at + y * width);
  }
};

const stamp = (frame: Buffer, width: number, height: number, sprite: Sprite, number: number): void => {
  const place = (speed: number, room: number): number => {
    const travelled = Math.floor(sprite.phase + speed * number) % room;
    return travelled < 0 ? travelled + room : travelled;
  };
  const left = place(sprite.speedX, width - sprite.size);
  const top = place(sprite.speedY, height - sprite.size);
  copyRows(frame, (top * width + left) | 0, width, sprite);
};

const copyRows = (frame: Buffer, at: number, stride: number, { size, texture }: Sprite): void => {
  for (let y = 0; y < size; y++) frame.set(texture.subarray(y * size, (y + 1) * size), at + y * stride);
};

const addNoise = (frame: Buffer, at: number, count: number, noise: Int8Array, from: number): void => {
  for (let i = 0; i < count; i++) frame[at + i] = frame[at + i]! + noise[from + i]!;
};

/** Videos with planted frames that are not worth a look, drawn in luma. */
import { Random } from '../../src/base/random.ts';
import { type LumaPlane, lumaOf } from '../../src/image/luma.ts';
import { encodeVideo } from './encode.ts';
import { sceneOf } from './footage.ts';
import { mux } from './mux.ts';
import { planeOf } from './planes.ts';

const [WIDTH, HEIGHT] = [128, 72];

/** A frame in luma of full range, and what its colours lean to. */
export interface Drawing {
  readonly luma: LumaPlane;
  readonly blue?: number;
  readonly red?: number;
}

/** 25 frames a second. */
export const writeDrawings = (path: string, drawings: readonly Drawing[]): string => {
  const video = encodeVideo({
    codec: 'libx264',
    options: { preset: 'veryfast', crf: 12, g: 250, bf: 2 },
    rate: { num: 25, den: 1 },
    width: WIDTH,
    height: HEIGHT,
    frames: [...drawings.keys()],
    paint: (frame, number) => {
      const { luma, blue = 128, red = 128 } = drawings[number]!;
      const [y, u, v] = frame.data!;
      for (let row = 0; row < HEIGHT; row++)
        for (let x = 0; x < WIDTH; x++)
          y![row * frame.linesize[0]! + x] = 16 + Math.round((luma.data[row * WIDTH + x]! * 219) / 255);
      u!.fill(blue);
      v!.fill(red);
    },
  });
  mux({ path, container: 'mp4', streams: [video] });
  return path;
};

export const scene = (seed: number, pan = 0): LumaPlane => lumaOf(sceneOf(seed, WIDTH, HEIGHT)(pan));
export const changed = (plane: LumaPlane, to: (luma: number, place: number) => number): LumaPlane => ({
  ...plane,
  data: plane.data.map(to),
});

/** How many frames the planted ones stand among, and where a picture begins to stand still. */
export const PLANTED_FRAMES = 160;
const frozenAt = 100;

/** Coarse blocks and a fine texture, other ones for each seed. */
const unlike = (seed: number): LumaPlane => {
  const random = new Random(seed);
  const blocks = Array.from({ length: 8 * 6 }, () => random.below(200));
  const texture = Array.from({ length: 997 }, () => random.below(55));
  return planeOf(
    WIDTH,
    HEIGHT,
    (x, y) => blocks[(x >> 4) + 8 * Math.floor(y / 12)]! + texture[((x >> 1) + 131 * (y >> 1)) % 997]!,
  );
};

/** Every frame another scene, but for the planted ones. */
export const plantedDrawing = (frame: number): Drawing => {
  const sharp = unlike(frame);
  if (frame === 7) return { luma: changed(sharp, (luma) => luma >> 5) };
  if (frame === 15) return { luma: changed(sharp, (luma) => 15 + luma / 5) };
  if (frame === 23) return { luma: changed(sharp, (luma) => 246 + luma / 28) };
  if (frame === 31) return { luma: planeOf(WIDTH, HEIGHT, (x) => (x < 32 ? 60 : 140)) };
  if (frame === 39) return { luma: changed(sharp, (luma, place) => (place < WIDTH * 45 ? luma : 128)) };
  if (frame === 47) {
    return {
      luma: planeOf(WIDTH, HEIGHT, (x, y) => Math.round(128 + 60 * Math.sin(x / 13) + 60 * Math.cos(y / 9))),
    };
  }
  if (frame === 55) return { luma: changed(unlike(3), (luma) => Math.min(255, luma + 6)) };
  if (frame >= frozenAt && frame < frozenAt + 55) return { luma: unlike(frozenAt) };
  return { luma: sharp };
};

/** The planted frames, each with the reason to leave it out. */
export const PLANTED: readonly (readonly [frame: number, reason: string])[] = [
  [7, 'black'],
  [15, 'dark'],
  [23, 'light'],
  [31, 'low information'],
  [39, 'corrupt'],
  [47, 'blurred'],
  [55, 'near duplicate'],
  ...Array.from({ length: 54 }, (_, i) => [frozenAt + 1 + i, 'frozen'] as const),
];

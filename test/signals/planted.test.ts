// Videos with planted cuts and planted frames that are not worth a look: encoded, decoded, measured, found.
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { Random } from '../../src/base/random.ts';
import type { LumaPlane } from '../../src/image/luma.ts';
import { lumaOf } from '../../src/image/luma.ts';
import { type FrameMeasures, measureFrame } from '../../src/image/measures.ts';
import { frameFeatures } from '../../src/signals/frame-features.ts';
import { filterFrames, type MeasuredFrame } from '../../src/signals/frame-filter.ts';
import { frozen, stillSeconds } from '../../src/signals/frozen.ts';
import { black, blurred, corrupt, dark, light, lowInformation } from '../../src/signals/limit-filters.ts';
import { nearDuplicates } from '../../src/signals/near-duplicates.ts';
import { createShotDetector, type ShotDetectorName, shotsBetween } from '../../src/signals/shots.ts';
import { openVideo } from '../../src/video/video.ts';
import { encodeVideo } from '../support/encode.ts';
import { sceneOf } from '../support/footage.ts';
import { mux } from '../support/mux.ts';
import { planeOf } from '../support/planes.ts';

const [WIDTH, HEIGHT] = [128, 72];
const folder = mkdtempSync(join(tmpdir(), 'framesift-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

/** A frame in luma of full range, and what its colours lean to. */
interface Drawing {
  readonly luma: LumaPlane;
  readonly blue?: number;
  readonly red?: number;
}

const writeVideo = (name: string, drawings: readonly Drawing[]): string => {
  const path = join(folder, name);
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

const scene = (seed: number, pan = 0): LumaPlane => lumaOf(sceneOf(seed, WIDTH, HEIGHT)(pan));
const changed = (plane: LumaPlane, to: (luma: number, place: number) => number): LumaPlane => ({
  ...plane,
  data: plane.data.map(to),
});

describe('planted cuts', () => {
  const cutsIn = async (path: string, names: readonly ShotDetectorName[]) => {
    using video = await openVideo(path, { cache: false });
    const detectors = names.map((name) => ({
      name,
      detector: createShotDetector(name),
      cuts: [] as number[],
    }));
    for await (const frame of video.frames()) {
      const features = frameFeatures(frame.image!);
      for (const { detector, cuts } of detectors) cuts.push(...detector.next(frame, features));
    }
    return Object.fromEntries(
      detectors.map(({ name, cuts }) => [name, shotsBetween(cuts, 0, video.frameCount)]),
    );
  };

  it('of hard cuts between scenes in motion are found by every detector of cuts', async () => {
    const tints = [
      [90, 150],
      [160, 110],
      [120, 90],
      [150, 160],
    ] as const;
    const levels = [0, 90, 20, 120];
    const [lengths, seeds] = [
      [40, 35, 45, 30],
      [50, 51, 54, 53],
    ];
    const drawings = lengths.flatMap((length, i) =>
      Array.from({ length }, (_, frame) => ({
        luma: changed(scene(seeds[i]!, frame), (luma) => levels[i]! + luma / 2),
        blue: tints[i]![0],
        red: tints[i]![1],
      })),
    );
    const shots = shotsBetween([40, 75, 120], 0, 150);
    expect(
      await cutsIn(writeVideo('cuts.mp4', drawings), ['content', 'adaptive', 'hash', 'histogram', 'fade']),
    ).toEqual({
      content: shots,
      adaptive: shots,
      hash: shots,
      histogram: shots,
      fade: shotsBetween([], 0, 150),
    });
  });

  it('in fades are found by the fade detector, in the middle of what is black', async () => {
    const [first, second] = [scene(60), scene(61)];
    const faded = (plane: LumaPlane, share: number): Drawing => ({
      luma: changed(plane, (luma) => luma * share),
    });
    const drawings = [
      ...new Array(30).fill({ luma: first }),
      ...Array.from({ length: 10 }, (_, i) => faded(first, 0.9 - i / 10)),
      ...new Array(5).fill(faded(first, 0)),
      ...Array.from({ length: 10 }, (_, i) => faded(second, i / 10)),
      ...new Array(30).fill({ luma: second }),
    ];
    const { fade } = await cutsIn(writeVideo('fades.mp4', drawings), ['fade']);
    const blackFrames = drawings.flatMap(({ luma }, i) =>
      (luma as LumaPlane).data.reduce((sum, each) => sum + each, 0) / luma.data.length < 12 ? [i] : [],
    );
    const [start, end] = [blackFrames[0]!, blackFrames.at(-1)! + 1];
    expect(blackFrames).toHaveLength(end - start);
    expect(fade).toEqual(shotsBetween([Math.floor((start + end) / 2)], 0, 85));
  });
});

describe('planted frames', () => {
  const FRAMES = 160;
  const frozenAt = 100;
  const measured: MeasuredFrame<keyof FrameMeasures>[] = [];

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
  const drawingOf = (frame: number): Drawing => {
    const sharp = unlike(frame);
    if (frame === 7) return { luma: changed(sharp, (luma) => luma >> 5) };
    if (frame === 15) return { luma: changed(sharp, (luma) => 15 + luma / 5) };
    if (frame === 23) return { luma: changed(sharp, (luma) => 246 + luma / 28) };
    if (frame === 31) return { luma: planeOf(WIDTH, HEIGHT, (x) => (x < 32 ? 60 : 140)) };
    if (frame === 39) return { luma: changed(sharp, (luma, place) => (place < WIDTH * 45 ? luma : 128)) };
    if (frame === 47) {
      return {
        luma: planeOf(WIDTH, HEIGHT, (x, y) =>
          Math.round(128 + 60 * Math.sin(x / 13) + 60 * Math.cos(y / 9)),
        ),
      };
    }
    if (frame === 55) return { luma: changed(unlike(3), (luma) => Math.min(255, luma + 6)) };
    if (frame >= frozenAt && frame < frozenAt + 55) return { luma: unlike(frozenAt) };
    return { luma: sharp };
  };

  beforeAll(async () => {
    const drawings = Array.from({ length: FRAMES }, (_, frame) => drawingOf(frame));
    using video = await openVideo(writeVideo('planted.mp4', drawings), { cache: false });
    for await (const { image, index, seconds } of video.frames())
      measured.push({ video: 0, index, seconds, signals: measureFrame(image!) });
  });

  it('are removed, each for its reason, and no others', () => {
    const still = stillSeconds(measured);
    const frames = measured.map((frame, i) => ({
      ...frame,
      signals: { ...frame.signals, stillSeconds: still[i]! },
    }));
    const { kept, removed } = filterFrames(frames, [
      black(),
      dark(),
      light(),
      lowInformation(),
      corrupt(),
      blurred(),
      frozen(),
      nearDuplicates(),
    ]);
    expect(removed.map(({ place, reason }) => [place, reason])).toEqual([
      [7, 'black'],
      [15, 'dark'],
      [23, 'light'],
      [31, 'low information'],
      [39, 'corrupt'],
      [47, 'blurred'],
      [55, 'near duplicate'],
      ...Array.from({ length: 54 }, (_, i) => [frozenAt + 1 + i, 'frozen']),
    ]);
    expect(removed.find(({ place }) => place === 55)?.repeats).toBe(3);
    expect(kept).toHaveLength(FRAMES - removed.length);
  });
});

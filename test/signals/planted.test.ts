// Videos with planted cuts and planted frames that are not worth a look: encoded, decoded, measured, found.
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { LumaPlane } from '../../src/image/luma.ts';
import { type FrameMeasures, measureFrame } from '../../src/image/measures.ts';
import { frameFeatures } from '../../src/signals/frame-features.ts';
import { filterFrames, type MeasuredFrame } from '../../src/signals/frame-filter.ts';
import { frozen, stillSeconds } from '../../src/signals/frozen.ts';
import { black, blurred, corrupt, dark, light, lowInformation } from '../../src/signals/limit-filters.ts';
import { nearDuplicates } from '../../src/signals/near-duplicates.ts';
import { createShotDetector, type ShotDetectorName, shotsBetween } from '../../src/signals/shots.ts';
import { openVideo } from '../../src/video/video.ts';
import {
  changed,
  type Drawing,
  PLANTED,
  PLANTED_FRAMES,
  plantedDrawing,
  scene,
  writeDrawings,
} from '../support/planted.ts';

const folder = mkdtempSync(join(tmpdir(), 'framesift-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

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
      await cutsIn(writeDrawings(join(folder, 'cuts.mp4'), drawings), [
        'content',
        'adaptive',
        'hash',
        'histogram',
        'fade',
      ]),
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
    const { fade } = await cutsIn(writeDrawings(join(folder, 'fades.mp4'), drawings), ['fade']);
    const blackFrames = drawings.flatMap(({ luma }, i) =>
      (luma as LumaPlane).data.reduce((sum, each) => sum + each, 0) / luma.data.length < 12 ? [i] : [],
    );
    const [start, end] = [blackFrames[0]!, blackFrames.at(-1)! + 1];
    expect(blackFrames).toHaveLength(end - start);
    expect(fade).toEqual(shotsBetween([Math.floor((start + end) / 2)], 0, 85));
  });
});

describe('planted frames', () => {
  const measured: MeasuredFrame<keyof FrameMeasures>[] = [];

  beforeAll(async () => {
    const drawings = Array.from({ length: PLANTED_FRAMES }, (_, frame) => plantedDrawing(frame));
    using video = await openVideo(writeDrawings(join(folder, 'planted.mp4'), drawings), { cache: false });
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
    expect(removed.map(({ place, reason }) => [place, reason])).toEqual(PLANTED);
    expect(removed.find(({ place }) => place === 55)?.repeats).toBe(3);
    expect(kept).toHaveLength(PLANTED_FRAMES - removed.length);
  });
});

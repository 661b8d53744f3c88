// Folders of which it is known what is in them: `run` must find the scenes, and leave out exactly what was planted.
import { mkdirSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { FILTER_NAMES } from '../src/curation/frame-filters.ts';
import { runPipeline } from '../src/run.ts';
import { selectFrames } from '../src/select.ts';
import {
  changed,
  type Drawing,
  PLANTED,
  PLANTED_FRAMES,
  plantedDrawing,
  scene,
  writeDrawings,
} from './support/planted.ts';

let root: string;
beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'framesift-planted-'));
  mkdirSync(join(root, 'videos'));
});
afterEach(() => rmSync(root, { recursive: true, force: true }));

const outDir = (): string => join(root, 'out');

const frameOf = (filename: string): number => Number(/-(\d+)-mp4/.exec(filename)![1]);

describe('a folder with known scenes', () => {
  const FRAMES_EACH = 15;
  const SCENES = 8;

  /** Two videos of scenes that the camera moves through; a few frames of each are black, and those of one scene come twice. */
  const scenesOf = (video: number): Drawing[] => {
    const seeds = video === 0 ? [1, 2, 3, 4] : [5, 6, 7, 8, 2];
    return seeds.flatMap((seed) =>
      Array.from({ length: FRAMES_EACH }, (_, i): Drawing => {
        const view = { luma: scene(100 + 7 * seed, i), blue: 60 + 17 * seed, red: 220 - 19 * seed };
        return i === 4 ? { luma: changed(view.luma, () => 0) } : view;
      }),
    );
  };
  const sceneAt = (filename: string): number => {
    const place = Math.floor(frameOf(filename) / FRAMES_EACH);
    return filename.startsWith('one') ? [1, 2, 3, 4][place]! : [5, 6, 7, 8, 2][place]!;
  };

  it('is selected from scene by scene, before any scene comes twice', async () => {
    for (const [video, name] of ['one.mp4', 'two.mp4'].entries())
      writeDrawings(join(root, 'videos', name), scenesOf(video));
    const { frames, failed } = await runPipeline({
      input: join(root, 'videos'),
      outDir: outDir(),
      nSamples: SCENES + 4,
      choice: { kind: 'sample', sampler: { every: 2 } },
      filters: [{ name: 'black' }],
      device: 'cpu',
      cache: false,
    });
    expect(failed).toEqual([]);
    const scenes = frames.map(({ filename }) => sceneAt(filename));
    expect([...scenes.slice(0, SCENES)].sort()).toEqual([1, 2, 3, 4, 5, 6, 7, 8]);
    // From one scene to another it is farther than within any.
    const distances = frames.slice(1).map(({ distance }) => distance!);
    expect(Math.min(...distances.slice(0, SCENES - 1))).toBeGreaterThan(
      Math.max(...distances.slice(SCENES - 1)),
    );
    const left = readFileSync(join(outDir(), 'removed_filenames.txt'), 'utf8').split('\n');
    const black = left.filter((name) => name !== '' && frameOf(name) % FRAMES_EACH === 4);
    expect(black.length).toBe(5);
  });
});

describe('a video with planted frames', () => {
  it('loses exactly those, each for its reason', async () => {
    const drawings = Array.from({ length: PLANTED_FRAMES }, (_, frame) => plantedDrawing(frame));
    writeDrawings(join(root, 'videos', 'planted.mp4'), drawings);
    const filters = FILTER_NAMES.map((name) => ({ name }));
    const options = { nSamples: 20, filters };
    await runPipeline({
      ...options,
      input: join(root, 'videos'),
      outDir: outDir(),
      choice: { kind: 'sample', sampler: {} },
      device: 'cpu',
      cache: false,
    });
    const { removed, candidates } = await selectFrames({
      ...options,
      embeddings: join(outDir(), 'embeddings.csv'),
    });
    expect(removed.map(({ filename, reason }) => [frameOf(filename), reason])).toEqual(PLANTED);
    expect(candidates).toBe(PLANTED_FRAMES - PLANTED.length);
    const namesIn = (file: string): number[] =>
      readFileSync(join(outDir(), file), 'utf8').trimEnd().split('\n').map(frameOf);
    expect(namesIn('corrupt_filenames.txt')).toEqual([39]);
    expect(namesIn('duplicate_filenames.txt')).toEqual([55]);
    const selected = namesIn('sampled_filenames.txt');
    expect(selected.filter((frame) => PLANTED.some(([planted]) => planted === frame))).toEqual([]);
    const all = [...selected, 39, 55, ...namesIn('removed_filenames.txt')].sort((a, b) => a - b);
    expect(all).toEqual(Array.from({ length: PLANTED_FRAMES }, (_, i) => i));
  });
});

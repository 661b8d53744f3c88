/** A folder of many small videos whose every frame shows a number that no other frame of the folder shows. */
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { encodeVideo } from './encode.ts';
import { mux } from './mux.ts';
import { range } from './streams.ts';

export interface NumberedFolder {
  readonly root: string;
  /** Paths below the root, sorted. */
  readonly videos: readonly string[];
  readonly framesEach: number;
  /** The number that frame `index` of video number `position` shows. */
  numberOf(position: number, index: number): number;
  /** The name of that frame. */
  nameOf(position: number, index: number): string;
}

const CONTAINERS = [
  ['mp4', 'mp4'],
  ['matroska', 'mkv'],
  ['mov', 'mov'],
] as const;

/** At most 65 536 frames in all: the block code has 16 bits. */
export const makeNumberedFolder = (root: string, videoCount: number, framesEach: number): NumberedFolder => {
  const digits = String(videoCount).length;
  const files = range(0, videoCount).map((position) => {
    const [container, extension] = CONTAINERS[position % CONTAINERS.length]!;
    const stem = `day ${Math.floor(position / 10)}/clip ${String(position).padStart(digits, '0')}`;
    return { container, extension, stem, path: `${stem}.${extension}` };
  });
  for (const [position, { path, container }] of files.entries()) {
    const frames = range(position * framesEach, (position + 1) * framesEach);
    const options = { preset: 'ultrafast', crf: 30, g: 40, bf: 2, 'x264-params': 'scenecut=0:b-adapt=0' };
    mkdirSync(join(root, path, '..'), { recursive: true });
    mux({
      path: join(root, path),
      container,
      streams: [encodeVideo({ codec: 'libx264', options, frames, width: 128, height: 96 })],
    });
  }
  const padded = (index: number): string => String(index).padStart(String(framesEach).length, '0');
  return {
    root,
    videos: files.map(({ path }) => path),
    framesEach,
    numberOf: (position, index) => position * framesEach + index,
    nameOf: (position, index) =>
      `${files[position]!.stem}-${padded(index)}-${files[position]!.extension}.png`,
  };
};

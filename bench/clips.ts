/** The clips that everything is measured on, made once and kept. */
import { existsSync, mkdirSync, renameSync } from 'node:fs';
import { join } from 'node:path';
import { demux, mux } from '../test/support/mux.ts';
import { type EncodedStream, shifted, withChunks } from '../test/support/streams.ts';
import { type ClipRecipe, encodeScene } from './encode.ts';
import { say } from './terminal.ts';

export interface Clip {
  readonly name: string;
  /** What it is, for people. */
  readonly title: string;
  readonly path: string;
  readonly frames: number;
  readonly width: number;
}

/** Changes whenever a clip would come out differently: old ones are then made anew. */
const EDITION = 'v1';

const FRAMES_PER_SECOND = 30;

type Picture = Pick<ClipRecipe, 'encoder' | 'options' | 'width' | 'height'>;

const H264: Picture = {
  encoder: 'libx264',
  options: {
    preset: 'veryfast',
    b: 5_000_000,
    'x264-params': 'keyint=250:min-keyint=250:scenecut=0:bframes=3:ref=3',
  },
  width: 1920,
  height: 1080,
};

const HEVC: Picture = {
  encoder: 'libx265',
  options: {
    preset: 'superfast',
    b: 3_000_000,
    'x265-params': 'log-level=none:keyint=250:min-keyint=250:scenecut=0:open-gop=0',
  },
  width: 1280,
  height: 720,
};

const VP9: Picture = {
  encoder: 'libvpx-vp9',
  options: {
    b: 3_000_000,
    deadline: 'good',
    'cpu-used': 5,
    'tile-columns': 2,
    threads: 1,
    g: 128,
    'lag-in-frames': 16,
    'auto-alt-ref': 1,
  },
  width: 1280,
  height: 720,
};

interface Source {
  readonly title: string;
  readonly picture: Picture;
  readonly container: string;
  readonly extension: string;
}

const SOURCES: Readonly<Record<string, Source>> = {
  'h264-1080p': { title: '1080p H.264 MP4', picture: H264, container: 'mp4', extension: 'mp4' },
  'hevc-720p': { title: '720p HEVC MP4', picture: HEVC, container: 'mp4', extension: 'mp4' },
  'ts-1080p': { title: '1080p H.264 MPEG-TS', picture: H264, container: 'mpegts', extension: 'ts' },
  'vp9-720p': { title: '720p VP9 WebM', picture: VP9, container: 'webm', extension: 'webm' },
};

export const CLIP_NAMES: readonly string[] = Object.keys(SOURCES);

export class ClipStore {
  readonly #folder: string;
  readonly #seconds: number;
  /** Two containers may hold the same stream: encoded once. */
  readonly #encoded = new Map<Picture, EncodedStream>();

  constructor(folder: string, seconds: number) {
    this.#folder = folder;
    this.#seconds = seconds;
    mkdirSync(folder, { recursive: true });
  }

  get(name: string): Clip {
    const source = SOURCES[name];
    if (source === undefined) throw new Error(`no clip ${name}`);
    const path = this.#path(name, source.extension);
    if (!existsSync(path)) this.#write(path, source.container, this.#stream(name, source));
    return {
      name,
      title: source.title,
      path,
      frames: this.#seconds * FRAMES_PER_SECOND,
      width: source.picture.width,
    };
  }

  /** The clip shown so many times in a row. */
  repeated(
    name: string,
    times: number,
    container?: { readonly muxer: string; readonly extension: string },
  ): Clip {
    const clip = this.get(name);
    const source = SOURCES[name]!;
    const { muxer, extension } = container ?? { muxer: source.container, extension: source.extension };
    const path = this.#path(`${name}-times-${times}`, extension);
    if (!existsSync(path)) {
      const once = this.#stream(name, source);
      const copies = Array.from({ length: times }, (_, i) => shifted(once, BigInt(i * clip.frames)).chunks);
      this.#write(path, muxer, withChunks(once, copies.flat()));
    }
    const title = `${clip.title}, ${times} times as long`;
    return { ...clip, name: `${name}-times-${times}`, title, path, frames: clip.frames * times };
  }

  /** Forgets encoded streams: they are in the way of what is measured. */
  release(): void {
    this.#encoded.clear();
  }

  #path(name: string, extension: string): string {
    return join(this.#folder, `${name}-${this.#seconds}s-${EDITION}.${extension}`);
  }

  #stream(name: string, { picture }: Source): EncodedStream {
    const known = this.#encoded.get(picture);
    if (known !== undefined) return known;
    const stored = Object.keys(SOURCES).find(
      (other) =>
        SOURCES[other]!.picture === picture &&
        SOURCES[other]!.container !== 'mpegts' &&
        existsSync(this.#path(other, SOURCES[other]!.extension)),
    );
    const stream =
      stored === undefined
        ? this.#encode(name, picture)
        : onFrameClock(demux(this.#path(stored, SOURCES[stored]!.extension))[0]!);
    this.#encoded.set(picture, stream);
    return stream;
  }

  #encode(name: string, picture: Picture): EncodedStream {
    const frames = this.#seconds * FRAMES_PER_SECOND;
    const started = performance.now();
    const stream = encodeScene({ ...picture, frames, framesPerSecond: FRAMES_PER_SECOND }, (number) => {
      if (number % 300 === 299) say(`  making ${name}: ${number + 1} of ${frames} frames`);
    });
    say(`  made ${name} in ${((performance.now() - started) / 1000).toFixed(0)} s`);
    return stream;
  }

  #write(path: string, container: string, stream: EncodedStream): void {
    const part = `${path}.part`;
    mux({ path: part, container, streams: [stream] });
    renameSync(part, path);
  }
}

/** Timestamps as whole frames, whatever clock the container keeps. */
const onFrameClock = (stream: EncodedStream): EncodedStream => {
  const { num, den } = stream.timeBase;
  const toFrames = (ticks: bigint | null): bigint | null =>
    ticks === null ? null : BigInt(Math.round((Number(ticks) * num * FRAMES_PER_SECOND) / den));
  const chunks = stream.chunks.map((chunk) => ({
    ...chunk,
    pts: toFrames(chunk.pts),
    dts: toFrames(chunk.dts),
    duration: 1n,
  }));
  return {
    ...stream,
    timeBase: { num: 1, den: FRAMES_PER_SECOND },
    frameRate: { num: FRAMES_PER_SECOND, den: 1 },
    chunks,
  };
};

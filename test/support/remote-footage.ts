/** What tests of remote videos have in common: what frames are, portions for small files, and footage on a server. */
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll } from 'vitest';
import { PATIENCE } from '../../src/remote/patience.ts';
import { PORTIONS } from '../../src/remote/portions.ts';
import { openVideo, type Video } from '../../src/video/video.ts';
import { encodeVideo } from './encode.ts';
import { FileServer, type FileServerOptions } from './file-server.ts';
import { sha1Of } from './labelled.ts';
import { mux } from './mux.ts';

/** What frames of a video are, each as its number and the hash of its picture or the code of its error, sorted. */
export const framesOf = async (path: string, frames: readonly number[]): Promise<string[]> => {
  using video = await openVideo(path, { cache: false });
  return answersOf(video, frames);
};

/** The same of an open video. */
export const answersOf = async (video: Video, frames: readonly number[]): Promise<string[]> => {
  const answers: string[] = [];
  for await (const { index, image, error } of video.frames(frames))
    answers.push(`${index} ${error === undefined ? sha1Of(image.data) : error.code}`);
  return answers.sort();
};

const USUAL = { ...PORTIONS };

/** Clips are small: so that holes are left in them, everything else is, too. */
export const askForLittle = (more: Partial<typeof PORTIONS> = {}): void => {
  const little = { blockBytes: 512, firstBytes: 1024, smallBytes: 2048, smallBoxBytes: 512, gapBytes: 0 };
  Object.assign(PORTIONS, { ...little, ...more });
};

export const askAsUsual = (): void => {
  Object.assign(PORTIONS, USUAL);
};

export interface RemoteFootage {
  /** Where the same files are on disk. */
  readonly folder: () => string;
  readonly bytes: Readonly<Record<string, Uint8Array>>;
  /** A server of all of it, for one test. */
  readonly serve: (options?: FileServerOptions) => Promise<FileServer>;
}

/** Twenty seconds of video in several containers, large enough for parts of it to be a part. Servers are waited for shortly. */
export const useRemoteFootage = (): RemoteFootage => {
  const before = { ...PATIENCE };
  const bytes: Record<string, Uint8Array> = {};
  const servers: FileServer[] = [];
  let folder = '';
  beforeAll(() => {
    folder = mkdtempSync(join(tmpdir(), 'framesift-footage-'));
    const stream = encodeVideo({
      codec: 'libx264',
      width: 640,
      height: 360,
      frames: 600,
      options: { preset: 'ultrafast', qp: 4, 'x264-params': 'keyint=30:min-keyint=30:scenecut=0' },
    });
    const write = (name: string, container: string, options?: Record<string, string>): void => {
      const path = join(folder, name);
      mux({ container, path, streams: [stream], ...(options && { options }) });
      bytes[name] = readFileSync(path);
    };
    write('tail.mp4', 'mp4');
    write('head.mp4', 'mp4', { movflags: '+faststart' });
    write('frag.mp4', 'mp4', { movflags: '+frag_keyframe+empty_moov' });
    write('dash.mp4', 'mp4', { movflags: '+dash+global_sidx+frag_keyframe' });
    write('clip.mkv', 'matroska');
    Object.assign(PATIENCE, { firstPauseMs: 1, idleMs: 300, longestPauseMs: 50 });
  });
  afterEach(async () => {
    for (const server of servers.splice(0)) await server.close();
  });
  afterAll(() => {
    Object.assign(PATIENCE, before);
    rmSync(folder, { recursive: true, force: true });
  });
  const serve = async (options?: FileServerOptions): Promise<FileServer> => {
    const server = await FileServer.start(bytes, options);
    servers.push(server);
    return server;
  };
  return { folder: () => folder, bytes, serve };
};

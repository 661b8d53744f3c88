// A video on a server gives the frames that the same file gives here, bit for bit, whatever it is; and of files whose
// tables describe them, only what is needed of them is brought.
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { PORTIONS } from '../../src/remote/portions.ts';
import { indexVideo } from '../../src/video/index-video.ts';
import { openVideo } from '../../src/video/video.ts';
import { lyingClocks } from '../support/corpus/lies.ts';
import { corpus, corpusDirectory } from '../support/corpus.ts';
import { FileServer } from '../support/file-server.ts';
import { sha1Of } from '../support/labelled.ts';
import { useRemoteCache } from '../support/remote-cache.ts';

let server: FileServer;
let directory = '';

useRemoteCache();

beforeAll(async () => {
  directory = await corpusDirectory();
  // Clips are small: so that holes are left in them, everything else is, too.
  Object.assign(PORTIONS, {
    blockBytes: 512,
    firstBytes: 1024,
    smallBytes: 2048,
    smallBoxBytes: 512,
    gapBytes: 0,
  });
  server = await FileServer.start({});
});

afterAll(() => server.close());

const liars = new Set(lyingClocks);

const answersOf = async (path: string, frames: readonly number[]): Promise<string[]> => {
  using video = await openVideo(path, { cache: false });
  const answers: string[] = [];
  for await (const { index, image, error } of video.frames(frames))
    answers.push(`${index} ${error === undefined ? sha1Of(image.data) : error.code}`);
  return answers.sort();
};

describe.each(corpus.filter((clip) => clip.refused === undefined))('$name', (clip) => {
  it('is the same from a server', async () => {
    const path = join(directory, clip.name);
    const bytes = readFileSync(path);
    server.files.set(clip.name, bytes);
    const address = `${server.url}/${encodeURIComponent(clip.name)}`;
    const here = await indexVideo(path);
    const there = await indexVideo(address);
    const { orderSource } = there.index;
    const isByTables = orderSource === 'tables';
    if (!isByTables) expect(orderSource).toBe(here.index.orderSource);
    expect(there.info).toEqual(here.info);
    const { frameCount } = here.index;
    // What tables say of pictures that nobody has read is believed.
    if (!isByTables || !liars.has(clip)) {
      expect(there.index.frameCount).toBe(frameCount);
      expect(there.index.ordinals).toEqual(here.index.ordinals);
      expect(there.index.pts).toEqual(here.index.pts);
    }
    const last = frameCount - 1;
    for (const picks of [[last], [0, Math.floor(last / 2)], [Math.floor(last / 3)]])
      expect(await answersOf(address, picks)).toEqual(await answersOf(path, picks));
    const all = Array.from({ length: frameCount }, (_, k) => k);
    expect(await answersOf(address, all)).toEqual(await answersOf(path, all));
  });
});

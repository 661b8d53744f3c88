// A video on a server gives the frames that the same file gives here, bit for bit, whatever it is and whatever its tables
// say; and where the tables are right, they are believed to the end, so that nothing else is brought.
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { indexVideo } from '../../src/video/index-video.ts';
import { openVideo } from '../../src/video/video.ts';
import { liars, lyingClocks } from '../support/corpus/lies.ts';
import { corpus, corpusDirectory } from '../support/corpus.ts';
import { FileServer } from '../support/file-server.ts';
import { useRemoteCache } from '../support/remote-cache.ts';
import { answersOf, askAsUsual, askForLittle } from '../support/remote-footage.ts';

// Recovery points are no keys, and tables call them so.
const refreshed = corpus.filter(({ name }) => name === 'h264_intra_refresh.mp4');
const dishonest = new Set([...liars, ...lyingClocks, ...refreshed]);
const lyingClock = new Set(lyingClocks);

let server: FileServer;
let directory = '';
let byTables = 0;

useRemoteCache();

beforeAll(async () => {
  directory = await corpusDirectory();
  askForLittle();
  server = await FileServer.start({});
});

afterAll(async () => {
  askAsUsual();
  await server.close();
  expect(byTables, 'clips that were numbered by their tables').toBeGreaterThan(80);
});

/** What the frames are, and by what they were numbered in the end. */
const read = async (
  path: string,
  frames: readonly number[],
): Promise<{ readonly answers: readonly string[]; readonly orderSource: string }> => {
  using video = await openVideo(path, { cache: false });
  const answers = await answersOf(video, frames);
  return { answers, orderSource: video.indexed.index.orderSource };
};

describe.each(corpus.filter((clip) => clip.refused === undefined))('$name', (clip) => {
  it('is the same from a server', async () => {
    const path = join(directory, clip.name);
    server.files.set(clip.name, readFileSync(path));
    const address = `${server.url}/${encodeURIComponent(clip.name)}`;
    const here = await indexVideo(path);
    const there = await indexVideo(address);
    const { orderSource, frameCount } = there.index;
    if (orderSource === 'tables') byTables++;
    else expect(orderSource).toBe(here.index.orderSource);
    expect(there.info).toEqual(here.info);
    expect(frameCount).toBe(here.index.frameCount);
    // What tables say of pictures that nobody has read is believed.
    if (orderSource !== 'tables' || !lyingClock.has(clip)) {
      expect(there.index.ordinals).toEqual(here.index.ordinals);
      expect(there.index.pts).toEqual(here.index.pts);
    }
    const last = frameCount - 1;
    const all = Array.from({ length: frameCount }, (_, k) => k);
    for (const picks of [[last], [0, Math.floor(last / 2)], [Math.floor(last / 3)], all]) {
      const remote = await read(address, picks);
      expect(remote.answers).toEqual((await read(path, picks)).answers);
      if (!dishonest.has(clip) && !clip.damaged)
        expect(remote.orderSource, `reading ${picks.length} frames`).toBe(orderSource);
    }
  });
});

// Training from a server, whose videos are numbered by their tables until these prove wrong.
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, expect, it } from 'vitest';
import { epochOrder } from '../../src/dataset/epoch-order.ts';
import { FrameSupply } from '../../src/dataset/frame-supply.ts';
import { corpus } from '../support/corpus.ts';
import { FileServer } from '../support/file-server.ts';
import { useRemoteCache } from '../support/remote-cache.ts';
import { askAsUsual, askForLittle } from '../support/remote-footage.ts';
import { framesIn, take } from '../support/training.ts';

useRemoteCache();

let folder = '';
let server: FileServer;
beforeAll(async () => {
  askForLittle();
  folder = mkdtempSync(join(tmpdir(), 'framesift-training-'));
  const names = ['clock_dts_h264.mp4', 'faststart.mp4'];
  for (const name of names) await corpus.find((clip) => clip.name === name)!.make(folder);
  server = await FileServer.start(
    Object.fromEntries(names.map((name) => [name, readFileSync(join(folder, name))])),
  );
  server.pages.set('', names.map((name) => `<a href="${name}">x</a>`).join(''));
});
afterEach(askAsUsual);
afterAll(async () => {
  await server.close();
  rmSync(folder, { recursive: true, force: true });
});

it('a video whose tables lie is numbered anew during training: pictures are of the frames that they are called', async () => {
  const frames = await framesIn(`${server.url}/`);
  expect(frames.files.map(({ frames: numbers }) => numbers.length)).toEqual([150, 150]);
  const cacheBytes = 1 << 30;
  using supply = new FrameSupply(frames, { jobs: 2, shortSide: 72, cacheBytes });
  const orderOf = (epoch: number) =>
    epochOrder(frames, { seed: 4, epoch, windowSamples: 100, areAllKept: false });
  const first = await take(supply, [orderOf(0)]);
  expect(first.map(({ sample }) => sample)).toEqual([...orderOf(0).samples]);
  // What was given out before anybody knew was believed.
  const second = await take(supply, [orderOf(1)]);
  expect(second.map(({ shows }) => shows)).toEqual(second.map(({ sample }) => sample % 150));
  expect((await framesIn(`${server.url}/`)).fingerprint).toBe(frames.fingerprint);
});

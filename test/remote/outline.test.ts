// What describes an MP4 file is found, also where its boxes lie.
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import {
  randomAccessBytes,
  startsByRandomAccess,
  startsBySegmentIndex,
} from '../../src/remote/fragment-index.ts';
import { openVideo } from '../../src/video/video.ts';
import { corpusDirectory } from '../support/corpus.ts';
import { FileServer } from '../support/file-server.ts';
import { useRemoteCache } from '../support/remote-cache.ts';
import { answersOf, askAsUsual, askForLittle } from '../support/remote-footage.ts';
import { useScratch } from '../support/scratch.ts';

const scratch = useScratch();
useRemoteCache();

let server: FileServer;
let directory = '';

beforeAll(async () => {
  directory = await corpusDirectory();
  askForLittle();
  server = await FileServer.start({});
});

afterAll(async () => {
  askAsUsual();
  await server.close();
});

describe('a file whose boxes lie', () => {
  it('is read or refused as it is here', async () => {
    const clips = ['base_h264_ip.mp4', 'frag_sidx.mp4', 'frag.mp4'].map((name) =>
      readFileSync(join(directory, name)),
    );
    const heads = clips.map(boxesOf);
    let count = 0;
    const answer = async (path: string): Promise<string> => {
      try {
        using video = await openVideo(path, { cache: false });
        const frames = [...new Set([0, video.frameCount >> 1, video.frameCount - 1])];
        return [video.frameCount, ...(await answersOf(video, frames))].join('\n');
      } catch (error) {
        return (error as { code?: string }).code ?? String(error);
      }
    };
    await fc.assert(
      fc.asyncProperty(
        fc.nat(clips.length - 1),
        fc.nat(),
        fc.oneof(fc.nat(), fc.constantFrom(0, 1, 7, 8, 16, 0xffffffff)),
        async (which, box, size) => {
          const bytes = Buffer.from(clips[which]!);
          const at = heads[which]![box % heads[which]!.length]!;
          bytes.writeUInt32BE(size >>> 0, at);
          const name = `${count++}.mp4`;
          const path = join(scratch.root, name);
          writeFileSync(path, bytes);
          server.files.set(name, bytes);
          expect(await answer(`${server.url}/${name}`)).toBe(await answer(path));
        },
      ),
      { numRuns: 60 },
    );
  });
});

/** Where the boxes of a file begin, and those in its `moov`. */
const boxesOf = (bytes: Buffer): number[] => {
  const starts: number[] = [];
  for (let at = 0; at + 8 <= bytes.length; at += bytes.readUInt32BE(at)) {
    starts.push(at);
    if (bytes.toString('latin1', at + 4, at + 8) === 'moov') starts.push(at + 8);
  }
  return starts;
};

describe('indexes of fragments', () => {
  it('never break on what is none', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 300 }), (bytes) => {
        for (const start of [...startsBySegmentIndex(bytes, 10), ...startsByRandomAccess(bytes)])
          expect(start).toBeGreaterThanOrEqual(0);
        expect(randomAccessBytes(bytes)).toBeGreaterThanOrEqual(0);
      }),
    );
  });

  it('name the fragments of a file', () => {
    const bytes = readFileSync(join(directory, 'frag.mp4'));
    const indexBytes = randomAccessBytes(bytes.subarray(-16));
    const moofs = boxesOf(bytes).filter((at) => bytes.toString('latin1', at + 4, at + 8) === 'moof');
    expect(startsByRandomAccess(bytes.subarray(bytes.length - indexBytes))).toEqual(moofs);
    const dash = readFileSync(join(directory, 'frag_sidx.mp4'));
    const boxes = boxesOf(dash);
    const at = boxes.find((box) => dash.toString('latin1', box + 4, box + 8) === 'sidx')!;
    const end = at + dash.readUInt32BE(at);
    const found = startsBySegmentIndex(dash.subarray(at, end), end);
    expect(found.length).toBeGreaterThan(1);
    for (const start of found) expect(boxes).toContain(start);
  });
});

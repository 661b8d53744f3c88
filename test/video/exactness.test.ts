// The project's first promise: on every clip of the corpus, whatever the order of access, frame k is the frame that a
// sequential decode shows under that number, bit for bit, or a typed error where the file itself is damaged.
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { FramesiftError } from '../../src/base/errors.ts';
import { indexVideo } from '../../src/video/index-video.ts';
import { openMediaFile } from '../../src/video/media-file.ts';
import { FrameReader, type FrameReaderOptions, type ReadStats } from '../../src/video/reader.ts';
import type { IndexedVideo } from '../../src/video/scan.ts';
import { type Clip, corpus, corpusDirectory } from '../support/corpus.ts';
import { decodeLabelled, type LabelledFrame, sha1Of } from '../support/labelled.ts';

/** What one access gave: the hash of the picture, or the code of the error. */
type Answer = { readonly rank: number; readonly sha1?: string; readonly error?: string };

interface Tally {
  accesses: number;
  exact: number;
  reported: number;
  /** Pictures that no decode defines: parts were never written, and show what was in memory before. */
  undefined: number;
}

const table: string[] = [];
let directory = '';

beforeAll(async () => {
  directory = await corpusDirectory();
});

afterAll(() => {
  process.stdout.write(
    `\nclip                             frames  accesses  result\n${table.sort().join('\n')}\n`,
  );
});

const readAll = async (
  path: string,
  video: IndexedVideo,
  targets: readonly number[],
  options: FrameReaderOptions = {},
  into?: FrameReader,
): Promise<{ answers: Answer[]; stats: ReadStats }> => {
  const reader = into ?? new FrameReader(await openMediaFile(path), video, options);
  const answers: Answer[] = [];
  try {
    for await (const frame of reader.read(reader.plan(targets))) {
      answers.push(
        'image' in frame
          ? { rank: frame.rank, sha1: sha1Of(frame.image.data) }
          : { rank: frame.rank, error: frame.error.code },
      );
    }
  } finally {
    if (into === undefined) reader[Symbol.dispose]();
  }
  return { answers, stats: { ...reader.stats } };
};

/** A fixed order that jumps about. */
const shuffled = (count: number): number[] =>
  Array.from({ length: count }, (_, i) => i).sort(
    (a, b) => ((a * 7919) % 1009) - ((b * 7919) % 1009) || a - b,
  );

class Judge {
  readonly tally: Tally = { accesses: 0, exact: 0, reported: 0, undefined: 0 };
  readonly #clip: Clip;
  readonly #truth: ReadonlyMap<number, readonly string[]>;
  readonly #vague: ReadonlySet<number>;
  readonly #video: IndexedVideo;
  readonly #given = new Map<number, string>();

  constructor(clip: Clip, video: IndexedVideo, sequential: LabelledFrame[], threaded: LabelledFrame[]) {
    this.#clip = clip;
    this.#video = video;
    const truth = new Map<number, string[]>();
    for (const { ordinal, sha1 } of sequential) truth.set(ordinal, [...(truth.get(ordinal) ?? []), sha1]);
    this.#truth = truth;
    const other = new Map(threaded.map(({ ordinal, sha1 }) => [ordinal, sha1]));
    this.#vague = new Set(
      sequential.filter(({ ordinal, sha1 }) => other.get(ordinal) !== sha1).map(({ ordinal }) => ordinal),
    );
    if (!clip.damaged)
      expect([...this.#vague], 'pictures of a sound file do not depend on the number of threads').toEqual([]);
  }

  judge(targets: readonly number[], answers: readonly Answer[], how: string): void {
    expect(
      [...new Set(targets)].sort((a, b) => a - b),
      `${how}: each frame is answered once`,
    ).toEqual(answers.map(({ rank }) => rank).sort((a, b) => a - b));
    for (const { rank, sha1, error } of answers) {
      this.tally.accesses++;
      const ordinal = this.#video.index.ordinals[rank]!;
      if (!this.#vague.has(ordinal)) {
        const answer = sha1 ?? error ?? '';
        expect(answer, `${how}: frame ${rank} answers the same whatever else is asked for`).toBe(
          this.#given.get(rank) ?? answer,
        );
        this.#given.set(rank, answer);
      }
      if (error !== undefined) {
        expect(this.#clip.damaged, `${how}: frame ${rank} of a sound file answers ${error}`).toBe(true);
        expect(['ERR_FRAME_DAMAGED', 'ERR_FRAME_MISSING']).toContain(error);
        this.tally.reported++;
      } else if (this.#vague.has(ordinal)) {
        this.tally.undefined++;
      } else {
        expect(
          this.#truth.get(ordinal) ?? [],
          `${how}: frame ${rank} is another picture than the sequential decode's`,
        ).toContain(sha1);
        this.tally.exact++;
      }
    }
  }
}

describe.each(corpus.filter((clip) => clip.refused === undefined))('$name', (clip) => {
  it(clip.fact, async () => {
    const path = join(directory, clip.name);
    const video = await indexVideo(path);
    const { index } = video;
    const sequential = decodeLabelled(path, 1);
    const judge = new Judge(clip, video, sequential, decodeLabelled(path, 2));
    if (!clip.damaged) {
      expect([...index.ordinals], 'the index lists what a sequential decode shows').toEqual(
        sequential.map(({ ordinal }) => ordinal),
      );
      if (clip.codes !== null) {
        clip.codes.forEach((code, k) => {
          if (code !== null) expect(sequential[k]?.code, `the picture of frame ${k}`).toBe(code);
        });
      }
    }

    const all = Array.from({ length: index.frameCount }, (_, i) => i);
    const some = shuffled(index.frameCount).slice(0, 20);
    const sorted = await readAll(path, video, all);
    judge.judge(all, sorted.answers, 'sorted');
    judge.judge(all, (await readAll(path, video, all, { threads: 3 })).answers, 'sorted, three threads');

    using reader = new FrameReader(await openMediaFile(path), video);
    for (const [how, order] of [
      ['shuffled', some],
      ['reversed', [...some].sort((a, b) => b - a).slice(0, 12)],
      ['repeated', some.slice(0, 3).flatMap((rank) => [rank, rank])],
    ] as const) {
      for (const rank of order)
        judge.judge([rank], (await readAll(path, video, [rank], {}, reader)).answers, how);
    }
    for (const rank of some.slice(0, 4))
      judge.judge([rank], (await readAll(path, video, [rank])).answers, 'single shot');

    // Passing over pictures that nobody refers to changes no bit, and the counts say that it happens.
    const sparse = all.filter((rank) => rank % 9 === 4);
    const skipping = await readAll(path, video, sparse);
    const full = await readAll(path, video, sparse, { decodeEverything: true });
    judge.judge(sparse, skipping.answers, 'sparse');
    judge.judge(sparse, full.answers, 'sparse, everything decoded');
    expect(full.stats.framesSkipped).toBe(0);
    if (!clip.damaged) {
      const byRank = (answers: readonly Answer[]): Answer[] => [...answers].sort((a, b) => a.rank - b.rank);
      expect(byRank(skipping.answers)).toEqual(byRank(full.answers));
      const { packetsSent, framesSkipped, framesDecoded, backOffs } = skipping.stats;
      if (backOffs === 0 && framesSkipped > 0)
        expect(framesDecoded).toBeLessThanOrEqual(packetsSent - framesSkipped);
    }

    const { accesses, reported, undefined: vague } = judge.tally;
    const result = reported > 0 ? `damaged: ${reported} reported, the rest exact` : 'exact';
    const note = vague > 0 ? ` (${vague} of pictures that no decode defines)` : '';
    table.push(
      `${clip.name.padEnd(32)} ${String(index.frameCount).padStart(6)}  ${String(accesses).padStart(8)}  ${result}${note}`,
    );
  });
});

describe('files that are no video', () => {
  it.each(corpus.filter((clip) => clip.refused !== undefined))('$name is refused: $refused', async (clip) => {
    const error: unknown = await indexVideo(join(directory, clip.name)).catch((reason: unknown) => reason);
    expect(error).toBeInstanceOf(FramesiftError);
    const { code, message } = error as FramesiftError;
    table.push(`${clip.name.padEnd(32)} ${'-'.padStart(6)}  ${'-'.padStart(8)}  refused: ${code}`);
    expect({ code, names: message.includes(clip.name) }).toEqual({
      code: refusalCode(clip.refused!),
      names: true,
    });
  });
});

const refusalCode = (reason: string): string => {
  if (/encrypted/.test(reason)) return 'ERR_ENCRYPTED';
  if (/audio|cover|picture/.test(reason)) return 'ERR_NO_VIDEO_STREAM';
  if (/no frames/.test(reason)) return 'ERR_NO_FRAMES';
  return 'ERR_VIDEO_OPEN';
};

describe('the corpus', () => {
  it('skips on H.264, HEVC, MPEG-2 and MPEG-4', async () => {
    for (const name of ['base_h264_b.mp4', 'base_hevc_b.mp4', 'mpeg2_b.ts', 'mpeg4_b.avi']) {
      const path = join(directory, corpus.find((clip) => clip.name === name)?.name ?? '');
      const video = await indexVideo(path);
      const sparse = Array.from({ length: video.index.frameCount }, (_, i) => i).filter(
        (rank) => rank % 9 === 4,
      );
      const { stats } = await readAll(path, video, sparse);
      expect(stats.framesSkipped, name).toBeGreaterThan(0);
    }
  });

  it('has at least 85 clips', () => {
    expect(corpus.length).toBeGreaterThanOrEqual(85);
  });
});

/** What tests of `embed` begin with: a folder of small videos, a network that says what it sees, a place for tables. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll } from 'vitest';
import type { EmbedOutcome } from '../../src/dataset/embedding-run.ts';
import { type EmbedOptions, embedFrames } from '../../src/embed.ts';
import { makeNumberedFolder, type NumberedFolder } from './folder.ts';
import { meanColour, type ToyModel, writeModel } from './models.ts';

/** The size of the videos themselves: nothing is resized. */
export const OWN_SIZE = { width: 128, height: 96 };

export class EmbeddingBench {
  /** For whatever a test needs; goes with the bench. */
  readonly temporary = mkdtempSync(join(tmpdir(), 'framesift-'));
  /** For tables; empty when a test begins. */
  readonly out = join(this.temporary, 'out');
  readonly folder: NumberedFolder;
  /** Of {@link OWN_SIZE}: the mean of each colour. */
  readonly model: string;

  constructor(videos: number, framesEach: number) {
    this.folder = makeNumberedFolder(join(this.temporary, 'videos'), videos, framesEach);
    this.model = this.toy('own-size', OWN_SIZE);
  }

  readonly toy = (name: string, options: ToyModel = {}): string =>
    writeModel(join(this.temporary, `${name}.onnx`), meanColour(options));

  readonly table = (name = 'embeddings.csv'): string => join(this.out, name);

  /** Every tenth frame, unless told otherwise. */
  readonly embed = (options: Partial<EmbedOptions> = {}): Promise<EmbedOutcome> =>
    embedFrames({
      input: this.folder.root,
      out: this.table(),
      model: this.model,
      device: 'cpu',
      choice: { kind: 'sample', sampler: { every: 10 } },
      cache: join(this.temporary, 'cache'),
      ...options,
    });
}

/** Made before the tests of a file, removed after them. */
export const useEmbeddingBench = (videos: number, framesEach: number): (() => EmbeddingBench) => {
  let bench: EmbeddingBench | undefined;
  beforeAll(() => {
    bench = new EmbeddingBench(videos, framesEach);
  }, 120_000);
  afterEach(() => rmSync(bench!.out, { recursive: true, force: true }));
  afterAll(() => rmSync(bench!.temporary, { recursive: true, force: true }));
  return () => bench!;
};

const MEAN = [0.485, 0.456, 0.406];
const STD = [0.229, 0.224, 0.225];

/** What the toy network must answer: the mean of each colour, normalised as ImageNet's pictures. */
export const meanOf = (pixels: Uint8Array): number[] => {
  const sums = [0, 0, 0];
  for (let i = 0; i < pixels.length; i++) sums[i % 3]! += pixels[i]!;
  return sums.map((sum, channel) => (sum / (pixels.length / 3) / 255 - MEAN[channel]!) / STD[channel]!);
};

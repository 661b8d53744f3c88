/** What tests of `run` begin with: a folder of small videos, a network that says what it sees, an output folder. */
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import sharp from 'sharp';
import { afterAll, afterEach, beforeAll, expect } from 'vitest';
import { type RunOptions, type RunOutcome, runPipeline } from '../../src/run.ts';
import { readBlockCode } from './block-code.ts';
import { makeNumberedFolder, type NumberedFolder } from './folder.ts';
import { meanColour, writeModel } from './models.ts';

export class PipelineBench {
  readonly root = mkdtempSync(join(tmpdir(), 'framesift-run-'));
  readonly outDir = join(this.root, 'out');
  /** Five videos of 80 frames. */
  readonly folder: NumberedFolder = makeNumberedFolder(join(this.root, 'videos'), 5, 80);
  readonly model = writeModel(join(this.root, 'toy.onnx'), meanColour({ width: 128, height: 96 }));

  /** A place in the output folder. */
  readonly at = (...path: readonly string[]): string => join(this.outDir, ...path);

  readonly read = (...path: readonly string[]): string => readFileSync(this.at(...path), 'utf8');

  /** The names that were selected. */
  readonly listed = (): string[] => this.read('sampled_filenames.txt').trimEnd().split('\n');

  /** Twelve out of every fourth frame, unless told otherwise: 100 to choose from. */
  readonly pipeline = (options: Partial<RunOptions> = {}): Promise<RunOutcome> =>
    runPipeline({
      input: this.folder.root,
      outDir: this.outDir,
      model: this.model,
      device: 'cpu',
      nSamples: 12,
      choice: { kind: 'sample', sampler: { every: 4 } },
      cache: join(this.root, 'cache'),
      ...options,
    });

  /** The same on the command line. */
  readonly args = (...more: readonly string[]): string[] => [
    ...['run', this.folder.root, '--out', this.outDir, '--model', this.model, '--device', 'cpu'],
    ...['--every', '4', '-n', '12', '--cache', join(this.root, 'cache'), ...more],
  ];

  /** Everything that people see, but for times and what is hidden. */
  readonly visible = (): Record<string, string> =>
    Object.fromEntries(
      readdirSync(this.outDir, { recursive: true, encoding: 'utf8', withFileTypes: true })
        .filter((entry) => entry.isFile())
        .map((entry) => join(entry.parentPath, entry.name))
        .filter((path) => !path.includes('.framesift') && !path.endsWith('run.json'))
        .sort()
        .map((path) => [path.slice(this.outDir.length + 1), readFileSync(path, 'latin1')]),
    );

  /** Each image shows the frame that it is called after, and there are no others. */
  readonly expectRightImages = async (): Promise<void> => {
    const images = this.listed();
    for (const name of images) {
      const { data, info } = await sharp(this.at('frames', name)).raw().toBuffer({ resolveWithObject: true });
      const [, video, frame] = /clip (\d+)-(\d+)-/.exec(name)!;
      expect(readBlockCode({ width: info.width, height: info.height, data })).toBe(
        this.folder.numberOf(Number(video), Number(frame)),
      );
    }
    const there = readdirSync(this.at('frames'), { recursive: true, encoding: 'utf8' });
    expect(there.filter((file) => file.endsWith('.png')).sort()).toEqual([...images].sort());
  };
}

/** Made before the tests of a file, removed after them; the output folder is gone when a test begins. */
export const usePipelineBench = (): (() => PipelineBench) => {
  let bench: PipelineBench | undefined;
  beforeAll(() => {
    bench = new PipelineBench();
  }, 120_000);
  afterEach(() => rmSync(bench!.outDir, { recursive: true, force: true }));
  afterAll(() => rmSync(bench!.root, { recursive: true, force: true }));
  return () => bench!;
};

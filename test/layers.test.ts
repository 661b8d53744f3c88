// Imports go one way. The table is the architecture; this test keeps it true.
import { readdirSync, readFileSync } from 'node:fs';
import { dirname, join, relative, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';

const src = fileURLToPath(new URL('../src', import.meta.url));

/** Lowest first; a folder may import from itself and from those before it. `verbs` are the files of `src/` itself. */
const LAYERS = [
  'base',
  'native',
  'remote',
  'frame',
  'formats',
  'onnx',
  'autodiff',
  'linalg',
  'learning',
  'selection',
  'annotation',
  'delivery',
  'image',
  'augment',
  'signals',
  'table',
  'model',
  'video',
  'worker',
  'dataset',
  'curation',
  'training',
  'training',
  'batch',
  'verbs',
  'cli',
];

/** Foreign packages, each named in one file of `src/native/`. */
const NATIVE_FILES: Readonly<Record<string, string>> = {
  'node-av': 'native/libav.ts',
  sharp: 'native/sharp.ts',
  picomatch: 'native/picomatch.ts',
  commander: 'native/commander.ts',
  sax: 'native/sax.ts',
  bullmq: 'native/bullmq.ts',
  ioredis: 'native/bullmq.ts',
  pg: 'native/bullmq.ts',
  '@aws-sdk/client-s3': 'native/aws-s3.ts',
  yaml: 'native/yaml.ts',
  'onnxruntime-node': 'native/onnxruntime.ts',
  'umap-js': 'native/umap.ts',
  '@huggingface/hub': 'native/huggingface-hub.ts',
  'hyparquet-writer': 'native/parquet-writer.ts',
  hyparquet: 'native/parquet-reader.ts',
};

const files = readdirSync(src, { recursive: true, encoding: 'utf8' })
  .filter((file) => file.endsWith('.ts'))
  .map((file) => file.replaceAll('\\', '/'));

const importsOf = (file: string): string[] =>
  [...readFileSync(join(src, file), 'utf8').matchAll(/(?:from|import)\s*\(?\s*'([^'\n]+)'/g)].map(
    (match) => match[1]!,
  );

const layerOf = (file: string): string => (file.includes('/') ? file.slice(0, file.indexOf('/')) : 'verbs');

describe('the layers of src/', () => {
  it.each(files)('%s imports only from its own layer and those below', (file) => {
    const own = LAYERS.indexOf(layerOf(file));
    expect(own, `${layerOf(file)} is in the table`).toBeGreaterThanOrEqual(0);
    for (const specifier of importsOf(file).filter((each) => each.startsWith('.'))) {
      const target = relative(src, resolve(src, dirname(file), specifier)).replaceAll('\\', '/');
      expect(LAYERS.indexOf(layerOf(target)), `${file} imports ${target}`).toBeLessThanOrEqual(own);
    }
  });

  it('names each foreign package in one file', () => {
    const found = files.flatMap((file) =>
      importsOf(file)
        .filter((each) => !each.startsWith('.') && !each.startsWith('node:'))
        .map(
          (each) =>
            [
              each
                .split('/')
                .slice(0, each.startsWith('@') ? 2 : 1)
                .join('/'),
              file,
            ] as const,
        ),
    );
    for (const [name, file] of found) expect({ name, file }).toEqual({ name, file: NATIVE_FILES[name] });
  });

  it('has no junk drawers', () => {
    expect(
      files.filter((file) => /(^|\/)(utils?|misc|helpers?|common|types|manager)(\/|\.ts$)/.test(file)),
    ).toEqual([]);
  });
});

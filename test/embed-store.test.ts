// `embed` with a store: embeddings that later tables take from, and what is no part of it.
import { copyFileSync, readdirSync, readFileSync, statSync, utimesSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import type { EmbedOptions } from '../src/embed.ts';
import { OWN_SIZE, useEmbeddingBench } from './support/embedding.ts';
import { codeOf } from './support/thrown-by.ts';

const bench = useEmbeddingBench(2, 60);

const store = (): string => join(bench().out, 'store');

const embed = (options: Partial<EmbedOptions> = {}) =>
  bench().embed({ out: bench().table('first.csv'), store: store(), ...options });

const every = (n: number): EmbedOptions['choice'] => ({ kind: 'sample', sampler: { every: n } });

describe('a store of embeddings', () => {
  it('gives later tables what it has, and the same bytes as without it', async () => {
    expect(await embed({ choice: every(10) })).toMatchObject({ rows: 12, resumed: 0 });
    const second = await embed({ out: bench().table('second.csv'), choice: every(5) });
    expect(second).toMatchObject({ rows: 24, resumed: 12 });
    await bench().embed({ out: bench().table('alone.csv'), choice: every(5) });
    for (const [name, other] of [
      ['second.csv', 'alone.csv'],
      ['second_pca.csv', 'alone_pca.csv'],
    ] as const)
      expect(readFileSync(bench().table(name)).equals(readFileSync(bench().table(other)))).toBe(true);
    expect(readdirSync(store()).sort()).toEqual(['published.json', 'recipe.json', 'rows.bin']);
  });

  it('leaves a table as it is that it has written already, and knows one that it has not', async () => {
    const { key } = await embed();
    const { mtimeMs } = statSync(bench().table('first.csv'));
    expect((await embed()).key).toBe(key);
    expect(statSync(bench().table('first.csv')).mtimeMs).toBe(mtimeMs);
    expect((await embed({ choice: every(20) })).key).not.toBe(key);
    writeFileSync(bench().table('first.csv'), 'mine');
    expect(await codeOf(embed())).toMatch(/^ERR_OUTPUT_EXISTS .*first\.csv: is there already/);
    expect(await embed({ force: true })).toMatchObject({ rows: 12, resumed: 12 });
  });

  it('is of one model: a copy of it, but no other of the same name', async () => {
    await embed();
    const copy = join(bench().temporary, 'own-size copied.onnx');
    copyFileSync(bench().model, copy);
    utimesSync(bench().model, new Date(), new Date(0));
    expect(await embed()).toMatchObject({ resumed: 12 });
    expect(await embed({ model: copy, out: bench().table('copy.csv') })).toMatchObject({ resumed: 12 });
    bench().toy('own-size', { ...OWN_SIZE, output: 'tokens' });
    try {
      expect(await codeOf(embed({ out: bench().table('other.csv') }))).toMatch(
        /^ERR_OUTPUT_EXISTS .*embeddings of own-size copied on cpu \(3 dimensions\) are there, and this run has /,
      );
      expect(await embed({ out: bench().table('other.csv'), force: true })).toMatchObject({ resumed: 0 });
    } finally {
      copyFileSync(copy, bench().model);
    }
  });
});

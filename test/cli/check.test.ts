import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { main } from '../../src/cli/main.ts';
import { FakeIo } from './fake-io.ts';

let folder = '';
let sound = '';
let faulty = '';
let missing = '';
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'framesift-cli-check-'));
  sound = join(folder, 'sound.csv');
  faulty = join(folder, 'faulty.csv');
  missing = join(folder, 'missing.csv');
  writeFileSync(sound, 'filenames,embedding_0,embedding_1,labels\r\na,1.0,2.0,0\r\n');
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const run = async (...args: readonly string[]) => {
  writeFileSync(faulty, 'filenames,embedding_0,labels,masked\na\n\nb,x,1,0\n');
  const io = new FakeIo();
  const code = await main(['check', ...args], io);
  const short = (text: string): string => text.replaceAll(`${folder}/`, '').replaceAll(folder, '');
  return { code, out: short(io.out), err: short(io.err) };
};

describe('check', () => {
  test('a sound file', async () => {
    const { code, out, err } = await run(sound);
    expect(code).toBe(0);
    expect(out.replaceAll(/ {2,}/g, '  ')).toBe(
      'file  kind  size  notes\nsound.csv  embeddings  1 x 2  sound\n',
    );
    expect(err).toBe('1 file, 0 with problems, 0.0 s\n');
  });

  test('problems below the table, and exit code 3', async () => {
    const { code, out, err } = await run(sound, faulty);
    expect(code).toBe(3);
    expect(out.replaceAll(/ {2,}/g, '  ').split('\n').slice(1)).toEqual([
      'sound.csv  embeddings  1 x 2  sound',
      'faulty.csv  embeddings  2 x 1  3 problems; has the columns masked; --fix removes them',
      '',
      'faulty.csv, row 2: the row has 1 cells, and the header has 4. Complete it, or remove it.',
      'faulty.csv, row 3: the row is blank. --fix removes it.',
      'faulty.csv, row 4, column 2: "x" is not a number. Correct it, or remove the row.',
      '',
    ]);
    expect(err).toBe('2 files, 1 with problems, 0.0 s\n');
  });

  test('--fix', async () => {
    const { code, out } = await run(faulty, '--fix');
    expect(code).toBe(3);
    expect(out).toContain('2 problems; removed 1 blank row; removed the columns masked\n');
    expect(readFileSync(faulty, 'utf8')).toBe('filenames,embedding_0,labels\r\na\r\nb,x,1\r\n');
  });

  test('more than ten problems are counted, --verbose shows them', async () => {
    const many = join(folder, 'many.csv');
    writeFileSync(many, `filenames,labels\n${'a\n'.repeat(12)}`);
    expect((await run(many)).out).toMatch(/row 11: .*\nmany.csv: … and 2 more\n$/);
    expect((await run(many, '--verbose')).out).toMatch(/row 13: .*\n$/);
  });

  test('records', async () => {
    const { code, out } = await run(sound, faulty, missing, '--json');
    expect(code).toBe(3);
    const records = out
      .trimEnd()
      .split('\n')
      .map((line) => JSON.parse(line) as Record<string, unknown>);
    expect(records.map(({ type }) => type)).toEqual(['file', 'file', 'failure', 'summary']);
    expect(records[0]).toEqual({
      schemaVersion: 1,
      type: 'file',
      path: 'sound.csv',
      kind: 'embeddings',
      size: 1,
      unit: 'rows',
      dimensions: 2,
      problems: [],
      problemCount: 0,
      notes: [],
      fixes: [],
    });
    expect(records[1]).toMatchObject({ problemCount: 3 });
    expect(records[2]).toMatchObject({ item: 'missing.csv', code: 'ERR_NOT_FOUND' });
    expect(records[3]).toMatchObject({ files: 2, faulty: 1, failed: 1 });
  });

  test('a file that is not there, and none at all', async () => {
    expect(await run(missing)).toEqual({
      code: 2,
      out: '',
      err: 'error: missing.csv: there is no such file. Check the path.\n',
    });
    expect(await run(missing, sound)).toMatchObject({
      code: 3,
      err: 'failed: missing.csv: there is no such file. Check the path.\n1 file, 0 with problems, 1 failed, 0.0 s\n',
    });
    expect((await run()).code).toBe(2);
  });

  test('a hostile name cannot move the cursor', async () => {
    const hostile = join(folder, 'hostile.csv');
    writeFileSync(hostile, 'filenames,labels\n\u001b[2Ja,0\n\u001b[2Ja,0\n');
    const { out } = await run(hostile);
    expect(out).not.toContain('\u001b');
    expect(out).toContain('row 3');
  });
});

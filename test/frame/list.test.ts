import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type FrameListFormat, type FrameListOptions, readFrameList } from '../../src/frame/list.ts';

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'framesift-list-'));
});
afterAll(() => rm(folder, { recursive: true }));

async function* chunks(bytes: Uint8Array, size: number): AsyncGenerator<Uint8Array> {
  for (let start = 0; start < bytes.length; start += size) yield bytes.subarray(start, start + size);
}

async function* broken(error: Error): AsyncGenerator<Uint8Array> {
  yield Buffer.from('a\n');
  throw error;
}

/** The entries as `line name`, from a stream whose chunks are cut anywhere. */
const read = async (
  content: string | Uint8Array,
  options: FrameListOptions = {},
  chunkBytes = 7,
): Promise<string[]> => {
  const list = await readFrameList(chunks(Buffer.from(content), chunkBytes), { label: 'list', ...options });
  return list.entries.map(({ name, line }) => `${line} ${name}`);
};

const refusal = async (content: string | Uint8Array, format?: FrameListFormat): Promise<unknown> =>
  read(content, { format }).then(
    () => 'was read',
    (error: unknown) => error,
  );

describe('one name a line', () => {
  test.each([
    ['a-0-mp4.png\nb-0-mp4.png\n', ['1 a-0-mp4.png', '2 b-0-mp4.png']],
    ['a-0-mp4.png\r\n\r\n  \r\nb-0-mp4.png', ['1 a-0-mp4.png', '4 b-0-mp4.png']],
    ['\uFEFFa-0-mp4.png', ['1 a-0-mp4.png']],
    ['a-0-mp4.png \t\n', ['1 a-0-mp4.png']],
    [' a, b-0-mp4.png\n', ['1  a, b-0-mp4.png']],
    ['# 1-0-mp4.png\n', ['1 # 1-0-mp4.png']],
    ['"a"-0-mp4.png\n', ['1 "a"-0-mp4.png']],
    ['[cam 1] a-0-mp4.png\n', ['1 [cam 1] a-0-mp4.png']],
    ['{a}-0-mp4.png\n', ['1 {a}-0-mp4.png']],
    ['日本-0-mp4.png\n\u2028é-0-mp4.png\n', ['1 日本-0-mp4.png', '2 \u2028é-0-mp4.png']],
    ['filenames.mp4-0-.png\n', ['1 filenames.mp4-0-.png']],
  ])('%j', async (content, expected) => {
    expect(await read(content)).toEqual(expected);
  });

  test('UTF-16 as Windows PowerShell writes it', async () => {
    const content = Buffer.from('\uFEFFa-0-mp4.png\r\n\u{1f600}-0-mp4.png\r\n', 'utf16le');
    for (const size of [1, 2, 3, 5, 1000]) {
      expect(await read(content, {}, size)).toEqual(['1 a-0-mp4.png', '2 \u{1f600}-0-mp4.png']);
    }
  });

  test('whatever the names and however the bytes are cut', async () => {
    const name = fc
      .string({
        unit: fc.oneof(
          fc.constantFrom('a', ' ', ',', '"', '\r', '#', 'é', '\u{1f600}'),
          fc.string({ unit: 'grapheme' }),
        ),
      })
      .map((text) => `${text.replaceAll('\n', '')}-0-mp4.png`);
    await fc.assert(
      fc.asyncProperty(
        fc.array(name, { minLength: 1, maxLength: 20 }),
        fc.constantFrom('\n', '\r\n', '\n\n'),
        fc.integer({ min: 1, max: 40 }),
        async (names, newline, size) => {
          const lines = await read(names.join(newline), { format: 'text' }, size);
          expect(lines).toEqual(names.map((text, i) => `${1 + i * (newline === '\n\n' ? 2 : 1)} ${text}`));
        },
      ),
    );
  });
});

describe('the column "filenames" of a CSV', () => {
  test.each([
    ['filenames,labels\r\na-0-mp4.png,0\r\nb-0-mp4.png,1\r\n', ['2 a-0-mp4.png', '3 b-0-mp4.png']],
    ['\uFEFFfilenames\na-0-mp4.png', ['2 a-0-mp4.png']],
    [
      'filenames,embedding_0,labels\na-0-mp4.png,0.5,1\n\n\nb-0-mp4.png,0.25,2\n',
      ['2 a-0-mp4.png', '5 b-0-mp4.png'],
    ],
    ['labels, filenames ,x\n0,a-0-mp4.png,\n,b-0-mp4.png,', ['2 a-0-mp4.png', '3 b-0-mp4.png']],
    ['"filenames","labels"\n"a, ""b""-0-mp4.png",0\n', ['2 a, "b"-0-mp4.png']],
    ['labels,filenames\n"x\n\ny","a\r\n-0-mp4.png"\n1,b-0-mp4.png\n', ['2 a\r\n-0-mp4.png', '6 b-0-mp4.png']],
    ['filenames,labels\na"b"-0-mp4.png,"0"\n', ['2 a"b"-0-mp4.png']],
    ['filenames,labels\n"a-0-mp4.png"\r\n"b-0-mp4.png",', ['2 a-0-mp4.png', '3 b-0-mp4.png']],
    ['\n\nfilenames\n a-0-mp4.png\n', ['4  a-0-mp4.png']],
  ])('%j', async (content, expected) => {
    for (const size of [1, 4, 1000]) {
      expect(await read(content, {}, size)).toEqual(expected);
      expect(await read(content, { format: 'csv' }, size)).toEqual(expected);
    }
  });

  test.each([
    [
      'name,path\na-0-mp4.png,x\n',
      'list, line 1: there is no column "filenames"; the columns are "name", "path". Name the column of frame names "filenames".',
    ],
    [
      '\nFilenames;labels\na-0-mp4.png;x\n',
      'list, line 2: there is no column "filenames"; the columns are "Filenames;labels". Name the column of frame names "filenames".',
    ],
    [
      `name,${Array.from({ length: 20 }, (_, i) => `embedding_${i}`).join(',')}\n`,
      'list, line 1: there is no column "filenames"; the columns are "name", "embedding_0", "embedding_1", "embedding_2", "embedding_3", "embedding_4", "embedding_5", "embedding_6" and 13 more. Name the column of frame names "filenames".',
    ],
    [
      'labels,x,filenames\n0,1,a-0-mp4.png\n0,1\n',
      'list, line 3: the record ends after column 2, and "filenames" is column 3. Complete it, or remove the line.',
    ],
    [
      'labels,x,filenames\n0,"1"\n',
      'list, line 2: the record ends after column 2, and "filenames" is column 3. Complete it, or remove the line.',
    ],
    [
      'filenames,labels\n,0\n',
      'list, line 2: the column "filenames" is empty. Fill in the frame name, or remove the line.',
    ],
    [
      'filenames,labels\n"",0\n',
      'list, line 2: the column "filenames" is empty. Fill in the frame name, or remove the line.',
    ],
    [
      'filenames,labels\na-0-mp4.png,0\n"b-0-mp4.png,1\nc-0-mp4.png,2\n',
      'list, line 3: a quote is opened here and never closed. Close it, or double a quote that is part of a name.',
    ],
    [
      'filenames,labels\n"a" b-0-mp4.png,1\n',
      'list, line 2: text follows a closing quote. Double each quote that is part of a name.',
    ],
    ['filenames,labels\n', 'list: the list holds no frame name. Write one on each line.'],
  ])('%j is refused', async (content, message) => {
    expect(await refusal(content, 'csv')).toMatchObject({ code: 'ERR_LIST', message });
  });

  test('whatever stands in its cells and however the bytes are cut', async () => {
    const cell = fc.string({
      unit: fc.constantFrom('a', ' ', ',', '"', '\n', '\r\n', 'é', '\u{1f600}', '-'),
    });
    const record = fc.record({ before: cell, name: cell.map((text) => `${text}-0-mp4.png`), after: cell });
    const quoted = (text: string): string =>
      /[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
    await fc.assert(
      fc.asyncProperty(
        fc.array(record, { minLength: 1 }),
        fc.integer({ min: 1, max: 60 }),
        async (records, size) => {
          const rows = records.map(({ before, name, after }) => [before, name, after].map(quoted).join(','));
          let line = 2;
          const expected = records.map(({ name }, i) => {
            const entry = `${line} ${name}`;
            line += rows[i]!.split('\n').length;
            return entry;
          });
          expect(await read(`x,filenames,y\r\n${rows.join('\r\n')}\r\n`, {}, size)).toEqual(expected);
        },
      ),
      { numRuns: 300 },
    );
  });
});

describe('JSON', () => {
  test.each([
    ['["a-0-mp4.png", "b-0-mp4.png"]', ['1 a-0-mp4.png', '1 b-0-mp4.png']],
    ['[\n  "a-0-mp4.png",\n\n  "b-0-mp4.png"\n]\n', ['2 a-0-mp4.png', '4 b-0-mp4.png']],
    ['\uFEFF\r\n[\r\n"\\u0061, \\"[{-0-mp4.png"\r\n]', ['3 a, "[{-0-mp4.png']],
    [
      '{"n": 2, "filenames": [\n"a-0-mp4.png",\n"b-0-mp4.png"], "x": [[{}], "]"]}',
      ['2 a-0-mp4.png', '3 b-0-mp4.png'],
    ],
    [
      '[{"name": "a-0-mp4.png"}, {"filename": "b-0-mp4.png"},\n{\n"x": 1, "filenames": "c-0-mp4.png"}, {"file_name": "d-0-mp4.png"}, "e-0-mp4.png"]',
      ['1 a-0-mp4.png', '1 b-0-mp4.png', '2 c-0-mp4.png', '3 d-0-mp4.png', '3 e-0-mp4.png'],
    ],
    [
      '{"name": "a-0-mp4.png", "index": 0}\n\n{"index": {"name": "x"}, "name": "b-0-mp4.png"}\r\n',
      ['1 a-0-mp4.png', '3 b-0-mp4.png'],
    ],
    ['{"name": "a-0-mp4.png"}', ['1 a-0-mp4.png']],
    ['{\n"file_name": "x.mp4",\n"name": "a-0-mp4.png"\n}', ['1 a-0-mp4.png']],
  ])('%j', async (content, expected) => {
    for (const size of [1, 4, 1000]) expect(await read(content, {}, size)).toEqual(expected);
    expect(await read(content, { format: 'json' })).toEqual(expected);
  });

  test('a string a line, when asked for', async () => {
    expect(await read('"a-0-mp4.png"\n"b-0-mp4.png"\n', { format: 'json' })).toEqual([
      '1 a-0-mp4.png',
      '2 b-0-mp4.png',
    ]);
  });

  test.each([
    ['["a-0-mp4.png",\n]', 'list, line 2: this is not JSON: "]". Correct the file.'],
    [
      '["a-0-mp4.png"\n"b-0-mp4.png"]',
      'list, line 2: this is not JSON: "\\"" stands where "," or "]" is due. Correct the file.',
    ],
    ['[\na-0-mp4.png]', 'list, line 2: this is not JSON: "a-0-mp4.png". Correct the file.'],
    [
      '["a-0-mp4.png",\n',
      'list, line 1: an array is opened here and never closed. Check that the file is complete.',
    ],
    [
      '["a-0-mp4.png"',
      'list, line 1: an array is opened here and never closed. Check that the file is complete.',
    ],
    ['[\n"a-0-mp4.png', 'list, line 2: a value starts here and never ends. Check that the file is complete.'],
    [
      '{"name": "a-0-mp4.png"}\n{"name": "b-0',
      'list, line 2: a value starts here and never ends. Check that the file is complete.',
    ],
    ['{"name": "a-0-mp4.png"}\n{name}\n', 'list, line 2: this is not JSON: "{name}". Correct the file.'],
    ['["a-0-mp4.png"]]', 'list, line 1: this is not JSON: "]". Correct the file.'],
    [
      '[\n12]',
      'list, line 2: here must be a frame name, or an object with one under "name", "filename", "filenames", "file_name"; found 12. Correct the file.',
    ],
    [
      '{"title": "x",\n"frames": ["a-0-mp4.png"]}',
      'list, line 1: here must be a frame name, or an object with one under "name", "filename", "filenames", "file_name"; found the keys "title", "frames". Correct the file.',
    ],
    ['[\n\n""]', 'list, line 3: the frame name is empty. Fill it in, or remove the entry.'],
    ['[]', 'list: the list holds no frame name. Write one on each line.'],
    ['{"filenames": []}', 'list: the list holds no frame name. Write one on each line.'],
  ])('%j is refused', async (content, message) => {
    expect(await refusal(content, 'json')).toMatchObject({ code: 'ERR_LIST', message });
  });

  test('reads what JSON.stringify writes, in any layout', async () => {
    const name = fc.string({ unit: 'binary' }).map((text) => `${text}-0-mp4.png`);
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.tuple(name, fc.jsonValue()), { minLength: 1 }),
        fc.constantFrom(0, 2),
        fc.integer({ min: 1, max: 60 }),
        async (items, indent, size) => {
          const names = items.map(([text]) => text);
          const objects = items.map(([text, extra]) => ({ extra, name: text }));
          const documents = [
            JSON.stringify(names, null, indent),
            JSON.stringify({ before: objects, filenames: names, after: objects }, null, indent),
            JSON.stringify(objects, null, indent),
            objects.map((object) => JSON.stringify(object, null, indent)).join('\n'),
          ];
          for (const document of documents) {
            const list = await readFrameList(chunks(Buffer.from(document), size), { format: 'json' });
            expect(list.entries.map((entry) => entry.name)).toEqual(names);
          }
        },
      ),
    );
  });
});

describe('files and streams', () => {
  test.each([
    ['names.txt', '["a-0-mp4.png"]', '1 ["a-0-mp4.png"]'],
    ['NAMES.TXT', 'filenames', '1 filenames'],
    ['names.csv', 'filenames\na-0-mp4.png', '2 a-0-mp4.png'],
    ['names.json', '"a-0-mp4.png"', '1 a-0-mp4.png'],
    ['names.JSONL', '{"name": "a-0-mp4.png"}', '1 a-0-mp4.png'],
    ['names.ndjson', '{"name": "a-0-mp4.png"}', '1 a-0-mp4.png'],
    ['names.list', '["a-0-mp4.png"]', '1 a-0-mp4.png'],
    ['names', 'filenames,labels\na-0-mp4.png,0', '2 a-0-mp4.png'],
  ])('the extension of %s says how %j is read', async (file, content, expected) => {
    const path = join(folder, file);
    await writeFile(path, content);
    const list = await readFrameList(path);
    expect(list.label).toBe(path);
    expect(list.entries.map(({ name, line }) => `${line} ${name}`)).toEqual([expected]);
  });

  test('an option overrides the extension', async () => {
    const path = join(folder, 'list.csv');
    await writeFile(path, 'a-0-mp4.png');
    expect((await readFrameList(path, { format: 'text', label: 'mine' })).label).toBe('mine');
  });

  test('a file that is not there', async () => {
    const path = join(folder, 'nowhere.txt');
    await expect(readFrameList(path)).rejects.toMatchObject({
      code: 'ERR_NOT_FOUND',
      message: `${path}: there is no such list. Check the path.`,
      facts: { path },
    });
  });

  test('a folder', async () => {
    await expect(readFrameList(folder)).rejects.toMatchObject({
      code: 'ERR_LIST',
      message: `${folder}: this is a folder. Give the list of frame names as a file.`,
      facts: { list: folder, line: null },
    });
  });

  test.each(['', '\n \r\n\t', '\uFEFF'])('a list with nothing in it: %j', async (content) => {
    await expect(readFrameList(chunks(Buffer.from(content), 2))).rejects.toMatchObject({
      code: 'ERR_LIST',
      message: 'standard input: the list holds no frame name. Write one on each line.',
    });
  });

  test.each([
    [[0x61, 0x0a, 0x62, 0x0a, 0xff, 0x0a, 0x63], 3],
    [[0x61, 0xc3], 1],
    [[0x61, 0x0a, 0xc3, 0x0a, 0xa9], 2],
    [[0x61, 0x0a, 0xed, 0xa0, 0x80], 2],
    [[0xff, 0xfe], 1],
  ])('bytes %j are not UTF-8 on line %i', async (bytes, line) => {
    for (const size of [1, 2, 100]) {
      await expect(read(Uint8Array.from(bytes), {}, size)).rejects.toMatchObject({
        code: 'ERR_LIST',
        message: `list, line ${line}: this is not UTF-8 text. Save the list as UTF-8, or check that the file is a list of frame names.`,
        facts: { list: 'list', line },
      });
    }
  });

  test('what the stream itself throws passes, unless the system says that it cannot be read', async () => {
    const bug = new TypeError('a bug');
    await expect(readFrameList(broken(bug))).rejects.toBe(bug);
    await expect(
      readFrameList(broken(Object.assign(new Error('EIO: i/o error, read'), { code: 'EIO' }))),
    ).rejects.toMatchObject({
      code: 'ERR_LIST',
      message: 'standard input: cannot be read: EIO: i/o error, read. Check the file and who may read it.',
    });
  });

  test('a million names, in every format', async () => {
    const names = Array.from(
      { length: 1_000_000 },
      (_, i) => `day${i % 7}/clip-${String(i).padStart(7, '0')}-mp4.png`,
    );
    const files = {
      'million.txt': names.join('\n'),
      'million.csv': `filenames,labels\r\n${names.map((name) => `${name},0`).join('\r\n')}`,
      'quoted.csv': `filenames,labels\r\n${names.map((name) => `"${name}",0`).join('\r\n')}`,
      'million.json': JSON.stringify({ filenames: names }),
      'million.jsonl': names.map((name) => JSON.stringify({ name })).join('\n'),
    };
    for (const [file, content] of Object.entries(files)) {
      const path = join(folder, file);
      await writeFile(path, content);
      const { entries } = await readFrameList(path);
      expect(entries.length).toBe(1_000_000);
      expect(entries.every(({ name }, i) => name === names[i])).toBe(true);
      expect(entries.at(-1)!.line).toBe(
        file === 'million.json' ? 1 : file.endsWith('.csv') ? 1_000_001 : 1_000_000,
      );
    }
  });

  test('a single line of many megabytes in small pieces is put together once', async () => {
    const names = Array.from({ length: 200_000 }, (_, i) => `clip-${i}-mp4.png`);
    expect((await read(JSON.stringify(names), {}, 64)).length).toBe(200_000);
  });
});

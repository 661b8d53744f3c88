// Lightly's formats as its own code writes and reads them. Each row of a table is a behaviour that was measured there.
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import {
  checkEmbeddings,
  checkFilenames,
  type EmbeddingMatrix,
  type EmbeddingValues,
  loadEmbeddings,
  loadEmbeddingsAsDict,
  type MetadataItem,
  type PythonValue,
  pythonFloat,
  readEmbeddingRows,
  saveCustomMetadata,
  saveEmbeddingRows,
  saveEmbeddings,
  saveSchema,
  saveTasks,
} from '../src/index.ts';
import { errorOf, refusalOf, thrownBy } from './support/thrown-by.ts';

let folder = '';
let path = '';
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'framesift-lightly-'));
  path = join(folder, 'embeddings.csv');
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const matrix = <V extends EmbeddingValues>(rows: number, columns: number, data: V): EmbeddingMatrix<V> => ({
  data,
  rows,
  columns,
});

const write = (text: string | Uint8Array): void => writeFileSync(path, text);
const text = (): string => readFileSync(path, 'utf8');

const refusal = (work: Promise<unknown>): Promise<string> => refusalOf(path, work);

describe('saveEmbeddings', () => {
  const cases: readonly [string, EmbeddingMatrix, readonly PythonValue[], readonly string[], string][] = [
    [
      '0×3',
      matrix(0, 3, new Float32Array()),
      [],
      [],
      'filenames,embedding_0,embedding_1,embedding_2,labels\r\n',
    ],
    ['shape (0,)', matrix(0, 0, new Float32Array()), [], [], 'filenames,labels\r\n'],
    ['2×0', matrix(2, 0, new Float32Array()), [1, 2], ['a', 'b'], 'filenames,labels\r\na,1\r\nb,2\r\n'],
    [
      'booleans',
      matrix(1, 2, [true, false]),
      [0],
      ['a'],
      'filenames,embedding_0,embedding_1,labels\r\na,True,False,0\r\n',
    ],
    [
      'integers',
      matrix(1, 2, Int32Array.of(1, -2)),
      [0],
      ['a'],
      'filenames,embedding_0,embedding_1,labels\r\na,1,-2,0\r\n',
    ],
    [
      '64-bit integers',
      matrix(1, 1, BigInt64Array.of(2n ** 60n)),
      [0],
      ['a'],
      'filenames,embedding_0,labels\r\na,1152921504606846976,0\r\n',
    ],
    [
      'NaN and infinities',
      matrix(1, 3, Float32Array.of(Number.NaN, Infinity, -Infinity)),
      [0],
      ['a'],
      'filenames,embedding_0,embedding_1,embedding_2,labels\r\na,nan,inf,-inf,0\r\n',
    ],
    [
      'float32',
      matrix(1, 1, Float32Array.of(1 / 3)),
      [0],
      ['a'],
      'filenames,embedding_0,labels\r\na,0.33333334,0\r\n',
    ],
    [
      'float64',
      matrix(1, 1, Float64Array.of(1 / 3)),
      [0],
      ['a'],
      'filenames,embedding_0,labels\r\na,0.3333333333333333,0\r\n',
    ],
    [
      'plain numbers',
      matrix(1, 2, [1, 0.5]),
      [0],
      ['a'],
      'filenames,embedding_0,embedding_1,labels\r\na,1.0,0.5,0\r\n',
    ],
    [
      'labels as they are',
      matrix(7, 0, new Float32Array()),
      [-3, 1.5, null, 'cat', 'a,b', true, pythonFloat(1)],
      ['a', 'b', 'c', 'd', 'e', 'f', 'g'],
      'filenames,labels\r\na,-3\r\nb,1.5\r\nc,None\r\nd,cat\r\ne,"a,b"\r\nf,True\r\ng,1.0\r\n',
    ],
    [
      'names with commas, quotes and line ends',
      matrix(5, 0, new Float32Array()),
      [0, 0, 0, 0, 0],
      ['a,b.png', 'a"b.png', 'a\nb', 'a\rb', 'a\r\nb'],
      'filenames,labels\r\n"a,b.png",0\r\n"a""b.png",0\r\n"a\nb",0\r\n"a\rb",0\r\n"a\r\nb",0\r\n',
    ],
    [
      'names with blanks, apostrophes, nothing, and U+FEFF',
      matrix(5, 0, new Float32Array()),
      [0, 0, 0, 0, 0],
      [' a', '\ta', "'a", '', '\ufeffa'],
      "filenames,labels\r\n a,0\r\n\ta,0\r\n'a,0\r\n,0\r\n\ufeffa,0\r\n",
    ],
  ];

  test.each(cases)('%s', async (_, embeddings, labels, filenames, expected) => {
    await saveEmbeddings(path, embeddings, labels, filenames);
    expect(text()).toBe(expected);
  });

  test('the three numbers, in the order embeddings, filenames, labels; nothing is written', async () => {
    write('before');
    const { code, message } = await errorOf(
      saveEmbeddings(path, matrix(2, 1, Float32Array.of(1, 2)), [0], ['a', 'b', 'c']),
    );
    expect(code).toBe('ERR_SHAPE');
    expect(message).toBe(
      'the numbers of embeddings, filenames and labels differ: (2, 3, 1). Give one of each for every sample.',
    );
    expect(text()).toBe('before');
  });

  test.each<[string, unknown]>([
    ['a list of lists', [[1, 2]]],
    ['one dimension', { data: [1, 2], rows: 2 }],
    ['three dimensions', { data: [1, 2, 3, 4], rows: 1, columns: 2 }],
  ])('%s is no matrix; there is no file', async (_, embeddings) => {
    const place = join(folder, 'none.csv');
    const { code } = await errorOf(saveEmbeddings(place, embeddings as EmbeddingMatrix, [0, 0], ['a', 'b']));
    expect(code).toBe('ERR_SHAPE');
    expect(existsSync(place)).toBe(false);
  });

  test('half of a surrogate pair; there is no file', async () => {
    const place = join(folder, 'none.csv');
    const { code, message } = await errorOf(saveEmbeddings(place, matrix(1, 0, []), [0], ['a\ud83d.png']));
    expect(code).toBe('ERR_FILENAME');
    expect(message).toBe(
      '"a\\ud83d.png" holds half of a surrogate pair, which UTF-8 cannot express. Rename the file.',
    );
    expect(existsSync(place)).toBe(false);
  });

  test('overwrites, makes the folder, leaves nothing beside', async () => {
    const place = join(folder, 'new', 'deep', 'e.csv');
    for (const name of ['a', 'b']) await saveEmbeddings(place, matrix(1, 0, []), [0], [name]);
    expect(readFileSync(place, 'utf8')).toBe('filenames,labels\r\nb,0\r\n');
    expect(readdirSync(join(folder, 'new', 'deep'))).toEqual(['e.csv']);
  });

  test('a place that cannot be written', async () => {
    const place = join(folder, 'taken');
    mkdirSync(join(place, 'inside'), { recursive: true });
    expect((await errorOf(saveEmbeddings(place, matrix(1, 0, []), [0], ['a']))).code).toBe('ERR_WRITE');
    expect(readdirSync(folder).filter((name) => name.endsWith('.part'))).toEqual([]);
  });

  test('writes half precision as numpy does, when told to', async () => {
    await saveEmbeddings(path, matrix(1, 3, Float32Array.of(1 / 3, 65504, 6e-8)), [0], ['a'], {
      type: 'float16',
    });
    expect(readFileSync(path, 'utf8')).toBe(
      'filenames,embedding_0,embedding_1,embedding_2,labels\r\na,0.3333,65500.0,6e-08,0\r\n',
    );
  });
});

const HEADER = 'filenames,embedding_0,embedding_1,labels';
const WHITESPACE = (name: string): string =>
  `the header must not contain whitespaces around a name: ${JSON.stringify(name)}. Remove them.`;
const FIRST = (name: string): string =>
  `row 1, column 1: the header must start with \`filenames\`, but its first cell is ${JSON.stringify(name)}. Rename the column.`;
const NO_LABELS = 'row 1: the header has no `labels` column. Add one after the embedding.';
const BETWEEN = (column: number, name: string): string =>
  `row 1, column ${column}: the columns before \`labels\` must be named \`embedding_\` and a number, but this one is ${JSON.stringify(name)}. Rename it, or remove it.`;
const BLANK = 'the table must not have empty rows. Remove it; framesift check --fix does.';

describe('checkEmbeddings', () => {
  test.each([
    [
      'whitespace before a name',
      'filenames, embedding_0,labels',
      `row 1, column 2: ${WHITESPACE(' embedding_0')}`,
    ],
    ['whitespace comes before all else', 'files,foo,labels ', `row 1, column 3: ${WHITESPACE('labels ')}`],
    ['also in additional columns', `${HEADER},x\u00a0`, `row 1, column 5: ${WHITESPACE('x\u00a0')}`],
    ['the first cell', 'files,foo', FIRST('files')],
    ['case matters', 'Filenames,labels', FIRST('Filenames')],
    [
      'a byte order mark',
      `\ufeff${HEADER}`,
      'row 1, column 1: a byte order mark (BOM) stands before `filenames`. Save the file as UTF-8 without it; framesift check --fix does.',
    ],
    ['no labels', 'filenames,embedding_0,foo', NO_LABELS],
    ['Labels', 'filenames,Labels', NO_LABELS],
    ['a column before labels', 'filenames,embedding_0,foo,labels', BETWEEN(3, 'foo')],
    ['no digit', 'filenames,embedding_,labels', BETWEEN(2, 'embedding_')],
    ['a prefix', 'filenames,xembedding_0,labels', BETWEEN(2, 'xembedding_0')],
    ['an empty cell before labels', 'filenames,,labels', BETWEEN(2, '')],
    ['a blank line', `${HEADER}\na,1,2,0\n\nb,1,2,0\n`, `row 3: ${BLANK}`],
    ['a blank line at the end', `${HEADER}\na,1,2,0\n\n`, `row 3: ${BLANK}`],
    ['CR CR LF', `${HEADER}\r\r\n`, `row 2: ${BLANK}`],
    ['the header before a blank line', 'files,labels\n\n', FIRST('files')],
    ['an empty file', '', 'the file is empty. It must at least name its columns.'],
    [
      'a blank first line',
      `\n${HEADER}\n`,
      'row 1: the first line is blank. It must name the columns: filenames,embedding_0,…,labels.',
    ],
  ])('refuses %s', async (_, content, message) => {
    write(content);
    expect(await refusal(checkEmbeddings(path))).toBe(
      message.startsWith('the file') ? `: ${message}` : message,
    );
  });

  test('says where in the facts, too', async () => {
    write('filenames,foo,labels');
    expect((await errorOf(checkEmbeddings(path))).facts).toEqual({ path, row: 1, column: 2 });
  });

  test.each([
    ['whitespace within a name', `${HEADER},foo bar`],
    ['an empty cell at the end', `${HEADER},`],
    ['what only begins like an embedding', 'filenames,embedding_0foo,labels'],
    ['masked and selected', 'filenames,masked,embedding_0,selected,labels'],
    ['anything after labels', `${HEADER},foo,labels`],
    ['no embedding at all', 'filenames,labels'],
    ['indices in disorder, with gaps and twice', 'filenames,embedding_7,embedding_1,embedding_7,labels'],
    ['a line of blanks', `${HEADER}\n  \n`],
    ['a row with one empty cell in quotes', `${HEADER}\n""\n`],
    ['rows of other widths, no numbers, no labels, repeated names', `${HEADER}\na\na,x,y,z,1\n`],
    ['LF', `${HEADER}\na,1,2,0\n`],
    ['CR LF', `${HEADER}\r\na,1,2,0\r\n`],
    ['CR', `${HEADER}\ra,1,2,0\r`],
    ['no line end after the last row', `${HEADER}\na,1,2,0`],
    ['a quote that is never closed', `${HEADER}\na,1,2,0\n"b,1\n\n2`],
    ['NUL', `${HEADER}\na\0b,1,2,0\n`],
    ['a name in quotes', '"filenames","labels"\n'],
  ])('accepts %s', async (_, content) => {
    write(content);
    await checkEmbeddings(path);
    expect(text()).toBe(content);
  });

  test('a file that is not there', async () => {
    const { code, message } = await errorOf(checkEmbeddings(join(folder, 'nowhere.csv')));
    expect(code).toBe('ERR_NOT_FOUND');
    expect(message).toBe(`${join(folder, 'nowhere.csv')}: there is no such file. Check the path.`);
    expect((await errorOf(checkEmbeddings(folder))).code).toBe('ERR_READ');
  });

  test('bytes that are not UTF-8, with their offset', async () => {
    write(Buffer.concat([Buffer.from(`${HEADER}\n`), Buffer.from([0x61, 0xe9, 0x2c])]));
    expect(await refusal(checkEmbeddings(path))).toBe(
      `byte ${HEADER.length + 2}: this is not UTF-8 text. Save the file as UTF-8.`,
    );
    expect((await errorOf(checkEmbeddings(path))).facts).toEqual({ path, offset: HEADER.length + 2 });
  });
});

describe('removeAdditionalColumns', () => {
  const removed = async (content: string): Promise<string> => {
    write(content);
    await checkEmbeddings(path, { removeAdditionalColumns: true });
    return text();
  };

  test('keeps what begins like a column of the table, in order', async () => {
    expect(
      await removed(
        'filenames,masked,embedding_7x,labels,labels_extra,foo,filenames_extra,embedding_1,embedding_\na,1,2,3,4,5,6,7,8\n',
      ),
    ).toBe('filenames,embedding_7x,labels,labels_extra,filenames_extra,embedding_1\r\na,2,3,4,6,7\r\n');
  });

  test('keeps the text of cells, writes CR LF', async () => {
    expect(await removed('filenames,embedding_0,labels,masked\n"a,b",1.50, 01 ,0\r"c""d","1",0,0')).toBe(
      'filenames,embedding_0,labels\r\n"a,b",1.50, 01 \r\n"c""d",1,0\r\n',
    );
  });

  test('short rows stay short, cells beyond the header are dropped', async () => {
    expect(await removed('filenames,embedding_0,labels,masked\na,1\n""\nb,1,2,3,4,5\n')).toBe(
      'filenames,embedding_0,labels\r\na,1\r\n""\r\nb,1,2\r\n',
    );
  });

  test('a table of a header alone', async () => {
    expect(await removed('filenames,masked,labels')).toBe('filenames,labels\r\n');
  });

  test('nothing is rewritten when a check fails', async () => {
    const content = 'filenames,masked,labels\na,0,1\n\n';
    write(content);
    expect(await refusal(checkEmbeddings(path, { removeAdditionalColumns: true }))).toBe(`row 3: ${BLANK}`);
    expect(text()).toBe(content);
  });
});

describe('loadEmbeddings', () => {
  const load = async (content: string) => {
    write(content);
    return loadEmbeddings(path);
  };

  test('names, values and labels', async () => {
    expect(await load(`${HEADER}\nb,1.5,-2e1,3\na,0,1,-4\n`)).toEqual({
      embeddings: { data: Float64Array.of(1.5, -20, 0, 1), rows: 2, columns: 2 },
      labels: [3, -4],
      filenames: ['b', 'a'],
    });
  });

  test('the names of columns do not matter', async () => {
    const { embeddings, labels } = await load('filenames,masked,embedding_0,labels,foo\na,1,2,3,4\n');
    expect(embeddings).toEqual({ data: Float64Array.of(1, 2, 3), rows: 1, columns: 3 });
    expect(labels).toEqual([4]);
  });

  test('float32 on demand: the nearest one', async () => {
    write(`${HEADER}\na,0.1,1e39,0\n`);
    const { embeddings } = await loadEmbeddings(path, { type: 'float32' });
    expect(embeddings.data).toEqual(Float32Array.of(0.1, Infinity));
  });

  test('a header alone', async () => {
    expect(await load(`${HEADER}\n`)).toEqual({
      embeddings: { data: new Float64Array(), rows: 0, columns: 2 },
      labels: [],
      filenames: [],
    });
  });

  test('numbers as Python reads them', async () => {
    const { embeddings, labels } = await load(
      'filenames,embedding_0,labels\na, 1.5 , +1\nb,nan,1_000\nc,NaN,-3\nd,inf,0\ne,-Infinity,0\nf,1e5,0\ng,1_0,0\nh,１２,１\ni,"7","8"\n',
    );
    expect(Array.from(embeddings.data)).toEqual([
      1.5,
      Number.NaN,
      Number.NaN,
      Infinity,
      -Infinity,
      1e5,
      10,
      12,
      7,
    ]);
    expect(labels).toEqual([1, 1000, -3, 0, 0, 0, 0, 1, 8]);
  });

  test.each(['1.0', 'cat', ''])('the label %j is none', async (label) => {
    expect(await refusal(load(`filenames,embedding_0,labels\na,1,${label}\n`))).toBe(
      `row 2, column 3: the label ${JSON.stringify(label)} is not a whole number. Correct it, or remove the row.`,
    );
  });

  test.each(['', 'x', '0x10', '1d5'])('the value %j is none', async (value) => {
    expect(await refusal(load(`filenames,embedding_0,embedding_1,labels\na,1,1,1\nb,1,${value},1\n`))).toBe(
      `row 3, column 3: ${JSON.stringify(value)} is not a number. Correct it, or remove the row.`,
    );
  });

  test('rows of different lengths', async () => {
    expect(await refusal(load(`${HEADER}\na,1,2,0\nb,1,0\n`))).toBe(
      'row 3: the row has 3 cells, and the first row has 4. Complete it, or remove it.',
    );
  });

  test('rows that are all shorter or longer than the header', async () => {
    expect((await load(`${HEADER}\na,1,0\nb,2,0\n`)).embeddings.columns).toBe(1);
    expect((await load(`${HEADER}\na,1,2,3,0\nb,2,3,4,0\n`)).embeddings.columns).toBe(3);
  });

  test('a blank row is told before a bad number above it', async () => {
    expect(await refusal(load(`${HEADER}\na,x,2,0\n\n`))).toBe(`row 3: ${BLANK}`);
  });

  test('what was saved, with any names and any values', async () => {
    const name = fc.oneof(
      fc.string({ unit: 'binary' }),
      fc.constantFrom(
        'img,1.jpg',
        '",img,.jpg',
        ',"img".jpg',
        ',"img\n".jpg',
        '',
        ' a',
        '\ufeffa',
        'a\0b',
        'a\r',
      ),
    );
    const row = fc.record({
      filename: name,
      label: fc.integer(),
      embedding: fc.array(fc.double(), { minLength: 3, maxLength: 3 }),
    });
    await fc.assert(
      fc.asyncProperty(fc.array(row, { maxLength: 8 }), fc.boolean(), async (rows, isSingle) => {
        const data = (isSingle ? Float32Array : Float64Array).from(
          rows.flatMap(({ embedding }) => embedding),
        );
        const labels = rows.map(({ label }) => label);
        const filenames = rows.map(({ filename }) => filename);
        await saveEmbeddings(path, matrix(rows.length, 3, data), labels, filenames);
        const loaded = await loadEmbeddings(path, { type: isSingle ? 'float32' : 'float64' });
        expect(loaded).toEqual({ embeddings: matrix(rows.length, 3, data), labels, filenames });
        await saveEmbeddingRows(
          `${path}2`,
          3,
          rows.map((each) => ({
            ...each,
            embedding: (isSingle ? Float32Array : Float64Array).from(each.embedding),
          })),
        );
        expect(readFileSync(`${path}2`)).toEqual(readFileSync(path));
      }),
      { numRuns: 50 },
    );
  });
});

describe('row by row', () => {
  async function* rows(count: number) {
    for (let i = 0; i < count; i++) {
      yield { filename: `${i}.png`, embedding: new Float32Array(100).fill(i / 7), label: i };
    }
  }

  test('a table of several blocks', async () => {
    await saveEmbeddingRows(path, 100, rows(3000));
    let count = 0;
    for await (const { filename, embedding, label } of readEmbeddingRows(path, { type: 'float32' })) {
      if (count % 500 === 0) {
        expect({ filename, label, embedding }).toEqual({
          filename: `${count}.png`,
          label: count,
          embedding: new Float32Array(100).fill(count / 7),
        });
      }
      count++;
    }
    expect(count).toBe(3000);
    const { embeddings } = await loadEmbeddings(path, { type: 'float32' });
    expect(embeddings.data[2999 * 100]).toBe(Math.fround(2999 / 7));
  });

  test('an embedding of another length; the file is unchanged', async () => {
    write('before');
    const { code, message } = await errorOf(saveEmbeddingRows(path, 99, rows(2)));
    expect(code).toBe('ERR_SHAPE');
    expect(message).toBe(
      'the embedding of 0.png has 100 values instead of 99. Embed all images with one model.',
    );
    expect(text()).toBe('before');
    expect(readdirSync(folder).filter((name) => name.endsWith('.part'))).toEqual([]);
  });

  test('errors come at the row that is wrong', async () => {
    write(`${HEADER}\na,1,2,0\nb,1,x,0\n`);
    const read = readEmbeddingRows(path);
    expect((await read.next()).value).toEqual({ filename: 'a', embedding: Float64Array.of(1, 2), label: 0 });
    expect(await refusal(read.next())).toBe(
      'row 3, column 3: "x" is not a number. Correct it, or remove the row.',
    );
  });
});

describe('loadEmbeddingsAsDict', () => {
  const DICT = {
    embeddingName: 'default',
    embeddings: [
      { fileName: 'b', value: [1.5, 2], label: 3 },
      { fileName: 'a', value: [0, 1], label: 4 },
    ],
  };
  const content = `${HEADER}\nb,1.5,2,3\na,0,1,4\n`;

  test('in the order of the file, keys in Lightly’s order', async () => {
    write(content);
    expect(JSON.stringify(await loadEmbeddingsAsDict(path))).toBe(JSON.stringify(DICT));
    expect((await loadEmbeddingsAsDict(path, { embeddingName: 'x' })).embeddingName).toBe('x');
  });

  test('with everything else', async () => {
    write(content);
    expect(await loadEmbeddingsAsDict(path, { returnAll: true })).toEqual({
      dict: DICT,
      embeddings: { data: Float64Array.of(1.5, 2, 0, 1), rows: 2, columns: 2 },
      labels: [3, 4],
      filenames: ['b', 'a'],
    });
  });
});

describe('checkFilenames', () => {
  test.each([[['img.png']], [['img.png', 'img.png']], [[]], [['a"b\n;.png']]])('%j', (names) => {
    expect(checkFilenames(names)).toBeUndefined();
  });

  test.each([
    [['img,1.png'], '"img,1.png"'],
    [['img.png', 'img,1.png'], '"img,1.png"'],
    [[',', 'a,', ',b', ',,', 'c,d', 'e,f', 'g,'], '",", "a,", ",b", ",,", "c,d" and 2 more'],
  ])('%j is refused', (names, listed) => {
    expect(() => checkFilenames(names)).toThrow(
      `file names must not contain a comma: ${listed}. Rename these files.`,
    );
    expect(thrownBy(() => checkFilenames(names))?.code).toBe('ERR_FILENAME');
  });
});

describe('JSON files', () => {
  test('custom metadata', async () => {
    const items: readonly MetadataItem[] = [
      ['é.jpg', { value: pythonFloat(1), big: 1e16, none: Number.NaN }],
    ];
    await saveCustomMetadata(path, items);
    expect(text()).toBe(
      '{"images": [{"id": 0, "file_name": "\\u00e9.jpg"}], "metadata": [{"image_id": 0, "value": 1.0, "big": 10000000000000000, "none": NaN}]}',
    );
  });

  test('tasks', async () => {
    await saveTasks(path, ['task1', 'task2']);
    expect(text()).toBe('["task1", "task2"]');
  });

  test('a schema', async () => {
    await saveSchema(path, 'classification', [1, 2], ['x', 'ü']);
    expect(text()).toBe(
      '{"task_type": "classification", "categories": [{"id": 1, "name": "x"}, {"id": 2, "name": "\\u00fc"}]}',
    );
  });

  test('nothing is written when something is wrong', async () => {
    write('before');
    expect((await errorOf(saveSchema(path, 'a', [1, 2], ['x']))).code).toBe('ERR_SHAPE');
    expect((await errorOf(saveCustomMetadata(path, [['a', null]] as never))).code).toBe('ERR_METADATA');
    expect((await errorOf(saveCustomMetadata(path, [['a', { b: undefined }]] as never))).code).toBe(
      'ERR_JSON',
    );
    expect(text()).toBe('before');
  });
});

describe("the cases of Lightly's own tests", () => {
  test('1: custom metadata', async () => {
    await saveCustomMetadata(path, [['filename.jpg', { random_metadata: 42 }]]);
    expect(JSON.parse(text())).toEqual({
      images: [{ id: 0, file_name: 'filename.jpg' }],
      metadata: [{ image_id: 0, random_metadata: 42 }],
    });
  });

  const random = (count: number): Float32Array =>
    Float32Array.from({ length: count }, () => Math.random() * 2 - 1);

  test('2: what is saved passes', async () => {
    const names = Array.from({ length: 32 }, (_, i) => `img_${i}.jpg`);
    await saveEmbeddings(path, matrix(32, 2, random(64)), new Int32Array(32), names);
    await checkEmbeddings(path);
  });

  test('3, 4, 5: whitespace, no labels, empty rows', async () => {
    write('filenames, embedding_0,embedding_1,labels');
    expect(await refusal(checkEmbeddings(path))).toContain('must not contain whitespaces');
    write('filenames,embedding_0,embedding_1');
    expect(await refusal(checkEmbeddings(path))).toContain('has no `labels` column');
    write(`${HEADER}\nimg_1.jpg,0.351,0.1231\n\nimg_2.jpg,0.311,0.6231\n`);
    expect(await refusal(checkEmbeddings(path))).toContain('must not have empty rows');
  });

  test('6, 7: additional columns are removed', async () => {
    write(`${HEADER},selected,masked\nimg_1.jpg,0.351,0.1231,0,1,1\nimg_2.jpg,0.311,0.6231,1,1,0\n`);
    await checkEmbeddings(path, { removeAdditionalColumns: true });
    expect(text()).toBe(`${HEADER}\r\nimg_1.jpg,0.351,0.1231,0\r\nimg_2.jpg,0.311,0.6231,1\r\n`);
    write(
      'filenames,embedding_0,embedding_1,masked,labels,selected\nimage_0.jpg,3.4,0.23,0,1,0\nimage_1.jpg,3.4,0.23,1,0,1\n',
    );
    await checkEmbeddings(path, { removeAdditionalColumns: true });
    expect(text()).toBe(`${HEADER}\r\nimage_0.jpg,3.4,0.23,1\r\nimage_1.jpg,3.4,0.23,0\r\n`);
  });

  test('8, 9, 10: tasks and schemas', async () => {
    await saveTasks(path, ['task1', 'task2', 'task3']);
    expect(JSON.parse(text())).toEqual(['task1', 'task2', 'task3']);
    await saveSchema(path, 'classification', [1, 2, 3, 4], ['name1', 'name2', 'name3', 'name4']);
    expect(Object.keys(JSON.parse(text()) as object)).toEqual(['task_type', 'categories']);
    expect((await errorOf(saveSchema(path, 'classification', [1, 2], ['name1']))).code).toBe('ERR_SHAPE');
  });

  test.each([[['img_1.jpg', 'img_2.jpg']], [['img,1.jpg', '",img,.jpg']], [[',"img".jpg', ',"img\n".jpg']]])(
    '11, 12: there and back, named %j',
    async (names) => {
      const embeddings = matrix(2, 32, random(64));
      await saveEmbeddings(path, embeddings, [0, 1], names);
      const loaded = await loadEmbeddings(path, { type: 'float32' });
      expect(loaded).toEqual({ embeddings, labels: [0, 1], filenames: names });
    },
  );
});

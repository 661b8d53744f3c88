import { constants } from 'node:buffer';
import { truncateSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { readDocument, readJsonFile } from '../../src/table/json-file.ts';
import { useScratch } from '../support/scratch.ts';
import { codeOf } from '../support/thrown-by.ts';

const scratch = useScratch();

it('takes NaN as null in documents that Python writes, and nowhere else', async () => {
  const path = join(scratch.root, 'x.json');
  writeFileSync(path, '\uFEFF{"w": 1,\n"x": NaN, "y": "NaN", "z": [-Infinity, 1]}');
  expect(await readDocument(path)).toEqual({ w: 1, x: null, y: 'NaN', z: [null, 1] });
  expect(await codeOf(readJsonFile(path, 'ERR_CONFIG'))).toBe(
    `ERR_CONFIG ${path}, line 2: this is not JSON. Correct it.`,
  );
});

it('tells a missing file from a folder, and from what is no JSON', async () => {
  const path = join(scratch.root, 'x.json');
  expect(await codeOf(readDocument(path))).toBe(
    `ERR_NOT_FOUND ${path}: there is no such file. Check the path.`,
  );
  expect(await codeOf(readDocument(scratch.root))).toBe(
    `ERR_READ ${scratch.root}: this is a folder. Name a file in it.`,
  );
  writeFileSync(path, '{\n"x": NaN,\n}');
  expect(await codeOf(readDocument(path))).toBe(
    `ERR_METADATA ${path}, line 3: this is not JSON. Correct it.`,
  );
});

it('says how large a document may be', async () => {
  const path = scratch.write('x.json', '{}');
  truncateSync(path, constants.MAX_STRING_LENGTH + 1);
  expect(await codeOf(readDocument(path))).toMatch(
    /^ERR_METADATA .*x\.json: the file has \d+ bytes, and no more than \d+ can be read at once\. Split it\.$/,
  );
});

import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { readDocument, readJsonFile } from '../../src/table/json-file.ts';
import { codeOf } from '../support/thrown-by.ts';

let root: string;
beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'framesift-json-'));
});
afterEach(() => rmSync(root, { recursive: true, force: true }));

it('takes NaN as null in documents that Python writes, and nowhere else', async () => {
  const path = join(root, 'x.json');
  writeFileSync(path, '\uFEFF{"x": NaN, "y": "NaN", "z": [-Infinity, 1]}');
  expect(await readDocument(path)).toEqual({ x: null, y: 'NaN', z: [null, 1] });
  expect(await codeOf(readJsonFile(path, 'ERR_CONFIG'))).toBe(
    `ERR_CONFIG ${path}, line 1: this is not JSON. Correct it.`,
  );
});

it('tells a missing file from a folder, and from what is no JSON', async () => {
  const path = join(root, 'x.json');
  expect(await codeOf(readDocument(path))).toBe(
    `ERR_NOT_FOUND ${path}: there is no such file. Check the path.`,
  );
  expect(await codeOf(readDocument(root))).toBe(`ERR_READ ${root}: this is a folder. Name a file in it.`);
  writeFileSync(path, '{\n"x": NaN,\n}');
  expect(await codeOf(readDocument(path))).toBe(
    `ERR_METADATA ${path}, line 3: this is not JSON. Correct it.`,
  );
});

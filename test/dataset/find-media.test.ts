import { chmod, mkdir, mkdtemp, realpath, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { type FindMediaOptions, findMedia } from '../../src/dataset/find-media.ts';

let root: string;
beforeEach(async () => {
  root = await realpath(await mkdtemp(join(tmpdir(), 'framesift-media-')));
  await chmod(root, 0o755);
});
afterEach(() => rm(root, { recursive: true, force: true }));

const put = async (files: readonly string[], content: string | Uint8Array = ''): Promise<void> => {
  for (const file of files) {
    await mkdir(dirname(join(root, file)), { recursive: true });
    await writeFile(join(root, file), content);
  }
};

const NOTHING_SKIPPED = { hidden: 0, filtered: 0, images: 0, notVideo: 0, other: 0, repeated: 0 };

const filesOf = async (options: FindMediaOptions): Promise<readonly string[]> =>
  (await findMedia(root, options)).files;

/** A transport stream of empty packets. */
const packets = (count: number, packetBytes: number, syncOffset: number, garbage = 0): Uint8Array => {
  const bytes = new Uint8Array(garbage + count * packetBytes);
  for (let packet = 0; packet < count; packet++) bytes[garbage + packet * packetBytes + syncOffset] = 0x47;
  return bytes;
};

describe('what a folder holds', () => {
  test('videos at any depth, in the order of their paths in UTF-8', async () => {
    await put([
      'b.mp4',
      'a/z.MOV',
      'a-1.avi',
      'a/b/c.mkv',
      '\u{1f600}.mp4',
      '\uff21.mp4',
      'B.webm',
      'a.b/c.mp4',
      'dir.mp4/x.gif',
    ]);
    expect(await findMedia(root)).toEqual({
      kind: 'videos',
      files: [
        'B.webm',
        'a-1.avi',
        'a.b/c.mp4',
        'a/b/c.mkv',
        'a/z.MOV',
        'b.mp4',
        'dir.mp4/x.gif',
        '\uff21.mp4',
        '\u{1f600}.mp4',
      ],
      skipped: NOTHING_SKIPPED,
      problems: [],
    });
  });

  test('images only where there is no video', async () => {
    await put(['a.JPG', 's/b.webp', 's/c.tif', 'notes.txt']);
    expect(await findMedia(root)).toEqual({
      kind: 'images',
      files: ['a.JPG', 's/b.webp', 's/c.tif'],
      skipped: { ...NOTHING_SKIPPED, other: 1 },
      problems: [],
    });
    await put(['deep/er/clip.mp4']);
    expect(await findMedia(root)).toMatchObject({
      kind: 'videos',
      files: ['deep/er/clip.mp4'],
      skipped: { ...NOTHING_SKIPPED, other: 1, images: 3 },
    });
  });

  test('nothing', async () => {
    await put(['readme.md', 'sub/noextension', 'mp4']);
    expect(await findMedia(root)).toEqual({
      kind: 'empty',
      files: [],
      skipped: { ...NOTHING_SKIPPED, other: 3 },
      problems: [],
    });
  });

  test('hidden files and folders are passed over, a hidden root is not', async () => {
    await put(['.hidden.mp4', '.git/a.mp4', 'a.mp4']);
    expect(await findMedia(root)).toMatchObject({
      files: ['a.mp4'],
      skipped: { ...NOTHING_SKIPPED, hidden: 2 },
    });
    expect((await findMedia(join(root, '.git'))).files).toEqual(['a.mp4']);
  });

  test('a .ts or .mts file is a video only by its content', async () => {
    await put(
      ['main.ts', 'types.d.ts', 'module.mts'],
      `import { G } from 'G';\n${'GGGG const x = 1;\n'.repeat(100)}`,
    );
    await put(['empty.ts', 'empty.mts']);
    await put(['plain.ts'], packets(20, 188, 0));
    await put(['two.TS'], packets(2, 188, 0));
    await put(['camera.mts'], packets(20, 192, 4));
    await put(['checked.ts'], packets(20, 204, 0));
    await put(['cut.ts'], packets(20, 188, 0, 3001));
    await put(['bluray.m2ts']);
    expect(await findMedia(root)).toMatchObject({
      kind: 'videos',
      files: ['bluray.m2ts', 'camera.mts', 'checked.ts', 'cut.ts', 'plain.ts', 'two.TS'],
      skipped: { ...NOTHING_SKIPPED, notVideo: 5 },
    });
  });
});

describe('links', () => {
  test('to files and folders are followed, and a loop is survived', async () => {
    await put(['real/a.mp4', 'real/sub/b.mp4']);
    await symlink('real/a.mp4', join(root, 'link.mp4'));
    await symlink('../..', join(root, 'real/sub/loop'));
    await symlink('.', join(root, 'self'));
    expect(await findMedia(root)).toEqual({
      kind: 'videos',
      files: ['link.mp4', 'real/a.mp4', 'real/sub/b.mp4'],
      skipped: { ...NOTHING_SKIPPED, repeated: 2 },
      problems: [],
    });
  });

  test("a folder's own place comes before a link to it, whatever their order", async () => {
    await put(['z/a.mp4']);
    await symlink('z', join(root, 'a-link'));
    expect(await findMedia(root)).toMatchObject({
      files: ['z/a.mp4'],
      skipped: { ...NOTHING_SKIPPED, repeated: 1 },
    });
  });

  test('a folder outside the root is listed under the first link by path', async () => {
    await put(['outside/deep/a.mp4', 'outside/b.mp4', 'data/c.mp4']);
    await symlink('../outside', join(root, 'data/y'));
    await symlink('../outside/deep', join(root, 'data/x'));
    await symlink('../outside', join(root, 'data/z'));
    expect(await findMedia(join(root, 'data'))).toEqual({
      kind: 'videos',
      files: ['c.mp4', 'x/a.mp4', 'y/b.mp4'],
      skipped: { ...NOTHING_SKIPPED, repeated: 2 },
      problems: [],
    });
  });

  test('the root may be a link', async () => {
    await put(['real/a.mp4']);
    await symlink('real', join(root, 'link'));
    expect((await findMedia(join(root, 'link'))).files).toEqual(['a.mp4']);
  });

  test('broken ones are reported, and the rest is found', async () => {
    await put(['a.mp4']);
    await symlink('nowhere.mp4', join(root, 'gone.mp4'));
    await symlink('self.mp4', join(root, 'self.mp4'));
    await symlink('nowhere', join(root, 'folder'));
    const { files, problems } = await findMedia(root);
    expect(files).toEqual(['a.mp4']);
    expect(problems.map(({ path, error }) => [path, error.code, error.message])).toEqual([
      ['folder', 'ERR_NOT_FOUND', 'folder: the link leads nowhere. Restore what it points to, or remove it.'],
      [
        'gone.mp4',
        'ERR_NOT_FOUND',
        'gone.mp4: the link leads nowhere. Restore what it points to, or remove it.',
      ],
      [
        'self.mp4',
        'ERR_NOT_FOUND',
        'self.mp4: the link leads nowhere. Restore what it points to, or remove it.',
      ],
    ]);
    expect((await findMedia(root, { exclude: ['gone.*', 'self.mp4', 'folder'] })).problems).toEqual([]);
    expect((await findMedia(root, { include: ['a.*'] })).problems.map(({ path }) => path)).toEqual([
      'folder',
    ]);
  });
});

describe('include and exclude', () => {
  const FILES = [
    'a.mp4',
    'b.mov',
    'day1/a.mp4',
    'day1/b.mov',
    'day1/raw/c.mp4',
    'day2/raw/d.mp4',
    'raw/e.mp4',
  ];

  test.each<[FindMediaOptions, readonly string[]]>([
    [{}, FILES],
    [{ include: [], exclude: [] }, FILES],
    [{ include: ['*.mov'] }, ['b.mov', 'day1/b.mov']],
    [{ include: ['/*.mov'] }, ['b.mov']],
    [{ include: ['./day1/*.mov', 'raw/**'] }, ['day1/b.mov', 'raw/e.mp4']],
    [{ include: ['day1'] }, []],
    [{ include: ['day1/'] }, ['day1/a.mp4', 'day1/b.mov', 'day1/raw/c.mp4']],
    [{ include: ['raw/'] }, ['day1/raw/c.mp4', 'day2/raw/d.mp4', 'raw/e.mp4']],
    [{ include: ['/raw/'] }, ['raw/e.mp4']],
    [{ include: ['**/raw/*'] }, ['day1/raw/c.mp4', 'day2/raw/d.mp4', 'raw/e.mp4']],
    [{ include: ['{a,d}.mp4'] }, ['a.mp4', 'day1/a.mp4', 'day2/raw/d.mp4']],
    [{ include: ['!(a|b).*'] }, ['day1/raw/c.mp4', 'day2/raw/d.mp4', 'raw/e.mp4']],
    [{ include: ['*.MP4'] }, []],
    [{ exclude: ['raw'] }, ['a.mp4', 'b.mov', 'day1/a.mp4', 'day1/b.mov']],
    [{ exclude: ['raw/'] }, ['a.mp4', 'b.mov', 'day1/a.mp4', 'day1/b.mov']],
    [{ exclude: ['/raw'] }, FILES.slice(0, 6)],
    [{ exclude: ['day1/**'] }, ['a.mp4', 'b.mov', 'day2/raw/d.mp4', 'raw/e.mp4']],
    [{ include: ['*.mp4'], exclude: ['a.mp4', 'day2'] }, ['day1/raw/c.mp4', 'raw/e.mp4']],
  ])('%j', async (options, expected) => {
    await put(FILES);
    expect(await filesOf(options)).toEqual(expected);
  });

  test('decide before videos and images are weighed against each other', async () => {
    await put(['a.mp4', 'b.png', 'c.txt', 'd/e.mp4']);
    expect(await findMedia(root, { exclude: ['*.mp4', '*.txt', 'd'] })).toEqual({
      kind: 'images',
      files: ['b.png'],
      skipped: { ...NOTHING_SKIPPED, filtered: 2, other: 1 },
      problems: [],
    });
  });

  test('an excluded folder is not even looked into', async () => {
    await put(['a.mp4', 'd/e.mp4']);
    await symlink('nowhere', join(root, 'd/broken'));
    expect(await findMedia(root, { exclude: ['d'] })).toMatchObject({ files: ['a.mp4'], problems: [] });
  });

  test.each([
    [
      'a[1.mp4',
      '"a[1.mp4" is not a glob pattern: Missing closing: "]" - use "\\\\]" to match literal characters. Correct it; a bracket that stands for itself needs a backslash in front.',
    ],
    [
      '',
      '"" is not a glob pattern: Expected pattern to be a non-empty string. Correct it; a bracket that stands for itself needs a backslash in front.',
    ],
    [
      '!*.avi',
      '"!*.avi" asks for the opposite. Exclude what you would not include, and the other way round.',
    ],
  ])('the pattern %j is refused', async (pattern, message) => {
    for (const options of [{ include: [pattern] }, { exclude: ['ok', pattern] }]) {
      await expect(findMedia(root, options)).rejects.toMatchObject({
        code: 'ERR_OPTION',
        message,
        facts: { pattern },
      });
    }
  });
});

describe('what cannot be searched', () => {
  test('a root that is not there', async () => {
    const path = join(root, 'nowhere');
    await expect(findMedia(path)).rejects.toMatchObject({
      code: 'ERR_NOT_FOUND',
      message: `${path}: there is no such folder. Check the path.`,
      facts: { path, system: 'ENOENT' },
    });
  });

  test('a root that is a file', async () => {
    await put(['a.mp4']);
    const path = join(root, 'a.mp4');
    await expect(findMedia(path)).rejects.toMatchObject({
      code: 'ERR_OPTION',
      message: `${path}: this is a file, not a folder. Give the folder that it lies in.`,
    });
    await expect(findMedia(join(path, 'b'))).rejects.toMatchObject({ code: 'ERR_NOT_FOUND' });
  });

  test.skipIf(process.platform === 'win32')(
    'folders that may not be read are reported, a root is refused',
    async () => {
      await put(['a.mp4', 'locked/b.mp4', 'locked.ts/c.mp4', 'secret.ts']);
      for (const path of ['locked', 'locked.ts', 'secret.ts']) await chmod(join(root, path), 0);
      const isRoot = process.geteuid?.() === 0;
      // Permissions do not bind root.
      if (isRoot) process.seteuid?.(65534);
      try {
        const { files, problems } = await findMedia(root);
        expect(files).toEqual(['a.mp4', 'secret.ts']);
        expect(problems.map(({ path, error }) => [path, error.code, error.message])).toEqual([
          [
            'locked',
            'ERR_NO_INPUT',
            'locked: the folder cannot be read: permission denied. Allow reading it, or exclude it.',
          ],
          [
            'locked.ts',
            'ERR_NO_INPUT',
            'locked.ts: the folder cannot be read: permission denied. Allow reading it, or exclude it.',
          ],
        ]);
        const locked = join(root, 'locked');
        await expect(findMedia(locked)).rejects.toMatchObject({
          code: 'ERR_NO_INPUT',
          message: `${locked}: the folder cannot be read: permission denied. Allow reading it, or exclude it.`,
        });
      } finally {
        if (isRoot) process.seteuid?.(0);
        for (const path of ['locked', 'locked.ts', 'secret.ts']) await chmod(join(root, path), 0o755);
      }
    },
  );

  test.runIf(process.platform === 'linux')('names that are not UTF-8 are reported', async () => {
    await writeFile(
      Buffer.concat([Buffer.from(`${root}/caf`), Buffer.from([0xe9]), Buffer.from('.mp4')]),
      '',
    );
    await put(['\uFFFD.mp4']);
    const { files, problems } = await findMedia(root);
    expect(files).toEqual(['\uFFFD.mp4']);
    expect(problems.map(({ path, error }) => [path, error.code, error.message])).toEqual([
      [
        'caf\uFFFD.mp4',
        'ERR_NOT_FOUND',
        'caf\uFFFD.mp4: the name is not valid UTF-8. Rename the file or folder.',
      ],
    ]);
  });

  test('an aborted search throws the reason', async () => {
    const reason = new Error('enough');
    await expect(findMedia(root, { signal: AbortSignal.abort(reason) })).rejects.toBe(reason);
  });
});

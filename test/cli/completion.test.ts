import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { bashCompletion } from '../../src/cli/completion/bash.ts';
import { fishCompletion } from '../../src/cli/completion/fish.ts';
import { outlineOf, type VerbOutline } from '../../src/cli/completion/outline.ts';
import { zshCompletion } from '../../src/cli/completion/zsh.ts';
import { main } from '../../src/cli/main.ts';
import { VERBS } from '../../src/cli/verbs.ts';
import { FakeIo } from './fake-io.ts';
import { fakeVerbs } from './fake-verbs.ts';

let outlines: readonly VerbOutline[];
let folder: string;
beforeAll(async () => {
  outlines = await outlineOf(VERBS);
  folder = mkdtempSync(join(tmpdir(), 'framesift-completion-'));
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const hasBash = spawnSync('bash', ['--version']).status === 0;

/** What bash offers after these words, of which the last is being written. */
const offered = (words: readonly string[]): string[] => {
  const script = join(folder, 'framesift.bash');
  writeFileSync(script, bashCompletion(outlines));
  const quoted = words.map((word) => `'${word}'`).join(' ');
  const program = `source '${script}'; COMP_WORDS=(${quoted}); COMP_CWORD=${words.length - 1}; _framesift; printf '%s\\n' "\${COMPREPLY[@]}"`;
  const { stdout, stderr, status } = spawnSync('bash', ['--norc', '-u', '-c', program], { encoding: 'utf8' });
  expect({ stderr, status }).toEqual({ stderr: '', status: 0 });
  return stdout.split('\n').filter((word) => word !== '');
};

describe.skipIf(!hasBash)('bash', () => {
  test.each([
    [
      ['framesift', ''],
      [
        'info',
        'list',
        'extract',
        'embed',
        'train',
        'magic',
        'project',
        'run',
        'select',
        'shots',
        'knn',
        'check',
        'models',
        'doctor',
        'annotate',
        'worker',
        'queue',
        'completion',
        '--help',
        '--version',
      ],
    ],
    [['framesift', 'ex'], ['extract']],
    [['framesift', '-q', 'ex'], ['extract']],
    [['framesift', '--config', 'c.yaml', 'do'], ['doctor']],
    [['framesift', '--config', '=', 'c.yaml', 'do'], ['doctor']],
    [
      ['framesift', 'extract', 'videos', '--fo'],
      ['--format', '--force'],
    ],
    [
      ['framesift', 'extract', '--format', ''],
      ['png', 'jpg', 'webp'],
    ],
    [['framesift', 'extract', '--format', 'j'], ['jpg']],
    [
      ['framesift', 'extract', '--format', '='],
      ['png', 'jpg', 'webp'],
    ],
    [['framesift', 'extract', '--format', '=', 'w'], ['webp']],
    [
      ['framesift', 'extract', '--no-'],
      ['--no-cache', '--no-color'],
    ],
    [
      ['framesift', 'completion', ''],
      ['bash', 'zsh', 'fish', '--help'],
    ],
    // The second word of a verb, beside paths.
    [['framesift', 'annotate', 'i'], ['import']],
    [['framesift', 'annotate', 'import', 'export.json', '--fr'], ['--frames']],
    [['framesift', 'annotate', 'import', ''], []],
    // Paths are left to bash itself.
    [['framesift', 'extract', ''], []],
    [['framesift', 'extract', '--filenames', ''], []],
    [['framesift', 'extract', '--every', '-'], []],
    [['framesift', 'sing', '--'], []],
  ])('%j', (words, expected) => {
    expect(offered(words).sort()).toEqual([...expected].sort());
  });

  test('offers every flag that help lists', () => {
    for (const { name, flags } of outlines) {
      expect(offered(['framesift', ...name.split(' '), '--'])).toEqual(
        expect.arrayContaining(flags.map((flag) => `--${flag.name}`)),
      );
    }
  });

  test('is installed for the command, with files as the default', () => {
    const script = join(folder, 'framesift.bash');
    const { stdout } = spawnSync('bash', ['--norc', '-c', `source '${script}'; complete -p framesift`], {
      encoding: 'utf8',
    });
    expect(stdout).toBe('complete -o default -F _framesift framesift\n');
  });
});

/** Runs a script through a shell's own reader, without executing it. */
const accepts = (shell: string, script: string): void => {
  const path = join(folder, `framesift.${shell}`);
  writeFileSync(path, script);
  const { status, stderr } = spawnSync(shell, ['-n', path], { encoding: 'utf8' });
  expect({ status, stderr }).toEqual({ status: 0, stderr: '' });
};

describe.each([
  ['zsh', zshCompletion],
  ['fish', fishCompletion],
] as const)('%s', (shell, write) => {
  const isThere = spawnSync(shell, ['--version']).status === 0;

  test.skipIf(!isThere)('its own reader takes the script', () => accepts(shell, write(outlines)));

  test('the script of a small table', async () => {
    await expect(write(await outlineOf(fakeVerbs()))).toMatchFileSnapshot(`completion/${shell}.txt`);
  });
});

describe('framesift completion', () => {
  test.each([
    ['bash', bashCompletion],
    ['zsh', zshCompletion],
    ['fish', fishCompletion],
  ] as const)('%s writes the script', async (shell, write) => {
    const io = new FakeIo();
    expect(await main(['completion', shell], io)).toBe(0);
    expect({ out: io.out, err: io.err }).toEqual({ out: write(outlines), err: '' });
  });

  test('other shells are refused', async () => {
    const io = new FakeIo();
    expect(await main(['completion', 'bsh'], io)).toBe(2);
    expect(io.err).toBe(
      'error: "bsh" is not one of bash, zsh, fish. Did you mean bash?\nSee framesift completion --help.\n',
    );
  });
});

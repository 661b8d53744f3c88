// The package as a user gets it: packed, installed in an empty folder, run.
import { execFileSync, spawnSync } from 'node:child_process';
import { mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, expect, it } from 'vitest';

const root = fileURLToPath(new URL('..', import.meta.url));
let folder = '';

const run = (command: string, args: readonly string[], cwd = folder): string =>
  execFileSync(command, args, {
    cwd,
    encoding: 'utf8',
    stdio: ['ignore', 'pipe', 'pipe'],
    shell: process.platform === 'win32',
  });

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'framesift package '));
  const packed = run('npm', ['pack', '--silent', '--pack-destination', folder], root)
    .trim()
    .split('\n')
    .at(-1)!;
  writeFileSync(join(folder, 'package.json'), '{"private": true, "type": "module"}');
  run('npm', [
    'install',
    '--silent',
    '--no-audit',
    '--no-fund',
    '--prefer-offline',
    '--ignore-scripts',
    join(folder, packed),
  ]);
}, 300_000);

afterAll(() => rmSync(folder, { recursive: true, force: true }));

it('holds the built product and its documents, and nothing else', () => {
  const installed = join(folder, 'node_modules', 'framesift');
  expect(readdirSync(installed).sort()).toEqual([
    'LICENSE',
    'README.md',
    'bin',
    'dist',
    'models',
    'package.json',
  ]);
  const built = readdirSync(join(installed, 'dist'), { recursive: true, encoding: 'utf8' });
  expect(built.filter((file) => !/\.(js|d\.ts)$/.test(file) && file.includes('.'))).toEqual([]);
});

it('installs the command, which says its version without a word on stderr', () => {
  const command = join(folder, 'node_modules', '.bin', 'framesift');
  expect(run(command, ['--version'])).toMatch(/^(framesift )?\d+\.\d+\.\d+\n$/);
});

it('extracts a frame through the library', () => {
  const media = join(root, 'samples', 'media');
  const program = `
    import { extractFrames, openDataset } from 'framesift';
    const dataset = await openDataset(process.argv[2], { cache: false });
    const names = [dataset.filename(0), dataset.filename(dataset.length - 1)];
    const { done, failed } = await dataset.dump('frames', names);
    console.log(done.length, failed.length, typeof extractFrames);`;
  writeFileSync(join(folder, 'program.js'), program);
  expect(run(process.execPath, ['program.js', media])).toBe('2 0 function\n');
});

it('says what a queue needs, which does not come with it', () => {
  const entry = join(folder, 'node_modules', 'framesift', 'bin', 'framesift.js');
  const { status, stderr } = spawnSync(
    process.execPath,
    [entry, 'worker', '--queue', 'redis://127.0.0.1:1', '--quiet'],
    { cwd: folder, encoding: 'utf8' },
  );
  expect(status).toBe(5);
  expect(stderr).toContain(
    'a queue needs the package bullmq, which is not installed. Run npm install bullmq ioredis (Redis, Valkey), or npm install bullmq pg (PostgreSQL)',
  );
});

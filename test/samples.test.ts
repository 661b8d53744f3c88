// The samples and the documents as a reader runs them: each program and command in a process of its own, on the
// committed clips.
import { spawn } from 'node:child_process';
import {
  chmodSync,
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { delimiter, dirname, join, sep } from 'node:path';
import { fileURLToPath } from 'node:url';
import sharp from 'sharp';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { VERBS } from '../src/cli/verbs.ts';
import { readBlockCode } from './support/block-code.ts';
import { demux } from './support/mux.ts';
import { decodeSequentially } from './support/sequential.ts';
import { range } from './support/streams.ts';

const root = fileURLToPath(new URL('..', import.meta.url));
const samples = join(root, 'samples');
const media = join(samples, 'media');
const list = join(media, 'sampled_filenames.txt');
const names = readFileSync(list, 'utf8').trimEnd().split('\n');
const programs = readdirSync(samples).filter((file) => file.endsWith('.js') && file !== 'shown-number.js');
const CLIPS = { 'phone.mp4': 90, 'street.mkv': 120, 'Kamera Süd/gate.webm': 60 };

let folder = '';
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'framesift samples '));
  for (const name of ['work', 'tmp']) mkdirSync(join(folder, name));
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

interface Finished {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** Runs something with an environment of its own, so that what it writes elsewhere is noticed. */
const runProcess = async (command: string, args: readonly string[], cwd: string): Promise<Finished> => {
  const env: NodeJS.ProcessEnv = {
    ...process.env,
    PATH: [join(folder, 'bin'), process.env['PATH']].join(delimiter),
    TMPDIR: join(folder, 'tmp'),
    TEMP: join(folder, 'tmp'),
    HOME: join(folder, 'home'),
    LOCALAPPDATA: join(folder, 'home'),
    XDG_CACHE_HOME: '',
    LABEL_STUDIO_API_KEY: 'a-token',
    CVAT_ACCESS_TOKEN: 'a-token',
  };
  for (const name of Object.keys(env)) if (name.startsWith('FRAMESIFT_')) delete env[name];
  const child = spawn(command, args, { cwd, env, stdio: ['ignore', 'pipe', 'pipe'] });
  const text = { stdout: '', stderr: '' };
  for (const name of ['stdout', 'stderr'] as const) {
    child[name].setEncoding('utf8').on('data', (part: string) => {
      text[name] += part;
    });
  }
  const code = await new Promise<number | null>((resolve, reject) => {
    child.once('error', reject);
    child.once('close', resolve);
  });
  return { code, ...text };
};

/** Runs a program in an empty folder and gives what it printed, line by line; it must succeed without a complaint. */
const run = async (program: string, ...args: readonly string[]): Promise<string[]> => {
  const path = join(samples, program);
  const { code, stdout, stderr } = await runProcess(process.execPath, [path, ...args], join(folder, 'work'));
  expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
  return stdout.trimEnd().split('\n');
};

const outFolder = (program: string): string => join(folder, 'out', program);

/** Image files below a folder. */
const imagesIn = (place: string): string[] =>
  readdirSync(place, { recursive: true, encoding: 'utf8' })
    .filter((file) => /\.(png|jpg|webp)$/.test(file))
    .map((file) => file.split(sep).join('/'))
    .sort();

const numberIn = (name: string): number => Number(/-(\d+)-\w+\.\w+$/.exec(name)![1]);

/** The numbers that image files show. */
const numbersShown = async (place: string, files: readonly string[]): Promise<(number | null)[]> => {
  const shown: (number | null)[] = [];
  for (const file of files) {
    const { data, info } = await sharp(join(place, file)).raw().toBuffer({ resolveWithObject: true });
    expect(info.channels).toBe(3);
    shown.push(readBlockCode({ width: info.width, height: info.height, data }));
  }
  return shown;
};

/** Each file shows the number in its name, and there are no others. */
const expectExactly = async (place: string, files: readonly string[]): Promise<void> => {
  expect(imagesIn(place)).toEqual([...files].sort());
  expect(await numbersShown(place, files)).toEqual(files.map(numberIn));
};

const withExtension = (extension: string): string[] => names.map((name) => name.replace(/png$/, extension));

describe('the clips', () => {
  it.each(Object.entries(CLIPS))(
    '%s shows in each of its %i frames the number of the frame',
    (clip, count) => {
      const frames = decodeSequentially(join(media, clip));
      expect(frames.map(({ code }) => code)).toEqual(range(0, count));
      expect(frames.filter(({ corrupt }) => corrupt)).toEqual([]);
    },
  );

  it('have a variable frame rate and open GOPs', () => {
    const [phone] = demux(join(media, 'phone.mp4'));
    const times = phone!.chunks.map(({ pts }) => Number(pts)).sort((a, b) => a - b);
    const steps = times.slice(1).map((time, i) => time - times[i]!);
    expect(Math.max(...steps)).toBeGreaterThan(1.5 * Math.min(...steps));
    const [street] = demux(join(media, 'street.mkv'));
    const keys = street!.chunks.flatMap(({ flags, pts }, at) =>
      (flags & 1) === 1 ? [{ at, pts: pts! }] : [],
    );
    expect(keys.length).toBe(5);
    for (const { at, pts } of keys.slice(1)) expect(street!.chunks[at + 1]!.pts!).toBeLessThan(pts);
  });

  it('are small, and the list names their frames', () => {
    const bytes = Object.keys(CLIPS).reduce((sum, clip) => sum + statSync(join(media, clip)).size, 0);
    expect(bytes).toBeLessThan(300_000);
    expect(new Set(names).size).toBe(10);
    for (const name of names) {
      const [, stem, digits, extension] = /^(.*)-(\d+)-(\w+)\.png$/.exec(name)!;
      const count = CLIPS[`${stem}.${extension}` as keyof typeof CLIPS];
      expect(Number(digits)).toBeLessThan(count);
      expect(digits!.length).toBe(String(count).length);
    }
  });
});

describe('the programs', () => {
  it.each(programs)('%s is short, and stands in the list of samples', (program) => {
    expect(readFileSync(join(samples, program), 'utf8').trimEnd().split('\n').length).toBeLessThanOrEqual(60);
    expect(readFileSync(join(samples, 'README.md'), 'utf8')).toContain(`\n| [${program}](${program}) `);
  });

  it('extract-named-frames.js', async () => {
    const out = outFolder('named');
    expect(await run('extract-named-frames.js', out)).toEqual([
      '10 names, the first:',
      '  street-047-mkv.png',
      '  phone-61-mp4.png',
      '  Kamera Süd/gate-33-webm.png',
      '  street-022-mkv.png',
      '  phone-04-mp4.png',
      '270 frames in 3 videos',
      'the first numbers: 197, 121, 33, 172, 64',
      'same name: true (160x96, label 2)',
      `10 frames saved twice, in ${join(out, 'png')} and ${join(out, 'jpg')}`,
    ]);
    await expectExactly(join(out, 'png'), names);
    await expectExactly(join(out, 'jpg'), withExtension('jpg'));
  });

  it('extract-list.js', async () => {
    const out = outFolder('list');
    const lines = await run('extract-list.js', out);
    expect(lines.slice(0, 13)).toEqual([
      'street-047-mkv.jpg: frame 47, at 1.880 s, 160x96',
      'phone-61-mp4.jpg: frame 61, at 2.740 s, 160x96',
      'Kamera Süd/gate-33-webm.jpg: frame 33, at 3.300 s, 160x96',
      'street-022-mkv.jpg: frame 22, at 0.880 s, 160x96',
      'phone-04-mp4.jpg: frame 4, at 0.132 s, 160x96',
      'street-119-mkv.jpg: frame 119, at 4.760 s, 160x96',
      'Kamera Süd/gate-00-webm.jpg: frame 0, at 0.000 s, 160x96',
      'phone-89-mp4.jpg: frame 89, at 3.980 s, 160x96',
      'street-071-mkv.jpg: frame 71, at 2.840 s, 160x96',
      'Kamera Süd/gate-58-webm.jpg: frame 58, at 5.800 s, 160x96',
      'streat-047-mkv.png: ERR_NOT_FOUND',
      `  ${list}, line 11: streat-047-mkv.png: there is no video streat.mkv in ${media}, which holds 3 videos, the first Kamera Süd/gate.webm. Did you mean street.mkv?`,
      '10 done (0 of them earlier), 1 failed',
    ]);
    expect(lines[13]).toMatch(/^\d+ frames decoded for them, \d+ passed over$/);
    expect(lines.slice(14)).toEqual([`written to ${out}`]);
    await expectExactly(out, withExtension('jpg'));
    expect((await run('extract-list.js', out)).slice(12, 14)).toEqual([
      '10 done (10 of them earlier), 1 failed',
      '0 frames decoded for them, 0 passed over',
    ]);
  });

  it('every-second.js', async () => {
    const out = outFolder('second');
    const expected: readonly (readonly [seconds: string, file: string])[] = [
      ['0.000', 'Kamera Süd/gate-00-webm.png'],
      ['1.000', 'Kamera Süd/gate-10-webm.png'],
      ['2.000', 'Kamera Süd/gate-20-webm.png'],
      ['3.000', 'Kamera Süd/gate-30-webm.png'],
      ['4.000', 'Kamera Süd/gate-40-webm.png'],
      ['5.000', 'Kamera Süd/gate-50-webm.png'],
      ['0.000', 'phone-00-mp4.png'],
      ['0.768', 'phone-23-mp4.png'],
      ['1.674', 'phone-45-mp4.png'],
      ['3.212', 'phone-68-mp4.png'],
      ['0.000', 'street-000-mkv.png'],
      ['1.000', 'street-025-mkv.png'],
      ['2.000', 'street-050-mkv.png'],
      ['3.000', 'street-075-mkv.png'],
      ['4.000', 'street-100-mkv.png'],
    ];
    expect(await run('every-second.js', out, media)).toEqual([
      ...expected.map(([seconds, file]) => `   ${seconds} s  ${file}`),
      `15 frames, 0 failures, written to ${out}`,
    ]);
    const files = expected.map(([, file]) => file);
    await expectExactly(out, files);
    const manifest = readFileSync(join(out, 'manifest.ndjson'), 'utf8').trimEnd().split('\n');
    expect(manifest.map((line) => (JSON.parse(line) as { file: string }).file)).toEqual(files);
  });

  it('frame-at-time.js', async () => {
    const out = outFolder('time');
    expect(await run('frame-at-time.js', out)).toEqual([
      '90 frames, 4.015 s, 22.36 frames a second on average',
      'at 0 s: frame 0, on screen since 0.000 s',
      'at 1.5 s: frame 42, on screen since 1.469 s',
      'at 3 s: frame 64, on screen since 2.939 s',
      `written to ${out}`,
    ]);
    expect(imagesIn(out)).toEqual(['frame-0.png', 'frame-42.png', 'frame-64.png']);
    expect(await numbersShown(out, imagesIn(out))).toEqual([0, 42, 64]);
  });

  it('keyframes.js', async () => {
    const out = outFolder('keys');
    const files = [
      ...[0, 30].map((n) => `Kamera Süd/gate-${String(n).padStart(2, '0')}-webm.webp`),
      ...[0, 30, 60].map((n) => `phone-${String(n).padStart(2, '0')}-mp4.webp`),
      ...[0, 24, 48, 72, 96].map((n) => `street-${String(n).padStart(3, '0')}-mkv.webp`),
    ];
    expect(await run('keyframes.js', out)).toEqual([
      ...files.map((file) => `${file}: 120x72`),
      `10 key frames for 10 decoded, written to ${out}`,
    ]);
    await expectExactly(out, files);
  });

  it('frames-to-buffers.js', async () => {
    const out = outFolder('buffers');
    expect(await run('frames-to-buffers.js', out)).toEqual([
      '10 frames of 224x224x3 bytes, the first Kamera Süd/gate-00-webm.png',
      "np.fromfile('frames.rgb', np.uint8).reshape(10, 224, 224, 3)",
      `written to ${out}`,
    ]);
    const array = readFileSync(join(out, 'frames.rgb'));
    const bytes = 224 * 224 * 3;
    expect(array.length).toBe(10 * bytes);
    const order = readFileSync(join(out, 'frames.txt'), 'utf8').trimEnd().split('\n');
    expect([...order].sort()).toEqual([...names].sort());
    const shown = order.map((_, i) =>
      readBlockCode({ width: 224, height: 224, data: array.subarray(i * bytes, (i + 1) * bytes) }),
    );
    expect(shown).toEqual(order.map(numberIn));
  });

  it('embed-folder.js', async () => {
    const out = outFolder('embedded');
    const lines = await run('embed-folder.js', out);
    expect(lines).toEqual([
      `30 embeddings of 1280 values, computed on cpu: ${join(out, 'embeddings.csv')}`,
      `their principal components: ${join(out, 'embeddings_pca.csv')}`,
      expect.stringMatching(/^most alike: .*\.png and .*\.png, cosine similarity (0\.9\d\d|1\.000)$/),
    ]);
    expect(readdirSync(out).sort()).toEqual(['embeddings.csv', 'embeddings_pca.csv']);
  });

  it('train.js, twice in one folder', async () => {
    const out = outFolder('trained');
    const first = await run('train.js', out);
    const encoder = join(out, 'trained', 'encoder.onnx');
    const epoch = (number: number): RegExp =>
      new RegExp(
        `^epoch ${number}: loss \\d\\.\\d{3}, spread [01]\\.\\d\\d, \\d+ % told by their neighbours$`,
      );
    expect(first).toEqual([
      `what the network sees: ${join(out, 'views.png')}`,
      expect.stringMatching(epoch(1)),
      expect.stringMatching(epoch(2)),
      `74 frames, 8 steps, 0 of them earlier: ${encoder}`,
      `30 embeddings of 128 values: ${join(out, 'embeddings.csv')}`,
    ]);
    // A line for each of eight frames: the frame, and four pairs of views.
    const { width, height } = await sharp(join(out, 'views.png')).metadata();
    expect([width, height]).toEqual([4 + 9 * 132, 4 + 8 * 132]);
    const trained = readFileSync(encoder);
    expect(await run('train.js', out)).toEqual(
      first.with(3, `74 frames, 8 steps, 8 of them earlier: ${encoder}`),
    );
    expect(readFileSync(encoder).equals(trained)).toBe(true);
    expect(readdirSync(join(out, 'trained')).sort()).toEqual([
      '.framesift',
      'encoder.json',
      'encoder.onnx',
      'last.safetensors',
      'losses.csv',
      'step.onnx',
      'train.json',
    ]);
  });

  it('run-folder.js, twice in one folder', async () => {
    const out = outFolder('run');
    const first = await run('run-folder.js', out);
    expect(first.at(-1)).toBe(`12 images in ${join(out, 'frames')}, 12 of them new`);
    const second = await run('run-folder.js', out);
    expect(second.slice(0, -1)).toEqual(first.slice(0, -1));
    expect(second.at(-1)).toBe(`12 images in ${join(out, 'frames')}, 0 of them new`);
    const listed = readFileSync(join(out, 'sampled_filenames.txt'), 'utf8').trimEnd().split('\n');
    expect(first.slice(0, -1).map((line) => line.split(': ')[0])).toEqual(listed);
    await expectExactly(join(out, 'frames'), listed);
  });

  it('select-frames.js', async () => {
    const out = outFolder('selected');
    const lines = await run('select-frames.js', out);
    const picks = lines.slice(0, 8).map((line) => line.split(': ') as [string, string]);
    expect(picks[0]![1]).toBe('the first');
    expect(new Set(picks.map(([name]) => name)).size).toBe(8);
    for (const video of ['Kamera Süd/gate', 'phone', 'street'])
      expect(picks.filter(([name]) => name.startsWith(video)).length, video).toBeGreaterThanOrEqual(2);
    expect(lines[8]).toMatch(/^no candidate is further than [01]\.\d{3} from one of them$/);
    expect(lines[9]).toBe(`8 images in ${join(out, 'frames')}`);
    for (const [name] of picks) expect(existsSync(join(out, 'frames', name)), name).toBe(true);
  });

  it('annotate-frames.js', async () => {
    const out = outFolder('annotated');
    const files = [
      ['label-studio', 'tasks.json'],
      ['cvat', 'manifest.jsonl'],
      ['cvat', 'task.json'],
    ].map((path) => join(out, ...path));
    expect(await run('annotate-frames.js', out)).toEqual([
      `6 frames: ${files[0]}`,
      `6 frames: ${files[1]}, ${files[2]}`,
    ]);
    const tasks = JSON.parse(readFileSync(files[0]!, 'utf8')) as { data: { image: string; name: string } }[];
    const listed = readFileSync(join(out, 'selected', 'sampled_filenames.txt'), 'utf8')
      .trimEnd()
      .split('\n');
    expect(tasks.map(({ data }) => data.name)).toEqual(listed);
    expect(tasks.map(({ data }) => decodeURIComponent(data.image))).toEqual(
      listed.map((name) => `/data/local-files/?d=selected/frames/${name}`),
    );
  });

  it('verify-folder.js', async () => {
    const out = outFolder('verify');
    const videos = join(out, 'videos');
    expect(await run('verify-folder.js', out)).toEqual([
      `${join(videos, 'Kamera Süd', 'gate.webm')}: vp9, 60 frames, sound`,
      `${join(videos, 'phone.mp4')}: h264, 90 frames, damaged: 52, 53, 55, 56, 57, 58, 59`,
      `${join(videos, 'street.mkv')}: h264, 120 frames, sound`,
      '83 of 90 frames of phone.mp4 can be had',
    ]);
  });

  it('demo.js, twice in one folder', async () => {
    const out = outFolder('demo');
    for (let time = 0; time < 2; time++) {
      const lines = await run('demo.js', out);
      const command = `$ framesift extract samples/media --filenames samples/media/sampled_filenames.txt --out ${join(out, 'frames')} --force`;
      const at = lines.indexOf(command.split('/').join(sep));
      expect(at).toBeGreaterThan(0);
      expect(lines.slice(at + 1, at + 11)).toEqual(names.map((name) => join(out, 'frames', name)));
      expect(lines[at + 11]!.startsWith(`10 frames written to ${join(out, 'frames')}, `)).toBe(true);
      const said = (file: string, size: string): string =>
        `  ${file.padEnd(28)} ${size}  shows number ${numberIn(file)}`;
      const shown = [
        ...names.map((file) => said(file, '160x96')),
        ...withExtension('jpg').map((file) => said(file, '128x77')),
      ];
      const told = lines.filter((line) => line.includes('shows number'));
      expect(told.slice(0, 20)).toEqual(shown);
      const selected = readFileSync(join(out, 'selected', 'sampled_filenames.txt'), 'utf8')
        .trimEnd()
        .split('\n');
      expect(selected).toHaveLength(9);
      expect(told.slice(20)).toEqual(selected.map((file) => said(file, '160x96')));
      expect(
        lines.filter((line) =>
          line.includes(time === 0 ? '9 frames of 74 candidates selected, ' : 'nothing to do: '),
        ),
      ).toHaveLength(1);
      expect(lines.slice(-2)).toEqual([
        `29 of 29 pictures show the number that their name says. They are in ${out}`,
        `The selected frames are in ${join(out, 'selected', 'frames')}`,
      ]);
      await expectExactly(join(out, 'selected', 'frames'), selected);
      await expectExactly(join(out, 'frames'), names);
      await expectExactly(join(out, 'small'), withExtension('jpg'));
    }
  });

  it('without a folder, write below a temporary one and say where', async () => {
    const where = (await run('frame-at-time.js')).at(-1)!.replace('written to ', '');
    expect(dirname(where)).toBe(join(folder, 'tmp'));
    expect(imagesIn(where)).toEqual(['frame-0.png', 'frame-42.png', 'frame-64.png']);
  });

  it('write nowhere else', () => {
    expect(readdirSync(join(folder, 'work'))).toEqual([]);
    expect(existsSync(join(folder, 'home'))).toBe(false);
    expect(readdirSync(join(folder, 'tmp')).length).toBe(1);
  });
});

/** The lines of a document's code blocks in one language, block by block. */
const blocksOf = (document: string, language: string): string[] =>
  [...readFileSync(join(root, document), 'utf8').matchAll(/^```(\w+)\n(.*?)^```$/gms)]
    .filter((match) => match[1] === language)
    .map((match) => match[2]!);

/** A folder as the documents have it: `videos/` and `selected.txt`. */
const readersFolder = (name: string): string => {
  const place = join(folder, name);
  cpSync(media, join(place, 'videos'), { recursive: true });
  rmSync(join(place, 'videos', 'sampled_filenames.txt'));
  cpSync(list, join(place, 'selected.txt'));
  return place;
};

/** What Label Studio exports when somebody has worked through the frames of `selected/`. */
const writeExports = (place: string): void => {
  const selected = readFileSync(join(place, 'selected', 'sampled_filenames.txt'), 'utf8')
    .trimEnd()
    .split('\n');
  const value = { x: 10, y: 10, width: 20, height: 20, rotation: 0, rectanglelabels: ['cyclist'] };
  const region = {
    type: 'rectanglelabels',
    from_name: 'objects',
    original_width: 160,
    original_height: 96,
    value,
  };
  const tasks = selected.map((name) => ({ data: { name }, annotations: [{ result: [region] }] }));
  for (const file of ['export.json', 'project-1.json'])
    writeFileSync(join(place, file), JSON.stringify(tasks));
};

// Their commands are written for a POSIX shell, and one of them for GNU's shuf.
const DOCUMENTS = ['README.md', 'docs/cli.md', 'docs/learning.md'];

describe.skipIf(process.platform !== 'linux').each(DOCUMENTS)('%s', (document) => {
  let place = '';
  beforeAll(() => {
    place = readersFolder(document.replace('/', '-'));
    const command = join(folder, 'bin', 'framesift');
    mkdirSync(dirname(command), { recursive: true });
    writeFileSync(
      command,
      `#!/bin/sh\nexec '${process.execPath}' '${join(root, 'bin', 'framesift.js')}' "$@"\n`,
    );
    chmodSync(command, 0o755);
  });

  const commands = blocksOf(document, 'sh')
    .flatMap((block) => block.split('\n'))
    .filter((line) => line.startsWith('framesift '));

  it('shows commands', () => expect(commands.length).toBeGreaterThan(4));

  it.each(commands)('%s', async (line) => {
    if (line.includes('annotate import')) writeExports(place);
    // No server is there to be pushed to.
    const isPush = line.includes('annotate push') && !line.includes('--dry-run');
    const command = isPush ? line.replace(/(?= #|$)/, ' --dry-run') : line;
    const { code, stderr } = await runProcess('sh', ['-c', command], place);
    expect(code, stderr).toBe(0);
    expect(stderr).not.toMatch(/^(error|failed|warning):/m);
  });
});

describe('README.md', () => {
  it('begins with a command whose output is true', async () => {
    const [first, ...said] = blocksOf('README.md', 'console')[0]!.trimEnd().split('\n');
    const args = first!.replace('$ framesift ', '').split(' ');
    const command = [join(root, 'bin', 'framesift.js'), ...args];
    const { code, stdout, stderr } = await runProcess(process.execPath, command, readersFolder('first'));
    expect(code).toBe(0);
    const shown = said.slice(0, said.indexOf('...'));
    expect(stdout.split(sep).join('/').split('\n').slice(0, shown.length)).toEqual(shown);
    const withoutTime = (line: string): string => line.replace(/[\d.]+ s$/, '');
    expect(withoutTime(stderr.trimEnd())).toBe(withoutTime(said.at(-1)!));
  });

  it('goes on with a program that works', async () => {
    // Below the repository, so that the package finds itself by name.
    const program = join(root, '.tmp', `readme-${process.pid}`, 'program.js');
    mkdirSync(dirname(program), { recursive: true });
    try {
      writeFileSync(program, blocksOf('README.md', 'js')[0]!);
      expect(await runProcess(process.execPath, [program], readersFolder('program'))).toEqual({
        code: 0,
        stdout: '10 frames written, 0 failed\n',
        stderr: '',
      });
    } finally {
      rmSync(dirname(program), { recursive: true });
    }
  });
});

describe('docs/learning.md', () => {
  const text = readFileSync(join(root, 'docs', 'learning.md'), 'utf8');

  it('shows every picture of docs/images, and no other', () => {
    const shown = [...text.matchAll(/!\[[^\]]+\]\(images\/([^)]+)\)/g)].map((match) => match[1]);
    expect(shown.toSorted()).toEqual(readdirSync(join(root, 'docs', 'images')).sort());
  });
});

describe('docs/cli.md', () => {
  const text = readFileSync(join(root, 'docs', 'cli.md'), 'utf8');
  const sections = new Map(
    text.split(/^## /m).map((section) => [section.slice(0, section.indexOf('\n')), section]),
  );
  /** Sections that the one of a verb refers to. */
  const BESIDES: ReadonlyMap<string, readonly string[]> = new Map([
    ['embed', ['extract']],
    ['train', ['extract']],
    ['magic', ['extract', 'train']],
  ]);
  const flagsIn = (part: string): Set<string> => new Set(part.match(/--[a-z]+(?:-[a-z]+)*/g));
  const flagsOf = async (verb: string): Promise<Set<string>> => {
    const args = [join(root, 'bin', 'framesift.js'), ...verb.split(' '), '--help'];
    const { stdout } = await runProcess(process.execPath, args, folder);
    return flagsIn((stdout.match(/^ {2}(?:-\w, )?--[a-z-]+/gm) ?? []).join(' '));
  };

  it.each([
    'info',
    'list',
    'extract',
    'embed',
    'train',
    'magic',
    'project',
    'knn',
    'check',
    'models',
    'doctor',
    'annotate push',
    'annotate import',
  ])('has every option of %s', async (verb) => {
    const places = ['project', 'knn', 'check', 'models', 'doctor'].includes(verb)
      ? [verb, 'Shared options']
      : verb.startsWith('annotate ')
        ? [verb, 'annotate', 'Shared options']
        : [verb, ...(BESIDES.get(verb) ?? []), 'Inputs', 'Shared options'];
    const documented = flagsIn(places.map((place) => sections.get(place)!).join('\n'));
    const flags = await flagsOf(verb);
    expect(flags.size).toBeGreaterThan(5);
    expect([...flags].filter((flag) => !documented.has(flag))).toEqual([]);
  });

  it('has no option that does not exist', async () => {
    const known = new Set(['--version']);
    for (const { name } of VERBS) for (const flag of await flagsOf(name)) known.add(flag);
    expect([...flagsIn(text)].filter((flag) => !known.has(flag))).toEqual([]);
  });
});

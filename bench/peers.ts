/** The programs that framesift is compared with, as far as they are installed. */
import { spawnSync } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Contender, Errand } from './contender.ts';
import type { Program } from './fresh-process.ts';

export interface Peers {
  readonly ffmpeg: ((quality: number) => Contender) | undefined;
  readonly python: readonly Contender[];
  /** Who is not here, and why. */
  readonly absent: readonly { readonly name: string; readonly reason: string }[];
}

export const findPeers = (): Peers => {
  const absent: { name: string; reason: string }[] = [];
  const version = /^ffmpeg version (\S+)/.exec(textOf('ffmpeg', ['-version']))?.[1];
  if (version === undefined) absent.push({ name: 'ffmpeg', reason: 'no ffmpeg on the path' });
  const python: Contender[] = [];
  for (const [name, imports] of Object.entries(PYTHON_PEERS)) {
    const found = findPython(imports);
    if (found === undefined) absent.push({ name, reason: `no python3 with ${imports.join(' and ')}` });
    else python.push(pythonPeer(name, found.command, found.version));
  }
  return {
    ffmpeg: version === undefined ? undefined : (quality) => ffmpegPeer(version, quality),
    python,
    absent,
  };
};

/** Peer to the modules that its program imports; the first one names the version. */
const PYTHON_PEERS: Readonly<Record<string, readonly string[]>> = { OpenCV: ['cv2'], PyAV: ['av', 'cv2'] };
/** In order of preference. A Debian numpy is slow: it computes with a BLAS of one thread. */
const PYTHONS = [process.env['FRAMESIFT_BENCH_PYTHON'] ?? [], 'python3', '/usr/bin/python3'].flat();

const textOf = (command: string, args: readonly string[]): string => {
  const { status, stdout } = spawnSync(command, args, { encoding: 'utf8' });
  return status === 0 ? stdout : '';
};

/** A python3 that has these modules, and the version of the first. */
export const findPython = (imports: readonly string[]): { command: string; version: string } | undefined => {
  const program = `import ${imports.join(', ')}; print(${imports[0]}.__version__)`;
  for (const command of PYTHONS) {
    const version = textOf(command, ['-c', program]).trim();
    if (version !== '') return { command, version };
  }
  return undefined;
};

const pythonPeer = (name: string, command: string, version: string): Contender => {
  const script = fileURLToPath(new URL(`peers/${name.toLowerCase()}.py`, import.meta.url));
  const prepare = ({ video, wanted, outDir, scratchDir }: Errand): Program => {
    const numbers = join(scratchDir, 'numbers.txt');
    writeFileSync(numbers, wanted.numbers.join('\n'));
    return { command, arguments: [script, video, numbers, outDir] };
  };
  return { name, version, isPeer: true, prepare };
};

const ffmpegPeer = (version: string, quality: number): Contender => {
  const major = Number(/\d+/.exec(version)?.[0] ?? 0);
  const everyFrameOnce = major >= 6 ? ['-fps_mode', 'passthrough'] : ['-vsync', 'passthrough'];
  const prepare = ({ video, wanted, outDir, scratchDir }: Errand): Program => {
    const script = join(scratchDir, 'select.txt');
    writeFileSync(script, `select='${anyOf(wanted.numbers)}'`);
    const filter = wanted.isAll ? [] : [major >= 7 ? '-/filter:v' : '-filter_script:v', script];
    const input = ['-v', 'error', '-nostdin', '-i', video, '-map', '0:v:0', ...filter, ...everyFrameOnce];
    const images = ['-frames:v', String(wanted.numbers.length), join(outDir, '%06d.jpg')];
    // Without a lower bound of its own the encoder takes every quality below 2 for 2.
    const output = ['-qmin', '1', '-q:v', String(quality), ...images];
    return { command: 'ffmpeg', arguments: [...input, ...output] };
  };
  return { name: 'ffmpeg', version, isPeer: true, prepare };
};

/** Nested in pairs: FFmpeg refuses a plain sum of more than a hundred terms. */
const anyOf = (numbers: readonly number[]): string => {
  if (numbers.length === 1) return `eq(n,${numbers[0]})`;
  const half = numbers.length >> 1;
  return `(${anyOf(numbers.slice(0, half))}+${anyOf(numbers.slice(half))})`;
};

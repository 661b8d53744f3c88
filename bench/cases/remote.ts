/** A few frames of a long video on a web server: time and bytes, beside ffmpeg that seeks there. */
import { once } from 'node:events';
import { createReadStream, rmSync, statSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Case, CaseResult, Row } from '../case.ts';
import { framesift } from '../framesift.ts';
import { runFresh } from '../fresh-process.ts';
import { pickNumbers } from '../random.ts';
import { temporaryFolder } from '../scratch.ts';
import { spreadOf } from '../statistics.ts';
import { say } from '../terminal.ts';

const FRAMES = 10;
/** Of every answer of the server, as if it were some hundred kilometres away. */
const LATENCY_MS = 20;

export const REMOTE_CASE: Case = {
  name: 'remote',
  run: async (bench): Promise<CaseResult> => {
    const { clips, settings, workDir, peers } = bench;
    const clip = clips.repeated('h264-1080p', settings.longTimes);
    clips.release();
    using folder = temporaryFolder(join(workDir, 'remote'));
    await using server = await serve(clip.path);
    const numbers = pickNumbers(FRAMES, clip.frames, settings.seed);
    const cache = join(folder.path, 'cache');
    const outDir = join(folder.path, 'out');
    const seconds: Record<'framesift' | 'ffmpeg', number[]> = { framesift: [], ffmpeg: [] };
    const bytes = { framesift: 0, ffmpeg: 0 };
    for (let round = -1; round < settings.sparseRounds; round++) {
      for (const name of ['framesift', 'ffmpeg'] as const) {
        if (name === 'ffmpeg' && peers.ffmpeg === undefined) continue;
        const before = server.sentBytes();
        const taken =
          name === 'framesift'
            ? await extract(server.url, numbers, outDir, cache)
            : await seek(server.url, numbers);
        bytes[name] = server.sentBytes() - before;
        if (round < 0) continue;
        seconds[name].push(taken);
        say(`  ${name.padEnd(20)} ${taken.toFixed(2)} s, ${megabytes(bytes[name])} MB`);
      }
    }
    const sizeBytes = statSync(clip.path).size;
    return {
      rows: [rowOf(clip.title, seconds, bytes, sizeBytes)],
      data: { numbers, sizeBytes, bytes, seconds },
    };
  },
};

/** Anew each time: nothing is known of the file. */
const extract = async (
  video: string,
  numbers: readonly number[],
  outDir: string,
  cache: string,
): Promise<number> => {
  for (const path of [outDir, cache]) rmSync(path, { recursive: true, force: true });
  process.env['FRAMESIFT_CACHE'] = cache;
  const errand = { video, wanted: { numbers, isAll: false }, outDir, scratchDir: outDir };
  return (await runFresh(framesift('framesift', cache).prepare(errand))).seconds;
};

/** One ffmpeg a frame, as people do it: it seeks by time. */
const seek = async (video: string, numbers: readonly number[]): Promise<number> => {
  let seconds = 0;
  for (const number of numbers) {
    const at = ((number + 0.5) / 30).toFixed(4);
    const args = [
      '-v',
      'error',
      '-ss',
      at,
      '-i',
      video,
      '-frames:v',
      '1',
      '-q:v',
      '1',
      '-f',
      'mjpeg',
      '-y',
      '/dev/null',
    ];
    seconds += (await runFresh({ command: 'ffmpeg', arguments: args })).seconds;
  }
  return seconds;
};

interface FileServer extends AsyncDisposable {
  readonly url: string;
  readonly sentBytes: () => number;
}

const serve = async (path: string): Promise<FileServer> => {
  const { size } = statSync(path);
  let sent = 0;
  const server = createServer(async (request, response) => {
    const [, first = '0', last] = /^bytes=(\d+)-(\d*)$/.exec(request.headers.range ?? '') ?? [];
    const [start, end] = [Number(first), last ? Math.min(size, Number(last) + 1) : size];
    await sleep(LATENCY_MS);
    response.writeHead(206, {
      'accept-ranges': 'bytes',
      'content-length': end - start,
      'content-range': `bytes ${start}-${end - 1}/${size}`,
      etag: '"1"',
    });
    const stream = createReadStream(path, { start, end: end - 1 });
    stream.on('data', (chunk) => {
      sent += chunk.length;
    });
    response.on('close', () => stream.destroy());
    stream.pipe(response);
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  return {
    url: `http://127.0.0.1:${port}/long.mp4`,
    sentBytes: () => sent,
    [Symbol.asyncDispose]: async () => {
      server.closeAllConnections();
      server.close();
    },
  };
};

const megabytes = (bytes: number): string => (bytes / 1e6).toFixed(1);

const rowOf = (
  title: string,
  seconds: Readonly<Record<'framesift' | 'ffmpeg', readonly number[]>>,
  bytes: Readonly<Record<'framesift' | 'ffmpeg', number>>,
  sizeBytes: number,
): Row => {
  const own = spreadOf(seconds.framesift);
  const share = `framesift ${own.median.toFixed(2)} s, bringing ${megabytes(bytes.framesift)} of ${megabytes(sizeBytes)} MB`;
  const what = `${FRAMES} frames of ${title}, on a web server ${LATENCY_MS} ms away`;
  if (seconds.ffmpeg.length === 0)
    return { what, result: 'nobody to compare with', target: '≥ 1 ×', isMet: undefined, remark: share };
  const ratio = spreadOf(seconds.ffmpeg.map((other, round) => other / seconds.framesift[round]!));
  const other = `ffmpeg ${spreadOf(seconds.ffmpeg).median.toFixed(2)} s, reading ${megabytes(bytes.ffmpeg)} MB`;
  return {
    what,
    result: `${ratio.median.toFixed(2)} × ffmpeg (${ratio.min.toFixed(2)}–${ratio.max.toFixed(2)})`,
    target: '≥ 1 ×',
    isMet: ratio.median >= 1,
    remark: `${share}; ${other}, one -ss a frame`,
  };
};

/** Embeddings: how much the whole costs beside its parts alone. */
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Bench, Case, CaseResult, Row } from '../case.ts';
import { runFresh } from '../fresh-process.ts';
import { temporaryFolder } from '../scratch.ts';
import { type Spread, spreadOf } from '../statistics.ts';
import { say } from '../terminal.ts';

const PROBE = fileURLToPath(new URL('../probes/embedding.js', import.meta.url));
const MODES = ['embed', 'decode', 'compute', 'bare', 'session'] as const;
/** What `embed` chooses by itself. */
const BATCH = 1;
/** What one session on all threads is fastest with. */
const SESSION_BATCH = 8;

type Mode = (typeof MODES)[number];

interface Sample {
  readonly mode: Mode;
  readonly perSecond: number;
}

/** What is decoded: densely, where decoding costs least a frame, and sparsely, where it costs most. */
const ERRANDS = [
  { title: 'every 2nd frame', every: 2 },
  { title: 'every 15th frame', every: 15 },
] as const;

export const EMBEDDING_CASE: Case = {
  name: 'embedding',
  run: async (bench): Promise<CaseResult> => {
    const clip = bench.clips.get('h264-1080p');
    bench.clips.release();
    const rows: Row[] = [];
    const data: unknown[] = [];
    for (const { title, every } of ERRANDS) {
      const samples = await sample(bench, clip.path, every);
      const rate = (mode: Mode): Spread => spreadOf(ratesOf(samples, mode));
      say(
        `embedding ${title}: ${MODES.map((mode) => `${mode} ${rate(mode).median.toFixed(0)}/s`).join(', ')}`,
      );
      rows.push(...rowsOf(`${title} of ${clip.title}`, samples));
      data.push({ title, every, samples });
    }
    return { rows, data };
  },
};

const sample = async ({ settings, workDir }: Bench, video: string, every: number): Promise<Sample[]> => {
  using folder = temporaryFolder(join(workDir, 'embedding'));
  const samples: Sample[] = [];
  for (let round = -1; round < settings.sparseRounds; round++) {
    for (const mode of MODES) {
      const batch = mode === 'session' ? SESSION_BATCH : BATCH;
      const args = [PROBE, mode, video, String(every), String(batch), folder.path];
      const { output } = await runFresh({ command: process.execPath, arguments: args });
      const { pictures, seconds } = JSON.parse(output) as { pictures: number; seconds: number };
      if (round >= 0) samples.push({ mode, perSecond: pictures / seconds });
    }
  }
  return samples;
};

const ratesOf = (samples: readonly Sample[], mode: Mode): number[] =>
  samples.filter((each) => each.mode === mode).map(({ perSecond }) => perSecond);

const ratio = (samples: readonly Sample[], mode: Mode, other: readonly number[]): Spread =>
  spreadOf(ratesOf(samples, mode).map((rate, round) => rate / other[round]!));

const rowsOf = (title: string, samples: readonly Sample[]): Row[] => {
  const [decode, compute] = [ratesOf(samples, 'decode'), ratesOf(samples, 'compute')];
  const slower = decode.map((rate, round) => Math.min(rate, compute[round]!));
  // Both want all processors. What they want together, one after the other, is what no overlap can beat.
  const together = decode.map((rate, round) => 1 / (1 / rate + 1 / compute[round]!));
  const [whole, engine] = [
    ratio(samples, 'embed', slower),
    ratio(samples, 'compute', ratesOf(samples, 'bare')),
  ];
  const bound = ratio(samples, 'embed', together);
  const median = (mode: Mode): string => spreadOf(ratesOf(samples, mode)).median.toFixed(0);
  return [
    {
      what: `Embedding ${title}, beside the slower of decoding and computing alone`,
      result: `${whole.median.toFixed(2)} × (${whole.min.toFixed(2)}–${whole.max.toFixed(2)})`,
      target: '≥ 0.9 ×',
      isMet: whole.median >= 0.9,
      remark: `${median('embed')} frames/s; decoding alone ${median('decode')}, computing alone ${median('compute')}; ${bound.median.toFixed(2)} × the two one after the other`,
    },
    {
      what: `Computing through the engine, beside ONNX Runtime alone, both a process and a thread for each processor, batch ${BATCH}`,
      result: `${engine.median.toFixed(2)} × (${engine.min.toFixed(2)}–${engine.max.toFixed(2)})`,
      target: '≥ 0.95 ×',
      isMet: engine.median >= 0.95,
      remark: `${median('compute')} frames/s, alone ${median('bare')}; alone in one session on all threads, batch ${SESSION_BATCH}: ${median('session')}`,
    },
  ];
};

/** Frames to JPEG, against the peers. */
import { join } from 'node:path';
import type { Bench, Case, CaseResult, Row } from '../case.ts';
import type { Clip } from '../clips.ts';
import type { Contender, Sample, Wanted } from '../contender.ts';
import { countDecoded, type DecodeCount, framesift } from '../framesift.ts';
import { type EqualQuality, findEqualQuality } from '../quality.ts';
import { type Measure, medianOf, race, ratios } from '../race.ts';
import { pickNumbers } from '../random.ts';
import { temporaryFolder } from '../scratch.ts';
import type { Spread } from '../statistics.ts';
import { say } from '../terminal.ts';

interface Share {
  readonly title: string;
  /** Of the frames of the clip; 1 for all of them. */
  readonly share: number;
  readonly target: number;
  /** The race for every frame is against ffmpeg alone. */
  readonly peers: 'all' | 'ffmpeg';
}

const COLD = 'framesift';
const WARM = 'framesift, indexed';
const MOST_DECODED = 1.1;

interface ClipOutcome {
  readonly clip: string;
  readonly frames: number;
  readonly wanted: number;
  readonly quality: EqualQuality | undefined;
  readonly counts: DecodeCount;
  /** The peer with the least median time, and how many times as fast framesift was. */
  readonly fastestPeer: string | undefined;
  readonly ratioCold: Spread | undefined;
  readonly ratioWarm: Spread | undefined;
  /** The same for processor time, which a busy machine hardly changes. */
  readonly cpuRatioCold: Spread | undefined;
  readonly cpuRatioWarm: Spread | undefined;
  readonly dropped: Readonly<Record<string, string>>;
  readonly samples: readonly Sample[];
}

const extractionCase = (name: string, share: Share): Case => ({
  name,
  run: async (bench): Promise<CaseResult> => {
    const outcomes: ClipOutcome[] = [];
    const rows: Row[] = [];
    for (const clipName of bench.settings.clips) {
      const clip = bench.clips.get(clipName);
      bench.clips.release();
      say(`${share.title}, ${clip.title}`);
      const outcome = await measure(bench, clip, share);
      outcomes.push(outcome);
      rows.push(...rowsOf(outcome, clip, share));
    }
    return { rows, data: { share: share.share, target: share.target, clips: outcomes } };
  },
});

const measure = async (
  { peers, settings, workDir }: Bench,
  clip: Clip,
  share: Share,
): Promise<ClipOutcome> => {
  using cache = temporaryFolder(join(workDir, 'cache'));
  const [cold, warm] = [framesift(COLD, undefined), framesift(WARM, cache.path)];
  const quality =
    peers.ffmpeg === undefined ? undefined : await findEqualQuality(clip, cold, peers.ffmpeg, workDir);
  const rivals: Contender[] = [];
  if (peers.ffmpeg !== undefined && quality !== undefined) rivals.push(peers.ffmpeg(quality.step));
  if (share.peers === 'all') rivals.push(...peers.python);
  const wanted = wantedOf(clip, share.share, settings.seed);
  const { samples, dropped } = await race({
    video: clip.path,
    wanted,
    contenders: [cold, warm, ...rivals],
    rounds: share.share === 1 ? settings.denseRounds : settings.sparseRounds,
    workDir,
  });
  using out = temporaryFolder(join(workDir, 'count'));
  const counts = await countDecoded(
    { video: clip.path, wanted, outDir: join(out.path, 'images'), scratchDir: out.path },
    cache.path,
  );
  const finished = rivals.filter(({ name }) => !(name in dropped));
  const fastestPeer = finished.sort(
    (a, b) => medianOf(samples, a.name, 'seconds') - medianOf(samples, b.name, 'seconds'),
  )[0];
  const ratioOf = (name: string, measure: Measure): Spread | undefined =>
    fastestPeer === undefined ? undefined : ratios(samples, name, fastestPeer.name, measure);
  return {
    clip: clip.name,
    frames: clip.frames,
    wanted: wanted.numbers.length,
    quality,
    counts,
    fastestPeer: fastestPeer?.name,
    ratioCold: ratioOf(COLD, 'seconds'),
    ratioWarm: ratioOf(WARM, 'seconds'),
    cpuRatioCold: ratioOf(COLD, 'cpuSeconds'),
    cpuRatioWarm: ratioOf(WARM, 'cpuSeconds'),
    dropped,
    samples,
  };
};

export const wantedOf = (clip: Clip, share: number, seed: number): Wanted =>
  share === 1
    ? { isAll: true, numbers: Array.from({ length: clip.frames }, (_, i) => i) }
    : { isAll: false, numbers: pickNumbers(Math.max(2, Math.round(clip.frames * share)), clip.frames, seed) };

const rowsOf = (outcome: ClipOutcome, clip: Clip, share: Share): Row[] => {
  const { counts, samples, fastestPeer, quality } = outcome;
  const contenders = [...new Set(samples.map((sample) => sample.contender))];
  const times = contenders
    .map((name) => `${name} ${medianOf(samples, name, 'seconds').toFixed(2)} s`)
    .join(', ');
  const step = quality === undefined ? '' : `; ffmpeg at -q:v ${quality.step}`;
  const rows: Row[] = [];
  for (const [state, ratio, cpuRatio] of [
    ['', outcome.ratioCold, outcome.cpuRatioCold],
    [', indexed before', outcome.ratioWarm, outcome.cpuRatioWarm],
  ] as const) {
    if (ratio === undefined || fastestPeer === undefined) continue;
    const cpu = `${cpuRatio?.median.toFixed(2)} × in processor time`;
    rows.push({
      what: `${share.title}, ${clip.title}${state}`,
      result: `${ratio.median.toFixed(2)} × ${fastestPeer} (${ratio.min.toFixed(2)}–${ratio.max.toFixed(2)})`,
      target: `≥ ${share.target} ×`,
      isMet: ratio.median >= share.target,
      remark: state === '' ? `${times}${step}; ${cpu}` : cpu,
    });
  }
  const excess = counts.decoded / counts.planned;
  rows.push({
    what: `${share.title}, ${clip.title}: pictures decoded for those that must be`,
    result: `${counts.decoded} / ${counts.planned} = ${excess.toFixed(2)}`,
    target: `≤ ${MOST_DECODED}`,
    isMet: excess <= MOST_DECODED,
    remark: `${counts.packetsSent} packets, ${counts.framesSkipped} of them passed over, ${counts.seeks} seeks`,
  });
  return rows;
};

export const EXTRACTION_CASES: readonly Case[] = [
  extractionCase('sparse-1', { title: '1 % of the frames', share: 0.01, target: 2, peers: 'all' }),
  extractionCase('sparse-10', { title: '10 % of the frames', share: 0.1, target: 1.3, peers: 'all' }),
  extractionCase('dense', { title: 'Every frame', share: 1, target: 0.9, peers: 'ffmpeg' }),
];

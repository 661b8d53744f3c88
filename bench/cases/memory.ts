/** How much memory the whole tree of processes takes at most. */
import type { Bench, Case, CaseResult, Row } from '../case.ts';
import type { Clip } from '../clips.ts';
import type { Wanted } from '../contender.ts';
import { framesift } from '../framesift.ts';
import type { MemoryUse } from '../process-tree.ts';
import { runOnce } from '../race.ts';
import { say } from '../terminal.ts';
import { wantedOf } from './extraction.ts';

const MOST_MIB = 400;

interface Errand {
  readonly title: string;
  readonly clip: Clip;
  readonly wanted: Wanted;
}

export const MEMORY_CASE: Case = {
  name: 'memory',
  run: async (bench): Promise<CaseResult> => {
    const rows: Row[] = [];
    const data: unknown[] = [];
    for (const { title, clip, wanted } of errandsOf(bench)) {
      const contender = framesift('framesift', undefined);
      const { memory } = await runOnce(contender, { video: clip.path, wanted, workDir: bench.workDir }, true);
      if (memory === undefined) continue;
      say(`memory, ${title}: ${memory.peakPssMiB.toFixed(0)} MiB`);
      rows.push(rowOf(title, memory));
      data.push({ title, clip: clip.name, wanted: wanted.numbers.length, ...memory });
    }
    return { rows, data };
  },
};

const errandsOf = ({ clips, settings }: Bench): Errand[] => {
  const errands = settings.clips.flatMap((name): Errand[] => {
    const clip = clips.get(name);
    return [
      { title: `1 % of the frames, ${clip.title}`, clip, wanted: wantedOf(clip, 0.01, settings.seed) },
      { title: `every frame, ${clip.title}`, clip, wanted: wantedOf(clip, 1, settings.seed) },
    ];
  });
  for (const name of settings.clips) {
    const long = clips.repeated(name, settings.longTimes);
    const tenth = Array.from({ length: Math.floor(long.frames / 10) }, (_, i) => i * 10);
    errands.push(
      { title: `1 % of the frames, ${long.title}`, clip: long, wanted: wantedOf(long, 0.01, settings.seed) },
      { title: `every tenth frame, ${long.title}`, clip: long, wanted: { isAll: false, numbers: tenth } },
    );
  }
  clips.release();
  return errands;
};

const rowOf = (title: string, { peakPssMiB, peakRssMiB, processes }: MemoryUse): Row => ({
  what: `Peak memory, ${title}`,
  result: `${peakPssMiB.toFixed(0)} MiB`,
  target: `≤ ${MOST_MIB} MiB`,
  isMet: peakPssMiB <= MOST_MIB,
  remark: `${processes.length} processes, the largest with ${peakRssMiB.toFixed(0)} MiB resident`,
});

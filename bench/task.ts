/** A task that several programs do, timing themselves, and the row that it becomes. */
import { fileURLToPath } from 'node:url';
import type { Row } from './case.ts';
import type { Answer, Contestant } from './contest.ts';
import type { Program } from './fresh-process.ts';
import { findPython } from './peers.ts';
import { spreadOf } from './statistics.ts';

export interface Task {
  readonly title: string;
  readonly own: Contestant;
  readonly rivals: readonly Contestant[];
  /** Who is told of in the remarks only. */
  readonly others?: readonly Contestant[];
  /** What the time comes to, of one picture where there are pictures, as people tell it. */
  readonly amountOf: (seconds: number) => string;
  readonly note: string;
  /** How many times as fast as the best rival. Default: 1. */
  readonly target?: number;
}

const pathOf = (name: string): string => fileURLToPath(new URL(`./${name}`, import.meta.url));

type Arguments = readonly (string | number)[];

/** A program of `probes/`. */
export const node = (script: string, args: Arguments): Program => ({
  command: process.execPath,
  arguments: [pathOf(`probes/${script}`), ...args.map(String)],
});

/** A program of `peers/`; undefined where python lacks the module. */
export const python = (module: string, script: string, args: Arguments): Program | undefined => {
  const found = findPython([module, 'numpy']);
  return found && { command: found.command, arguments: [pathOf(`peers/${script}`), ...args.map(String)] };
};

export const rowOf = (task: Task, answers: ReadonlyMap<string, readonly Answer[]>): Row => {
  const secondsOf = ({ name }: Contestant): number[] =>
    (answers.get(name) ?? []).map(({ seconds, pictures = 1 }) => seconds / pictures);
  const amountOf = (contestant: Contestant): string => {
    const seconds = secondsOf(contestant);
    return `${contestant.name} ${seconds.length === 0 ? 'not here' : task.amountOf(spreadOf(seconds).median)}`;
  };
  const { target = 1 } = task;
  const own = secondsOf(task.own);
  const [nearest] = task.rivals
    .filter(({ name }) => answers.has(name))
    .map((rival) => ({ name: rival.name, ...spreadOf(secondsOf(rival).map((value, i) => value / own[i]!)) }))
    .sort((a, b) => a.median - b.median);
  const versions = new Set([...answers.values()].flatMap((all) => all.flatMap(({ who }) => who ?? [])));
  const all = [task.own, ...task.rivals, ...(task.others ?? [])].map(amountOf).join(', ');
  return {
    what: task.title,
    result:
      nearest === undefined
        ? 'nobody to compare with'
        : `${nearest.median.toFixed(2)} × ${nearest.name} (${nearest.min.toFixed(2)}–${nearest.max.toFixed(2)})`,
    target: `≥ ${target} ×`,
    isMet: nearest === undefined ? undefined : nearest.median >= target,
    remark: [all, ...versions, task.note].join('; '),
  };
};

// How strategies, limits and filters are written on the command line: `sharpness^2`, `luminance>=20`, `blurred=80`.
import { FramesiftError } from '../base/errors.ts';
import { quote } from '../base/quote.ts';
import type { FilterRule } from '../curation/frame-filters.ts';
import type { FrameStrategy } from '../curation/rules.ts';
import type { ClassSource, ConfiguredThreshold, NumberSource } from '../selection/selection-config.ts';
import { oneOf } from './value-readers.ts';

/** Of `curation/frame-filters.ts`; not imported from there, since that would load all of selection for --help. */
export const FILTERS = [
  'black',
  'dark',
  'light',
  'low-information',
  'corrupt',
  'blurred',
  'frozen',
  'duplicate',
] as const;

const OPERATIONS = {
  '<': 'SMALLER',
  '<=': 'SMALLER_EQUAL',
  '>': 'BIGGER',
  '>=': 'BIGGER_EQUAL',
} as const;

const NUMBER = /^[+-]?(?:\d+\.?\d*|\.\d+)(?:e[+-]?\d+)?$/i;

/** `sharpness`, `sharpness^-1`, `score:TASK/uncertainty_margin`, `count:TASK/car+bus`. @throws ERR_OPTION */
export const parseWeight = (text: string): FrameStrategy => {
  const { key = '', power } = /^(?<key>.+?)(?:\^(?<power>[^^]*))?$/s.exec(text)?.groups ?? {};
  if (power === undefined) return { type: 'weights', source: parseNumberSource(text, key) };
  const strength = NUMBER.test(power) ? Number(power) : refuse(text, 'has no number behind the ^');
  return { type: 'weights', source: parseNumberSource(text, key), strength };
};

/** `sharpness>=100`. @throws ERR_OPTION */
export const parseThreshold = (text: string): ConfiguredThreshold => {
  const { key, operation, limit } =
    /^(?<key>.+?)\s*(?<operation>[<>]=?)\s*(?<limit>\S+)$/s.exec(text)?.groups ?? {};
  if (key === undefined || limit === undefined || !NUMBER.test(limit))
    return refuse(text, 'is no limit. Write KEY>=NUMBER, with <, <=, > or >=, in quotes for the shell');
  return {
    source: parseNumberSource(text, key),
    operation: OPERATIONS[operation as keyof typeof OPERATIONS],
    threshold: Number(limit),
  };
};

/** `objects/car`. @throws ERR_OPTION */
export const parseLike = (text: string): FrameStrategy => {
  const { task, category } = /^(?<task>[^/]+)\/(?<category>.+)$/s.exec(text)?.groups ?? {};
  if (task === undefined || category === undefined)
    return refuse(text, 'names no category. Write TASK/CATEGORY');
  return { type: 'similarity', source: { kind: 'category count', task, categories: [category] } };
};

/** `weather`, `weather=input`, `weather=sunny:0.5,rain:0.3`, `classes:TASK=uniform`. @throws ERR_OPTION */
export const parseBalance = (text: string): FrameStrategy => {
  const { key = '', target = 'uniform' } = /^(?<key>[^=]+)(?:=(?<target>.*))?$/s.exec(text)?.groups ?? {};
  if (key === '')
    return refuse(text, 'names nothing to balance. Write KEY, KEY=input or KEY=sunny:0.5,rain:0.3');
  const task = /^classes:(?<task>.+)$/s.exec(key)?.groups?.['task'];
  const source: ClassSource =
    task === undefined ? { kind: 'metadata', key } : { kind: 'class distribution', task };
  if (target === 'uniform' || target === 'input') return { type: 'balance', source, target };
  const shares: Record<string, number> = {};
  for (const part of target.split(',')) {
    const { name, share } = /^(?<name>.+):(?<share>[^:]+)$/s.exec(part.trim())?.groups ?? {};
    if (name === undefined || share === undefined || !NUMBER.test(share))
      return refuse(
        text,
        `has a part ${quote(part)} that is no share. Write uniform, input, or sunny:0.5,rain:0.3`,
      );
    shares[name] = Number(share);
  }
  return { type: 'balance', source, target: shares };
};

/** `black`, `blurred=80`, `blurred=10%`. @throws ERR_OPTION */
export const parseFilter = (text: string): FilterRule => {
  const { word = '', limit } = /^(?<word>[^=]*)(?:=(?<limit>.*))?$/s.exec(text)?.groups ?? {};
  const name = oneOf(FILTERS)(word);
  if (limit === undefined) return { name };
  const share = /^(?<percent>[\d.]+)%$/.exec(limit)?.groups?.['percent'];
  if (
    share !== undefined &&
    name === 'blurred' &&
    NUMBER.test(share) &&
    Number(share) > 0 &&
    Number(share) < 100
  )
    return { name, quantile: Number(share) / 100 };
  if (share !== undefined || !NUMBER.test(limit) || Number(limit) < 0)
    return refuse(
      text,
      `has no limit. Write ${name}, or ${name}=NUMBER${name === 'blurred' ? ', or blurred=10%' : ''}`,
    );
  return { name, limit: Number(limit) };
};

const parseNumberSource = (text: string, key: string): NumberSource => {
  const {
    kind,
    task = '',
    what = '',
  } = /^(?<kind>score|count):(?<task>[^/]+)\/(?<what>.+)$/s.exec(key)?.groups ?? {};
  if (kind === 'score') return { kind: 'score', task, score: what };
  if (kind === 'count') return { kind: 'category count', task, categories: what.split('+') };
  if (/^(?:score|count):/.test(key))
    return refuse(text, 'lacks the task. Write score:TASK/NAME, or count:TASK/CATEGORY');
  return { kind: 'metadata', key };
};

const refuse = (text: string, problem: string): never => {
  throw new FramesiftError('ERR_OPTION', `${quote(text)} ${problem}.`, { facts: { value: text } });
};

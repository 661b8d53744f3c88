// What `info` tells people of videos: one in full, or many in a table.
import type { VideoReport } from '../info.ts';
import { pad } from './display-width.ts';
import { printable } from './printable.ts';
import { formatBytes, formatCount, formatDecimal, formatDuration, formatUnits } from './quantities.ts';
import { type Column, tableLines } from './table.ts';

const LAYOUT: readonly Column[] = [
  { title: 'video', canShrink: true },
  { title: 'codec' },
  { title: 'size', side: 'right' },
  { title: 'fps', side: 'right' },
  { title: 'frames', side: 'right' },
  { title: 'duration', side: 'right' },
  { title: 'keys', side: 'right' },
  { title: 'notes' },
];

/** One line a video; below the table what is wrong with which of them. */
export const videoTable = (reports: readonly VideoReport[], columns: number): string[] => {
  const rows = reports.map((report) => [
    report.path,
    report.codec,
    `${report.width}x${report.height}`,
    rate(report),
    formatCount(report.frameCount),
    formatDuration(report.durationSeconds),
    formatCount(report.keyframeCount),
    notes(report),
  ]);
  const problems = reports.flatMap(({ path, problems: all }) => all.map((problem) => `${path}: ${problem}`));
  return [
    ...tableLines(LAYOUT, rows, columns),
    ...(problems.length > 0 ? ['', ...problems.map(printable)] : []),
  ];
};

/** All that is known of one video, a fact a line. */
export const videoCard = (report: VideoReport): string[] => {
  const { streams } = report;
  const facts: (readonly [string, string])[] = [
    ['video', report.path],
    ['codec', `${report.codec}, ${report.pixelFormat}`],
    ['container', `${report.container}, ${formatBytes(report.sizeBytes)}`],
    ['size', `${report.width}x${report.height}${turned(report)}${aspect(report)}`],
    ['frames', formatCount(report.frameCount)],
    [
      'duration',
      `${formatDuration(report.durationSeconds)}, ${rate(report)} frames a second${variable(report)}`,
    ],
    ['key frames', keys(report)],
    ['numbered by', report.orderSource],
    ...(report.hdr === null ? [] : [['HDR', report.hdr] as const]),
    ...(streams.length > 1
      ? [['streams', streams.map((stream) => streamText(stream, report)).join(', ')] as const]
      : []),
    ...(report.damagedFrames?.length === 0 ? [['damage', 'none: every frame decodes'] as const] : []),
    ...report.problems.map((problem) => ['problem', problem] as const),
  ];
  const width = Math.max(...facts.map(([name]) => name.length));
  return facts.map(([name, value]) => `${pad(name, width, 'left')}  ${printable(value)}`);
};

const rate = ({ fps }: VideoReport): string => (fps > 0 ? formatDecimal(fps) : '-');

const variable = ({ isVariableRate }: VideoReport): string =>
  isVariableRate ? ' on average (variable)' : '';

const turned = ({ rotation }: VideoReport): string => (rotation === 0 ? '' : `, turned by ${rotation}°`);

const aspect = ({ pixelAspect }: VideoReport): string =>
  pixelAspect === 1 ? '' : `, pixels ${formatDecimal(pixelAspect)} times as wide as high`;

const keys = ({ keyframeCount, averageGop, longestGop }: VideoReport): string =>
  `${formatCount(keyframeCount)}, every ${formatUnits(Math.round(averageGop), 'frames')}, at most ${formatCount(longestGop)} apart`;

const streamText = (stream: VideoReport['streams'][number], { stream: used }: VideoReport): string =>
  `${stream.index} ${stream.codec} ${stream.width}x${stream.height}${stream.index === used ? ' (used)' : ''}`;

const notes = (report: VideoReport): string =>
  [
    report.isVariableRate ? 'variable rate' : '',
    report.rotation === 0 ? '' : `turned ${report.rotation}°`,
    report.hdr ?? '',
    report.orderSource === 'decoding' ? 'numbered by decoding' : '',
    report.damagedFrames === undefined || report.damagedFrames.length === 0
      ? ''
      : `${formatCount(report.damagedFrames.length)} damaged`,
  ]
    .filter((note) => note !== '')
    .join(', ');

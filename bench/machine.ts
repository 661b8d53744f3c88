/** The machine and the versions that figures hold for. */
import { spawnSync } from 'node:child_process';
import { arch, cpus, loadavg, platform, release, totalmem } from 'node:os';
import { getFFmpegInfo } from 'node-av/lib';
import sharp from 'sharp';
import { framesiftVersion } from './framesift.ts';
import type { Peers } from './peers.ts';

export interface Machine {
  readonly system: string;
  readonly processor: string;
  readonly processors: number;
  readonly memoryGiB: number;
  /** Graphics card, where it is known. */
  readonly card?: string | undefined;
  /** Before the first measurement. */
  readonly load: readonly number[];
}

/** What the figures hold for. */
export const describeMachine = (): Machine => ({
  system: `${platform()} ${release()} ${arch()}`,
  processor: cpus()[0]?.model ?? 'unknown',
  processors: cpus().length,
  memoryGiB: Math.round(totalmem() / 2 ** 30),
  card: cardName(),
  load: loadavg(),
});

const cardName = (): string | undefined => {
  const query = ['--query-gpu=name,driver_version', '--format=csv,noheader'];
  const { status, stdout } = spawnSync('nvidia-smi', query, { encoding: 'utf8' });
  const [name, driver] = status === 0 ? stdout.trim().split('\n')[0]!.split(', ') : [];
  return name && `${name}, driver ${driver}`;
};

export const describeVersions = (peers: Peers): Readonly<Record<string, string>> => ({
  framesift: framesiftVersion(),
  node: process.versions.node,
  'FFmpeg in framesift': getFFmpegInfo().version,
  sharp: sharp.versions.sharp ?? 'unknown',
  ...Object.fromEntries(
    [peers.ffmpeg?.(1), ...peers.python].flatMap((peer) => (peer ? [[peer.name, peer.version]] : [])),
  ),
});

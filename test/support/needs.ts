import { spawnSync } from 'node:child_process';

const PROBES: Readonly<Record<string, readonly [command: string, ...args: string[]]>> = {
  chromium: ['chromium', '--version'],
  ffmpeg: ['ffmpeg', '-version'],
  // Debian's package serves the system's Python, which need not be the first on the path.
  opencv: ['/usr/bin/python3', '-c', 'import cv2, numpy'],
  redis: ['redis-server', '--version'],
  postgres: ['sh', '-c', 'ls /usr/lib/postgresql/*/bin/postgres'],
  registry: ['npm', 'view', 'nsfwjs@4.3.0', 'version'],
};

/**
 * True when a tool that some tests compare with is installed. Where it must be there (`FAIL_WITHOUT_FFMPEG=1`, as in
 * continuous integration) its absence is an error instead of a reason to skip.
 */
export const has = (tool: keyof typeof PROBES & string): boolean => {
  const [command, ...args] = PROBES[tool]!;
  const isThere = spawnSync(command, args).status === 0;
  if (!isThere && process.env[`FAIL_WITHOUT_${tool.toUpperCase()}`] === '1') {
    throw new Error(
      `${tool} is not installed, and FAIL_WITHOUT_${tool.toUpperCase()}=1 says that it has to be`,
    );
  }
  return isThere;
};

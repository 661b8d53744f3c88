// What this machine offers: versions, decoders, folders, and how to get what is missing.
import { spawnSync } from 'node:child_process';
import { access, constants } from 'node:fs/promises';
import { messageOf } from './base/errors.ts';
import { cacheDirectory, makeFolder } from './base/files.ts';
import type { Device } from './model/device.ts';
import { defaultJobs } from './worker/pool.ts';

export interface Finding {
  readonly name: string;
  readonly status: 'ok' | 'warning' | 'missing';
  readonly detail: string;
  /** What to do about it. */
  readonly remedy?: string;
}

/** Looks at everything that framesift needs or can use. Never throws. */
export const examine = async (): Promise<readonly Finding[]> => [
  nodeVersion(),
  ...(await ffmpegLibraries()),
  await imageLibrary(),
  await modelRuntime(),
  ...(await graphicsCard()),
  workers(),
  await indexCache(),
  ffmpegProgram(),
];

const OLDEST_NODE: readonly [number, number] = [20, 19];

const nodeVersion = (): Finding => {
  const [major = 0, minor = 0] = process.versions.node.split('.').map(Number);
  const detail = `${process.version} on ${process.platform}-${process.arch}`;
  const isOld = major < OLDEST_NODE[0] || (major === OLDEST_NODE[0] && minor < OLDEST_NODE[1]);
  if (!isOld) return { name: 'Node.js', status: 'ok', detail };
  return {
    name: 'Node.js',
    status: 'missing',
    detail,
    remedy: `Install Node.js ${OLDEST_NODE.join('.')} or newer.`,
  };
};

const DECODERS = [
  'h264',
  'hevc',
  'vp8',
  'vp9',
  'av1',
  'libdav1d',
  'mpeg2video',
  'mpeg4',
  'prores',
  'mjpeg',
  'vc1',
  'ffv1',
  'gif',
];

const ffmpegLibraries = async (): Promise<Finding[]> => {
  try {
    const { ffmpegVersions, hasDecoder } = await import('./native/libav.ts');
    const { version, libraries } = ffmpegVersions();
    const shown = ['avcodec', 'avformat', 'swscale'].map((name) => `${name} ${libraries[name]}`).join(', ');
    const absent = DECODERS.filter((name) => !hasDecoder(name));
    const present = DECODERS.filter((name) => !absent.includes(name));
    return [
      { name: 'FFmpeg libraries', status: 'ok', detail: `${version} (${shown})` },
      absent.length === 0
        ? { name: 'Decoders', status: 'ok', detail: present.join(' ') }
        : {
            name: 'Decoders',
            status: 'warning',
            detail: `${present.join(' ')}; without ${absent.join(' ')}`,
            remedy:
              'Videos in those formats are reported as ERR_NO_DECODER; convert them, or use another build of node-av.',
          },
    ];
  } catch (error) {
    return [
      {
        name: 'FFmpeg libraries',
        status: 'missing',
        detail: messageOf(error),
        remedy: `Run npm install again with optional dependencies: node-av needs @seydx/node-av-${process.platform}-${process.arch}.`,
      },
    ];
  }
};

const imageLibrary = async (): Promise<Finding> => {
  try {
    const { sharpVersions } = await import('./native/sharp.ts');
    const { sharp, vips } = sharpVersions();
    return { name: 'sharp', status: 'ok', detail: `${sharp} (libvips ${vips})` };
  } catch (error) {
    return {
      name: 'sharp',
      status: 'missing',
      detail: messageOf(error),
      remedy: `Run npm install again with optional dependencies: sharp needs @img/sharp-${process.platform}-${process.arch}.`,
    };
  }
};

const modelRuntime = async (): Promise<Finding> => {
  const name = 'ONNX Runtime';
  try {
    const { bundledProviders, onnxRuntimeVersion } = await import('./native/onnxruntime.ts');
    const { devicesFor } = await import('./model/device.ts');
    const detail = `${onnxRuntimeVersion()} with ${bundledProviders().join(', ')}; --device auto tries ${devicesFor('auto').join(', ')}`;
    return { name, status: 'ok', detail };
  } catch (error) {
    return {
      name,
      status: 'missing',
      detail: messageOf(error),
      remedy: 'Only embed needs it: run npm install again.',
    };
  }
};

/**
 * Whether models run on a graphics card, where one seems to be there.
 *
 * @param asked devices to try in turn; those that `auto` tries, when left out
 */
export const graphicsCard = async (asked?: readonly Device[]): Promise<Finding[]> => {
  const name = 'Graphics card';
  try {
    const { devicesFor, tryDevice } = await import('./model/device.ts');
    const devices = asked ?? devicesFor('auto').filter((device) => device !== 'cpu');
    const obstacles: string[] = [];
    let remedy = '';
    for (const device of devices) {
      const obstacle = await tryDevice(device);
      if (obstacle === undefined)
        return [{ name, status: 'ok', detail: `${device} works, and is what ${whatTakes(device)} takes` }];
      obstacles.push(`${device}: ${obstacle.cause}`);
      remedy = obstacle.remedy;
    }
    if (obstacles.length === 0) return [{ name, status: 'ok', detail: 'none; models run on the processor' }];
    const detail = `there seems to be one, and models run on the processor (${obstacles.join('; ')})`;
    return [{ name, status: 'warning', detail, remedy }];
  } catch {
    // Without ONNX Runtime, which is a finding of its own.
    return [];
  }
};

/** Training leaves out what may compute in float16. */
const whatTakes = (device: Device): string =>
  device === 'coreml' ? '--device auto, but for training,' : '--device auto';

const workers = (): Finding => ({
  name: 'Workers',
  status: 'ok',
  detail: `${defaultJobs()} at once by default (--jobs changes that)`,
});

const indexCache = async (): Promise<Finding> => {
  const folder = cacheDirectory();
  try {
    makeFolder(folder);
    await access(folder, constants.W_OK);
    return { name: 'Cache', status: 'ok', detail: folder };
  } catch (error) {
    return {
      name: 'Cache',
      status: 'warning',
      detail: `${folder} cannot be written to (${messageOf(error)}); videos are scanned anew each time`,
      remedy: 'Set FRAMESIFT_CACHE to a folder that can be written to.',
    };
  }
};

const ffmpegProgram = (): Finding => {
  const { status, stdout } = spawnSync('ffmpeg', ['-version'], { encoding: 'utf8' });
  const version = status === 0 ? /^ffmpeg version (\S+)/.exec(stdout)?.[1] : undefined;
  const detail =
    version === undefined
      ? 'not installed; framesift does not need it (its tests and benchmarks compare with it)'
      : version;
  return { name: 'ffmpeg program', status: 'ok', detail };
};

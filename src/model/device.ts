// Where a model runs: which execution provider a device needs, and what to do where there is none.
import { existsSync, readdirSync } from 'node:fs';
import { FramesiftError } from '../base/errors.ts';
import { bundledProviders, openSession, wordsOf } from '../native/onnxruntime.ts';
import { GraphBuilder } from '../onnx/graph.ts';

export const DEVICES = ['cpu', 'webgpu', 'cuda', 'tensorrt', 'coreml', 'dml'] as const;

/** A device by its name in ONNX Runtime. */
export type Device = (typeof DEVICES)[number];

/** How to get what a device needs. */
const REMEDIES: Readonly<Record<Device, string>> = {
  cpu: 'Run npm install again: onnxruntime-node carries it on every platform.',
  webgpu:
    "It needs a graphics card with a Vulkan (Linux), Metal (macOS) or Direct3D 12 (Windows) driver that this user may use. A Linux server often lacks Debian's libvulkan1, libgl1, libegl1 and libxext6, a container of an NVIDIA card also NVIDIA_DRIVER_CAPABILITIES=all.",
  cuda: 'It needs Linux x64, an NVIDIA driver, CUDA 12, cuDNN 9, and their provider: run node node_modules/onnxruntime-node/script/install.js --onnxruntime-node-install=cuda12.',
  tensorrt:
    'It needs what --device cuda needs (see its message) and TensorRT 10 in the search path of libraries.',
  coreml: 'It needs a Mac.',
  dml: 'It needs Windows 10 or newer.',
};

/** Devices to try in turn for `auto`: those that are likely to be faster than the processor, then the processor. */
export const devicesFor = (device: Device | 'auto'): readonly Device[] => {
  if (device !== 'auto') return [device];
  const bundled = bundledProviders();
  if (process.platform === 'darwin') return bundled.includes('coreml') ? ['coreml', 'cpu'] : ['cpu'];
  if (process.platform === 'win32') return bundled.includes('dml') ? ['dml', 'cpu'] : ['cpu'];
  const cards: Device[] = [];
  if (existsSync('/dev/nvidia0')) cards.push('cuda');
  if (hasRenderNode()) cards.push('webgpu');
  return [...cards, 'cpu'];
};

/** A card that programs may draw with. Without one, a Vulkan driver draws on the processor: slower than a session there. */
const hasRenderNode = (): boolean => {
  try {
    return readdirSync('/dev/dri').some((name) => name.startsWith('renderD'));
  } catch {
    return existsSync('/dev/nvidia0');
  }
};

/** Says what is in the way of a device; undefined where it works. */
export const tryDevice = async (
  device: Device,
): Promise<{ readonly cause: string; readonly remedy: string } | undefined> => {
  const graph = new GraphBuilder('next to nothing');
  graph.output(graph.node('Neg', [graph.input('x', 'float32', [1])]), 'float32', [1]);
  try {
    const session = await openSession({ model: graph.build(), providers: [device] });
    await session.release();
    return undefined;
  } catch (error) {
    return { cause: wordsOf(error).slice(0, 200), remedy: REMEDIES[device] };
  }
};

export const deviceError = (device: Device, cause: unknown): FramesiftError =>
  new FramesiftError(
    'ERR_DEVICE',
    `${device} cannot be used here (${wordsOf(cause).slice(0, 200)}). ${REMEDIES[device]} Or leave --device out: auto takes what there is.`,
    { facts: { device }, cause },
  );

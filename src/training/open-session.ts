// A training on the device that was asked for, or on the first that works.
import type { Weights } from '../learning/network/weights.ts';
import type { TrainingGraph } from '../learning/training-graph.ts';
import { TrainingSession } from '../learning/training-session.ts';
import { type Device, deviceError, devicesFor } from '../model/device.ts';

export interface DeviceOptions {
  /** Default `auto`: a graphics card where there is one, else the processor. */
  readonly device?: Device | 'auto' | undefined;
  readonly threads?: number | undefined;
}

/** May compute in float16, which embeddings bear and gradients do not: only where somebody asks for it. */
const INEXACT: ReadonlySet<Device> = new Set(['coreml']);

/**
 * @param steps that were done to come to this state
 * @throws ERR_DEVICE
 */
export const openTrainingSession = async (
  graph: TrainingGraph,
  state: Weights,
  steps: number | undefined,
  { device: asked = 'auto', threads }: DeviceOptions,
): Promise<{ readonly session: TrainingSession; readonly device: Device }> => {
  for (const device of devicesFor(asked).filter((each) => asked !== 'auto' || !INEXACT.has(each))) {
    try {
      return {
        session: await TrainingSession.open(graph, state, steps, { provider: device, threads }),
        device,
      };
    } catch (error) {
      if (device === 'cpu') throw error;
      if (asked !== 'auto') throw deviceError(device, error);
    }
  }
  throw new Error('no device was tried');
};

// ONNX Runtime: sessions on the processor or on a graphics card. Loads and describes; no policy.
import type * as ort from 'onnxruntime-node';
import { messageOf } from '../base/errors.ts';
import { loadNative } from './load.ts';

// The runtime would send reports about models and machine to its makers, and keep an id of the machine in the user's
// home. It looks at this when it is loaded.
process.env['ORT_DISABLE_TELEMETRY'] = '1';

const { env, InferenceSession, Tensor, listSupportedBackends } = await loadNative(
  'onnxruntime-node',
  import('onnxruntime-node'),
);

// Providers write errors to the terminal that are thrown as well.
env.logLevel = 'fatal';

export type OnnxSession = ort.InferenceSession;
export type OnnxTensor = ort.Tensor;

export interface SessionRequest {
  /** The model's file, or its bytes. */
  readonly model: string | Uint8Array;
  /** Execution providers in order of preference, by ONNX Runtime's names: `cpu`, `webgpu`, `cuda`, … */
  readonly providers: readonly string[];
  /** Threads inside one operator; ONNX Runtime's choice when left out. */
  readonly threads?: number | undefined;
  /** Outputs that stay on the graphics card (WebGPU), as inputs of the next run: their numbers cannot be looked at. */
  readonly deviceOutputs?: readonly string[] | undefined;
}

/** Opens a model. @throws ONNX Runtime's own error */
export const openSession = async ({
  model,
  providers,
  threads,
  deviceOutputs,
}: SessionRequest): Promise<OnnxSession> => {
  const options: ort.InferenceSession.SessionOptions = {
    executionProviders: [...providers],
    graphOptimizationLevel: 'all',
    logSeverityLevel: 3,
    ...(threads === undefined ? {} : { intraOpNumThreads: threads }),
    ...(deviceOutputs === undefined
      ? {}
      : { preferredOutputLocation: Object.fromEntries(deviceOutputs.map((name) => [name, 'gpu-buffer'])) }),
  };
  // Two calls, since the function is overloaded.
  return typeof model === 'string'
    ? InferenceSession.create(model, options)
    : InferenceSession.create(model, options);
};

/** Execution providers that came with the package, by ONNX Runtime's names. */
export const bundledProviders = (): readonly string[] =>
  listSupportedBackends()
    .filter(({ bundled }) => bundled)
    .map(({ name }) => name);

/** ONNX Runtime's own version. */
export const onnxRuntimeVersion = (): string => env.versions.node ?? env.versions.common;

/** What ONNX Runtime says of a failure, in a line: without the place and the condition in its own sources. */
export const wordsOf = (error: unknown): string =>
  messageOf(error)
    .replace(/\S+\.(?:h|cc|cpp):\d+ .*?\)(?: const)?(?:::<lambda\(.*?\)>)? (?:.* was false\. )?/, '')
    .trim()
    .split('\n')[0]!
    .slice(0, 300);

/** An input or output of a model. */
export interface ValueInfo {
  readonly name: string;
  /** ONNX Runtime's name of the element type; empty where the value is no tensor. */
  readonly type: string;
  /** −1 where a dimension is not fixed. */
  readonly shape: readonly number[];
}

export const inputsOf = (session: OnnxSession): readonly ValueInfo[] => session.inputMetadata.map(describe);

export const outputsOf = (session: OnnxSession): readonly ValueInfo[] => session.outputMetadata.map(describe);

const describe = (value: ort.InferenceSession.ValueMetadata): ValueInfo => ({
  name: value.name,
  type: value.isTensor ? value.type : '',
  shape: value.isTensor ? value.shape.map((size) => (typeof size === 'number' && size >= 0 ? size : -1)) : [],
});

/** A float32 tensor over `data`, which is not copied. */
export const floatTensor = (data: Float32Array, shape: readonly number[]): OnnxTensor =>
  new Tensor('float32', data, shape);

/** A vector of int64. */
export const integerTensor = (values: Uint32Array): OnnxTensor =>
  new Tensor('int64', BigInt64Array.from(values, BigInt), [values.length]);

/** A tensor of pictures over `data`, which is not copied: float32, float16 as its bits, or bytes. */
export const pictureTensor = (
  data: Float32Array | Uint16Array | Uint8Array,
  shape: readonly number[],
): OnnxTensor => {
  if (data instanceof Float32Array) return new Tensor('float32', data, shape);
  return data instanceof Uint16Array ? new Tensor('float16', data, shape) : new Tensor('uint8', data, shape);
};

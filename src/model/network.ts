// A network that is open on a device: which of its inputs takes pictures, and which of its outputs is the embedding.
import { existsSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { FramesiftError, messageOf } from '../base/errors.ts';
import { fromFloat16Bits } from '../base/float16.ts';
import {
  inputsOf,
  type OnnxSession,
  onnxRuntimeVersion,
  openSession,
  outputsOf,
  pictureTensor,
  type ValueInfo,
  wordsOf,
} from '../native/onnxruntime.ts';
import { readModelOutline } from '../onnx/model-outline.ts';
import { assumedInput, type ModelInput, type Pooling } from './description.ts';
import { type Device, deviceError, devicesFor } from './device.ts';
import { canPool, chooseOutput, choosePooling, pool } from './pooling.ts';
import { allocateInput, type InputData, type InputType } from './preprocess.ts';
import type { ModelFile } from './registry.ts';

export interface NetworkOptions {
  readonly device?: Device | 'auto' | undefined;
  /** Output that holds the embedding; the model's description, or a rule, when left out. */
  readonly output?: string | undefined;
  readonly pooling?: Pooling | undefined;
  readonly threads?: number | undefined;
}

/** An open network. Pictures in, one vector for each out. */
export interface Network {
  readonly name: string;
  /** The device that it runs on. */
  readonly device: Device;
  readonly input: ModelInput;
  readonly inputType: InputType;
  /** Pictures in a batch, where the network fixes it. */
  readonly fixedBatch: number | undefined;
  readonly output: string;
  readonly pooling: Pooling;
  /** All inputs and outputs, as `name type[shape]`. */
  readonly inputs: readonly string[];
  readonly outputs: readonly string[];
  /** Values of an embedding. */
  readonly dimensions: number;
  /**
   * Runs one batch.
   *
   * @param data `count` pictures, as the input wants them
   * @returns count × dimensions, row-major
   */
  run(data: InputData, count: number): Promise<Float32Array>;
  /** Gives its memory back. More than once does no harm. */
  close(): Promise<void>;
}

/**
 * Opens a model on the device asked for, or for `auto` on the first that works.
 *
 * @throws ERR_MODEL when it cannot be loaded or takes something else than pictures; ERR_DEVICE
 */
export const openNetwork = async (model: ModelFile, options: NetworkOptions = {}): Promise<Network> => {
  const { session, device } = await openOnDevice(model, options);
  try {
    const network = describeNetwork(model, session, device, options);
    return { ...network, dimensions: await countDimensions(model, network) };
  } catch (error) {
    await session.release();
    throw error;
  }
};

/** Tries the network on a black picture: what does not work at all is better known before hours of decoding. */
const countDimensions = async (
  { path }: ModelFile,
  network: Omit<Network, 'dimensions'>,
): Promise<number> => {
  const count = network.fixedBatch ?? 1;
  try {
    const rows = await network.run(allocateInput(network.inputType, network.input, count), count);
    return rows.length / count;
  } catch (error) {
    if (error instanceof FramesiftError) throw error;
    throw new FramesiftError(
      'ERR_MODEL',
      `${path}: cannot be computed for a ${network.input.width}×${network.input.height} picture: ${wordsOf(error)}`,
      { facts: { path }, cause: error },
    );
  }
};

const openOnDevice = async (
  { path, name }: ModelFile,
  { device: asked = 'auto', threads }: NetworkOptions,
): Promise<{ session: OnnxSession; device: Device }> => {
  const devices = devicesFor(asked);
  for (const device of devices) {
    try {
      return { session: await openSession({ model: path, providers: [device], threads }), device };
    } catch (error) {
      if (device === 'cpu') throw await loadError(name, path, error);
      if (devices.length > 1) continue;
      await refuseUnloadable(name, path);
      throw deviceError(device, error);
    }
  }
  throw new Error('no device was tried');
};

/** A model that not even the processor can load is to blame, not the device. */
const refuseUnloadable = async (name: string, path: string): Promise<void> => {
  try {
    const session = await openSession({ model: path, providers: ['cpu'] });
    await session.release();
  } catch (error) {
    throw await loadError(name, path, error);
  }
};

/** Says why a model cannot be loaded: from its own bytes, where those tell, else in ONNX Runtime's words. */
const loadError = async (name: string, path: string, cause: unknown): Promise<FramesiftError> => {
  const facts = { model: name, path };
  try {
    const { externalFiles, operatorSet } = readModelOutline(await readFile(path), path);
    const missing = externalFiles.filter((file) => !existsSync(join(dirname(path), file)));
    if (missing.length > 0) {
      const message = `${path}: its weights are in ${missing.join(', ')}, which is not there. Put it beside the model.`;
      return new FramesiftError('ERR_MODEL', message, { facts, cause });
    }
    return new FramesiftError(
      'ERR_MODEL',
      `${path}: cannot be loaded (operator set ${operatorSet}; ONNX Runtime ${onnxRuntimeVersion()} says: ${wordsOf(cause)}). Export it again, with an older operator set if that is what it complains about.`,
      { facts, cause },
    );
  } catch (error) {
    if (error instanceof FramesiftError) return error;
    return new FramesiftError('ERR_MODEL', `${path}: cannot be read (${messageOf(error)}).`, {
      facts,
      cause: error,
    });
  }
};

const describeNetwork = (
  model: ModelFile,
  session: OnnxSession,
  device: Device,
  options: NetworkOptions,
): Omit<Network, 'dimensions'> => {
  const picture = pictureInput(model, inputsOf(session));
  const layout = layoutOf(picture.shape);
  if (layout === undefined) throw noPictures(model, picture);
  const input = inputFor(model, picture, layout);
  const output = findOutput(model, outputsOf(session), options.output ?? model.output);
  const asked = options.pooling ?? model.pooling;
  const pooling = asked ?? (output.shape.length === 0 ? undefined : choosePooling(output.shape.length));
  if (pooling === undefined || (output.shape.length > 0 && !canPool(pooling, output.shape.length))) {
    throw badPooling(model, output, asked);
  }
  const shapeOf = (count: number): number[] =>
    layout === 'NCHW' ? [count, 3, input.height, input.width] : [count, input.height, input.width, 3];
  const fixed = picture.shape[0] ?? -1;
  let closing: Promise<void> | undefined;
  return {
    name: model.name,
    device,
    input,
    inputType: picture.type as InputType,
    fixedBatch: fixed > 0 ? fixed : undefined,
    output: output.name,
    pooling,
    inputs: inputsOf(session).map(signature),
    outputs: outputsOf(session).map(signature),
    run: async (data, count) => {
      const answer = (
        await session.run({ [picture.name]: pictureTensor(data, shapeOf(count)) }, [output.name])
      )[output.name];
      if (answer === undefined) throw new Error(`${output.name} did not come`);
      const { dims, data: values } = answer;
      if (dims[0] !== count || !canPool(pooling, dims.length))
        throw badPooling(model, { ...output, shape: dims }, asked);
      return pool(floatsOf(values, model, output.name), dims, pooling);
    },
    close: () => (closing ??= session.release()),
  };
};

const PICTURE_TYPES: readonly string[] = ['float32', 'float16', 'uint8'] satisfies InputType[];

/** The only input, which must take pictures. @throws ERR_MODEL */
const pictureInput = (model: ModelFile, inputs: readonly ValueInfo[]): ValueInfo => {
  const [picture, ...others] = inputs.filter(
    ({ type, shape }) => PICTURE_TYPES.includes(type) && shape.length === 4,
  );
  const unknown = inputs.filter((each) => each !== picture);
  if (picture !== undefined && unknown.length === 0) return picture;
  const names = fewOf([...new Set([...unknown, ...others])].map(({ name }) => name));
  const why =
    picture === undefined
      ? `takes no pictures: its inputs are ${fewOf(inputs.map(signature))}`
      : `wants more than pictures: ${names}. Export its image part alone (for CLIP-like models: vision_model.onnx)`;
  throw new FramesiftError('ERR_MODEL', `${model.path}: ${why}.`, {
    facts: { path: model.path, inputs: inputs.map(signature) },
  });
};

const MOST_NAMED = 5;

/** Graphs of training have hundreds. */
const fewOf = (names: readonly string[]): string =>
  names.length <= MOST_NAMED
    ? names.join(', ')
    : `${names.slice(0, MOST_NAMED).join(', ')} and ${names.length - MOST_NAMED} more`;

const signature = ({ name, type, shape }: ValueInfo): string =>
  `${name} ${type}[${shape.map((size) => (size < 0 ? '?' : size)).join(', ')}]`;

const layoutOf = ([, a, , d]: readonly number[]): ModelInput['layout'] | undefined => {
  if (a === 3) return 'NCHW';
  if (d === 3) return 'NHWC';
  return a === -1 ? 'NCHW' : undefined;
};

const noPictures = ({ path }: ModelFile, picture: ValueInfo): FramesiftError =>
  new FramesiftError('ERR_MODEL', `${path}: its input ${signature(picture)} has no dimension of 3 colours.`, {
    facts: { path, input: signature(picture) },
  });

/** The description's size, which must be the network's own where that is fixed. @throws ERR_MODEL */
const inputFor = (model: ModelFile, picture: ValueInfo, layout: ModelInput['layout']): ModelInput => {
  const [height = -1, width = -1] = layout === 'NCHW' ? picture.shape.slice(2) : picture.shape.slice(1, 3);
  const described = model.input;
  if (described === undefined) {
    const side = 224;
    return assumedInput({ width: width > 0 ? width : side, height: height > 0 ? height : side }, layout);
  }
  if ((width > 0 && width !== described.width) || (height > 0 && height !== described.height)) {
    throw new FramesiftError(
      'ERR_MODEL',
      `${model.path}: takes pictures of ${width}×${height}, and its description says ${described.width}×${described.height}. Correct the description.`,
      { facts: { path: model.path, width, height } },
    );
  }
  return { ...described, layout };
};

const findOutput = (model: ModelFile, outputs: readonly ValueInfo[], name: string | undefined): ValueInfo => {
  const floats = outputs.filter(({ type }) => type === 'float32' || type === 'float16');
  const found = name === undefined ? chooseOutput(floats) : floats.find((output) => output.name === name);
  if (found !== undefined) return found;
  const available = outputs.map(signature).join(', ');
  const why = name === undefined ? 'has no output that could be an embedding' : `has no output ${name}`;
  throw new FramesiftError('ERR_MODEL', `${model.path}: ${why}; its outputs are ${available}.`, {
    facts: { path: model.path, outputs: outputs.map(signature) },
  });
};

const badPooling = (model: ModelFile, output: ValueInfo, asked: Pooling | undefined): FramesiftError => {
  const how = asked === undefined ? 'no rule makes one vector of it' : `pooling ${asked} does not fit it`;
  return new FramesiftError(
    'ERR_MODEL',
    `${model.path}: its output ${signature(output)}: ${how}. cls and mean take [n, tokens, d], avg takes [n, d, height, width].`,
    { facts: { path: model.path, output: signature(output) } },
  );
};

const floatsOf = (values: unknown, model: ModelFile, name: string): Float32Array => {
  if (values instanceof Float32Array) return values;
  if (values instanceof Uint16Array) return Float32Array.from(values, fromFloat16Bits);
  throw new FramesiftError('ERR_MODEL', `${model.path}: its output ${name} holds no floats.`, {
    facts: { path: model.path, output: name },
  });
};

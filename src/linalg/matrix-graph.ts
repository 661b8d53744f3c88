import type { Matrix } from '../base/matrix.ts';
import { floatTensor, type OnnxSession, type OnnxTensor, openSession } from '../native/onnxruntime.ts';

/** A graph over float32 matrices and vectors, open on the processor with all its threads; `await using` closes it. */
export class MatrixGraph implements AsyncDisposable {
  readonly #session: OnnxSession;

  private constructor(session: OnnxSession) {
    this.#session = session;
  }

  /** @param model bytes of an ONNX model */
  static async open(model: Uint8Array): Promise<MatrixGraph> {
    return new MatrixGraph(await openSession({ model, providers: ['cpu'] }));
  }

  /** Runs the graph once; nothing is copied on the way in. @returns the outputs by name */
  async run(
    inputs: Readonly<Record<string, Matrix | Float32Array>>,
  ): Promise<Readonly<Record<string, OnnxTensor>>> {
    const feeds = Object.entries(inputs).map(([name, input]) => [name, tensorOf(input)] as const);
    return this.#session.run(Object.fromEntries(feeds));
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#session.release();
  }
}

const tensorOf = (input: Matrix | Float32Array): OnnxTensor =>
  input instanceof Float32Array
    ? floatTensor(input, [input.length])
    : floatTensor(input.data, [input.rows, input.columns]);

/** The numbers of a float32 output. */
export const floatsOf = (tensor: OnnxTensor | undefined): Float32Array => {
  if (tensor?.data instanceof Float32Array) return tensor.data;
  throw new Error(`a float32 output is ${tensor?.type ?? 'missing'}`);
};

/** The numbers of an int64 output. */
export const integersOf = (tensor: OnnxTensor | undefined): BigInt64Array => {
  if (tensor?.data instanceof BigInt64Array) return tensor.data;
  throw new Error(`an int64 output is ${tensor?.type ?? 'missing'}`);
};

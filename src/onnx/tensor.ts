// What ONNX tensors hold. Pure. Source: TensorProto in https://github.com/onnx/onnx/blob/main/onnx/onnx.proto.

const ELEMENT_TYPE_CODES = {
  float32: 1,
  uint8: 2,
  int8: 3,
  uint16: 4,
  int16: 5,
  int32: 6,
  int64: 7,
  string: 8,
  bool: 9,
  float16: 10,
  float64: 11,
  uint32: 12,
  uint64: 13,
  bfloat16: 16,
} as const;

/** Element types by the names that ONNX Runtime uses in JavaScript. */
export type ElementType = keyof typeof ELEMENT_TYPE_CODES;

/** TensorProto.DataType: also the value of the attribute `to` of Cast. */
export const elementTypeCode = (type: ElementType): number => ELEMENT_TYPE_CODES[type];

const ELEMENT_TYPES = new Map<number, ElementType>(
  (Object.keys(ELEMENT_TYPE_CODES) as ElementType[]).map((type) => [ELEMENT_TYPE_CODES[type], type]),
);

/** The type with this code; undefined for those that framesift has no use for (complex, 4-bit, 8-bit floats). */
export const elementTypeOf = (code: number): ElementType | undefined => ELEMENT_TYPES.get(code);

/** A dimension is fixed, or named and known when the graph runs: equal names are equal lengths. */
export type Dimension = number | string;

/** A tensor inside a model: row-major, `shape` multiplied out is the length of `data`; a scalar has the shape []. */
export type ConstantTensor = { readonly shape: readonly number[] } & (
  | { readonly type: 'float32'; readonly data: Float32Array }
  | { readonly type: 'int64'; readonly data: BigInt64Array }
  | { readonly type: 'uint8'; readonly data: Uint8Array }
  | { readonly type: 'int8'; readonly data: Int8Array }
);

/** A float32 tensor; a vector when no shape is given. */
export const float32Constant = (
  values: Iterable<number>,
  shape?: readonly number[] | undefined,
): ConstantTensor => {
  const data = values instanceof Float32Array ? values : Float32Array.from(values);
  return { type: 'float32', shape: shape ?? [data.length], data };
};

/** A vector of int64, as operators take axes, shapes and counts. */
export const int64Constant = (values: readonly number[]): ConstantTensor => ({
  type: 'int64',
  shape: [values.length],
  data: BigInt64Array.from(values, BigInt),
});

// JSON as Python's json.dump writes it, and reads it back: `NaN` included.
import { FramesiftError } from '../base/errors.ts';
import { float64Text, intText, isInt, PythonFloat } from './python-number.ts';

/**
 * What can be written. Whole numbers are Python's `int`, others `float`; `pythonFloat(1)` is `1.0`. Float arrays hold
 * floats, the others ints. A `Map` keeps keys like "7" in their place, which an object moves to the front.
 */
export type JsonValue =
  | null
  | boolean
  | number
  | bigint
  | string
  | PythonFloat
  | readonly JsonValue[]
  | NumberArray
  | ReadonlyMap<string, JsonValue>
  | { readonly [key: string]: JsonValue };

type NumberArray =
  | Float32Array
  | Float64Array
  | Int8Array
  | Uint8Array
  | Int16Array
  | Uint16Array
  | Int32Array
  | Uint32Array;

/**
 * The text of `json.dumps(value)`: `", "` and `": "`, everything but printable ASCII as `\uXXXX`, floats by `repr`, bare
 * `NaN` and `Infinity`, no line end.
 *
 * @throws ERR_JSON naming the place of a value that is none (undefined, a function, a cycle, …)
 */
export const pythonJson = (value: JsonValue): string => write(value, 'value', []);

/** `place` is how messages name the value; `around` are the containers that it is in. */
const write = (value: unknown, place: string, around: readonly unknown[]): string => {
  if (value === null) return 'null';
  if (typeof value === 'boolean') return String(value);
  if (typeof value === 'string') return jsonString(value);
  if (typeof value === 'bigint') return intText(value);
  if (typeof value === 'number') return isInt(value) ? intText(value) : jsonFloat(value);
  if (value instanceof PythonFloat) return jsonFloat(value.value);
  if (value instanceof Float32Array || value instanceof Float64Array) {
    return `[${Array.from(value, jsonFloat).join(', ')}]`;
  }
  if (around.includes(value)) throw jsonError(place, 'it contains itself');
  const within = [...around, value];
  if (Array.isArray(value) || isIntArray(value)) {
    return `[${Array.from(value, (each, i) => write(each, `${place}[${i}]`, within)).join(', ')}]`;
  }
  if (!isDictionary(value)) throw jsonError(place, `there is no JSON for ${kindOf(value)}`);
  const entries = value instanceof Map ? [...value] : Object.entries(value);
  const members = entries.map(([key, each]: [unknown, unknown]) => {
    if (typeof key !== 'string') throw jsonError(place, `the key ${String(key)} is not a text`);
    return `${jsonString(key)}: ${write(each, `${place}.${key}`, within)}`;
  });
  return `{${members.join(', ')}}`;
};

const isIntArray = (value: unknown): value is Int8Array =>
  ArrayBuffer.isView(value) && !(value instanceof DataView) && 'length' in value;

/** A Map, or an object that is nothing but its members. */
export const isDictionary = (value: unknown): value is object => {
  if (value instanceof Map) return true;
  if (typeof value !== 'object' || value === null) return false;
  const prototype: unknown = Object.getPrototypeOf(value);
  return prototype === null || prototype === Object.prototype;
};

const kindOf = (value: unknown): string =>
  typeof value === 'object' ? `a ${value?.constructor?.name ?? 'object'}` : String(value).slice(0, 40);

const jsonError = (place: string, problem: string): FramesiftError =>
  new FramesiftError(
    'ERR_JSON',
    `${place} cannot be written as JSON: ${problem}. Leave it out, or convert it.`,
    {
      facts: { place },
    },
  );

const jsonFloat = (value: number): string =>
  Number.isNaN(value)
    ? 'NaN'
    : Number.isFinite(value)
      ? float64Text(value)
      : value > 0
        ? 'Infinity'
        : '-Infinity';

const SHORT_ESCAPES: Readonly<Record<string, string>> = {
  '"': '\\"',
  '\\': '\\\\',
  '\n': '\\n',
  '\r': '\\r',
  '\t': '\\t',
  '\f': '\\f',
  '\b': '\\b',
};

/** A text in quotes, in ASCII. */
const jsonString = (text: string): string =>
  `"${text.replace(
    /["\\]|[^ -~]/g,
    (unit) => SHORT_ESCAPES[unit] ?? `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`,
  )}"`;

const NOT_FINITE = /"[^"\\]*(?:\\.[^"\\]*)*"|-?\b(?:NaN|Infinity)\b/gs;

/**
 * Reads what Python writes. `NaN` and `Infinity`, which JSON does not have, come out as null.
 *
 * @throws SyntaxError
 */
export const parsePythonJson = (text: string): unknown => {
  try {
    return JSON.parse(text);
  } catch (error) {
    const finite = text.replace(NOT_FINITE, (token) => (token.startsWith('"') ? token : 'null'));
    if (finite === text) throw error;
    return JSON.parse(finite);
  }
};

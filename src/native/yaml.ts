// yaml: YAML and JSON as plain values that know their lines.
import { isAlias, isMap, isScalar, isSeq, LineCounter, parseDocument } from 'yaml';

/** A value of a document, and the line on which it stands, counted from 1. */
export type LocatedValue =
  | { readonly kind: 'map'; readonly line: number; readonly entries: readonly LocatedEntry[] }
  | { readonly kind: 'list'; readonly line: number; readonly items: readonly LocatedValue[] }
  | { readonly kind: 'switch'; readonly line: number; readonly value: boolean }
  /** A text, or a number as it is written (`1.50` stays `1.50`). */
  | { readonly kind: 'text'; readonly line: number; readonly text: string }
  | { readonly kind: 'nothing'; readonly line: number };

export interface LocatedEntry {
  readonly key: string;
  /** Of the key. */
  readonly line: number;
  readonly value: LocatedValue;
}

/** Why a document cannot be used: a sentence without its full stop. */
export interface YamlProblem {
  readonly problem: string;
  readonly line: number;
}

/** Reads a document of YAML 1.2, of which JSON is a part. Aliases are followed, tags are not. */
export const parseYaml = (text: string): LocatedValue | YamlProblem => {
  const lines = new LineCounter();
  const document = parseDocument(text, { lineCounter: lines, prettyErrors: false, uniqueKeys: true });
  const [error] = document.errors;
  if (error !== undefined) return { problem: error.message.trim(), line: lines.linePos(error.pos[0]).line };

  const locate = (node: unknown, fallbackLine: number, depth: number): LocatedValue => {
    if (isAlias(node)) {
      // An alias may stand for a map that holds the alias; no configuration is that deep.
      const target = depth < 100 ? node.resolve(document) : undefined;
      return locate(target, fallbackLine, depth + 1);
    }
    if (!(isMap(node) || isSeq(node) || isScalar(node))) return { kind: 'nothing', line: fallbackLine };
    const line = node.range ? lines.linePos(node.range[0]).line : fallbackLine;
    if (isSeq(node))
      return { kind: 'list', line, items: node.items.map((item) => locate(item, line, depth + 1)) };
    if (isMap(node)) {
      const entries = node.items.map(({ key, value }) => {
        const keyLine = isScalar(key) && key.range ? lines.linePos(key.range[0]).line : line;
        return {
          key: isScalar(key) ? String(key.value) : String(key),
          line: keyLine,
          value: locate(value, keyLine, depth + 1),
        };
      });
      return { kind: 'map', line, entries };
    }
    if (typeof node.value === 'boolean') return { kind: 'switch', line, value: node.value };
    if (node.value === null || node.value === undefined) return { kind: 'nothing', line };
    return {
      kind: 'text',
      line,
      text: typeof node.value === 'string' ? node.value : (node.source ?? String(node.value)),
    };
  };
  return locate(document.contents, 1, 0);
};

// What annotators said of frames, as their tools export it. Pure: documents in, labels out.
import { FramesiftError } from '../base/errors.ts';

/** Pixels of the image that was labelled, from its upper left corner. */
export type Box = readonly [x: number, y: number, width: number, height: number];

export interface FrameLabel {
  /** What the label belongs to: the control of Label Studio's configuration; `objects` or `tags` of other tools. */
  readonly task: string;
  readonly category: string;
  /** Of an object, or what encloses its shape; undefined for what is said of the whole frame. */
  readonly box: Box | undefined;
}

/** An image with what is known of the frame that it shows; at least one of them. */
export interface LabelledImage {
  /** Where in the document, for messages. */
  readonly place: string;
  /** As it was exported: see `frameKeyOf`. */
  readonly frameKey?: string | undefined;
  /** The name of the frame in Lightly's grammar. */
  readonly name?: string | undefined;
  /** Path or address of the image. */
  readonly file?: string | undefined;
  /** Empty where an annotator found nothing. */
  readonly labels: readonly FrameLabel[];
}

export interface LabelDocument {
  readonly images: readonly LabelledImage[];
  /** Categories that the document declares, by task; those that no frame has are among them. */
  readonly declared: ReadonlyMap<string, readonly string[]>;
  /** How many marks there are that are no classes and no objects (a text, a line, a mask without a box), by kind. */
  readonly passedOver: ReadonlyMap<string, number>;
}

/** Tasks of tools that do not name any. */
export const OBJECTS = 'objects';
export const TAGS = 'tags';

export type Fields = Readonly<Record<string, unknown>>;

export const isFields = (value: unknown): value is Fields =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

export const textIn = (value: unknown): string | undefined =>
  typeof value === 'string' && value !== '' ? value : undefined;

export const areNumbers = (values: readonly unknown[]): values is number[] =>
  values.every((value) => typeof value === 'number' && Number.isFinite(value));

/** What encloses some points. */
export const boxAround = (points: readonly (readonly [x: number, y: number])[]): Box => {
  let [left, top, right, bottom] = [Infinity, Infinity, -Infinity, -Infinity];
  for (const [x, y] of points) {
    [left, right] = [Math.min(left, x), Math.max(right, x)];
    [top, bottom] = [Math.min(top, y), Math.max(bottom, y)];
  }
  return [left, top, right - left, bottom - top];
};

/** The corners of a rectangle that is turned clockwise. */
export const turned = (
  [x, y, width, height]: Box,
  degrees: number,
  [aroundX, aroundY]: readonly [number, number],
): Box => {
  if (degrees === 0) return [x, y, width, height];
  const [sin, cos] = [Math.sin((degrees * Math.PI) / 180), Math.cos((degrees * Math.PI) / 180)];
  const corners = [
    [x, y],
    [x + width, y],
    [x + width, y + height],
    [x, y + height],
  ] as const;
  return boxAround(
    corners.map(([cornerX, cornerY]) => {
      const [fromX, fromY] = [cornerX - aroundX, cornerY - aroundY];
      return [aroundX + fromX * cos - fromY * sin, aroundY + fromX * sin + fromY * cos] as const;
    }),
  );
};

export const count = (counts: Map<string, number>, kind: string): void => {
  counts.set(kind, (counts.get(kind) ?? 0) + 1);
};

/** @param place in the document */
export const labelError = (label: string, place: string, problem: string): FramesiftError =>
  new FramesiftError('ERR_METADATA', `${label}${place === '' ? '' : `, ${place}`} ${problem}`, {
    facts: { path: label, place },
  });

// The contract of targets: what an annotation tool is given, as files. Pure: items in, text out.
import { FramesiftError } from '../base/errors.ts';
import type { AnnotationItem } from './item.ts';

export interface ExportOptions {
  /** Put before the path of each image: a URL, a bucket, a folder of the server. Paths behind a URL are encoded. */
  readonly prefix?: string | undefined;
  /** Names of classes, where the target's file holds them. */
  readonly categories?: readonly string[] | undefined;
  /** Label Studio: the variable of the labelling configuration that shows the image. Default: image. */
  readonly dataKey?: string | undefined;
  /**
   * Label Studio: the control of the labelling configuration that predictions belong to, and what it labels. Default: the
   * control that is called like the task of predictions, and `image`.
   */
  readonly fromName?: string | undefined;
  readonly toName?: string | undefined;
  /** What the task, the dataset or the project is called there. Default: framesift. */
  readonly title?: string | undefined;
}

/** A file for a target. Its text comes in pieces, so that its length does not matter. */
export interface ExportFile {
  readonly name: string;
  readonly text: Iterable<string>;
}

export interface Exporter {
  /** What the target is called, for people. */
  readonly title: string;
  /** What it is to be given, and where. */
  readonly hint: string;
  /** Images must have addresses: `prefix` is required. */
  readonly needsPrefix?: boolean;
  /** @param items gone through once for each file, in order of their ranks */
  files(items: Iterable<AnnotationItem>, options: ExportOptions): Iterable<ExportFile>;
}

/** Where the target finds an image. */
export const addressOf = ({ file }: AnnotationItem, { prefix = '' }: ExportOptions): string =>
  isUrl(prefix) ? `${prefix}${file.split('/').map(encodeURIComponent).join('/')}` : `${prefix}${file}`;

/** `https://…`, `s3://…`, or a path with a query, as Label Studio has for local files. */
const isUrl = (prefix: string): boolean => /^[a-z][a-z0-9+.-]+:\/\//i.test(prefix) || prefix.includes('?');

/** @throws ERR_OPTION */
export const requirePrefix = ({ title, needsPrefix = false }: Exporter, { prefix }: ExportOptions): void => {
  if (!needsPrefix || prefix !== undefined) return;
  throw new FramesiftError(
    'ERR_OPTION',
    `${title} fetches images by their addresses: give what stands before their paths, prefix (--prefix https://…/ or s3://bucket/).`,
  );
};

/** Items as the elements of a JSON array or object, one a line, so that the file can be read by people, too. */
export function* jsonList(
  items: Iterable<AnnotationItem>,
  head: string,
  elementOf: (item: AnnotationItem) => unknown,
  tail: string,
): Generator<string> {
  yield head;
  let isFirst = true;
  for (const item of items) {
    yield `${isFirst ? '' : ','}\n${JSON.stringify(elementOf(item))}`;
    isFirst = false;
  }
  yield `\n${tail}\n`;
}

/** One object a line. */
export function* jsonLines(
  items: Iterable<AnnotationItem>,
  objectOf: (item: AnnotationItem) => unknown,
): Generator<string> {
  for (const item of items) yield `${JSON.stringify(objectOf(item))}\n`;
}

/** All that says which frame an image shows. */
export const identityOf = ({ frameKey, name, video, frame, pts, seconds, rank }: AnnotationItem) => ({
  frame_key: frameKey,
  name,
  video,
  frame,
  pts,
  seconds,
  rank,
});

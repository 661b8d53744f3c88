// One frame on its way to whoever labels it.
import type { Box } from './labels.ts';

/** A selected frame with its image, and how it is recognised when its labels come back. */
export interface AnnotationItem {
  /** The video's content key and the frame number: the same wherever the files are. See {@link frameKeyOf}. */
  readonly frameKey: string;
  /** The frame's name in Lightly's grammar. */
  readonly name: string;
  /** The image, below the folder of images, `/` between segments. */
  readonly file: string;
  /** Below the folder of videos. */
  readonly video: string;
  readonly frame: number;
  /** Stream ticks; a text where a double cannot hold them. */
  readonly pts: number | string;
  readonly seconds: number;
  readonly width: number;
  readonly height: number;
  /** Of the image file. */
  readonly sha256: string;
  /** From 1, in the order in which frames were picked. */
  readonly rank: number;
  /** Why it was picked, where that is known. */
  readonly reason: string | undefined;
  /** To the nearest frame that was picked before. */
  readonly distance: number | undefined;
  /** What models said of it, by task; for tools that show that to annotators. */
  readonly predictions?: readonly ItemPrediction[] | undefined;
}

export interface ItemPrediction {
  readonly task: string;
  readonly category: string;
  /** In pixels of the image; undefined for what is said of the whole frame. */
  readonly box: Box | undefined;
  /** In [0, 1]. */
  readonly score: number;
}

/** Half of a SHA-256 is enough to tell all videos apart, and fits where keys must be short. */
export const frameKeyOf = (contentKey: string, frame: number): string =>
  `${contentKey.slice(0, 32)}:${frame}`;

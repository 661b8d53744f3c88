import { type AnnotationItem, frameKeyOf } from '../../src/annotation/item.ts';

/** Frames on their way to annotators, as `findItems` gives them. */
export const itemsOf = (count: number): AnnotationItem[] =>
  Array.from({ length: count }, (_, i) => ({
    frameKey: frameKeyOf('ab'.repeat(32), i),
    name: `Tag 1/ü-${i}-mp4.png`,
    file: `Tag 1/ü-${i}-mp4.jpg`,
    video: 'Tag 1/ü.mp4',
    frame: i,
    pts: 512 * i,
    seconds: i / 25,
    width: 1920,
    height: 1080,
    sha256: 'cd'.repeat(32),
    rank: i + 1,
    reason: 'diversity',
    distance: 0.5,
  }));

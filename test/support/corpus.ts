/** The test corpus: clips made in code, each for one way in which video files differ or go wrong. */
import { buildCorpus } from './corpus/build.ts';
import type { Clip } from './corpus/clip.ts';
import { containers } from './corpus/container.ts';
import { damaged } from './corpus/damaged.ts';
import { h264 } from './corpus/h264.ts';
import { hevc } from './corpus/hevc.ts';
import { intra } from './corpus/intra.ts';
import { liars, lyingClocks } from './corpus/lies.ts';
import { mpeg } from './corpus/mpeg.ts';
import { pictures } from './corpus/picture.ts';
import { refusals } from './corpus/refused.ts';
import { time } from './corpus/time.ts';
import { transport } from './corpus/transport.ts';
import { vpxFamily } from './corpus/vpx.ts';

export type { Clip } from './corpus/clip.ts';

export const corpus: readonly Clip[] = [
  ...h264,
  ...hevc,
  ...mpeg,
  ...vpxFamily,
  ...intra,
  ...time,
  ...transport,
  ...containers,
  ...pictures,
  ...liars,
  ...lyingClocks,
  ...damaged,
  ...refusals,
];

/** Builds what is missing and answers with the folder; the file of a clip is `join(folder, clip.name)`. */
export function corpusDirectory(): Promise<string> {
  return buildCorpus(corpus);
}

/** Rows of the list of cases that cannot be made in code here. */
export const notMade: readonly { readonly row: string; readonly why: string }[] = [
  { row: 'VC-1 / WMV 3', why: 'FFmpeg has a decoder but no encoder.' },
  {
    row: '17, by libxvid',
    why: 'There is no such encoder here; packed_b.avi is packed in code from MPEG-4 of FFmpeg, as DivX and Xvid pack it.',
  },
  {
    row: '44, by two passes of libvpx',
    why: 'node-av cannot hand over the statistics of a first pass; pictures are hidden by their headers instead.',
  },
  {
    row: '54, numbered pictures as one input',
    why: 'A clip is one file; seq_gap_001.png with its neighbours stands for what opening the first picture gives.',
  },
];

/** Encoded streams that several recipes start from. */
import { encodeVideo, type VideoRecipe } from '../encode.ts';
import type { EncodedStream, Options } from '../streams.ts';
import { once } from './clip.ts';

type Picture = Omit<VideoRecipe, 'codec' | 'options'>;

/** Fixed GOP of 24 with three B-frames in a pyramid. */
export const PYRAMID = 'keyint=24:min-keyint=24:scenecut=0:bframes=3:b-adapt=0:b-pyramid=normal:ref=3';

/** Fixed GOP of 24 without B-frames. */
export const NO_B = 'keyint=24:min-keyint=24:scenecut=0:bframes=0';

export function x264(params: string, picture: Picture = {}, options: Options = {}): EncodedStream {
  return encodeVideo({
    codec: 'libx264',
    options: { preset: 'ultrafast', crf: 25, 'x264-params': params, ...options },
    ...picture,
  });
}

export function x265(params: string, picture: Picture = {}, options: Options = {}): EncodedStream {
  return encodeVideo({
    codec: 'libx265',
    options: {
      preset: 'ultrafast',
      crf: 24,
      'x265-params': `log-level=none:pools=none:frame-threads=1:${params}`,
      ...options,
    },
    ...picture,
  });
}

export const h264B = once(() => x264(PYRAMID, { frames: 150 }));
export const h264Open = once(() => x264(`${PYRAMID}:open-gop=1`, { frames: 150 }));
export const h264P = once(() => x264(NO_B, { frames: 120 }));
export const h264IntraRefresh = once(() =>
  x264('intra-refresh=1:keyint=40:scenecut=0:bframes=0', { frames: 120 }),
);

export const HEVC_GOP = 'keyint=24:min-keyint=24:scenecut=0';

export const hevcB = once(() => x265(`${HEVC_GOP}:open-gop=0:bframes=3:b-adapt=0:b-pyramid=1`));
export const hevcOpen = once(() => x265(`${HEVC_GOP}:open-gop=1:bframes=4:b-adapt=0`, { frames: 150 }));

/**
 * What Lightly takes for a video, and every other container and raw stream that FFmpeg opens as one. Left out:
 * extensions that usually are something else (`.dat`, `.mod`, `.ps`, `.yuv`, which says neither size nor format).
 */
const VIDEO_EXTENSIONS: ReadonlySet<string> = new Set(
  [
    'mp4 mov avi mpg hevc m4v webm mpeg', // Lightly's own
    'mkv mk3d wmv asf flv f4v 3gp 3gpp 3g2 ogv ogg ogm mxf gxf rm rmvb divx xvid nut ivf wtv amv qt nsv',
    'lrv insv', // what GoPro and Insta360 call an MP4
    'ts m2ts mts m2t trp mpe m2v m1v mpv mp2v m2p vob evo dv mj2', // MPEG and DV
    'h261 h263 h264 264 avc h265 265 h266 266 vvc vc1 av1 obu y4m mjpeg mjpg', // raw streams
    'gif apng',
  ].flatMap((line) => line.split(' ')),
);

/** Lightly's. `.webp` is an image by its rule, even if animated. */
const IMAGE_EXTENSIONS: ReadonlySet<string> = new Set('jpg jpeg png ppm bmp pgm tif tiff webp'.split(' '));

/** TypeScript's extensions, too. */
const SHARED_EXTENSIONS: ReadonlySet<string> = new Set(['ts', 'mts']);

/** Whether a file's name has the extension of a video, in any case. Says nothing of the content. */
export const isVideoPath = (name: string): boolean => VIDEO_EXTENSIONS.has(extensionOf(name));

/** Whether a file's name has the extension of a still image, in any case. Says nothing of the content. */
export const isImagePath = (name: string): boolean => IMAGE_EXTENSIONS.has(extensionOf(name));

/** Whether only {@link isTransportStream} tells if a file with this name is a video: `clip.ts`, `main.ts`. */
export const isAmbiguousPath = (name: string): boolean => SHARED_EXTENSIONS.has(extensionOf(name));

const extensionOf = (name: string): string => /\.([^./\\]+)$/.exec(name)?.[1]?.toLowerCase() ?? '';

/** How many bytes {@link isTransportStream} wants to see. */
export const TRANSPORT_STREAM_HEAD_BYTES = 16 * 1024;

const SYNC = 0x47;
const ENOUGH_SYNCS = 5;

/**
 * Whether a file is an MPEG transport stream: its sync byte stands at the distance of a packet, 5 times in a row.
 * The first may come late, as in recordings cut anywhere; if it comes where it should, a file of 2 packets is one.
 *
 * @param head the file's first {@link TRANSPORT_STREAM_HEAD_BYTES}, or all of a shorter file
 */
export const isTransportStream = (head: Uint8Array): boolean => {
  for (let start = head.indexOf(SYNC); start !== -1; start = head.indexOf(SYNC, start + 1)) {
    // Bytes a packet, and where in it the sync byte stands: plain, Blu-ray and AVCHD, with error correction.
    if (isInStep(head, start, 188, 0) || isInStep(head, start, 192, 4) || isInStep(head, start, 204, 0))
      return true;
  }
  return false;
};

const isInStep = (head: Uint8Array, start: number, packetBytes: number, syncOffset: number): boolean => {
  const room = Math.ceil((head.length - start) / packetBytes);
  const needed = start === syncOffset ? Math.min(ENOUGH_SYNCS, Math.max(2, room)) : ENOUGH_SYNCS;
  if (room < needed) return false;
  for (let packet = 0; packet < needed; packet++)
    if (head[start + packet * packetBytes] !== SYNC) return false;
  return true;
};

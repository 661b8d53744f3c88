/** Files that have to be refused when they are opened, each for a reason that can be said in words. */
import { writeFileSync } from 'node:fs';
import { AV_DISPOSITION_ATTACHED_PIC } from 'node-av/constants';
import { patch, truncate } from '../damage.ts';
import { encodeTone } from '../encode.ts';
import { mux } from '../mux.ts';
import { withChunks } from '../streams.ts';
import { type Clip, clip } from './clip.ts';
import { coverPicture } from './container.ts';
import { h264B, h264P, NO_B, x264 } from './sources.ts';

export const refusals: readonly Clip[] = [
  refused('zero_frames.mp4', 'no frames', 'A video track without a single frame.', (path) => {
    const stream = x264(NO_B, { frames: 1 });
    mux({ path, container: 'mp4', streams: [withChunks(stream, [])], options: { movflags: '+empty_moov' } });
  }),
  refused('audio_only.m4a', 'audio only', 'Sound without a picture.', (path) =>
    mux({ path, container: 'ipod', streams: [encodeTone('aac', 3)] }),
  ),
  refused('cover.mp3', 'audio only', 'Sound with a cover picture, which is not video.', (path) =>
    mux({
      path,
      container: 'mp3',
      streams: [encodeTone('libmp3lame', 3), coverPicture()],
      tracks: [undefined, { disposition: AV_DISPOSITION_ATTACHED_PIC }],
    }),
  ),
  refused('cover_audio.m4a', 'audio only', 'Sound with a cover picture in MP4.', (path) =>
    mux({
      path,
      container: 'ipod',
      streams: [coverPicture(), encodeTone('aac', 3)],
      tracks: [{ disposition: AV_DISPOSITION_ATTACHED_PIC }],
    }),
  ),
  refused(
    'cenc_encrypted.mp4',
    'encrypted',
    'Common encryption: decoding "succeeds" with garbage, so it must not be tried.',
    (path) =>
      mux({
        path,
        container: 'mp4',
        streams: [h264B()],
        options: {
          encryption_scheme: 'cenc-aes-ctr',
          encryption_key: '76a6c65c5ea762046bd749a2e632ccbb',
          encryption_kid: 'a7e61c373e219033c21091fa607bf3b8',
        },
      }),
  ),
  refused(
    'trunc_moov_lost.mp4',
    'index lost',
    'Cut off before the index at the end: nothing can be found.',
    (path) => {
      mux({ path, container: 'mp4', streams: [h264B()] });
      truncate(path, 0.6);
    },
  ),
  refused('empty.mp4', 'empty', 'No bytes at all.', (path) => writeFileSync(path, '')),
  refused('one_byte.mp4', 'not a video', 'A single byte.', (path) => writeFileSync(path, 'x')),
  refused('text.mp4', 'not a video', 'A text file under the name of a video.', (path) =>
    writeFileSync(path, 'This is not the video you are looking for.\n'.repeat(200)),
  ),
  refused('zeros.mp4', 'not a video', 'A file of zeros, as a full disk leaves it.', (path) =>
    writeFileSync(path, Buffer.alloc(100_000)),
  ),
  refused('header_only.mkv', 'no frames', 'Matroska that ends behind its header.', (path) => {
    mux({ path, container: 'matroska', streams: [h264P()] });
    patch(path, (bytes) => bytes.subarray(0, bytes.indexOf('1f43b675', 0, 'hex')));
  }),
];

function refused(name: string, reason: string, fact: string, write: (path: string) => void): Clip {
  return clip({ name, fact, refused: reason, damaged: true, codes: null, write });
}

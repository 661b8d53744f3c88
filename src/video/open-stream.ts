// The stream of a file whose frames are numbered.
import { closeSync, openSync, readSync } from 'node:fs';
import { FramesiftError } from '../base/errors.ts';
import { MediaInput, type StreamInfo } from '../native/libav.ts';
import type { MediaFile } from './media-file.ts';

/** Opens a file and selects the stream to number. @throws the errors of `indexVideo` that concern opening */
export const openStream = (
  { path, place, mirror }: Pick<MediaFile, 'path' | 'place' | 'mirror'>,
  choice: number | undefined,
): { input: MediaInput; stream: StreamInfo } => {
  const input = openInput(path, place, mirror !== undefined);
  try {
    const stream = chooseStream(input, path, choice);
    input.select(stream.index);
    return { input, stream };
  } catch (error) {
    input[Symbol.dispose]();
    throw error;
  }
};

const openInput = (path: string, place: string, isUnbuffered: boolean): MediaInput => {
  try {
    return new MediaInput(path, { place, isUnbuffered });
  } catch (error) {
    const what = error instanceof FramesiftError && error.code === 'ERR_VIDEO_OPEN' && whatElse(place);
    if (!what) throw error;
    throw new FramesiftError('ERR_VIDEO_OPEN', `${path}: ${what}`, { facts: { path }, cause: error });
  }
};

/** What people often have in place of a video, by its first bytes. */
const whatElse = (place: string): string | undefined => {
  const head = headOf(place);
  if (/^#EXTM3U|<MPD[\s>]/.test(head)) return 'is a playlist, not a video. Give the videos that it lists.';
  if (/^<(?:!doctype\s+html|html)\b/i.test(head))
    return 'is a web page, not a video: that of a login or of an error, perhaps. Get the video itself.';
  return undefined;
};

const HEAD_BYTES = 1024;

const headOf = (place: string): string => {
  const head = Buffer.alloc(HEAD_BYTES);
  try {
    const file = openSync(place, 'r');
    try {
      return head.toString('utf8', 0, readSync(file, head)).trimStart();
    } finally {
      closeSync(file);
    }
  } catch {
    return '';
  }
};

const chooseStream = (input: MediaInput, path: string, choice: number | undefined): StreamInfo => {
  const stream =
    choice === undefined ? input.bestVideo : input.videoStreams.find((each) => each.index === choice);
  if (stream === undefined) {
    const available = input.videoStreams.map((each) => each.index).join(', ');
    if (choice !== undefined && available !== '') {
      throw new FramesiftError(
        'ERR_NO_VIDEO_STREAM',
        `${path}: stream ${choice} is not video; its video streams are ${available}.`,
        {
          facts: { path, stream: choice, available },
        },
      );
    }
    const what = available === '' ? 'sound or data only' : 'a cover picture and no video';
    throw new FramesiftError('ERR_NO_VIDEO_STREAM', `${path}: has no video stream (${what}).`, {
      facts: { path },
    });
  }
  if (stream.isEncrypted) {
    throw encryptedError(path);
  }
  return stream;
};

export const encryptedError = (path: string): FramesiftError =>
  new FramesiftError(
    'ERR_ENCRYPTED',
    `${path}: the video is encrypted. Decrypt it first; framesift has no keys.`,
    {
      facts: { path },
    },
  );

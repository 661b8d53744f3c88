// The stream of a file whose frames are numbered.
import { FramesiftError } from '../base/errors.ts';
import { MediaInput, type StreamInfo } from '../native/libav.ts';
import type { MediaFile } from './media-file.ts';

/** Opens a file and selects the stream to number. @throws the errors of `indexVideo` that concern opening */
export const openStream = (
  { path, place, mirror }: Pick<MediaFile, 'path' | 'place' | 'mirror'>,
  choice: number | undefined,
): { input: MediaInput; stream: StreamInfo } => {
  const input = new MediaInput(path, { place, isUnbuffered: mirror !== undefined });
  try {
    const stream = chooseStream(input, path, choice);
    input.select(stream.index);
    return { input, stream };
  } catch (error) {
    input[Symbol.dispose]();
    throw error;
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

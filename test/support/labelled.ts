/**
 * What a sequential decode shows, packet by packet: the naive loop again, with every packet stamped with its number
 * so that each picture says which packet it came from. Pictures are hashed as the product would hand them out.
 */
import { createHash } from 'node:crypto';
import { rotate } from '../../src/image/rotate.ts';
import { PictureConverter, type VideoDecoder } from '../../src/native/libav.ts';
import { openStream } from '../../src/video/open-stream.ts';
import { readBlockCode } from './block-code.ts';

export interface LabelledFrame {
  /** Number of the packet, in the order of the file. */
  readonly ordinal: number;
  readonly sha1: string;
  readonly code: number | null;
}

export const sha1Of = (bytes: Uint8Array): string => createHash('sha1').update(bytes).digest('hex');

/** Every frame in the order in which it is shown. */
export const decodeLabelled = (path: string, threads: number): LabelledFrame[] => {
  const frames: LabelledFrame[] = [];
  const { input, stream } = openStream({ path, place: path, mirror: undefined }, undefined);
  using open = input;
  using decoder = open.createDecoder(threads);
  using converter = new PictureConverter();
  const receive = (): void => {
    for (const ordinal of shown(decoder)) {
      const { frame } = decoder;
      const image = rotate(
        converter.toRgb(frame, frame.width, frame.height),
        stream.rotation,
        stream.isMirrored,
      );
      frames.push({ ordinal, sha1: sha1Of(image.data), code: readBlockCode(image, stream.rotation) });
    }
  };
  for (let ordinal = 0; open.read(); ordinal++) {
    open.packet.pts = BigInt(ordinal);
    decoder.send(open.packet);
    receive();
  }
  decoder.send(null);
  receive();
  return frames;
};

function* shown(decoder: VideoDecoder): Generator<number> {
  for (let failures = 0; failures < 1000; ) {
    const result = decoder.receive();
    if (result === 'starved' || result === 'ended') return;
    if (result === 'frame') yield Number(decoder.frame.pts);
    else failures++;
  }
}

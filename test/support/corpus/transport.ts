/** MPEG-TS put together from pieces: clocks that jump, streams that start anywhere. */
import { readFileSync, writeFileSync } from 'node:fs';
import { patch } from '../damage.ts';
import { inBand, mux } from '../mux.ts';
import { range } from '../streams.ts';
import { type Clip, clip, once } from './clip.ts';
import { mpeg2 } from './mpeg.ts';
import { h264B, PYRAMID, x264 } from './sources.ts';

const firstHalf = once(() => x264(PYRAMID, { frames: 75 }));
const secondHalf = once(() => x264(PYRAMID, { frames: range(75, 150) }));

export const transport: readonly Clip[] = [
  clip({
    name: 'ts_discontinuity.ts',
    fact: 'Two recordings in one file, the second 500 s later by its clock.',
    codes: 150,
    write: (path) => joined(path, 0, 500),
  }),
  clip({
    name: 'ts_backwards.ts',
    fact: 'The clock falls back by 500 s in the middle. FFmpeg takes that for a wrap of the 33-bit clock and lets pts run on.',
    codes: 150,
    write: (path) => joined(path, 500, 0),
  }),
  clip({
    name: 'ts_overlap.ts',
    fact: 'The clock falls back by a second and a half in the middle: the halves overlap in time, and rank by pts would mix them.',
    codes: 150,
    write: (path) => joined(path, 2, 3),
  }),
  clip({
    name: 'sparse_pts_h264.ts',
    fact: 'Only key frames carry timestamps, as the standard allows: most packets have no pts, and there are B-frames.',
    codes: 150,
    write: (path) => {
      mux({ path, container: 'mpegts', streams: [inBand(h264B())] });
      patch(path, withoutTimes);
    },
  }),
  clip({
    name: 'sparse_pts_mpeg2.ts',
    fact: 'MPEG-2 with timestamps on key frames only.',
    codes: 120,
    write: (path) => {
      mux({ path, container: 'mpegts', streams: [mpeg2()] });
      patch(path, withoutTimes);
    },
  }),
];

/** Takes pts and dts out of every PES packet that is not a random access point; the room becomes stuffing. */
function withoutTimes(bytes: Buffer): Buffer {
  for (let at = 0; at + 188 <= bytes.length; at += 188) {
    const packet = bytes.subarray(at, at + 188);
    const starts = (packet[1]! & 0x40) !== 0;
    const hasAdaptation = (packet[3]! & 0x20) !== 0;
    const isKey = hasAdaptation && packet[4]! > 0 && (packet[5]! & 0x40) !== 0;
    const payload = hasAdaptation ? 5 + packet[4]! : 4;
    if (!starts || isKey || packet.readUIntBE(payload, 3) !== 1) continue;
    packet[payload + 7]! &= 0x3f;
    packet.fill(0xff, payload + 9, payload + 9 + packet[payload + 8]!);
  }
  return bytes;
}

function joined(path: string, firstOffset: number, secondOffset: number): void {
  const write = (stream: ReturnType<typeof firstHalf>, offset: number): Buffer => {
    mux({ path, container: 'mpegts', streams: [inBand(stream)], options: { output_ts_offset: offset } });
    return readFileSync(path);
  };
  const parts = [write(firstHalf(), firstOffset), write(secondHalf(), secondOffset)];
  writeFileSync(path, Buffer.concat(parts));
}

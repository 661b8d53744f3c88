/** Containers: where the index lies, whether there is one, and what else is in the file. */
import {
  AV_DISPOSITION_ATTACHED_PIC,
  AV_DISPOSITION_DEFAULT,
  AVMEDIA_TYPE_ATTACHMENT,
} from 'node-av/constants';
import { findBox, fullBox, patch, replaceBox } from '../damage.ts';
import { encodeTone, encodeVideo } from '../encode.ts';
import { inBand, mux } from '../mux.ts';
import { type EncodedStream, range, withChunks } from '../streams.ts';
import { type Clip, clip } from './clip.ts';
import { h264B, h264P, hevcB, NO_B, PYRAMID, x264 } from './sources.ts';

export const containers: readonly Clip[] = [
  clip({
    name: 'faststart.mp4',
    fact: 'The index stands before the data.',
    codes: 150,
    write: (path) => mux({ path, container: 'mp4', streams: [h264B()], options: { movflags: '+faststart' } }),
  }),
  clip({
    name: 'base.mov',
    fact: 'QuickTime file with sound and a time code track, which is a stream of neither kind.',
    codes: 150,
    write: (path) =>
      mux({
        path,
        container: 'mov',
        streams: [h264B(), encodeTone('aac', 5)],
        tracks: [{ metadata: { timecode: '01:00:00:00' } }],
      }),
  }),
  clip({
    name: 'frag.mp4',
    fact: 'Fragments, one for each GOP: the header counts no frames.',
    codes: 150,
    write: (path) =>
      mux({
        path,
        container: 'mp4',
        streams: [h264B()],
        options: { movflags: '+frag_keyframe+empty_moov+default_base_moof' },
      }),
  }),
  clip({
    name: 'frag_hevc_sound.mp4',
    fact: 'Fragments of half a second with HEVC and sound, keys in the middle of fragments.',
    codes: 120,
    write: (path) =>
      mux({
        path,
        container: 'mp4',
        streams: [hevcB(), encodeTone('aac', 4)],
        tracks: [{ tag: 'hvc1' }],
        options: { movflags: '+empty_moov+default_base_moof', frag_duration: 500_000 },
      }),
  }),
  clip({
    name: 'frag_sidx.mp4',
    fact: 'DASH segments in one file with a segment index in front.',
    codes: 150,
    write: (path) =>
      mux({
        path,
        container: 'mp4',
        streams: [h264B()],
        options: { movflags: '+dash+global_sidx+frag_keyframe' },
      }),
  }),
  clip({
    name: 'frag_every.mp4',
    fact: 'A fragment for each frame, as low-latency cameras write it.',
    codes: 120,
    write: (path) =>
      mux({
        path,
        container: 'mp4',
        streams: [h264P()],
        options: { movflags: '+frag_every_frame+empty_moov+default_base_moof' },
      }),
  }),
  clip({
    name: 'nocues.mkv',
    fact: 'Matroska as written to a pipe: no cues, no duration, clusters of unknown size.',
    codes: 150,
    write: (path) => mux({ path, container: 'matroska', streams: [h264B()], options: { live: 1 } }),
  }),
  clip({
    name: 'cues_first.mkv',
    fact: 'Matroska with its cues in front and sound beside the picture.',
    codes: 150,
    write: (path) =>
      mux({
        path,
        container: 'matroska',
        streams: [encodeTone('aac', 5), h264B()],
        options: { cues_to_front: 1, cluster_time_limit: 400 },
      }),
  }),
  clip({
    name: 'h264_b.nut',
    fact: 'NUT with B-frames: exact timestamps, syncpoints instead of an index.',
    codes: 150,
    write: (path) => mux({ path, container: 'nut', streams: [inBand(h264B())] }),
  }),
  clip({
    name: 'sound_first.ts',
    fact: 'MPEG-TS in which the sound is stream 0 and begins a second before the picture.',
    codes: 120,
    write: (path) => {
      const picture = inBand(h264P());
      const late = picture.chunks.map((chunk) => ({
        ...chunk,
        pts: chunk.pts! + 30n,
        dts: chunk.dts! + 30n,
      }));
      mux({ path, container: 'mpegts', streams: [encodeTone('aac', 5), { ...picture, chunks: late }] });
    },
  }),
  clip({
    name: 'm2ts_192.m2ts',
    fact: 'Blu-ray transport stream: packets of 192 bytes.',
    codes: 150,
    write: (path) =>
      mux({ path, container: 'mpegts', streams: [inBand(h264B())], options: { mpegts_m2ts_mode: 1 } }),
  }),
  clip({
    name: 'editlist_end.mp4',
    fact: 'An edit list that ends early: twenty frames in the file are not shown.',
    codes: 130,
    write: (path) => {
      mux({ path, container: 'mp4', streams: [h264B()] });
      // Milliseconds of the movie's clock; ticks of 1/15360 s from the first frame's time of 1024.
      patch(path, (bytes) => withEdits(bytes, [[4_330, 1024]]));
    },
  }),
  clip({
    name: 'editlist_two.mp4',
    fact: 'Two edits: frames 0 to 59, then 90 to 149; the second begins between key frames.',
    codes: [...range(0, 60), ...range(90, 150)],
    write: (path) => {
      mux({ path, container: 'mp4', streams: [h264B()] });
      patch(path, (bytes) =>
        withEdits(bytes, [
          [2_000, 1024],
          [2_000, 1024 + 90 * 512],
        ]),
      );
    },
  }),
  clip({
    name: 'cover_first.mp4',
    fact: 'A cover picture in the metadata, which FFmpeg lists as a video stream; it is not video.',
    codes: 150,
    write: (path) =>
      mux({
        path,
        container: 'mp4',
        streams: [coverPicture(), h264B()],
        tracks: [{ disposition: AV_DISPOSITION_ATTACHED_PIC }],
      }),
  }),
  clip({
    name: 'cover_first.mkv',
    fact: 'A cover picture attached to a Matroska file; FFmpeg lists it as a video stream.',
    codes: 150,
    write: (path) =>
      mux({
        path,
        container: 'matroska',
        streams: [attachment(), h264B()],
        tracks: [{ metadata: { filename: 'cover.png', mimetype: 'image/png' } }],
      }),
  }),
  clip({
    name: 'multi_video.mkv',
    fact: 'Two video streams of different size and rate, the default is the second (its frames count from 1000).',
    codes: range(1000, 1100),
    write: (path) =>
      mux({
        path,
        container: 'matroska',
        streams: [
          h264B(),
          x264(PYRAMID, { width: 320, height: 192, rate: { num: 25, den: 1 }, frames: range(1000, 1100) }),
        ],
        tracks: [
          { disposition: 0 as typeof AV_DISPOSITION_DEFAULT },
          { disposition: AV_DISPOSITION_DEFAULT },
        ],
      }),
  }),
  clip({
    name: 'one_frame.mp4',
    fact: 'A single frame: no rate can be told.',
    codes: 1,
    write: (path) => mux({ path, container: 'mp4', streams: [x264(NO_B, { frames: 1 })] }),
  }),
  clip({
    name: 'static_identical.mp4',
    fact: 'The same picture 150 times: telling frames apart by their pixels is impossible. All show number 7.',
    codes: Array.from({ length: 150 }, () => 7),
    write: (path) =>
      mux({
        path,
        container: 'mp4',
        streams: [x264(PYRAMID, { frames: Array.from({ length: 150 }, () => 7) })],
      }),
  }),
  clip({
    name: "we ird%03d 'q' ünï:x.mp4",
    fact: 'A name with blanks, quotes, a number pattern, accents and what looks like a protocol.',
    codes: 120,
    write: (path) => mux({ path, container: 'mp4', streams: [h264P()] }),
  }),
  clip({
    name: 'really_matroska.mp4',
    fact: 'Matroska under the name of another format: contents decide, not the ending.',
    codes: 120,
    write: (path) => mux({ path, container: 'matroska', streams: [h264P()] }),
  }),
  clip({
    name: 'seq_gap_001.png',
    fact: 'The first of numbered pictures with a gap (001, 002, 004 lie beside it): opening one picture gives one frame.',
    codes: [1],
    write: (path) => {
      for (const number of [1, 2, 4]) {
        const name = path.replace('seq_gap_001.png', `seq_gap_00${number}.png`);
        mux({ path: name, container: 'image2', streams: [stillPicture(number)], options: { update: 1 } });
      }
    },
  }),
];

/** Replaces the edit list; entries are [length on the movie's clock, first time on the track's clock]. */
function withEdits(bytes: Buffer, edits: readonly (readonly [number, number])[]): Buffer {
  if (findBox(bytes, 'moov').at < findBox(bytes, 'mdat').at) throw new Error('moov has to be last');
  const entries = edits.flatMap(([length, from]) => [length, from, 0x10000]);
  return replaceBox(bytes, 'moov/trak/edts/elst', fullBox('elst', edits.length, ...entries));
}

function stillPicture(number: number) {
  return encodeVideo({ codec: 'png', pixelFormat: 'rgb24', frames: [number], globalHeader: false });
}

export function coverPicture() {
  return stillPicture(9999);
}

function attachment(): EncodedStream {
  const cover = coverPicture();
  cover.parameters.codecType = AVMEDIA_TYPE_ATTACHMENT;
  cover.parameters.extradata = cover.chunks[0]!.data;
  return withChunks(cover, []);
}

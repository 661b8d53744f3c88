/** HEVC: leading pictures, temporal layers, high dynamic range. */
import { inBand, mux } from '../mux.ts';
import type { EncodedStream, Options } from '../streams.ts';
import { type Clip, clip } from './clip.ts';
import { HEVC_GOP, hevcB, hevcOpen, x265 } from './sources.ts';

export const hevc: readonly Clip[] = [
  clip({
    name: 'base_hevc_b.mp4',
    fact: 'Closed GOPs with B-frames in MP4.',
    codes: 120,
    write: (path) => mp4(path, hevcB()),
  }),
  clip({
    name: 'base_hevc_b.mkv',
    fact: 'The same in Matroska.',
    codes: 120,
    write: (path) => mux({ path, container: 'matroska', streams: [hevcB()] }),
  }),
  clip({
    name: 'base_hevc_b.ts',
    fact: 'The same in MPEG-TS.',
    codes: 120,
    write: (path) => mux({ path, container: 'mpegts', streams: [inBand(hevcB())] }),
  }),
  clip({
    name: 'hevc_opengop_cra.mp4',
    fact: 'CRA pictures with RASL leading pictures: after a seek to the CRA its leading pictures are skipped without a word.',
    codes: 150,
    write: (path) => mp4(path, hevcOpen()),
  }),
  clip({
    name: 'hevc_opengop_cra.mkv',
    fact: 'CRA and RASL pictures in Matroska.',
    codes: 150,
    write: (path) => mux({ path, container: 'matroska', streams: [hevcOpen()] }),
  }),
  clip({
    name: 'hevc_opengop_cra.ts',
    fact: 'CRA and RASL pictures in MPEG-TS.',
    codes: 150,
    write: (path) => mux({ path, container: 'mpegts', streams: [inBand(hevcOpen())] }),
  }),
  clip({
    name: 'hevc_radl.mp4',
    fact: 'IDR pictures with decodable leading pictures (RADL): pictures after the key in the file, before it on screen.',
    codes: 120,
    write: (path) => mp4(path, x265(`${HEVC_GOP}:open-gop=0:bframes=3:b-adapt=0:radl=3`)),
  }),
  clip({
    name: 'hevc_g2_trac11137.mp4',
    fact: 'GOPs of two frames (FFmpeg ticket 11137): reordering crosses keys everywhere.',
    codes: 40,
    write: (path) =>
      mp4(
        path,
        x265(
          '',
          { frames: 40, width: 128, height: 128, rate: { num: 10, den: 1 } },
          { preset: 'medium', crf: 10, g: 2 },
        ),
      ),
  }),
  clip({
    name: 'hevc_temporal_layers.mp4',
    fact: 'Three temporal layers: a sub-layer non-reference picture may still be needed by a higher layer.',
    codes: 120,
    write: (path) =>
      mp4(path, x265(`${HEVC_GOP}:open-gop=0:bframes=3:b-adapt=0:b-pyramid=1:temporal-layers=3`)),
  }),
  clip({
    name: 'hevc_allintra.mp4',
    fact: 'Every picture is a key.',
    codes: 30,
    write: (path) => mp4(path, x265('keyint=1', { frames: 30 })),
  }),
  clip({
    name: 'hevc_intra_refresh.mp4',
    fact: 'One IDR picture, then intra columns wander: no other key in the whole file.',
    codes: 90,
    write: (path) => mp4(path, x265('keyint=30:scenecut=0:bframes=0:intra-refresh=1', { frames: 90 })),
  }),
  clip({
    name: 'raw.hevc',
    fact: 'Bare HEVC stream with open GOPs: no timestamps, no index.',
    codes: 150,
    write: (path) => mux({ path, container: 'hevc', streams: [inBand(hevcOpen())] }),
  }),
  clip({
    name: 'hdr10_pq_bt2020.mp4',
    fact: '10-bit BT.2020 with the PQ curve and HDR10 metadata: what tone policy applies has to be said.',
    codes: 60,
    write: (path) => mp4(path, highDynamicRange('smpte2084', 'max-cll=1000,400')),
  }),
  clip({
    name: 'hlg_bt2020.mp4',
    fact: '10-bit BT.2020 with the HLG curve.',
    codes: 60,
    write: (path) => mp4(path, highDynamicRange('arib-std-b67')),
  }),
];

function mp4(path: string, stream: EncodedStream, options: Options = {}): void {
  mux({ path, container: 'mp4', streams: [stream], tracks: [{ tag: 'hvc1' }], options });
}

function highDynamicRange(curve: string, more = 'hrd=0'): EncodedStream {
  const tags = `colorprim=bt2020:transfer=${curve}:colormatrix=bt2020nc:range=limited`;
  const mastering = 'master-display=G(13250,34500)B(7500,3000)R(34000,16000)WP(15635,16450)L(10000000,1)';
  return x265(
    `${HEVC_GOP}:bframes=3:b-adapt=0:${tags}:${mastering}:${more}`,
    { frames: 60, pixelFormat: 'yuv420p10le' },
    { colorspace: 'bt2020nc', color_primaries: 'bt2020', color_trc: curve, color_range: 'tv' },
  );
}

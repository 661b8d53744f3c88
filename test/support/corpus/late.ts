/**
 * H.264 that does not say how deep its pictures are reordered, and begins to reorder them late: an encoder in
 * hardware that turns B-frames on. The words that libx264 puts into its headers for this are taken out again.
 */
import { AV_PICTURE_TYPE_P } from 'node-av/constants';
import { inBand } from '../mux.ts';
import { type EncodedStream, mapChunks } from '../streams.ts';
import { BitReader, BitWriter, escaped, unescaped } from './bits.ts';
import { PYRAMID, x264 } from './sources.ts';

/** Keys at every 24th frame, only P-frames up to 59, then pyramids of three B-frames: 63 61 60 62, 67 65 64 66, … */
export function lateReordering(): EncodedStream {
  const stream = x264(
    PYRAMID,
    {
      frames: 150,
      paint: (frame, number) => {
        if (number < 60 && number % 24 !== 0) frame.pictType = AV_PICTURE_TYPE_P;
      },
    },
    { profile: 'main' },
  );
  const silent = mapChunks(inBand(stream), (chunk) => ({ ...chunk, data: withoutRestriction(chunk.data) }));
  silent.parameters.extradata = withoutRestriction(stream.parameters.extradata!);
  return silent;
}

/** Cuts the sequence parameter set of an Annex B packet short before bitstream_restriction_flag. */
function withoutRestriction(packet: Buffer): Buffer {
  const from = packet.indexOf('0000000167', 0, 'hex') + 4;
  if (from < 4) return packet;
  const to = packet.indexOf('00000001', from, 'hex');
  const set = unescaped(packet.subarray(from, to));
  const flag = restrictionAt(set);
  const reader = new BitReader(set);
  const cut = new BitWriter();
  while (reader.at < flag) cut.bits(reader.bits(1), 1);
  cut.bits(0, 1).bits(1, 1).align(); // no restriction, end
  return Buffer.concat([packet.subarray(0, from), escaped(cut.done()), packet.subarray(to)]);
}

/** Where bitstream_restriction_flag stands in a sequence parameter set of the Main profile, in bits. */
function restrictionAt(set: Buffer): number {
  const header = new BitReader(set, 8);
  if (header.bits(8) !== 77) throw new Error('not the Main profile');
  header.bits(16); // constraints, level
  header.ue(); // id
  header.ue(); // frame_num
  if (header.ue() !== 0) throw new Error('not picture order count type 0');
  header.ue();
  header.ue(); // reference frames
  header.bits(1);
  header.ue(); // size
  header.ue();
  if (!header.flag()) header.bits(1); // frame_mbs_only
  header.bits(1);
  if (header.flag()) for (let side = 0; side < 4; side++) header.ue();
  if (!header.flag()) throw new Error('no VUI');
  if (header.flag() && header.bits(8) === 255) header.bits(32); // aspect ratio
  if (header.flag()) header.bits(1); // overscan
  if (header.flag() && header.bits(4) % 2 === 1) header.bits(24); // video signal type
  if (header.flag()) for (let field = 0; field < 2; field++) header.ue(); // chroma location
  if (header.flag()) header.bits(65); // timing
  if (header.bits(2) !== 0) throw new Error('HRD parameters');
  header.bits(1); // pic_struct_present
  const at = header.at;
  if (!header.flag()) throw new Error('nothing to take out');
  return at;
}

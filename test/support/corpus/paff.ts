/**
 * H.264 whose pictures are frames or pairs of fields by turns (PAFF). libx264 has no such mode, so the stream is
 * written here bit by bit: what changes is sent as raw samples (I_PCM), everything else is skipped.
 */
import { AV_CODEC_ID_H264, AV_PIX_FMT_YUV420P, AVMEDIA_TYPE_VIDEO } from 'node-av/constants';
import { CodecParameters } from 'node-av/lib';
import { codeRows, drawFrame } from '../block-code.ts';
import { type Chunk, type EncodedStream, range } from '../streams.ts';
import { BitWriter, nalUnit } from './bits.ts';

const WIDTH = 256;
const HEIGHT = 160;
const COLUMNS = WIDTH / 16;
const GOP = 12;
const SLICE_P = 5;
const SLICE_I = 7;

/** A frame, or one of its fields. */
interface Picture {
  readonly number: number;
  readonly structure: 'frame' | 'top' | 'bottom';
}

/** Of four frames in a row, three are pairs of fields; each frame is one packet, or each field where `apart`. */
export function paff(frames: number, apart = false): EncodedStream {
  const chunks: Chunk[] = [];
  for (const number of range(0, frames)) {
    const structures = number % 4 === 3 ? (['frame'] as const) : (['top', 'bottom'] as const);
    const units = structures.map((structure) => slice({ number, structure }));
    const isKey = number % GOP === 0;
    const parts = isKey ? [Buffer.concat([header(), units[0]!]), ...units.slice(1)] : units;
    const packets = apart ? parts : [Buffer.concat(parts)];
    packets.forEach((data, index) => {
      const time = BigInt(2 * number + index);
      const duration = BigInt(2 / packets.length);
      chunks.push({ data, pts: time, dts: time, duration, flags: isKey && index === 0 ? 1 : 0, side: [] });
    });
  }
  const parameters = new CodecParameters();
  parameters.alloc();
  parameters.codecType = AVMEDIA_TYPE_VIDEO;
  parameters.codecId = AV_CODEC_ID_H264;
  parameters.width = WIDTH;
  parameters.height = HEIGHT;
  parameters.format = AV_PIX_FMT_YUV420P;
  parameters.extradata = header();
  return { parameters, timeBase: { num: 1, den: 50 }, frameRate: { num: 25, den: 1 }, chunks };
}

/** Sequence and picture parameter sets. */
function header(): Buffer {
  const sequence = new BitWriter();
  sequence.bits(77, 8).bits(0, 8).bits(30, 8); // Main profile, level 3
  sequence.ue(0).ue(0); // id; frame_num has 4 bits
  sequence.ue(0).ue(4); // picture order count type 0 with 8 bits
  sequence.ue(2).bits(0, 1); // two reference frames, no gaps
  sequence.ue(COLUMNS - 1).ue(HEIGHT / 32 - 1);
  sequence.bits(0, 1).bits(0, 1).bits(1, 1); // fields allowed; not by macroblock; direct_8x8_inference
  sequence.bits(0, 1).bits(0, 1); // no cropping, no VUI
  const picture = new BitWriter();
  picture.ue(0).ue(0).bits(0, 1).bits(0, 1); // ids; CAVLC; no bottom field offsets
  picture.ue(0).ue(0).ue(0); // one slice group; one reference in each list
  picture.bits(0, 1).bits(0, 2); // no weighted prediction
  picture.se(0).se(0).se(0).bits(1, 1).bits(0, 1).bits(0, 1); // deblocking is controlled by the slice
  return Buffer.concat([nalUnit(0x67, sequence), nalUnit(0x68, picture)]);
}

function slice(picture: Picture): Buffer {
  const { number, structure } = picture;
  const place = number % GOP;
  const isField = structure !== 'frame';
  const isIdr = place === 0 && structure === 'top';
  const type = place === 0 && structure !== 'bottom' ? SLICE_I : SLICE_P;
  const out = new BitWriter();
  out.ue(0).ue(type).ue(0).bits(place, 4);
  out.bits(isField ? 1 : 0, 1);
  if (isField) out.bits(structure === 'bottom' ? 1 : 0, 1);
  if (isIdr) out.ue((number / GOP) % 2);
  out.bits(2 * place + (structure === 'bottom' ? 1 : 0), 8);
  if (type === SLICE_P) out.bits(0, 1).bits(0, 1); // default number and order of references
  out.bits(0, isIdr ? 2 : 1); // plain sliding window
  out.se(0).ue(1); // no deblocking
  macroblocks(out, picture, type === SLICE_I);
  return nalUnit(isIdr ? 0x65 : 0x61, out);
}

function macroblocks(out: BitWriter, picture: Picture, all: boolean): void {
  const { number, structure } = picture;
  const isField = structure !== 'frame';
  const drawing = drawFrame(number, WIDTH, HEIGHT, true);
  const rows = HEIGHT / (isField ? 32 : 16);
  const stripRows = Math.ceil(codeRows(HEIGHT) / (isField ? 32 : 16));
  let skipped = 0;
  for (let row = 0; row < rows; row++) {
    for (let column = 0; column < COLUMNS; column++) {
      // The strip always, the rest at a key, and one block that wanders so that pictures differ elsewhere too.
      const wanders = column === number % COLUMNS && row === rows - 1;
      if (!all && row >= stripRows && !wanders) {
        skipped++;
        continue;
      }
      if (!all) out.ue(skipped);
      skipped = 0;
      out.ue(all ? 25 : 30).align();
      const first = structure === 'bottom' ? 1 : 0;
      const step = isField ? 2 : 1;
      block(out, drawing, 0, WIDTH, 16 * column, first + step * 16 * row, step, 16);
      const luma = WIDTH * HEIGHT;
      for (const plane of [luma, luma + luma / 4]) {
        block(out, drawing, plane, WIDTH / 2, 8 * column, first + step * 8 * row, step, 8);
      }
    }
  }
  if (!all && skipped > 0) out.ue(skipped);
}

function block(
  out: BitWriter,
  drawing: Buffer,
  plane: number,
  stride: number,
  x: number,
  y: number,
  step: number,
  side: number,
): void {
  for (let line = 0; line < side; line++) {
    const at = plane + (y + step * line) * stride + x;
    out.bytes(drawing.subarray(at, at + side));
  }
}

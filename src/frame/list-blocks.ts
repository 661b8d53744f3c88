import { constants, isUtf8 } from 'node:buffer';
import { TextDecoder } from 'node:util';
import { listError, type TextBlock } from './list-reader.ts';

const NEWLINE = 0x0a;

/**
 * Cuts a stream of bytes into blocks of whole lines and decodes them, so that no list has to fit into one string.
 * UTF-8, with or without its mark (BOM), or UTF-16 little-endian with its mark, which Windows PowerShell's `>` writes.
 *
 * @throws ERR_LIST naming the first line that is not text
 */
export async function* textBlocks(
  source: AsyncIterable<Uint8Array>,
  label: string,
): AsyncGenerator<TextBlock> {
  let pieces: Uint8Array[] = [];
  let line = 1;
  for await (const chunk of asUtf8(source)) {
    const end = chunk.lastIndexOf(NEWLINE) + 1;
    pieces.push(end === 0 ? chunk : chunk.subarray(0, end));
    if (end === 0) continue;
    const block = Buffer.concat(pieces);
    yield { text: decode(block, line, label), line };
    line += countNewlines(block);
    pieces = [chunk.subarray(end)];
  }
  const rest = Buffer.concat(pieces);
  if (rest.length > 0) yield { text: decode(rest, line, label), line };
}

/** The same bytes in UTF-8 and without a byte order mark. */
async function* asUtf8(source: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array> {
  let head: Uint8Array | undefined = new Uint8Array();
  let utf16: TextDecoder | undefined;
  for await (const chunk of source) {
    let bytes = chunk;
    if (head !== undefined) {
      head = Buffer.concat([head, chunk]);
      if (head.length < 3) continue;
      if (head[0] === 0xff && head[1] === 0xfe) utf16 = new TextDecoder('utf-16le');
      bytes = withoutMark(head);
      head = undefined;
    }
    yield utf16 === undefined ? bytes : Buffer.from(utf16.decode(bytes, { stream: true }));
  }
  if (head !== undefined) yield head;
  if (utf16 !== undefined) yield Buffer.from(utf16.decode());
}

const withoutMark = (bytes: Uint8Array): Uint8Array =>
  bytes[0] === 0xef && bytes[1] === 0xbb && bytes[2] === 0xbf ? bytes.subarray(3) : bytes;

const decode = (bytes: Buffer, line: number, label: string): string => {
  if (bytes.length > constants.MAX_STRING_LENGTH) {
    throw listError(
      label,
      line,
      'the line is longer than can be read. Give a list with one frame name on each line.',
    );
  }
  if (isUtf8(bytes)) return bytes.toString('utf8');
  throw listError(
    label,
    line + newlinesBeforeBadByte(bytes),
    'this is not UTF-8 text. Save the list as UTF-8, or check that the file is a list of frame names.',
  );
};

// A newline byte is never part of a longer UTF-8 sequence, so each line can be judged on its own.
const newlinesBeforeBadByte = (bytes: Buffer): number => {
  let lines = 0;
  let start = 0;
  for (;;) {
    const end = bytes.indexOf(NEWLINE, start);
    if (end === -1 || !isUtf8(bytes.subarray(start, end))) return lines;
    lines++;
    start = end + 1;
  }
};

const countNewlines = (bytes: Buffer): number => {
  let count = 0;
  for (let at = bytes.indexOf(NEWLINE); at !== -1; at = bytes.indexOf(NEWLINE, at + 1)) count++;
  return count;
};

import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { buildFrameIndex, keyframesOf, orderByTimestamps } from '../../src/video/frame-index.ts';
import { decodeIndex, encodeIndex, INDEX_FORMAT } from '../../src/video/index-file.ts';
import {
  DISCARD,
  HIDDEN,
  KEY,
  NO_TIMESTAMP,
  type PacketTable,
  PacketTableBuilder,
  SUSPECT,
} from '../../src/video/packets.ts';
import type { VideoInfo } from '../../src/video/scan.ts';

type Packet = { pts: number | null; dts?: number | null; flags?: number };

const tableOf = (packets: readonly Packet[]): PacketTable => {
  const table = new PacketTableBuilder();
  const ticks = (value: number | null): bigint => (value === null ? NO_TIMESTAMP : BigInt(value));
  packets.forEach(({ pts, dts = null, flags }, i) => {
    table.add(i * 10, ticks(dts), ticks(pts), 5, flags ?? (i === 0 ? KEY : 0));
  });
  return table.finish();
};

describe('orderByTimestamps', () => {
  it('ranks by pts', () => {
    expect(orderByTimestamps(tableOf([{ pts: 0 }, { pts: 30 }, { pts: 10 }, { pts: 20 }]))).toEqual({
      kind: 'ordered',
      ordinals: Uint32Array.of(0, 2, 3, 1),
    });
  });

  it('leaves out what is not shown', () => {
    const table = tableOf([
      { pts: -20, flags: KEY | DISCARD },
      { pts: 10 },
      { pts: 5, flags: HIDDEN },
      { pts: 0 },
    ]);
    expect(orderByTimestamps(table)).toEqual({ kind: 'ordered', ordinals: Uint32Array.of(3, 1) });
  });

  it.each<[string, Packet[]]>([
    ['missing timestamps', [{ pts: 0 }, { pts: null }]],
    ['repeated timestamps', [{ pts: 0 }, { pts: 7 }, { pts: 7 }]],
    [
      'timestamps run backwards',
      [
        { pts: 0, dts: 5 },
        { pts: 1, dts: 4 },
      ],
    ],
    ['packets hold no picture or several', [{ pts: 0 }, { pts: 1, flags: SUSPECT }]],
    ['implausible timestamps', Array.from({ length: 80 }, (_, i) => ({ pts: i === 0 ? 1000 : i }))],
  ])('does not trust %s', (reason, packets) => {
    expect(orderByTimestamps(tableOf(packets))).toEqual({ kind: 'unordered', reason });
  });

  it.each<[string, Packet[], number]>([
    [
      'a first packet that is no key',
      [
        { pts: 0, flags: 0 },
        { pts: 1, flags: KEY },
      ],
      1,
    ],
    ['pictures shown before the first key', [{ pts: 2, flags: KEY }, { pts: 0 }, { pts: 1 }], 0],
    ['no key at all', [{ pts: 0, flags: 0 }], 0],
  ])('is not certain of the head with %s', (_what, packets, firstKey) => {
    expect(orderByTimestamps(tableOf(packets))).toMatchObject({ kind: 'uncertain-head', firstKey });
  });
});

describe('buildFrameIndex', () => {
  it('says from which frame on a key serves', () => {
    const packets = tableOf([{ pts: 0 }, { pts: 4, flags: KEY }, { pts: 2 }, { pts: 3 }, { pts: 5 }]);
    const index = buildFrameIndex(packets, Uint32Array.of(0, 2, 3, 1, 4), 'timestamps', '', 1);
    expect([...index.keyOrdinals]).toEqual([0, 1]);
    expect([...index.keyRanks]).toEqual([0, 3]);
    expect(keyframesOf(index)).toEqual([0, 3]);
  });

  it('lets a key outside the edit list serve the frames behind it', () => {
    const packets = tableOf([{ pts: -10, flags: KEY | DISCARD }, { pts: 0 }, { pts: 10 }]);
    const index = buildFrameIndex(packets, Uint32Array.of(1, 2), 'timestamps', '', 1);
    expect([...index.keyRanks]).toEqual([0]);
    expect(keyframesOf(index)).toEqual([]);
  });

  it('takes times from dts, or counts them, where pts are missing', () => {
    const withDts = tableOf([
      { pts: null, dts: 0 },
      { pts: null, dts: 4 },
      { pts: null, dts: 8 },
    ]);
    expect(buildFrameIndex(withDts, Uint32Array.of(0, 2, 1), 'decoding', 'x', 4)).toMatchObject({
      ptsSource: 'dts',
      pts: BigInt64Array.of(0n, 4n, 8n),
    });
    const without = tableOf([{ pts: null }, { pts: null }, { pts: null }]);
    expect(buildFrameIndex(without, Uint32Array.of(0, 1, 2), 'decoding', 'x', 3.4)).toMatchObject({
      ptsSource: 'rate',
      pts: BigInt64Array.of(0n, 3n, 7n),
    });
  });
});

const info: VideoInfo = {
  container: 'mov',
  sizeBytes: 1234,
  startSeconds: 0.5,
  stream: {
    index: 1,
    codec: 'h264',
    width: 64,
    height: 48,
    pixelFormat: 'yuv420p',
    timeBase: { num: 1, den: 90000 },
    averageFrameRate: { num: 30, den: 1 },
    sampleAspectRatio: { num: 1, den: 1 },
    rotation: 90,
    isMirrored: true,
    colorSpace: 2,
    colorRange: 0,
    hdr: null,
    isEncrypted: false,
    isAttachedPicture: false,
    extradata: new Uint8Array(0),
  },
  streams: [],
};

const ticks = fc.oneof(
  fc.constant(NO_TIMESTAMP),
  fc.bigInt({ min: -(2n ** 62n), max: 2n ** 62n }),
  fc.bigInt({ min: -1000n, max: 1000n }),
);

describe('an index as bytes', () => {
  const packet = fc.tuple(fc.integer({ min: -1, max: 2 ** 45 }), ticks, ticks, fc.nat(), fc.nat(255));

  it('comes back as it was', () => {
    fc.assert(
      fc.property(fc.array(packet, { maxLength: 50 }), fc.array(fc.nat()), (rows, picks) => {
        const table = new PacketTableBuilder();
        for (const row of rows) table.add(...row);
        const packets = table.finish();
        const ordinals = Uint32Array.from(rows.length === 0 ? [] : picks, (pick) => pick % rows.length);
        const video = { info, index: buildFrameIndex(packets, ordinals, 'decoding', 'why not', 3000.3) };
        expect(decodeIndex(encodeIndex(video))).toEqual(video);
      }),
    );
  });

  it('is refused when it is cut short, foreign or of another format', () => {
    const bytes = encodeIndex({
      info,
      index: buildFrameIndex(tableOf([{ pts: 0 }]), Uint32Array.of(0), 'timestamps', '', 1),
    });
    for (let length = 0; length < bytes.length; length++)
      expect(decodeIndex(bytes.subarray(0, length))).toBeUndefined();
    expect(decodeIndex(Buffer.from('PNG and more'))).toBeUndefined();
    const other = Buffer.from(bytes);
    other.write('"format":9', other.indexOf(`"format":${INDEX_FORMAT}`));
    expect(decodeIndex(other)).toBeUndefined();
  });
});

import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { Writable } from 'node:stream';
import { setImmediate as nextTurn } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { describe, expect, test } from 'vitest';
import { main } from '../../src/cli/main.ts';
import { ReaderGone, Results } from '../../src/cli/results.ts';
import { FakeIo } from './fake-io.ts';
import { fakeVerbs } from './fake-verbs.ts';

/** A reader that takes its time, and tells how much was waiting for it at most. */
const slowReader = () => {
  const seen = { text: '', mostWaiting: 0, writes: 0 };
  const stream = new Writable({
    decodeStrings: false,
    highWaterMark: 1024,
    write(chunk: string, _, done) {
      seen.mostWaiting = Math.max(seen.mostWaiting, this.writableLength);
      seen.writes++;
      seen.text += chunk;
      setImmediate(done);
    },
  });
  return { seen, stream };
};

/** A reader that leaves after the first piece, as `head` does. */
const leavingReader = (code = 'EPIPE') => {
  let pieces = 0;
  return new Writable({
    write(_chunk, _encoding, done) {
      pieces++;
      done(pieces > 1 ? Object.assign(new Error(`write ${code}`), { code }) : undefined);
    },
  });
};

describe('standard output', () => {
  test('a million lines arrive in order, and never wait in memory', async () => {
    const { seen, stream } = slowReader();
    const results = new Results(stream);
    for (let i = 0; i < 1_000_000; i++) await results.line(String(i));
    await results.end();
    let expected = '';
    for (let i = 0; i < 1_000_000; i++) expected += `${i}\n`;
    expect(seen.text === expected).toBe(true);
    expect(seen.mostWaiting).toBeLessThan(70_000);
    expect(seen.writes).toBeLessThan(150);
  });

  test('a single line goes out by itself, in the next turn', async () => {
    const { seen, stream } = slowReader();
    const results = new Results(stream);
    await results.line('a');
    await results.record('frame', { name: 'b', frame: 1 });
    expect(seen.text).toBe('');
    await nextTurn();
    expect(seen.text).toBe('a\n{"schemaVersion":1,"type":"frame","name":"b","frame":1}\n');
  });

  test('says when the reader has left, and does not wait for it', async () => {
    const results = new Results(leavingReader());
    const writeOn = async (): Promise<void> => {
      for (;;) await results.line('x'.repeat(1000));
    };
    await expect(writeOn()).rejects.toThrow(ReaderGone);
    await expect(results.end()).rejects.toThrow(ReaderGone);
  });

  test('whileRead goes on without a reader', async () => {
    const results = new Results(leavingReader());
    let lines = 0;
    await results.whileRead(async () => {
      for (;;) {
        await results.line('x'.repeat(1000));
        lines++;
      }
    });
    expect(lines).toBeGreaterThan(60);
  });

  test('a file that cannot be written is an error', async () => {
    const results = new Results(leavingReader('ENOSPC'));
    const writeOn = async (): Promise<void> => {
      for (;;) await results.line('x'.repeat(1000));
    };
    await expect(writeOn()).rejects.toThrow(
      expect.objectContaining({
        code: 'ERR_WRITE',
        message: expect.stringMatching(/^standard output: cannot be written: the disk is full\./),
      }),
    );
  });
});

describe('a verb whose reader leaves', () => {
  test('ends quietly, with exit code 0', async () => {
    const stdout = Object.assign(leavingReader(), { isTTY: false });
    const io = Object.assign(new FakeIo(), { stdout });
    let lines = 0;
    const verbs = fakeVerbs(async ({ results }) => {
      for (; lines < 1e6; lines++) await results.line('x'.repeat(1000));
    });
    expect(await main(['eat'], io, verbs)).toBe(0);
    expect(io.err).toBe('');
    expect(lines).toBeLessThan(1e6);
  });

  test('help into a closed pipe, too', async () => {
    const stdout = Object.assign(
      new Writable({
        write: (_c, _e, done) => done(Object.assign(new Error('write EPIPE'), { code: 'EPIPE' })),
      }),
      { isTTY: false },
    );
    const io = Object.assign(new FakeIo(), { stdout });
    expect(await main(['--help'], io, fakeVerbs())).toBe(0);
    expect(io.err).toBe('');
  });

  test('in a process of its own, too: framesift … | head', async () => {
    const program = `
      import { main } from ${built('main.js')};
      import { processIo } from ${built('process-io.js')};
      const run = async ({ results }) => { for (;;) await results.line('x'.repeat(1000)); };
      const command = {
        usage: '', description: '', flags: [], operands: [], examples: [],
        takesSharedOptions: true, isResumable: false, prepare: async () => run,
      };
      process.exit(await main(['pour'], processIo(), [{ name: 'pour', summary: '', load: async () => ({ command }) }]));`;
    const child = spawn(process.execPath, ['--input-type=module', '-e', program], { stdio: 'pipe' });
    let err = '';
    child.stderr.setEncoding('utf8').on('data', (text: string) => {
      err += text;
    });
    await once(child.stdout, 'data');
    child.stdout.destroy();
    const [code] = await once(child, 'close');
    expect({ code, err }).toEqual({ code: 0, err: '' });
  });
});

const built = (file: string): string =>
  JSON.stringify(fileURLToPath(new URL(`../../dist/cli/${file}`, import.meta.url)));

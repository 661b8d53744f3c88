import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { describe, expect, test } from 'vitest';
import { FramesiftError } from '../../src/base/errors.ts';
import type { StopSignal } from '../../src/cli/io.ts';
import { main } from '../../src/cli/main.ts';
import type { Session } from '../../src/cli/session.ts';
import { FakeIo } from './fake-io.ts';
import { fakeVerbs } from './fake-verbs.ts';

/** Works until it is stopped, and then for a while longer, as a verb does that puts its files in order. */
const untilStopped =
  (after: () => void = () => undefined) =>
  async ({ signal, results }: Session): Promise<void> => {
    await results.line('done before');
    await new Promise<void>((resolve) => signal.addEventListener('abort', () => resolve()));
    await results.line('done while stopping');
    after();
    signal.throwIfAborted();
  };

const runAndStop = async (signals: readonly StopSignal[], after?: () => void, isResumable = true) => {
  const io = new FakeIo();
  const ended = main(['eat'], io, fakeVerbs(untilStopped(after), { isResumable }));
  while (!io.isWatched) await new Promise((resolve) => setImmediate(resolve));
  for (const signal of signals) io.signal(signal);
  return { code: await ended, io };
};

describe('the first signal', () => {
  test('Ctrl-C lets the work end in order: 130', async () => {
    const { code, io } = await runAndStop(['SIGINT']);
    expect(code).toBe(130);
    expect(io.out).toBe('done before\ndone while stopping\n');
    expect(io.err).toBe(
      'stopping (Ctrl-C again to stop at once) …\ninterrupted; run the same command again to continue\n',
    );
    expect(io.exits).toEqual([]);
    expect(io.isWatched).toBe(false);
  });

  test('SIGTERM: 143', async () => {
    const { code, io } = await runAndStop(['SIGTERM']);
    expect({ code, err: io.err }).toEqual({
      code: 143,
      err: 'stopping …\ninterrupted; run the same command again to continue\n',
    });
  });

  test('a verb that begins anew promises nothing', async () => {
    const { io } = await runAndStop(['SIGTERM'], undefined, false);
    expect(io.err).toBe('stopping …\ninterrupted\n');
  });

  test('what breaks because of it is part of it; a bug is not', async () => {
    const crashed = await runAndStop(['SIGINT'], () => {
      throw new FramesiftError('ERR_DECODER_CRASHED', 'a worker died');
    });
    expect(crashed.code).toBe(130);
    const bug = await runAndStop(['SIGINT'], () => {
      throw new TypeError('no such thing');
    });
    expect(bug.code).toBe(1);
  });
});

test('the second signal ends the process at once', async () => {
  const { io } = await runAndStop(['SIGINT', 'SIGTERM']);
  expect(io.exits).toEqual([143]);
});

describe('in a process of its own', () => {
  const program = `
    import { main } from ${JSON.stringify(fileURLToPath(new URL('../../dist/cli/main.js', import.meta.url)))};
    import { processIo } from ${JSON.stringify(fileURLToPath(new URL('../../dist/cli/process-io.js', import.meta.url)))};
    const run = async ({ signal, results }) => {
      await results.line('ready');
      const alive = setInterval(() => {}, 1000);
      await new Promise((resolve) => signal.addEventListener('abort', resolve));
      if (process.argv[1] === 'obeys') { clearInterval(alive); signal.throwIfAborted(); }
      await new Promise(() => {});
    };
    const command = {
      usage: '', description: '', flags: [], operands: [], examples: [],
      takesSharedOptions: true, isResumable: true, prepare: async () => run,
    };
    process.exit(await main(['wait'], processIo(), [{ name: 'wait', summary: '', load: async () => ({ command }) }]));`;

  const startWaiting = async (kind: 'obeys' | 'hangs') => {
    const child = spawn(process.execPath, ['--input-type=module', '-e', program, kind], { stdio: 'pipe' });
    let err = '';
    child.stderr.setEncoding('utf8').on('data', (text: string) => {
      err += text;
    });
    await once(child.stdout, 'data');
    return {
      child,
      ended: once(child, 'close').then(([code]) => ({ code: code as number, err })),
      said: () => err,
    };
  };

  test.skipIf(process.platform === 'win32').each([
    ['SIGINT', 130],
    ['SIGTERM', 143],
  ] as const)('%s: %i', async (signal, code) => {
    const { child, ended } = await startWaiting('obeys');
    child.kill(signal);
    const { code: ended_, err } = await ended;
    expect(ended_).toBe(code);
    expect(err).toMatch(/^stopping.*\ninterrupted; run the same command again to continue\n$/);
  });

  test.skipIf(process.platform === 'win32')(
    'a verb that does not stop is stopped by the second',
    async () => {
      const { child, ended, said } = await startWaiting('hangs');
      child.kill('SIGINT');
      while (said() === '') await new Promise((resolve) => setTimeout(resolve, 5));
      child.kill('SIGINT');
      expect(await ended).toEqual({ code: 130, err: 'stopping (Ctrl-C again to stop at once) …\n' });
    },
  );
});

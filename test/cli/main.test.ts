import { describe, expect, test } from 'vitest';
import { type ErrorCode, FramesiftError } from '../../src/base/errors.ts';
import { readVersion } from '../../src/base/version.ts';
import { exitCodeOf } from '../../src/cli/exit-code.ts';
import { main } from '../../src/cli/main.ts';
import type { Session } from '../../src/cli/session.ts';
import { FakeIo, type FakeIoOptions } from './fake-io.ts';
import { fakeVerbs } from './fake-verbs.ts';

interface Ran {
  readonly code: number;
  readonly out: string;
  readonly err: string;
}

const run = async (
  argv: readonly string[],
  options: FakeIoOptions = {},
  eat?: (session: Session) => Promise<void>,
): Promise<Ran> => {
  const io = new FakeIo(options);
  const code = await main(argv, io, fakeVerbs(eat));
  return { code, out: io.out, err: io.err };
};

const HELP = `Usage: framesift VERB ...

Turns folders of video into the frames worth labelling.

Options:
  -h, --help     show this help
  -V, --version  show the version of framesift

Verbs:
  bake           make bread
  eat            eat it
  mend           mend the oven

framesift VERB --help shows the options of a verb. An option can also come
from the environment (--jobs is FRAMESIFT_JOBS) and from framesift.config.json,
.yaml or .yml in the working folder, below its verb or below "all":

  {"all": {"jobs": 4}, "extract": {"format": "jpg"}}

Exit code: 0 all done, 1 a bug, 2 wrong usage, 3 finished with failures,
4 nothing matched, 5 this machine lacks something, 6 a server refused,
130 or 143 interrupted.
`;

describe('framesift itself', () => {
  test.each([['--help'], ['-h'], ['help']])('%s shows the verbs', async (argument) => {
    expect(await run([argument])).toEqual({ code: 0, out: HELP, err: '' });
  });

  test('alone, it shows the same to people, and that something is missing to scripts', async () => {
    expect(await run([])).toEqual({ code: 2, out: '', err: HELP });
  });

  test.each([['--version'], ['-V']])('%s shows the version of the package', async (argument) => {
    expect(await run([argument])).toEqual({ code: 0, out: `${readVersion()}\n`, err: '' });
    expect(readVersion()).toMatch(/^\d+\.\d+\.\d+$/);
  });

  test('names the verb that was nearly written', async () => {
    const err = 'error: unknown verb bakke. Did you mean bake?\nSee framesift --help.\n';
    expect(await run(['bakke', 'x'])).toEqual({ code: 2, out: '', err });
  });

  test('names all verbs where none is near', async () => {
    const err = 'error: unknown verb sing. The verbs are bake, eat, mend.\nSee framesift --help.\n';
    expect(await run(['sing'])).toEqual({ code: 2, out: '', err });
  });

  test('help with a verb is the help of that verb', async () => {
    const help = await run(['help', 'bake']);
    expect(help).toEqual(await run(['bake', '--help']));
    expect(help.code).toBe(0);
  });

  test('options of all verbs may stand before the verb, others may not', async () => {
    const { out } = await run(['-q', '--config', '/dev/null', 'bake', 'rye', '--oven', 'o']);
    expect(out).toBe('{"flour":"rye","oven":"o"}\n');
    const err =
      'error: --oven is no option of framesift itself. Options of a verb come after it: framesift VERB --oven\nSee framesift --help.\n';
    expect(await run(['--oven', 'o', 'bake', 'rye'])).toEqual({ code: 2, out: '', err });
  });
});

describe('how a run ends', () => {
  const codes: Record<ErrorCode, number> = {
    ERR_OPTION: 2,
    ERR_FRAME_NAME: 2,
    ERR_FRAME_RANGE: 2,
    ERR_LIST: 2,
    ERR_CONFIG: 2,
    ERR_SHAPE: 2,
    ERR_FILENAME: 2,
    ERR_METADATA: 2,
    ERR_CONSTRAINTS: 2,
    ERR_NOT_FOUND: 2,
    ERR_NO_INPUT: 4,
    ERR_VIDEO_OPEN: 3,
    ERR_NO_VIDEO_STREAM: 3,
    ERR_NO_FRAMES: 3,
    ERR_ENCRYPTED: 3,
    ERR_FILE_CHANGED: 3,
    ERR_IMAGE_OPEN: 3,
    ERR_READ: 3,
    ERR_EMBEDDINGS: 3,
    ERR_JSON: 3,
    ERR_NPY: 3,
    ERR_UNKNOWN_FILE: 3,
    ERR_FRAME_DAMAGED: 3,
    ERR_FRAME_MISSING: 3,
    ERR_FRAME_TOO_LARGE: 3,
    ERR_NO_DECODER: 3,
    ERR_DECODER_CRASHED: 3,
    ERR_ENCODE: 3,
    ERR_WRITE: 5,
    ERR_OUTPUT_EXISTS: 2,
    ERR_OUTPUT_BUSY: 5,
    ERR_MODEL: 2,
    ERR_CHECKPOINT: 2,
    ERR_DIVERGED: 3,
    ERR_DEVICE: 5,
    ERR_HUB: 6,
    ERR_REMOTE: 6,
    ERR_MISSING_DEPENDENCY: 5,
  };

  test.each(Object.entries(codes) as [ErrorCode, number][])('%s is exit code %i', async (errorCode, code) => {
    expect(exitCodeOf(errorCode)).toBe(code);
    const failing = async (): Promise<void> => {
      throw new FramesiftError(errorCode, 'x.mp4: went wrong. Mend it.');
    };
    const hint = errorCode === 'ERR_OPTION' ? 'See framesift eat --help.\n' : '';
    expect(await run(['eat'], {}, failing)).toEqual({
      code,
      out: '',
      err: `error: x.mp4: went wrong. Mend it.\n${hint}`,
    });
  });

  test('an error is a record, too, where records were asked for', async () => {
    const { out, code } = await run(['eat', '--json'], {}, async () => {
      throw new FramesiftError('ERR_NO_INPUT', 'a/: is empty.', { facts: { path: 'a/' } });
    });
    expect(out).toBe(
      '{"schemaVersion":1,"type":"error","code":"ERR_NO_INPUT","message":"a/: is empty.","facts":{"path":"a/"},"exitCode":4}\n',
    );
    expect(code).toBe(4);
  });

  test('--verbose tells the causes', async () => {
    const { err } = await run(['eat', '-v'], {}, async () => {
      const cause = new Error('ENOSPC', { cause: new Error('disk is full') });
      throw new FramesiftError('ERR_WRITE', 'o: cannot be written.', { cause });
    });
    expect(err).toBe('error: o: cannot be written.\n  because: ENOSPC\n  because: disk is full\n');
  });

  test('a bug says that it is one, with its stack and what runs where', async () => {
    const bug = new TypeError('x is not a function');
    const { code, out, err } = await run(['eat'], {}, async () => {
      throw bug;
    });
    expect({ code, out }).toEqual({ code: 1, out: '' });
    expect(err).toBe(
      `error: something happened that should never happen. This is a bug in framesift, not in what you did.\n${bug.stack}\nframesift ${readVersion()}, Node ${process.versions.node}, ${process.platform} ${process.arch}\nPlease report it, with the lines above and the command that you ran.\n`,
    );
  });

  test('control characters of a message do not reach the terminal', async () => {
    const { err } = await run(['eat'], { terminals: ['stderr'] }, async () => {
      throw new FramesiftError('ERR_NO_INPUT', 'a\u001b]0;gotcha\u0007/: is empty.');
    });
    expect(err).toBe('\u001b[31merror:\u001b[39m a\\u{1b}]0;gotcha\\u{7}/: is empty.\n');
  });
});

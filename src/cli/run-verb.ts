// One verb from its arguments to its exit code.
import { FramesiftError } from '../base/errors.ts';
import { asksForHelp } from './arguments.ts';
import type { Verb } from './command.ts';
import { EXIT, type ExitCode, exitCodeOf, exitCodeOfSignal } from './exit-code.ts';
import { gather } from './gather.ts';
import { allFlagsOf, verbHelp } from './help.ts';
import { watchSignals } from './interruption.ts';
import type { Io } from './io.ts';
import { readOptions, type ValuesOf } from './option.ts';
import { painter, wantsColor } from './paint.ts';
import { ProgressDisplay, progressStyle } from './progress-display.ts';
import { reportError } from './report-error.ts';
import { ReaderGone, Results } from './results.ts';
import type { Screen } from './screen.ts';
import type { Session } from './session.ts';
import { SHARED_OPTIONS } from './shared-options.ts';

type Shared = ValuesOf<typeof SHARED_OPTIONS>;

/** Runs a verb. Whatever goes wrong is told here and becomes an exit code; what comes out is a bug of the command line. */
export const runVerb = async (
  { name, load }: Verb,
  argv: readonly string[],
  io: Io,
  screen: Screen,
  verbs: readonly Verb[],
): Promise<ExitCode> => {
  const { command } = await load();
  const flags = allFlagsOf(command);
  if (asksForHelp(argv, flags)) {
    const paint = painter(wantsColor(io.stdout, io.env, undefined));
    return printPage(verbHelp(name, command, io.stdout.columns || 80, paint), io);
  }
  let shared: Shared = {};
  try {
    const given = await gather(name, command, argv, io, verbs, screen);
    shared = await readOptions(SHARED_OPTIONS, given, io);
    // Also for what has no option of its own: mirrors of remote videos, which workers make, too.
    const cache = given.flags.get('cache')?.value;
    if (typeof cache === 'string' && cache !== '') process.env['FRAMESIFT_CACHE'] = cache;
    screen.paint = painter(wantsColor(io.stderr, io.env, shared.color));
    const run = await command.prepare(given, io);
    const again = given.flags.get('force')?.value === true ? 'without --force ' : '';
    const howToGoOn = command.isResumable ? `; run the same command again ${again}to continue` : '';
    return await inSession(run, howToGoOn, shared, io, screen);
  } catch (error) {
    return reportError(error, screen, name, shared.verbose);
  }
};

/** Prints a page of help. */
export const printPage = async (page: string, io: Io): Promise<ExitCode> => {
  const results = new Results(io.stdout);
  await results.whileRead(async () => {
    await results.line(page.replace(/\n$/, ''));
    await results.end();
  });
  return EXIT.done;
};

const inSession = async (
  run: (session: Session) => Promise<ExitCode>,
  howToGoOn: string,
  { json = false, quiet = false, verbose = false, color }: Shared,
  io: Io,
  screen: Screen,
): Promise<ExitCode> => {
  const interruption = watchSignals(io, screen);
  // Where both are the same terminal, a result would land in the middle of the progress line.
  const results = new Results(io.stdout, () => io.stdout.isTTY && screen.hideLive());
  const canRedraw = screen.isTerminal && io.env['TERM'] !== 'dumb';
  const progress = new ProgressDisplay(screen, io.clock, progressStyle(canRedraw, { quiet, json }));
  const { signal } = interruption;
  const paint = painter(wantsColor(io.stdout, io.env, color));
  const startedAt = io.clock.now();
  try {
    const code = await run({ io, results, screen, paint, progress, signal, json, quiet, verbose, startedAt });
    await results.whileRead(() => results.end());
    return code;
  } catch (error) {
    progress.close();
    if (error instanceof ReaderGone) return EXIT.done;
    const received = interruption.received();
    if (received !== undefined && isStop(error)) {
      await results.end().catch(() => undefined);
      screen.say(`interrupted${howToGoOn}`);
      return exitCodeOfSignal(received);
    }
    if (json && error instanceof FramesiftError) {
      await results
        .record('error', { ...error.toJSON(), exitCode: exitCodeOf(error.code) })
        .catch(() => undefined);
    }
    await results.end().catch(() => undefined);
    throw error;
  } finally {
    progress.close();
    interruption.stopWatching();
  }
};

/** An abort, or what the work ran into while it was being aborted; bugs stay bugs. */
const isStop = (error: unknown): boolean =>
  error instanceof FramesiftError || (error instanceof Error && error.name === 'AbortError');

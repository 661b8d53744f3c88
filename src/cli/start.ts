// Where the process meets the command line.
import { main } from './main.ts';
import { processIo } from './process-io.ts';
import { reportError } from './report-error.ts';
import { Screen } from './screen.ts';

// Nobody reads the messages any more: no reason to stop the work.
process.stderr.on('error', () => undefined);
process.on('uncaughtException', (error) =>
  process.exit(reportError(error, new Screen(process.stderr, false))),
);

const code = await main(process.argv.slice(2), processIo());
await new Promise<void>((resolve) => process.stderr.write('', () => resolve()));
// Exits by itself: a thread or handle that somebody forgot must not keep a finished command from ending.
process.exit(code);

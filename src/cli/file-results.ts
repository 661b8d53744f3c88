// What verbs say that write files: their paths for people and pipes, a summary for programs.
import type { Failure } from '../base/outcome.ts';
import { recordFailures } from './failures.ts';
import type { Session } from './session.ts';

interface FileOutcome {
  readonly files: readonly string[];
  readonly failed: readonly Failure[];
}

/** With `--json` the failures and one `summary` of all fields; else a path a line. */
export const writeFileResults = async (
  { files, failed, ...outcome }: FileOutcome,
  { results, json, io, startedAt }: Session,
): Promise<void> => {
  if (!json) {
    for (const file of files) await results.line(file);
    return;
  }
  await recordFailures(failed, results);
  const seconds = Math.round(io.clock.now() - startedAt) / 1000;
  await results.record('summary', { ...outcome, files, failed: failed.length, seconds });
};

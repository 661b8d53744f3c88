// Nobody waits for what they do not use.
import { spawnSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { describe, expect, test } from 'vitest';

const built = (file: string): string =>
  JSON.stringify(fileURLToPath(new URL(`../../dist/cli/${file}`, import.meta.url)));

/** Native libraries that are in the process once a command line has been run. */
const librariesAfter = (...argv: readonly string[]): string[] => {
  const program = `
    import { main } from ${built('main.js')};
    import { processIo } from ${built('process-io.js')};
    await main(${JSON.stringify(argv)}, processIo());
    process.stderr.write(JSON.stringify(process.report.getReport().sharedObjects), () => process.exit());`;
  const { stderr } = spawnSync(process.execPath, ['--input-type=module', '-e', program], {
    encoding: 'utf8',
  });
  return (JSON.parse(stderr) as string[]).filter((path) => /node-av|sharp|vips|onnxruntime/.test(path));
};

describe('native libraries', () => {
  test.each([[['--help']], [['--version']], [['extract', '--help']], [['completion', 'bash']]])(
    '%j loads none',
    (argv) => {
      expect(librariesAfter(...argv)).toEqual([]);
    },
  );

  test('doctor loads them, so that this test would see it', () => {
    expect(librariesAfter('doctor', '--quiet').length).toBeGreaterThan(0);
  });
});

// Runs once before all tests: worker processes and the command line are tested as they are shipped, so the build
// must be that of the sources.
import { spawnSync } from 'node:child_process';
import { existsSync, readdirSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = fileURLToPath(new URL('../..', import.meta.url));

const newest = (folder: string): number =>
  readdirSync(folder, { recursive: true, encoding: 'utf8' }).reduce(
    (latest, file) => Math.max(latest, statSync(join(folder, file)).mtimeMs),
    0,
  );

export default (): void => {
  const dist = join(root, 'dist');
  if (existsSync(dist) && newest(dist) >= newest(join(root, 'src'))) return;
  const { status } = spawnSync('npx', ['tsc', '-p', 'tsconfig.build.json'], {
    cwd: root,
    stdio: 'inherit',
    shell: true,
  });
  if (status !== 0) throw new Error('the build failed');
};

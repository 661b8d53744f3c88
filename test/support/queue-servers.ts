/** A Redis and a PostgreSQL of a test's own, on ports that nobody else has; they can be killed and come back. */
import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { chownSync, existsSync, mkdirSync, mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { type AddressInfo, createConnection, createServer } from 'node:net';
import { tmpdir, userInfo } from 'node:os';
import { join } from 'node:path';

export interface QueueServer {
  readonly url: string;
  start(): Promise<void>;
  /** At once, as when the machine fails. */
  kill(): Promise<void>;
  /** What it kept is gone, too. */
  remove(): Promise<void>;
}

const freePort = (): Promise<number> =>
  new Promise((resolve) => {
    const server = createServer().listen(0, '127.0.0.1', () => {
      const { port } = server.address() as AddressInfo;
      server.close(() => resolve(port));
    });
  });

const answers = async (port: number): Promise<void> => {
  for (let look = 0; look < 200; look++) {
    const isThere = await new Promise<boolean>((resolve) => {
      const socket = createConnection(port, '127.0.0.1', () => resolve(true)).on('error', () =>
        resolve(false),
      );
      socket.unref();
      setTimeout(() => socket.destroy(), 200).unref();
    });
    if (isThere) return;
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
  throw new Error(`nothing answers at port ${port}`);
};

const ended = (child: ChildProcess | undefined): Promise<unknown> =>
  child === undefined || child.exitCode !== null || child.signalCode !== null
    ? Promise.resolve()
    : new Promise((resolve) => child.once('exit', resolve));

/** Without persistence: when it comes back it has forgotten everything. */
export const redisServer = async (): Promise<QueueServer> => {
  const port = await freePort();
  let child: ChildProcess | undefined;
  const kill = async (): Promise<void> => {
    child?.kill('SIGKILL');
    await ended(child);
  };
  return {
    url: `redis://127.0.0.1:${port}`,
    start: async () => {
      const args = ['--port', String(port), '--bind', '127.0.0.1', '--save', '', '--appendonly', 'no'];
      child = spawn('redis-server', [...args, '--maxmemory-policy', 'noeviction'], { stdio: 'ignore' });
      await answers(port);
    },
    kill,
    remove: kill,
  };
};

/** Where Debian puts the newest. */
export const postgresBin = (): string | undefined => {
  const root = '/usr/lib/postgresql';
  const versions = existsSync(root) ? readdirSync(root).sort((a, b) => Number(b) - Number(a)) : [];
  return versions
    .map((version) => join(root, version, 'bin'))
    .find((bin) => existsSync(join(bin, 'postgres')));
};

export const postgresServer = async (): Promise<QueueServer> => {
  const bin = postgresBin()!;
  const port = await freePort();
  const folder = mkdtempSync(join(tmpdir(), 'framesift-postgres-'));
  const data = join(folder, 'data');
  mkdirSync(data);
  // It refuses to run as root; nobody in particular will do.
  const user = userInfo().uid === 0 ? { uid: 65534, gid: 65534 } : {};
  if ('uid' in user) for (const path of [folder, data]) chownSync(path, user.uid!, user.gid!);
  const init = spawnSync(join(bin, 'initdb'), ['-D', data, '-U', 'framesift', '-A', 'trust', '--no-sync'], {
    ...user,
    cwd: folder,
  });
  if (init.status !== 0) throw new Error(init.stderr.toString());
  let child: ChildProcess | undefined;
  const kill = async (): Promise<void> => {
    child?.kill('SIGQUIT');
    await ended(child);
  };
  return {
    url: `postgres://framesift@127.0.0.1:${port}/postgres`,
    start: async () => {
      const args = [
        '-D',
        data,
        '-p',
        String(port),
        '-c',
        'listen_addresses=127.0.0.1',
        '-c',
        'fsync=off',
        '-k',
        folder,
      ];
      child = spawn(join(bin, 'postgres'), args, { ...user, cwd: folder, stdio: 'ignore' });
      await answers(port);
      // It takes connections before it answers queries: after a crash it reads its log first.
      const isReady = (): boolean =>
        spawnSync(join(bin, 'pg_isready'), ['-h', '127.0.0.1', '-p', String(port)]).status === 0;
      for (let look = 0; look < 200 && !isReady(); look++)
        await new Promise((resolve) => setTimeout(resolve, 50));
    },
    kill,
    remove: async () => {
      await kill();
      rmSync(folder, { recursive: true, force: true });
    },
  };
};

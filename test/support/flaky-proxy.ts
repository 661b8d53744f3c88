/** A way to a server on which connections break: before something arrives, in the middle of it, or before its answer does. */

import type { AddressInfo } from 'node:net';
import { createConnection, createServer, type Server, type Socket } from 'node:net';

/** What becomes of one connection. */
export interface Breakage {
  /** Whose bytes count: `there`, what is sent to the server; `back`, what it answers. */
  readonly way: 'there' | 'back';
  /** It goes through up to here; then all is over. */
  readonly afterBytes: number;
  /** Nothing more is heard, and nobody is told. */
  readonly isSilent: boolean;
}

export class FlakyProxy {
  /** For the next connections, in turn. */
  readonly breakages: (Breakage | undefined)[] = [];
  readonly #server: Server;
  readonly #sockets = new Set<Socket>();
  port = 0;

  private constructor(targetPort: number) {
    this.#server = createServer((client) => this.#connect(client, targetPort));
  }

  static async start(targetPort: number): Promise<FlakyProxy> {
    const proxy = new FlakyProxy(targetPort);
    await new Promise<void>((resolve) => proxy.#server.listen(0, '127.0.0.1', resolve));
    proxy.port = (proxy.#server.address() as AddressInfo).port;
    return proxy;
  }

  async close(): Promise<void> {
    for (const socket of this.#sockets) socket.destroy();
    await new Promise((resolve) => this.#server.close(resolve));
  }

  #connect(client: Socket, targetPort: number): void {
    const target = createConnection(targetPort, '127.0.0.1');
    const breakage = this.breakages.shift();
    const end = (): void => {
      client.destroy();
      target.destroy();
    };
    for (const socket of [client, target]) {
      this.#sockets.add(socket);
      socket.on('error', end).on('close', () => {
        this.#sockets.delete(socket);
        end();
      });
    }
    let isOver = false;
    const pass = (way: Breakage['way'], from: Socket, to: Socket): void => {
      let passed = 0;
      from.on('data', (chunk: Buffer) => {
        if (isOver) return;
        const left = breakage?.way === way ? breakage.afterBytes - passed : Number.POSITIVE_INFINITY;
        passed += chunk.length;
        to.write(chunk.subarray(0, Math.max(0, left)));
        if (chunk.length <= left) return;
        isOver = true;
        // What was passed on arrives, and is done.
        if (breakage?.isSilent === false) setTimeout(end, 2);
      });
    };
    pass('there', client, target);
    pass('back', target, client);
  }
}

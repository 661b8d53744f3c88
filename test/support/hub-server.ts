/** A model hub on this machine: the part of Hugging Face's API that downloads use, with the mishaps that networks have. */
import { createHash } from 'node:crypto';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';

export const COMMIT = '0123456789abcdef0123456789abcdef01234567';

/** What goes wrong with the answer to one request for a file. */
export type Mishap =
  | { readonly kind: 'status'; readonly status: number }
  /** The connection is cut after so many bytes. */
  | { readonly kind: 'cut'; readonly afterBytes: number }
  /** Nothing more comes after so many bytes. */
  | { readonly kind: 'stall'; readonly afterBytes: number }
  /** Other bytes than the hub announces. */
  | { readonly kind: 'garbage' }
  /** The whole file, whatever range was asked for. */
  | { readonly kind: 'whole' };

export interface HubRequestLog {
  readonly path: string;
  readonly range: string | undefined;
  readonly authorization: string | undefined;
}

export class HubServer {
  readonly requests: HubRequestLog[] = [];
  /** For the next requests for files, in turn. */
  readonly mishaps: Mishap[] = [];
  /** What the API answers with instead of its data. */
  apiStatus = 200;
  /** The hub's own word for that. */
  apiWord: string | undefined;
  /** For the next requests to the API, in turn: busy, or no answer at all. */
  readonly apiMishaps: (503 | 'stall')[] = [];
  commit = COMMIT;
  readonly #files: ReadonlyMap<string, Uint8Array>;
  readonly #server: Server;
  /** Another machine, as the hub has one for large files. */
  readonly #cdn: Server;

  private constructor(files: Readonly<Record<string, Uint8Array | string>>) {
    this.#files = new Map(
      Object.entries(files).map(([path, data]) => [path, Buffer.from(data as Uint8Array)]),
    );
    this.#server = createServer((request, response) => this.#answer(request, response));
    this.#cdn = createServer((request, response) => this.#answer(request, response));
  }

  static async start(files: Readonly<Record<string, Uint8Array | string>>): Promise<HubServer> {
    const hub = new HubServer(files);
    for (const server of [hub.#server, hub.#cdn])
      await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    return hub;
  }

  get url(): string {
    return addressOf(this.#server);
  }

  async close(): Promise<void> {
    for (const server of [this.#server, this.#cdn]) {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    }
  }

  /** Requests for files, not for the API. */
  get downloads(): readonly HubRequestLog[] {
    return this.requests.filter(({ path }) => path.startsWith('/cdn/'));
  }

  #answer(request: IncomingMessage, response: ServerResponse): void {
    const path = decodeURIComponent(request.url!.split('?')[0]!);
    const { range, authorization } = request.headers;
    this.requests.push({ path, range, authorization });
    if (path.startsWith('/api/')) this.#answerApi(path, response);
    else if (path.startsWith('/cdn/')) this.#answerFile(path.slice('/cdn/'.length), range, response);
    else {
      // As the real one does: to where the content is.
      const [, file] = /^\/org\/name\/resolve\/[0-9a-f]{40}\/(.*)$/.exec(path) ?? [];
      if (file === undefined || !this.#files.has(file)) response.writeHead(404).end('Entry not found');
      else response.writeHead(302, { location: `${addressOf(this.#cdn)}/cdn/${file}` }).end();
    }
  }

  #answerApi(path: string, response: ServerResponse): void {
    const mishap = this.apiMishaps.shift();
    if (mishap === 'stall') return;
    const status = mishap ?? this.apiStatus;
    if (status !== 200) {
      response.writeHead(status, {
        'content-type': 'application/json',
        ...(this.apiWord === undefined ? {} : { 'x-error-code': this.apiWord }),
      });
      response.end(JSON.stringify({ error: 'so it is' }));
      return;
    }
    response.setHeader('content-type', 'application/json');
    if (path.startsWith('/api/models/org/name/revision/')) {
      response.end(
        JSON.stringify({
          _id: '1',
          id: 'org/name',
          sha: this.commit,
          private: false,
          gated: false,
          downloads: 0,
          likes: 0,
          lastModified: '2024-01-01T00:00:00.000Z',
        }),
      );
    } else if (path.startsWith(`/api/models/org/name/tree/${this.commit}`)) {
      response.end(JSON.stringify([...this.#files].map(([name, data]) => this.#entry(name, data))));
    } else response.writeHead(404).end(JSON.stringify({ error: 'Repository not found' }));
  }

  #entry(path: string, data: Uint8Array): object {
    const git = createHash('sha1').update(`blob ${data.length}\0`).update(data).digest('hex');
    const entry = { type: 'file', path, size: data.length, oid: git };
    if (!/\.onnx/.test(path)) return entry;
    const oid = createHash('sha256').update(data).digest('hex');
    return { ...entry, lfs: { oid, size: data.length, pointerSize: 130 } };
  }

  #answerFile(path: string, range: string | undefined, response: ServerResponse): void {
    const data = this.#files.get(path)!;
    const mishap = this.mishaps.shift();
    if (mishap?.kind === 'status') {
      response.writeHead(mishap.status).end();
      return;
    }
    const asked = mishap?.kind === 'whole' ? undefined : /^bytes=(\d+)-$/.exec(range ?? '')?.[1];
    const start = Number(asked ?? 0);
    const body = mishap?.kind === 'garbage' ? new Uint8Array(data.length - start) : data.subarray(start);
    const partial = { 'content-range': `bytes ${start}-${data.length - 1}/${data.length}` };
    response.writeHead(asked === undefined ? 200 : 206, {
      'content-length': body.length,
      ...(asked && partial),
    });
    if (mishap?.kind === 'cut') response.write(body.subarray(0, mishap.afterBytes), () => response.destroy());
    else if (mishap?.kind === 'stall') response.write(body.subarray(0, mishap.afterBytes));
    else response.end(body);
  }
}

const addressOf = (server: Server): string => `http://127.0.0.1:${(server.address() as AddressInfo).port}`;

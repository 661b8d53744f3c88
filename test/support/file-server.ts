/** A web server of files, as those that people put videos on: with ranges or without, and with the mishaps of networks. */
import { createHash } from 'node:crypto';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { gzipSync } from 'node:zlib';

/** What becomes of one request for a file. */
export type FileMishap =
  | {
      readonly kind: 'status';
      readonly status: number;
      readonly headers?: Readonly<Record<string, string>>;
      readonly text?: string;
    }
  | { readonly kind: 'drop' }
  /** The connection breaks after so many bytes. */
  | { readonly kind: 'cut'; readonly afterBytes: number }
  /** Nothing more comes after so many bytes. */
  | { readonly kind: 'stall'; readonly afterBytes: number };

export interface FileRequest {
  readonly path: string;
  readonly search: string;
  readonly range: string | undefined;
  readonly headers: IncomingMessage['headers'];
  /** What was sent. */
  readonly bytes: number;
}

export interface FileServerOptions {
  /** Default true. */
  readonly hasRanges?: boolean;
  /** What tells a version: default `tag`. */
  readonly version?: 'tag' | 'date' | 'none';
  /** Packs what it sends, without being asked. */
  readonly isPacked?: boolean;
  /** Says no size. */
  readonly isChunked?: boolean;
}

export class FileServer {
  readonly requests: FileRequest[] = [];
  /** For the next requests for files, in turn. */
  readonly mishaps: (FileMishap | undefined)[] = [];
  readonly files = new Map<string, Uint8Array>();
  /** Pages, by path: listings of folders. */
  readonly pages = new Map<string, string>();
  url = '';
  readonly #options: FileServerOptions;
  readonly #server: Server;

  constructor(options: FileServerOptions = {}) {
    this.#options = options;
    this.#server = createServer((request, response) => this.#answer(request, response));
  }

  static async start(
    files: Readonly<Record<string, Uint8Array>>,
    options?: FileServerOptions,
  ): Promise<FileServer> {
    const server = new FileServer(options);
    for (const [path, data] of Object.entries(files)) server.files.set(path, data);
    await new Promise<void>((resolve) => server.#server.listen(0, '127.0.0.1', resolve));
    server.url = `http://127.0.0.1:${(server.#server.address() as AddressInfo).port}`;
    return server;
  }

  /** Bytes of files that were sent. */
  get sentBytes(): number {
    return this.requests.reduce((sum, { bytes }) => sum + bytes, 0);
  }

  async close(): Promise<void> {
    this.#server.closeAllConnections();
    await new Promise((resolve) => this.#server.close(resolve));
  }

  #answer(request: IncomingMessage, response: ServerResponse): void {
    const url = new URL(request.url ?? '/', 'http://host');
    const path = decodeURIComponent(url.pathname.slice(1));
    const file = this.files.get(path);
    const { range } = request.headers;
    const log = (bytes: number): void => {
      this.requests.push({ path, search: url.search, range, headers: request.headers, bytes });
    };
    const page = this.pages.get(path);
    if (page !== undefined) return void response.writeHead(200, { 'content-type': 'text/html' }).end(page);
    const mishap = this.mishaps.shift();
    if (mishap?.kind === 'drop' || mishap?.kind === 'status') log(0);
    if (mishap?.kind === 'drop') return void request.socket.destroy();
    if (mishap?.kind === 'status')
      return void response.writeHead(mishap.status, mishap.headers).end(mishap.text ?? '');
    if (file === undefined) {
      log(0);
      return void response.writeHead(404, { 'content-type': 'text/html' }).end('<h1>Not found</h1>');
    }
    const headers: Record<string, string> = { 'content-type': 'video/mp4', ...this.#versionOf(file) };
    const [, first, last] = /^bytes=(\d+)-(\d+)$/.exec(range ?? '') ?? [];
    const isRange = (this.#options.hasRanges ?? true) && first !== undefined;
    if (isRange && Number(first) >= file.length) {
      log(0);
      return void response.writeHead(416, { 'content-range': `bytes */${file.length}` }).end();
    }
    const [start, end] = isRange
      ? [Number(first), Math.min(file.length, Number(last) + 1)]
      : [0, file.length];
    const body = file.subarray(start, end);
    if (this.#options.isPacked ?? false) {
      const packed = gzipSync(file);
      response.writeHead(200, { ...headers, 'content-encoding': 'gzip', 'content-length': packed.length });
      return void response.end(packed);
    }
    if (isRange) headers['content-range'] = `bytes ${start}-${end - 1}/${file.length}`;
    if (!(this.#options.isChunked ?? false)) headers['content-length'] = String(body.length);
    response.writeHead(isRange ? 206 : 200, headers);
    if (mishap === undefined) {
      log(body.length);
      return void response.end(body);
    }
    log(mishap.afterBytes);
    response.write(body.subarray(0, mishap.afterBytes), () => {
      if (mishap.kind === 'cut') request.socket.destroy();
    });
  }

  #versionOf(file: Uint8Array): Record<string, string> {
    const { version = 'tag' } = this.#options;
    if (version === 'none') return {};
    if (version === 'date') return { 'last-modified': 'Tue, 24 Nov 2026 10:00:00 GMT' };
    return { etag: `"${tagOf(file)}"` };
  }
}

const tags = new WeakMap<Uint8Array, string>();

const tagOf = (file: Uint8Array): string => {
  const tag = tags.get(file) ?? createHash('sha1').update(file).digest('hex');
  tags.set(file, tag);
  return tag;
};

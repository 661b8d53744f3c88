/** An HTTP server whose answers get lost, late, or wrong where a test says so. */
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';

export interface Asked {
  readonly method: string;
  /** Without the query. */
  readonly path: string;
  readonly query: URLSearchParams;
  readonly headers: IncomingMessage['headers'];
  readonly body: Buffer;
}

export interface Reply {
  readonly status: number;
  readonly body?: unknown;
}

/** What becomes of one request. */
export type Fault =
  /** Answered so, and not done. */
  | {
      readonly kind: 'refuse';
      readonly status: number;
      readonly headers?: Readonly<Record<string, string>>;
      readonly text?: string;
    }
  /** Done, and answered so. */
  | { readonly kind: 'do, then answer'; readonly status: number; readonly text?: string }
  | { readonly kind: 'drop' }
  | { readonly kind: 'do, then drop' }
  /** Done; the connection breaks in the middle of the answer. */
  | { readonly kind: 'do, then break' }
  /** Done, and never answered. */
  | { readonly kind: 'do, then hang' }
  /** Answered with an error at once, and done a while later. */
  | { readonly kind: 'do later'; readonly ms: number };

export class FaultyServer {
  /** Requests in their order. */
  readonly asked: Asked[] = [];
  /** Taken one by one, by requests that are not reading. */
  readonly faults: (Fault | undefined)[] = [];
  /** The same for requests that only read. */
  readonly readingFaults: (Fault | undefined)[] = [];
  readonly #handle: (asked: Asked) => Reply;
  readonly #server: Server;

  constructor(handle: (asked: Asked) => Reply) {
    this.#handle = handle;
    this.#server = createServer((request, response) => void this.#serve(request, response));
  }

  async open(): Promise<string> {
    await new Promise<void>((resolve) => this.#server.listen(0, '127.0.0.1', resolve));
    return `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}`;
  }

  async close(): Promise<void> {
    this.#server.closeAllConnections();
    if (this.#server.listening) await new Promise((resolve) => this.#server.close(resolve));
  }

  async #serve(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const chunks: Buffer[] = [];
    for await (const chunk of request) chunks.push(chunk as Buffer);
    const url = new URL(request.url ?? '/', 'http://host');
    const method = request.method ?? 'GET';
    const asked = {
      method,
      path: url.pathname,
      query: url.searchParams,
      headers: request.headers,
      body: Buffer.concat(chunks),
    };
    this.asked.push(asked);
    const fault = (method === 'GET' ? this.readingFaults : this.faults).shift();
    if (fault?.kind === 'drop') return void request.socket.destroy();
    if (fault?.kind === 'refuse') {
      response.writeHead(fault.status, fault.headers);
      return void response.end(fault.text ?? '');
    }
    if (fault?.kind === 'do later') {
      setTimeout(() => this.#handle(asked), fault.ms);
      return void response.writeHead(504).end('');
    }
    const reply = this.#handle(asked);
    switch (fault?.kind) {
      case 'do, then drop':
        return void request.socket.destroy();
      case 'do, then hang':
        return;
      case 'do, then answer':
        return void response.writeHead(fault.status).end(fault.text ?? '');
      case 'do, then break': {
        const text = JSON.stringify(reply.body ?? {});
        response.writeHead(reply.status, { 'content-length': String(text.length) });
        response.write(text.slice(0, text.length / 2));
        return void setTimeout(() => request.socket.destroy(), 5);
      }
      default:
        response.writeHead(reply.status, { 'content-type': 'application/json' });
        response.end(reply.body === undefined ? '' : JSON.stringify(reply.body));
    }
  }
}

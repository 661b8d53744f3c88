/** A bucket on this machine: the part of S3's API that reading takes, with signatures checked as the service checks them. */
import { createHash, createHmac } from 'node:crypto';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';

export const ACCESS_KEY = 'AKIDEXAMPLE';
export const SECRET_KEY = 'secret/example+key';
const REGION = 'eu-north-1';

/** Keys of one page of a listing: few, so that there are several pages. */
const PAGE_KEYS = 3;

export class S3Server {
  readonly objects = new Map<string, Uint8Array>();
  readonly requests: { readonly path: string; readonly range: string | undefined; readonly bytes: number }[] =
    [];
  /** Statuses for the next requests, in turn. */
  readonly mishaps: number[] = [];
  mayList = true;
  readonly bucket: string;
  readonly #server: Server;

  private constructor(bucket: string) {
    this.bucket = bucket;
    this.#server = createServer((request, response) => this.#answer(request, response));
  }

  static async start(bucket: string, objects: Readonly<Record<string, Uint8Array>>): Promise<S3Server> {
    const server = new S3Server(bucket);
    for (const [key, data] of Object.entries(objects)) server.objects.set(key, data);
    await new Promise<void>((resolve) => server.#server.listen(0, '127.0.0.1', resolve));
    return server;
  }

  /** What makes the AWS SDK speak to this server. */
  get environment(): Readonly<Record<string, string>> {
    return {
      AWS_ENDPOINT_URL_S3: `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}`,
      AWS_ACCESS_KEY_ID: ACCESS_KEY,
      AWS_SECRET_ACCESS_KEY: SECRET_KEY,
      AWS_REGION: REGION,
    };
  }

  get sentBytes(): number {
    return this.requests.reduce((sum, { bytes }) => sum + bytes, 0);
  }

  async close(): Promise<void> {
    this.#server.closeAllConnections();
    await new Promise((resolve) => this.#server.close(resolve));
  }

  #answer(request: IncomingMessage, response: ServerResponse): void {
    const url = new URL(request.url ?? '/', 'http://host');
    const log = (bytes: number): void => {
      this.requests.push({ path: url.pathname + url.search, range: request.headers.range, bytes });
    };
    const refuse = (status: number, code: string, message: string): void => {
      log(0);
      response.writeHead(status, { 'content-type': 'application/xml' });
      response.end(`<?xml version="1.0"?><Error><Code>${code}</Code><Message>${message}</Message></Error>`);
    };
    const mishap = this.mishaps.shift();
    if (mishap !== undefined) return void refuse(mishap, 'SlowDown', 'Please reduce your request rate.');
    if (!isSigned(request, url))
      return void refuse(403, 'SignatureDoesNotMatch', 'The request signature we calculated does not match.');
    const [, bucket = '', rest = ''] = /^\/([^/]*)\/?(.*)$/s.exec(url.pathname) ?? [];
    if (bucket !== this.bucket)
      return void refuse(404, 'NoSuchBucket', 'The specified bucket does not exist');
    if (url.searchParams.get('list-type') === '2') {
      if (!this.mayList) return void refuse(403, 'AccessDenied', 'Access Denied');
      log(0);
      return void response.writeHead(200, { 'content-type': 'application/xml' }).end(this.#list(url));
    }
    const data = this.objects.get(decodeURIComponent(rest));
    if (data === undefined) return void refuse(404, 'NoSuchKey', 'The specified key does not exist.');
    const [, first, last] = /^bytes=(\d+)-(\d+)$/.exec(request.headers.range ?? '') ?? [];
    if (first !== undefined && Number(first) >= data.length)
      return void refuse(416, 'InvalidRange', 'The requested range is not satisfiable');
    const [start, end] =
      first === undefined ? [0, data.length] : [Number(first), Math.min(data.length, Number(last) + 1)];
    log(end - start);
    response.writeHead(first === undefined ? 200 : 206, {
      etag: `"${createHash('md5').update(data).digest('hex')}"`,
      'content-length': end - start,
      ...(first !== undefined && { 'content-range': `bytes ${start}-${end - 1}/${data.length}` }),
    });
    response.end(data.subarray(start, end));
  }

  #list({ searchParams }: URL): string {
    const prefix = searchParams.get('prefix') ?? '';
    const after = Number(searchParams.get('continuation-token') ?? 0);
    const keys = [...this.objects.keys()].filter((key) => key.startsWith(prefix)).sort();
    const page = keys.slice(after, after + PAGE_KEYS);
    const isCut = after + PAGE_KEYS < keys.length;
    const contents = page
      .map((key) => `<Contents><Key>${escaped(key)}</Key><Size>1</Size></Contents>`)
      .join('');
    const next = isCut ? `<NextContinuationToken>${after + PAGE_KEYS}</NextContinuationToken>` : '';
    return `<?xml version="1.0"?><ListBucketResult><IsTruncated>${isCut}</IsTruncated>${next}<KeyCount>${page.length}</KeyCount>${contents}</ListBucketResult>`;
  }
}

const escaped = (text: string): string => text.replaceAll('&', '&amp;').replaceAll('<', '&lt;');

const hmac = (key: string | Buffer, text: string): Buffer => createHmac('sha256', key).update(text).digest();
const sha256 = (text: string): string => createHash('sha256').update(text).digest('hex');

/** AWS Signature Version 4, by its description: canonical request, string to sign, signing key. */
const isSigned = ({ method, headers, url: raw = '/' }: IncomingMessage, url: URL): boolean => {
  const [, scope, names, signature] =
    /^AWS4-HMAC-SHA256 Credential=[^/]+\/([^,]+), ?SignedHeaders=([^,]+), ?Signature=([0-9a-f]+)$/.exec(
      headers.authorization ?? '',
    ) ?? [];
  if (scope === undefined || names === undefined) return false;
  const query = [...url.searchParams]
    .map(([name, value]) => [encodeURIComponent(name), encodeURIComponent(value)] as const)
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([name, value]) => `${name}=${value}`)
    .join('&');
  const canonical = [
    method,
    raw.split('?')[0],
    query,
    ...names.split(';').map((name) => `${name}:${String(headers[name]).trim().replaceAll(/ +/g, ' ')}`),
    '',
    names,
    headers['x-amz-content-sha256'],
  ].join('\n');
  const toSign = ['AWS4-HMAC-SHA256', headers['x-amz-date'], scope, sha256(canonical)].join('\n');
  const key = scope.split('/').reduce<string | Buffer>(hmac, `AWS4${SECRET_KEY}`);
  return hmac(key, toSign).toString('hex') === signature;
};

// Files on web servers, by range requests (RFC 9110, 14).
import { Readable } from 'node:stream';
import type { ReadableStream } from 'node:stream/web';
import { messageOf, systemCodeOf } from '../base/errors.ts';
import type { IdleWatch } from '../base/idle-watch.ts';
import { retryAfterMs } from '../base/retry-after.ts';
import { type RangeAnswer, type RangeSource, RemoteTrouble, troubleOfStatus } from './range-source.ts';

/** The file at an `http://` or `https://` address. A user and password in it become the request's credentials. */
export const httpSource = (address: string): RangeSource => {
  const { url, headers } = requestOf(address);
  return {
    request: async (range, signal) => {
      const response = await ask(url, { ...headers, ...rangeHeader(range) }, signal);
      if (response.status === 416) throw unsatisfiable(response);
      if (response.status !== 200 && response.status !== 206) throw await trouble(response);
      try {
        return answerOf(response);
      } catch (error) {
        await response.body?.cancel().catch(() => undefined);
        throw error;
      }
    },
  };
};

/** Pages of this size are no lists. */
const MOST_PAGE_BYTES = 64 * 1024 * 1024;

/** The page at an address, for whoever looks for links in it. @throws {@link RemoteTrouble} */
export const readPage = async (
  address: string,
  watch: IdleWatch,
): Promise<{ readonly url: string; readonly type: string; readonly text: string }> => {
  const { url, headers } = requestOf(address);
  const response = await ask(url, { ...headers, accept: 'text/html' }, watch.signal);
  if (!response.ok) throw await trouble(response);
  const chunks: Uint8Array[] = [];
  let sizeBytes = 0;
  for await (const chunk of response.body ?? []) {
    watch.reset();
    chunks.push(chunk);
    sizeBytes += chunk.length;
    if (sizeBytes > MOST_PAGE_BYTES)
      throw new RemoteTrouble('unlisted', 'the server sends no list but something large');
  }
  const type = response.headers.get('content-type') ?? '';
  return { url: response.url, type, text: Buffer.concat(chunks).toString('utf8') };
};

/** @throws {@link RemoteTrouble} for an address that is none */
const requestOf = (address: string): { url: URL; headers: Record<string, string> } => {
  if (!URL.canParse(address)) throw new RemoteTrouble('other', 'this is no valid address');
  const url = new URL(address);
  const { username, password } = url;
  const headers: Record<string, string> = {};
  const authorization = process.env['FRAMESIFT_HTTP_AUTHORIZATION']?.trim();
  if (username !== '' || password !== '') {
    const login = `${unescaped(username)}:${unescaped(password)}`;
    headers['authorization'] = `Basic ${Buffer.from(login).toString('base64')}`;
    url.username = '';
    url.password = '';
  } else if (authorization) headers['authorization'] = authorization;
  return { url, headers };
};

const unescaped = (text: string): string => {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
};

/** Compressed bytes have other places than those of the file. */
const rangeHeader = (range: readonly [number, number] | undefined): Record<string, string> => ({
  'accept-encoding': 'identity',
  ...(range && { range: `bytes=${range[0]}-${range[1] - 1}` }),
});

const ask = async (url: URL, headers: Record<string, string>, signal: AbortSignal): Promise<Response> => {
  try {
    return await fetch(url, { headers, signal });
  } catch (error) {
    signal.throwIfAborted();
    throw connectionTrouble(error, url.host);
  }
};

/** `fetch failed` says nothing; what it was caused by does. */
const connectionTrouble = (error: unknown, host: string): RemoteTrouble => {
  const { cause = error } = error instanceof Error ? error : {};
  const code = systemCodeOf(cause);
  if (code?.startsWith('ERR_SSL_') || code === 'EPROTO')
    return new RemoteTrouble('other', `${host} does not speak TLS as it should: is it an http:// address?`);
  if (messageOf(cause) === 'redirect count exceeded')
    return new RemoteTrouble('other', `${host} sends from one address to another and back`);
  const reason = CONNECTION_REASONS[code ?? ''] ?? (messageOf(cause) || 'no reason given');
  return new RemoteTrouble(
    code !== undefined && HOPELESS.has(code) ? 'other' : 'passing',
    `${host} ${reason}`,
  );
};

const CONNECTION_REASONS: Readonly<Record<string, string>> = {
  ENOTFOUND: 'is not known: check the name of the server',
  ECONNREFUSED: 'refuses connections: no server listens there',
  ECONNRESET: 'broke the connection off',
  EAI_AGAIN: 'could not be looked up: is there a network?',
  CERT_HAS_EXPIRED: 'shows a certificate that has expired',
  DEPTH_ZERO_SELF_SIGNED_CERT:
    'shows a certificate that it has signed itself; name its authority with NODE_EXTRA_CA_CERTS',
  SELF_SIGNED_CERT_IN_CHAIN: 'shows a certificate of an unknown authority; name it with NODE_EXTRA_CA_CERTS',
  UNABLE_TO_VERIFY_LEAF_SIGNATURE:
    'shows a certificate of an unknown authority; name it with NODE_EXTRA_CA_CERTS',
};

/** Asking again helps against none of these. */
const HOPELESS = new Set([
  'ENOTFOUND',
  'CERT_HAS_EXPIRED',
  'DEPTH_ZERO_SELF_SIGNED_CERT',
  'SELF_SIGNED_CERT_IN_CHAIN',
  'UNABLE_TO_VERIFY_LEAF_SIGNATURE',
  'ERR_TLS_CERT_ALTNAME_INVALID',
]);

/** What `fetch` unpacks, so that places in the file are not those of what comes. */
const PACKINGS = /\b(?:gzip|deflate|compress|br|zstd)\b/i;

const answerOf = ({ status, headers, body }: Response): RangeAnswer => {
  const encoding = headers.get('content-encoding') ?? '';
  if (PACKINGS.test(encoding))
    throw new RemoteTrouble('other', `the server packs the file (${encoding}), although asked not to`);
  if (status === 200 && /^text\/html\b/i.test(headers.get('content-type') ?? ''))
    throw new RemoteTrouble(
      'other',
      'the server sends a web page, not a video; the address of a folder ends with /',
    );
  const isRange = status === 206;
  const [, first, total] = /^bytes (\d+)-\d+\/(\d+|\*)$/i.exec(headers.get('content-range') ?? '') ?? [];
  if (isRange && first === undefined)
    throw new RemoteTrouble('other', 'the server sends several ranges at once');
  const length = isRange ? total : (headers.get('content-length') ?? undefined);
  const tag = headers.get('etag') ?? undefined;
  return {
    start: isRange ? Number(first) : 0,
    totalBytes: length === undefined || length === '*' ? undefined : Number(length),
    version: tag ?? headers.get('last-modified') ?? undefined,
    isStrong: tag !== undefined && !tag.startsWith('W/'),
    isRange,
    body: body === null ? Readable.from([]) : Readable.fromWeb(body as ReadableStream<Uint8Array>),
  };
};

const unsatisfiable = ({ headers }: Response): RemoteTrouble =>
  /\/0$/.test(headers.get('content-range') ?? '')
    ? new RemoteTrouble('empty', 'the file is empty')
    : new RemoteTrouble('outside', 'the server answered 416: it has no such range');

const trouble = async (response: Response): Promise<RemoteTrouble> => {
  const text = await response.text().catch(() => '');
  return troubleOfStatus(response.status, wordsOf(text), retryAfterMs(response.headers.get('retry-after')));
};

const LONGEST_WORDS = 120;

/** What a server says of its reasons: the message of an XML or a short text, never a page. */
const wordsOf = (text: string): string => {
  const message = /<Message>([^<]*)<\/Message>/.exec(text)?.[1] ?? (/^\s*[<{]/.test(text) ? '' : text);
  const words = message.replaceAll(/\s+/g, ' ').trim();
  return words.length > LONGEST_WORDS ? '' : words;
};

// Files on web servers, by range requests (RFC 9110, 14).
import { Readable } from 'node:stream';
import type { ReadableStream } from 'node:stream/web';
import { messageOf, systemCodeOf } from '../base/errors.ts';
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
      return answerOf(response);
    },
  };
};

/** The page at an address, for whoever looks for links in it. @throws {@link RemoteTrouble} */
export const readPage = async (
  address: string,
  signal: AbortSignal,
): Promise<{ readonly url: string; readonly type: string; readonly text: string }> => {
  const { url, headers } = requestOf(address);
  const response = await ask(url, { ...headers, accept: 'text/html' }, signal);
  if (!response.ok) throw await trouble(response);
  return { url: response.url, type: response.headers.get('content-type') ?? '', text: await response.text() };
};

/** @throws {@link RemoteTrouble} for an address that is none */
const requestOf = (address: string): { url: URL; headers: Record<string, string> } => {
  if (!URL.canParse(address)) throw new RemoteTrouble('other', 'this is no valid address');
  const url = new URL(address);
  const { username, password } = url;
  const headers: Record<string, string> = {};
  const authorization = process.env['FRAMESIFT_HTTP_AUTHORIZATION']?.trim();
  if (username !== '' || password !== '') {
    const login = `${decodeURIComponent(username)}:${decodeURIComponent(password)}`;
    headers['authorization'] = `Basic ${Buffer.from(login).toString('base64')}`;
    url.username = '';
    url.password = '';
  } else if (authorization) headers['authorization'] = authorization;
  return { url, headers };
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

const answerOf = ({ status, headers, body }: Response): RangeAnswer => {
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

/** The only range that no file has anything of is one of an empty file: no other is asked for. */
const unsatisfiable = ({ headers }: Response): RemoteTrouble =>
  /\/0$/.test(headers.get('content-range') ?? '')
    ? new RemoteTrouble('empty', 'the file is empty')
    : new RemoteTrouble('other', 'the server answered 416: it has no such range');

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

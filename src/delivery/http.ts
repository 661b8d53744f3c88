// Requests to annotation servers. What matters of an answer that is no success: whether the server may have done what it
// was asked for.
import { systemCodeOf } from '../base/errors.ts';
import { retryAfterMs } from '../base/retry-after.ts';

export interface Request {
  readonly method: 'GET' | 'POST' | 'DELETE';
  readonly url: string;
  readonly headers?: Readonly<Record<string, string>> | undefined;
  /** Sent as JSON, unless it is a form or a text. */
  readonly body?: unknown;
}

export interface Answer {
  readonly status: number;
  /** Parsed; undefined where there is none. */
  readonly body: unknown;
}

interface Trouble {
  readonly status?: number | undefined;
  readonly retryAfterMs?: number | undefined;
  readonly isPage?: boolean;
}

/** The server has not done it. */
export class Refused extends Error {
  readonly status: number | undefined;
  readonly retryAfterMs: number | undefined;
  /** Whether the same request may be taken in a while. */
  readonly isPassing: boolean;

  constructor(message: string, isPassing: boolean, { status, retryAfterMs }: Omit<Trouble, 'isPage'> = {}) {
    super(message);
    this.isPassing = isPassing;
    this.status = status;
    this.retryAfterMs = retryAfterMs;
  }
}

/** Nobody knows whether the server has done it. */
export class Unanswered extends Error {
  readonly status: number | undefined;
  readonly retryAfterMs: number | undefined;
  /** Whether a page for people came, of a proxy most likely. */
  readonly isPage: boolean;

  constructor(message: string, { status, retryAfterMs, isPage = false }: Trouble = {}) {
    super(message);
    this.status = status;
    this.isPage = isPage;
    this.retryAfterMs = retryAfterMs;
  }
}

export interface Patience {
  /** For an answer. */
  readonly answerMs: number;
  /** How often something is tried that may pass. */
  readonly tries: number;
  /** Before the second try; doubled from try to try. */
  readonly firstPauseMs: number;
  /** Between two looks at something that the server works on. */
  readonly pollMs: number;
}

export const USUAL_PATIENCE: Patience = { answerMs: 120_000, tries: 6, firstPauseMs: 1000, pollMs: 1000 };

/** Before the connection stands, nothing can have been sent. */
const NOT_CONNECTED = [
  'ECONNREFUSED',
  'ENOTFOUND',
  'EAI_AGAIN',
  'EHOSTUNREACH',
  'ENETUNREACH',
  'UND_ERR_CONNECT_TIMEOUT',
];

/** @throws {@link Refused}, {@link Unanswered}, or the signal's reason */
export const ask = async (
  { method, url, headers, body }: Request,
  { answerMs }: Patience,
  signal: AbortSignal | undefined,
): Promise<Answer> => {
  signal?.throwIfAborted();
  const isJson = body !== undefined && typeof body !== 'string' && !(body instanceof FormData);
  const init: RequestInit = {
    method,
    headers: {
      accept: 'application/json',
      ...(isJson && { 'content-type': 'application/json' }),
      ...headers,
    },
    body: isJson ? JSON.stringify(body) : ((body as string | FormData | undefined) ?? null),
    // A token must not travel to where somebody else sends it.
    redirect: 'manual',
    signal: AbortSignal.any([AbortSignal.timeout(answerMs), ...(signal === undefined ? [] : [signal])]),
  };
  let response: Response;
  let text: string;
  try {
    response = await fetch(url, init);
    text = await response.text();
  } catch (error) {
    signal?.throwIfAborted();
    throw connectionTrouble(error, url, answerMs);
  }
  const { status } = response;
  const trouble = { status, retryAfterMs: retryAfterMs(response.headers.get('retry-after')) };
  const parsed = parse(text);
  if (response.ok) {
    if (parsed !== undefined || text.trim() === '') return { status, body: parsed };
    const isPage = /^\s*</.test(text);
    throw new Unanswered(`answered something that is not JSON (${excerpt(text)})`, { ...trouble, isPage });
  }
  const said = `answered ${status}${reasonIn(parsed, text)}`;
  if (status >= 500 || status === 408) throw new Unanswered(said, trouble);
  if (status >= 300 && status < 400)
    throw new Refused(
      `${said}: it sends to ${response.headers.get('location') ?? 'another address'}`,
      false,
      trouble,
    );
  throw new Refused(said, status === 429, trouble);
};

const connectionTrouble = (error: unknown, url: string, answerMs: number): Error => {
  if (error instanceof Error && error.name === 'TimeoutError')
    return new Unanswered(`did not answer within ${Math.round(answerMs / 1000)} s`);
  const cause = error instanceof Error ? error.cause : undefined;
  const code = systemCodeOf(cause) ?? '';
  const host = new URL(url).host;
  if (NOT_CONNECTED.includes(code)) return new Refused(`cannot be reached at ${host} (${code})`, true);
  const why = cause instanceof Error ? cause.message : String(error);
  return new Unanswered(`broke the connection off (${code === '' ? why : code})`);
};

const parse = (text: string): unknown => {
  try {
    return JSON.parse(text) as unknown;
  } catch {
    return undefined;
  }
};

const EXCERPT = 300;

const excerpt = (text: string): string => {
  const line = text.replaceAll(/\s+/g, ' ').trim();
  return line.length > EXCERPT ? `${line.slice(0, EXCERPT)}…` : line;
};

/** What a server says of itself why it refuses. */
const reasonIn = (body: unknown, text: string): string => {
  if (/^\s*</.test(text) || text.trim() === '') return '';
  if (typeof body === 'object' && body !== null) {
    const { detail, validation_errors: errors } = body as Readonly<Record<string, unknown>>;
    const parts = [detail, errors].filter((part) => part !== undefined && part !== null);
    if (parts.length > 0)
      return `: ${excerpt(parts.map((part) => (typeof part === 'string' ? part : JSON.stringify(part))).join(' '))}`;
  }
  return `: ${excerpt(text)}`;
};

// @aws-sdk/client-s3: objects in S3 and in what speaks its language. Loaded only when an s3:// address is given: it is no
// dependency of framesift's own. Credentials, region and endpoint are found as the AWS command line finds them.
import type { Readable } from 'node:stream';
import type { S3Client } from '@aws-sdk/client-s3';
import { FramesiftError, messageOf } from '../base/errors.ts';

/** A piece of an object, or all of it. */
export interface ObjectPart {
  readonly body: Readable;
  readonly contentRange: string | undefined;
  readonly contentLength: number | undefined;
  readonly etag: string | undefined;
}

/** What the service answered instead. */
export class S3Trouble extends Error {
  /** Of HTTP; undefined where no answer came. */
  readonly status: number | undefined;
  /** The service's word for it: `NoSuchKey`, `AccessDenied`, …, or the system's. */
  readonly word: string;
  /** There are no credentials, or no region, to ask with. */
  readonly isUnconfigured: boolean;

  constructor(error: unknown) {
    super(messageOf(error), { cause: error });
    const { name, code, $metadata } = error as {
      readonly name?: string;
      readonly code?: string;
      readonly $metadata?: { readonly httpStatusCode?: number };
    };
    this.status = $metadata?.httpStatusCode;
    this.word = code ?? name ?? 'Error';
    this.isUnconfigured =
      /^(?:CredentialsProviderError|TokenProviderError)$/.test(name ?? '') ||
      /region (?:is missing|not accepted)/i.test(this.message);
  }
}

type Sdk = typeof import('@aws-sdk/client-s3');

let loaded: Promise<{ readonly sdk: Sdk; readonly client: S3Client }> | undefined;

const load = (): NonNullable<typeof loaded> => {
  loaded ??= loadSdk();
  return loaded;
};

const loadSdk = async (): Promise<{ readonly sdk: Sdk; readonly client: S3Client }> => {
  let sdk: Sdk;
  // It warns, in every process, of versions of Node.js that later versions of it will not run on.
  process.env['AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED'] ??= 'true';
  try {
    sdk = await import('@aws-sdk/client-s3');
  } catch (error) {
    throw new FramesiftError(
      'ERR_MISSING_DEPENDENCY',
      'reading s3:// addresses takes a package that is not installed. Install it beside framesift: npm install @aws-sdk/client-s3',
      { facts: { package: '@aws-sdk/client-s3' }, cause: error },
    );
  }
  const { AWS_ENDPOINT_URL_S3, AWS_ENDPOINT_URL } = process.env;
  const client = new sdk.S3Client({
    // Whoever asks knows when to ask again.
    maxAttempts: 1,
    followRegionRedirects: true,
    // Services of one's own seldom have a name for each bucket.
    ...((AWS_ENDPOINT_URL_S3 || AWS_ENDPOINT_URL) && { forcePathStyle: true }),
    // Checksums of whole objects say nothing about their parts.
    responseChecksumValidation: 'WHEN_REQUIRED',
  });
  return { sdk, client };
};

/** @throws ERR_MISSING_DEPENDENCY; {@link S3Trouble}; the signal's reason */
export const getObject = async (
  bucket: string,
  key: string,
  range: string | undefined,
  signal: AbortSignal,
): Promise<ObjectPart> => {
  const { sdk, client } = await load();
  try {
    const command = new sdk.GetObjectCommand({ Bucket: bucket, Key: key, Range: range });
    const { Body, ContentRange, ContentLength, ETag } = await client.send(command, { abortSignal: signal });
    return {
      body: Body as Readable,
      contentRange: ContentRange,
      contentLength: ContentLength,
      etag: ETag,
    };
  } catch (error) {
    signal.throwIfAborted();
    throw new S3Trouble(error);
  }
};

export interface KeyPage {
  readonly keys: readonly string[];
  /** Asks for the next page; undefined behind the last. */
  readonly next: string | undefined;
}

/** Keys that begin with `prefix`, a page of them. @throws as {@link getObject} */
export const listKeys = async (
  bucket: string,
  prefix: string,
  token: string | undefined,
  signal: AbortSignal,
): Promise<KeyPage> => {
  const { sdk, client } = await load();
  try {
    const command = new sdk.ListObjectsV2Command({
      Bucket: bucket,
      Prefix: prefix,
      ContinuationToken: token,
    });
    const { Contents = [], NextContinuationToken } = await client.send(command, { abortSignal: signal });
    return { keys: Contents.flatMap(({ Key }) => Key ?? []), next: NextContinuationToken };
  } catch (error) {
    signal.throwIfAborted();
    throw new S3Trouble(error);
  }
};

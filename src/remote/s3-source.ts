// Objects in S3, and in what speaks its language.
import type { ObjectPart } from '../native/aws-s3.ts';
import { type RangeSource, RemoteTrouble, troubleOfStatus } from './range-source.ts';

/** Bucket and key of an `s3://bucket/key` address; the key may be empty. */
export const partsOfS3 = (address: string): { readonly bucket: string; readonly key: string } => {
  const [, bucket = '', key = ''] = /^s3:\/\/([^/]*)\/?(.*)$/is.exec(address) ?? [];
  return { bucket, key };
};

/** The object at an `s3://` address. */
export const s3Source = (address: string): RangeSource => {
  const { bucket, key } = partsOfS3(address);
  return {
    request: async (range, signal) => {
      const { getObject } = await import('../native/aws-s3.ts');
      const part = await translated(
        () => getObject(bucket, key, range && `bytes=${range[0]}-${range[1] - 1}`, signal),
        signal,
      );
      return answerOf(part);
    },
  };
};

/** @throws {@link RemoteTrouble} for what the service answered instead */
export const translated = async <T>(work: () => Promise<T>, signal: AbortSignal): Promise<T> => {
  const { S3Trouble } = await import('../native/aws-s3.ts');
  try {
    return await work();
  } catch (error) {
    signal.throwIfAborted();
    if (!(error instanceof S3Trouble)) throw error;
    if (error.isUnconfigured) {
      throw new RemoteTrouble(
        'other',
        `there are no AWS credentials or no region (${error.message}). Set AWS_PROFILE, or AWS_ACCESS_KEY_ID, AWS_SECRET_ACCESS_KEY and AWS_REGION`,
      );
    }
    const { status, word, message } = error;
    if (status === undefined) throw new RemoteTrouble('passing', message === '' ? word : message);
    if (status === 416) throw new RemoteTrouble('outside', 'the object has no such range');
    throw troubleOfStatus(status, message === '' || message === 'UnknownError' ? word : message);
  }
};

const answerOf = ({
  body,
  contentRange,
  contentLength,
  etag,
}: ObjectPart): Awaited<ReturnType<RangeSource['request']>> => {
  const [, first, total] = /^bytes (\d+)-\d+\/(\d+)$/.exec(contentRange ?? '') ?? [];
  return {
    start: Number(first ?? 0),
    totalBytes: total === undefined ? contentLength : Number(total),
    version: etag,
    isStrong: etag !== undefined,
    isRange: first !== undefined,
    body,
  };
};

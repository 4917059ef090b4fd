import { HeadBucketCommand, PutObjectCommand, S3Client } from '@aws-sdk/client-s3';

export interface Bucket {
  put(key: string, body: string, type: string): Promise<void>;
  check(signal: AbortSignal): Promise<unknown>;
  close(): void;
}

const patience = 10_000;

export function openBucket(options: {
  readonly bucket: string;
  readonly endpoint: string;
  readonly region: string;
  readonly keyId: string;
  readonly key: string;
}): Bucket {
  const client = new S3Client({
    endpoint: options.endpoint,
    region: options.region,
    forcePathStyle: true, // the bucket is no part of a loopback host name
    maxAttempts: 3,
    credentials: { accessKeyId: options.keyId, secretAccessKey: options.key },
  });
  return {
    async put(key, body, type) {
      const command = new PutObjectCommand({
        Bucket: options.bucket,
        Key: key,
        Body: body,
        ContentType: type,
      });
      await client.send(command, { abortSignal: AbortSignal.timeout(patience) });
    },
    check: (signal) =>
      client.send(new HeadBucketCommand({ Bucket: options.bucket }), { abortSignal: signal }),
    close: () => client.destroy(),
  };
}

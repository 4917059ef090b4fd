import type { S3Client } from '@aws-sdk/client-s3';
import { days, type Instant } from '#kernel';

const ABANDONED_AFTER = days(1);

export interface Uploads {
  readonly client: S3Client;
  readonly sdk: typeof import('@aws-sdk/client-s3');
  readonly name: string;
}

/**
 * Ends uploads that a killed writer has left: they are not listed as objects, and are paid for. A server that does not
 * allow it is no reason not to store anything.
 */
export async function abandonedUploads(
  { client, sdk, name }: Uploads,
  prefix: string,
  now: Instant,
): Promise<void> {
  try {
    const { Uploads = [] } = await client.send(
      new sdk.ListMultipartUploadsCommand({ Bucket: name, Prefix: prefix }),
    );
    for (const { Key, UploadId, Initiated } of Uploads) {
      if (Initiated === undefined || now - Initiated.getTime() <= ABANDONED_AFTER) continue;
      await client.send(new sdk.AbortMultipartUploadCommand({ Bucket: name, Key, UploadId }));
    }
  } catch {
    // Tried again the next time Fairway starts; if the place cannot be reached, the put that follows says so.
  }
}

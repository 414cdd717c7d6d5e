import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { CreateBucketCommand, GetObjectCommand, PutObjectCommand, S3Client } from '@aws-sdk/client-s3';
import { startLocalAws } from '@cross-account-api/local-aws';

export async function readBack(text: string): Promise<string | undefined> {
  const root = await mkdtemp(join(tmpdir(), 'local-aws-'));
  const aws = await startLocalAws({ root, port: 0 });
  const s3 = new S3Client({
    endpoint: aws.url,
    region: 'us-east-1',
    credentials: aws.directory.administrator('111111111111'),
    forcePathStyle: true,
  });
  try {
    await s3.send(new CreateBucketCommand({ Bucket: 'example' }));
    await s3.send(new PutObjectCommand({ Bucket: 'example', Key: 'a', Body: text }));
    const { Body } = await s3.send(new GetObjectCommand({ Bucket: 'example', Key: 'a' }));
    for (const { principal, operation, status } of aws.trace.events()) {
      console.log(`${principal} ${operation} ${status}`);
    }
    return await Body?.transformToString();
  } finally {
    s3.destroy();
    await aws.close();
    await rm(root, { recursive: true, force: true });
  }
}

import type { Framework, Template } from '../framework.ts';
import { readTemplate } from '../template/read-template.ts';

/**
 * Reads the template of the earlier deployment to which `sls rollback --timestamp` goes back, from the deployment bucket.
 * @returns `undefined` if no deployment has this time, which the framework reports itself; and the error if it cannot be read
 */
export async function earlierTemplate(
  framework: Framework,
  timestamp: string,
): Promise<Template | Error | undefined> {
  const directory = directoryOf(timestamp);
  if (directory === undefined) return undefined;
  const provider = framework.getProvider('aws');
  const { S3Client, GetObjectCommand } = await import('@aws-sdk/client-s3');
  const s3 = new S3Client(await provider.getAwsSdkV3Config());
  try {
    const { Body } = await s3.send(
      new GetObjectCommand({
        Bucket: await provider.getServerlessDeploymentBucketName(),
        Key: [
          provider.getDeploymentPrefix(),
          framework.service.service,
          provider.getStage(),
          directory,
          provider.naming.getCompiledTemplateS3Suffix(),
        ].join('/'),
      }),
    );
    return readTemplate((await Body?.transformToString()) ?? '');
  } catch (error) {
    if (!(error instanceof Error)) throw error;
    return error.name === 'NoSuchKey' ? undefined : error;
  } finally {
    s3.destroy();
  }
}

/** The folder of a deployment, as the framework names it: its time twice. The option is one of the two. */
function directoryOf(timestamp: string): string | undefined {
  const [time] = [new Date(timestamp), new Date(Number(timestamp))].filter(
    (date) => !Number.isNaN(date.getTime()),
  );
  return time && `${time.getTime()}-${time.toISOString()}`;
}

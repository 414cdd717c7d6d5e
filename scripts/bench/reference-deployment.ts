import { createHash } from 'node:crypto';
import {
  CloudFormationClient,
  CreateChangeSetCommand,
  ExecuteChangeSetCommand,
  waitUntilChangeSetCreateComplete,
  waitUntilStackCreateComplete,
} from '@aws-sdk/client-cloudformation';
import { CreateBucketCommand, HeadObjectCommand, PutObjectCommand, S3Client } from '@aws-sdk/client-s3';
import type { LocalAwsProcess } from '../lib/local-aws-process.ts';
import type { Package } from './packages.ts';
import { type Outputs, readOutputs, waiting } from './stacks.ts';

const ACCOUNTS = { api: '111111111111', caller: '222222222222' } as const;

/** What is deployed, and the API's outputs that the caller's template has in it. */
export interface Pair {
  readonly api: Package;
  readonly caller: Package;
  readonly outputs: Outputs;
}

/** The outputs of the api service. */
export async function readApiOutputs(aws: LocalAwsProcess): Promise<Outputs> {
  const client = new CloudFormationClient(clientSettings(aws, ACCOUNTS.api));
  const outputs = await readOutputs(client);
  client.destroy();
  return outputs;
}

/**
 * Deploys what the framework has packaged with the requests that `aws cloudformation package` and `aws cloudformation deploy` make:
 * what any tool needs at least. The AWS CLI itself would start a process for each command, and wait for 5 to 30 s between two looks at
 * a stack.
 * @param aws without the stacks
 * @returns how long both services took, in ms. The buckets are there before, as the AWS CLI wants it
 */
export async function deployReference(aws: LocalAwsProcess, { api, caller, outputs }: Pair): Promise<number> {
  const apiAccount = await openAccount(aws, ACCOUNTS.api);
  const callerAccount = await openAccount(aws, ACCOUNTS.caller);
  try {
    const start = performance.now();
    await apiAccount.deploy(api);
    const current = await readApiOutputs(aws);
    const template = [...outputs].reduce(
      (text, [name, value]) => text.replaceAll(value, current.get(name) ?? value),
      JSON.stringify(caller.template),
    );
    await callerAccount.deploy({ ...caller, template: JSON.parse(template) });
    return performance.now() - start;
  } finally {
    apiAccount.close();
    callerAccount.close();
  }
}

async function openAccount(aws: LocalAwsProcess, accountId: string) {
  const settings = clientSettings(aws, accountId);
  const s3 = new S3Client({ ...settings, forcePathStyle: true });
  const client = new CloudFormationClient(settings);
  const Bucket = `reference-${accountId}`;
  await s3.send(new CreateBucketCommand({ Bucket }));

  /** Uploads what the bucket does not have. @returns its key */
  const upload = async (Body: Buffer): Promise<string> => {
    const at = { Bucket, Key: createHash('md5').update(Body).digest('hex') };
    const isThere = await s3.send(new HeadObjectCommand(at)).then(
      () => true,
      () => false,
    );
    if (!isThere) await s3.send(new PutObjectCommand({ ...at, Body }));
    return at.Key;
  };
  return {
    async deploy({ template, zips }: Package): Promise<void> {
      const keys = new Map<string, string>();
      for (const [key, zip] of zips) keys.set(key, await upload(zip));
      const Resources = Object.fromEntries(
        Object.entries(template.Resources).map(([id, resource]) => {
          const S3Key = keys.get(resource.Properties?.Code?.S3Key ?? '');
          if (S3Key === undefined) return [id, resource];
          const Code = { S3Bucket: Bucket, S3Key };
          return [id, { ...resource, Properties: { ...resource.Properties, Code } }];
        }),
      );
      const key = await upload(Buffer.from(JSON.stringify({ ...template, Resources })));
      const StackName = 'reference';
      const names = { StackName, ChangeSetName: 'create' };
      await client.send(
        new CreateChangeSetCommand({
          ...names,
          ChangeSetType: 'CREATE',
          TemplateURL: `https://${Bucket}.s3.${aws.region}.amazonaws.com/${key}`,
          Capabilities: ['CAPABILITY_NAMED_IAM'],
        }),
      );
      await waitUntilChangeSetCreateComplete({ client, ...waiting }, names);
      await client.send(new ExecuteChangeSetCommand(names));
      await waitUntilStackCreateComplete({ client, ...waiting }, { StackName });
    },
    close() {
      s3.destroy();
      client.destroy();
    },
  };
}

function clientSettings({ url: endpoint, region, credentials }: LocalAwsProcess, accountId: string) {
  return { endpoint, region, credentials: credentials(accountId) };
}

import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import {
  CloudFormationClient,
  CreateChangeSetCommand,
  DescribeStackEventsCommand,
  DescribeStacksCommand,
  ExecuteChangeSetCommand,
  waitUntilChangeSetCreateComplete,
  waitUntilStackCreateComplete,
  waitUntilStackUpdateComplete,
} from '@aws-sdk/client-cloudformation';
import { CreateBucketCommand, PutObjectCommand, S3Client } from '@aws-sdk/client-s3';
import { storedZip } from '../../src/services/lambda/code/stored-zip.ts';
import { hasModule, pythonWith } from '../python.testing.ts';

/*
 * The stack of the article with which this project began, written anew: an API with IAM authorization, whose integration runs with
 * the caller's credentials; the role that may call it, with permissions on `*`; and a function of another account that assumes this
 * role, which trusts it by its name and asks for no external ID.
 */

/** The account of the API, and that of the caller. */
const A = '111111111111';
const B = '222222222222';

/** The folder with both templates and the code of both functions. */
export const articleFolder = __dirname;

/** The name of the role of the API's account. */
export const API_ROLE = 'ApiGatewayInvokeRole';
/** The name of the role of the calling function. */
export const CALLER_ROLE = 'FromLambdaRole';

/** The Python that runs both functions. Absent if none has what they import: their tests do not run then. */
export const articlePython = pythonWith(
  ['boto3', 'requests', 'aws_requests_auth.aws_auth'],
  "the tests of the article's stack",
);

/** The parts of the stack. Each is a template, `<part>.yml`, a folder of code, and the template as AWS's translator expands it. */
export type ArticlePart = 'api' | 'caller';

/** The name of the bucket of a part's code. */
export const bucketOf = (part: ArticlePart): string => `article-${part}`;

/** A part's template as `aws cloudformation package` writes it: with the place of the code in S3. */
export async function packagedTemplate(part: ArticlePart): Promise<string> {
  const template = await readFile(join(articleFolder, `${part}.yml`), 'utf8');
  return template.replace(/CodeUri: .*/, `CodeUri: s3://${bucketOf(part)}/${part}.zip`);
}

/** A part's packaged template, expanded by aws-sam-translator 1.110.0. */
export const expandedTemplate = (part: ArticlePart): Promise<string> =>
  readFile(join(articleFolder, `${part}.expanded.json`), 'utf8');

let translator: boolean | undefined;

/** Whether this machine has AWS's translator. Without it, tests that need it are skipped. */
export function hasTranslator(): boolean {
  translator ??= hasModule('samtranslator', "the tests of AWS's translator");
  return translator;
}

/** The template as it is if this machine has AWS's translator, otherwise expanded. */
export async function deployableTemplate(part: ArticlePart): Promise<string> {
  return hasTranslator() ? packagedTemplate(part) : expandedTemplate(part);
}

/** Settings for clients of the AWS SDK that act as an account's administrator. */
export type SdkOf = (accountId: string) => {
  readonly endpoint: string;
  readonly region: string;
  readonly credentials: { readonly accessKeyId: string; readonly secretAccessKey: string };
};

/** Uploads a part's code to where {@link packagedTemplate} says. */
export async function uploadCode(sdk: ReturnType<SdkOf>, part: ArticlePart): Promise<void> {
  const folder = join(articleFolder, part);
  const files = (await readdir(folder)).map(
    async (name) => [name, await readFile(join(folder, name), 'utf8')] as const,
  );
  const s3 = new S3Client({ ...sdk, forcePathStyle: true });
  const Bucket = bucketOf(part);
  await s3.send(new CreateBucketCommand({ Bucket }));
  const Body = storedZip(Object.fromEntries(await Promise.all(files)));
  await s3.send(new PutObjectCommand({ Bucket, Key: `${part}.zip`, Body }));
  s3.destroy();
}

/**
 * Deploys a part as `aws cloudformation deploy` does: by a change set.
 * @param templateOf returns the template of a part
 * @returns the outputs. @throws Error with the reason if a resource was refused
 */
export async function deployPart(
  sdk: ReturnType<SdkOf>,
  part: ArticlePart,
  parameters: Readonly<Record<string, string>>,
  templateOf = expandedTemplate,
): Promise<Readonly<Record<string, string>>> {
  const client = new CloudFormationClient(sdk);
  const waiting = { client, maxWaitTime: 60, minDelay: 0.1, maxDelay: 1 };
  const StackName = part;
  const describe = async () => (await client.send(new DescribeStacksCommand({ StackName }))).Stacks?.[0];
  try {
    const present = await describe().catch(() => undefined);
    const isNew = present === undefined || present.StackStatus === 'REVIEW_IN_PROGRESS';
    const { Id: ChangeSetName } = await client.send(
      new CreateChangeSetCommand({
        StackName,
        ChangeSetName: `deploy-${Date.now()}`,
        ChangeSetType: isNew ? 'CREATE' : 'UPDATE',
        TemplateBody: await templateOf(part),
        Capabilities: ['CAPABILITY_NAMED_IAM'],
        Parameters: Object.entries(parameters).map(([ParameterKey, ParameterValue]) => ({
          ParameterKey,
          ParameterValue,
        })),
      }),
    );
    await waitUntilChangeSetCreateComplete(waiting, { StackName, ChangeSetName });
    await client.send(new ExecuteChangeSetCommand({ StackName, ChangeSetName }));
    const wait = isNew ? waitUntilStackCreateComplete : waitUntilStackUpdateComplete;
    await wait(waiting, { StackName }).catch(async (error: unknown) => {
      const { StackEvents = [] } = await client.send(new DescribeStackEventsCommand({ StackName }));
      const failed = StackEvents.findLast(({ ResourceStatus }) => ResourceStatus?.endsWith('_FAILED'));
      throw new Error(failed?.ResourceStatusReason, { cause: error });
    });
    const outputs = (await describe())?.Outputs ?? [];
    return Object.fromEntries(
      outputs.map(({ OutputKey = '', OutputValue = '' }) => [OutputKey, OutputValue]),
    );
  } finally {
    client.destroy();
  }
}

/**
 * Deploys both parts, in the order that the trust policy demands: the caller's role exists before the role that names it. The caller's
 * part is deployed again once the URL of the API is known.
 * @param templateOf returns the template of a part. AWS's translator makes the default of {@link packagedTemplate}, but needs a second
 * @returns the outputs of the API
 */
export async function deployArticle(sdk: SdkOf, templateOf = expandedTemplate) {
  await Promise.all([uploadCode(sdk(A), 'api'), uploadCode(sdk(B), 'caller')]);
  const IamRoleArn = `arn:aws:iam::${A}:role/${API_ROLE}`;
  await deployPart(sdk(B), 'caller', { IamRoleArn }, templateOf);
  const { ApiUrl = '', ApiRoleArn = '' } = await deployPart(
    sdk(A),
    'api',
    { CallerAccountId: B },
    templateOf,
  );
  await deployPart(sdk(B), 'caller', { IamRoleArn, ApiUrl }, templateOf);
  return { apiUrl: ApiUrl, apiRoleArn: ApiRoleArn };
}

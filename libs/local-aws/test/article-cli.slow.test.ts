import { execFile, spawnSync } from 'node:child_process';
import { cp, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { InvokeCommand, LambdaClient } from '@aws-sdk/client-lambda';
import {
  API_ROLE,
  type ArticlePart,
  articleFolder,
  articlePython,
  CALLER_ROLE,
  hasTranslator,
} from './article/article.testing.ts';
import { A, B, type Running, startRunning } from './running.testing.ts';

/*
 * The article's stack, deployed with AWS's own CLI, as somebody would who has it. The waits of the CLI take most of the time.
 */

jest.setTimeout(600_000);

const hasCli = spawnSync('aws', ['--version']).status === 0;
const isComplete = hasCli && articlePython !== undefined && hasTranslator();
if (!isComplete) {
  console.warn(
    'The AWS CLI, aws-sam-translator or a library of Python is missing: the deployment by the CLI did NOT run.',
  );
}

let running: Running;
let folder: string;
beforeAll(async () => {
  if (!isComplete) return;
  process.env.LOCAL_AWS_PYTHON = articlePython;
  running = await startRunning();
  folder = await mkdtemp(join(tmpdir(), 'article-'));
  await cp(articleFolder, folder, { recursive: true });
});
afterAll(async () => {
  await running?.close();
  if (folder !== undefined) await rm(folder, { recursive: true, force: true });
  expect(running?.defects ?? []).toEqual([]);
});

/** Runs the AWS CLI as the administrator of an account. @returns what it printed */
async function aws(accountId: string, ...args: readonly string[]): Promise<string> {
  const profile = accountId === A ? 'local-api' : 'local-caller';
  const env = { ...process.env, ...running.aws.environment(profile) };
  const { stdout } = await promisify(execFile)('aws', args, { cwd: folder, env });
  return stdout;
}

async function deploy(accountId: string, part: ArticlePart, ...parameters: readonly string[]): Promise<void> {
  const bucket = `artifacts-${accountId}`;
  await aws(accountId, 's3', 'mb', `s3://${bucket}`).catch(() => {});
  await aws(
    ...[accountId, 'cloudformation', 'package', '--template-file', `${part}.yml`],
    ...['--s3-bucket', bucket, '--output-template-file', `${part}.packaged.yml`],
  );
  await aws(
    ...[accountId, 'cloudformation', 'deploy', '--template-file', `${part}.packaged.yml`],
    ...[
      '--stack-name',
      part,
      '--capabilities',
      'CAPABILITY_NAMED_IAM',
      '--parameter-overrides',
      ...parameters,
    ],
  );
}

(isComplete ? test : test.skip)(
  'The AWS CLI packages and deploys the article’s stack into both accounts, and its call succeeds.',
  async () => {
    const role = `IamRoleArn=arn:aws:iam::${A}:role/${API_ROLE}`;
    // IAM knows no role of the caller yet.
    await expect(deploy(A, 'api', `CallerAccountId=${B}`)).rejects.toThrow(
      /Failed to create\/update the stack/,
    );
    const events = await aws(A, 'cloudformation', 'describe-stack-events', '--stack-name', 'api');
    expect(events).toContain(
      `Invalid principal in policy: \\"AWS\\":\\"arn:aws:iam::${B}:role/${CALLER_ROLE}\\"`,
    );
    await aws(A, 'cloudformation', 'delete-stack', '--stack-name', 'api');
    await aws(A, 'cloudformation', 'wait', 'stack-delete-complete', '--stack-name', 'api');

    await deploy(B, 'caller', role);
    await deploy(A, 'api', `CallerAccountId=${B}`);
    const query = 'Stacks[0].Outputs[?OutputKey==`ApiUrl`].OutputValue';
    const url = await aws(
      ...[A, 'cloudformation', 'describe-stacks', '--stack-name', 'api'],
      ...['--query', query, '--output', 'text'],
    );
    await deploy(B, 'caller', role, `ApiUrl=${url.trim()}`);

    const lambda = new LambdaClient(running.sdk(B));
    const { Payload } = await lambda.send(new InvokeCommand({ FunctionName: 'caller' }));
    lambda.destroy();
    expect(JSON.parse(Buffer.from(Payload ?? []).toString())).toMatchObject({ status: 200 });

    const template = async (stage: string) =>
      aws(
        ...[A, 'cloudformation', 'get-template', '--stack-name', 'api', '--template-stage', stage],
        ...['--query', 'TemplateBody'],
      );
    expect(await template('Original')).toContain('AWS::Serverless::Function');
    expect(await template('Processed')).toContain('AWS::Lambda::Function');
  },
);

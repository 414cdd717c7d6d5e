import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { IAMClient, ListRoleTagsCommand } from '@aws-sdk/client-iam';
import { storedZip } from '../services/lambda/code/stored-zip.ts';
import { apiTemplate } from './api.testing.ts';
import { accounts, startTestAws, type TestAws } from './index.ts';

let aws: TestAws;
let folder: string;

beforeAll(async () => {
  aws = await startTestAws();
});
afterAll(() => aws?.close());
beforeEach(async () => {
  await aws.reset();
  folder = await mkdtemp(join(tmpdir(), 'package-'));
});
afterEach(() => rm(folder, { recursive: true, force: true }));

const group = (Properties: object = {}) => ({
  Resources: { Group: { Type: 'AWS::Logs::LogGroup', Properties } },
});

test('a template is deployed with parameters, updated, and deployed again without a change', async () => {
  const template = (description: string) => ({
    Parameters: { Name: { Type: 'String' } },
    ...group({ LogGroupName: { Ref: 'Name' } }),
    Outputs: { Description: { Value: description }, Arn: { Value: { 'Fn::GetAtt': ['Group', 'Arn'] } } },
  });
  const options = { account: accounts.api, name: 'groups', parameters: { Name: 'a-b' } };
  await expect(aws.deploy(template('first'), options)).resolves.toEqual({
    stackName: 'groups',
    outputs: { Description: 'first', Arn: 'arn:aws:logs:us-east-1:111111111111:log-group:a-b:*' },
  });
  const updated = { outputs: expect.objectContaining({ Description: 'second' }) };
  await expect(aws.deploy(template('second'), options)).resolves.toMatchObject(updated);
  await expect(aws.deploy(template('second'), options)).resolves.toMatchObject(updated);
});

test('a template may be a file, in YAML, for another region', async () => {
  const file = join(folder, 'template.yml');
  await writeFile(
    file,
    'Resources:\n  Group:\n    Type: AWS::Logs::LogGroup\nOutputs:\n  Arn: { Value: !GetAtt Group.Arn }\n',
  );
  const { outputs } = await aws.deploy(file, { account: accounts.caller, name: 'yaml', region: 'eu-west-1' });
  expect(outputs.Arn).toMatch(/^arn:aws:logs:eu-west-1:222222222222:/);
});

test('the resources get the tags of the stack', async () => {
  const tags = { team: 'a & b' };
  const { outputs } = await aws.deploy(apiTemplate, { account: accounts.api, name: 'hello', tags });
  const iam = new IAMClient(aws.as(accounts.api).sdk);
  const { Tags } = await iam.send(new ListRoleTagsCommand({ RoleName: outputs.RoleArn?.split('/')[1] }));
  expect(Tags).toContainEqual({ Key: 'team', Value: 'a & b' });
});

test('a template may be longer than a request of CloudFormation', async () => {
  const long = { ...apiTemplate, Description: 'long', Metadata: { text: 'x'.repeat(60_000) } };
  await expect(aws.deploy(long, { account: accounts.api, name: 'long' })).resolves.toMatchObject({
    stackName: 'long',
  });
});

test('a failure has the reason of the first resource that failed', async () => {
  const template = {
    Resources: {
      ...group({ LogGroupName: 'same' }).Resources,
      Other: { Type: 'AWS::Logs::LogGroup', DependsOn: 'Group', Properties: { LogGroupName: 'same' } },
    },
  };
  await expect(aws.deploy(template, { account: accounts.api, name: 'failing' })).rejects.toThrow(
    /Stack failing is ROLLBACK_COMPLETE\. Other \(AWS::Logs::LogGroup\) is CREATE_FAILED: .*same/,
  );
});

test('a principal who may not deploy is refused in the words of AWS', async () => {
  const { outputs } = await aws.deploy(apiTemplate, { account: accounts.api, name: 'hello' });
  const deployment = aws.deploy(group(), { account: accounts.api, name: 'group', as: outputs.RoleArn });
  await expect(deployment).rejects.toThrow(
    /DescribeStacks for stack group: AccessDenied: .* is not authorized to perform/,
  );
});

test.each([
  ['absent', /There is no .*absent\. deploy\(\) takes/],
  ['.', /is not packaged\. Run "npx sls package --stage local" in it first/],
])('the path %s is refused', async (path, message) => {
  await expect(aws.deploy(join(folder, path), { account: accounts.api })).rejects.toThrow(message);
});

test('a template needs a name', async () => {
  await expect(aws.deploy(group(), { account: accounts.api })).rejects.toThrow(
    'A template needs the name of its stack',
  );
});

describe('placeholders', () => {
  const template = group({ LogGroupName: 'https://api.invalid/x' });
  const deploy = (replace?: Record<string, string>) =>
    aws.deploy(template, { account: accounts.api, name: 'group', replace });

  test('one that is left is refused', async () => {
    await expect(deploy()).rejects.toThrow(
      'The template still has placeholders: https://api.invalid/x. Name their values: deploy(…, { replace: { "https://api.invalid/x": … } }).',
    );
  });

  test('each gets its value', async () => {
    await expect(deploy({ 'https://api.invalid/x': 'name' })).resolves.toMatchObject({ stackName: 'group' });
  });
});

describe('a package', () => {
  /** Writes what `sls package` of osls 4.3 writes, for one function. */
  async function writePackage(
    target: string,
    greeting: string,
    time = '2026-11-30T22:53:26.281Z',
  ): Promise<void> {
    const directory = `serverless/notes/local/${Date.parse(time)}-${time}`;
    const bucket = { ServerlessDeploymentBucket: { Type: 'AWS::S3::Bucket' } };
    const { HelloRole } = apiTemplate.Resources;
    const Hello = {
      Type: 'AWS::Lambda::Function',
      Properties: {
        ...apiTemplate.Resources.Hello.Properties,
        Code: { S3Bucket: { Ref: 'ServerlessDeploymentBucket' }, S3Key: `${directory}/notes.zip` },
      },
    };
    const files = {
      'serverless-state.json': JSON.stringify({
        service: { service: 'notes', provider: { stage: 'dev', region: 'eu-west-1', tags: { team: 'a' } } },
        package: { artifactDirectoryName: directory, artifact: 'notes.zip' },
      }),
      'cloudformation-template-create-stack.json': JSON.stringify({ Resources: bucket }),
      'cloudformation-template-update-stack.json': JSON.stringify({
        Resources: { ...bucket, HelloRole, Hello },
        Outputs: { Arn: { Value: { 'Fn::GetAtt': ['Hello', 'Arn'] } } },
      }),
    };
    for (const [name, text] of Object.entries(files)) await writeFile(join(target, name), text);
    const code = `exports.handler = async () => '${greeting}';`;
    await writeFile(join(target, 'notes.zip'), storedZip({ 'index.js': code }));
  }

  test('is deployed as the CLI does, to its region and stack, and stays as it is', async () => {
    await writePackage(folder, 'hello');
    const before = await contents(folder);
    const { stackName, outputs } = await aws.deploy(folder, { account: accounts.api });
    expect([stackName, outputs]).toEqual([
      'notes-local',
      { Arn: 'arn:aws:lambda:eu-west-1:111111111111:function:hello' },
    ]);
    await expect(aws.as(accounts.api).invoke(outputs.Arn ?? '')).resolves.toMatchObject({ payload: 'hello' });
    expect(await contents(folder)).toEqual(before);
  });

  test('is found in the folder .serverless of a service, and updates its stack', async () => {
    await writePackage(folder, 'first');
    const { outputs } = await aws.deploy(folder, { account: accounts.api });
    const inService = join(folder, '.serverless');
    await mkdir(inService);
    await writePackage(inService, 'second', '2026-11-30T23:00:00.000Z');
    await rm(join(folder, 'serverless-state.json'));
    await aws.deploy(folder, { account: accounts.api });
    const { payload } = await aws.as(accounts.api).invoke(outputs.Arn ?? '');
    expect(payload).toBe('second');
  });

  test('may use a bucket of its owner', async () => {
    await writePackage(folder, 'first');
    const file = join(folder, 'cloudformation-template-update-stack.json');
    const template = JSON.parse(await readFile(file, 'utf8'));
    template.Resources.Hello.Properties.Code.S3Bucket = 'our-deployments';
    delete template.Resources.ServerlessDeploymentBucket;
    await writeFile(file, JSON.stringify(template));
    const { outputs } = await aws.deploy(folder, { account: accounts.api });
    await aws.deploy(folder, { account: accounts.api });
    await expect(aws.as(accounts.api).invoke(outputs.Arn ?? '')).resolves.toMatchObject({ payload: 'first' });
  });

  test('of another version of the framework is refused', async () => {
    await writeFile(join(folder, 'serverless-state.json'), '{ "package": {} }');
    await expect(aws.deploy(folder, { account: accounts.api })).rejects.toThrow(
      /is not what sls package of osls 4 writes/,
    );
  });
});

async function contents(path: string): Promise<Record<string, string>> {
  const entries = await readdir(path);
  return Object.fromEntries(
    await Promise.all(entries.map(async (name) => [name, await readFile(join(path, name), 'latin1')])),
  );
}

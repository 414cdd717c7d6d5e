import { APIGatewayClient, GetRestApiCommand, UpdateRestApiCommand } from '@aws-sdk/client-api-gateway';
import { CloudFormationClient, DescribeStackEventsCommand } from '@aws-sdk/client-cloudformation';
import {
  CreateUserCommand,
  DeleteAccessKeyCommand,
  DeleteUserCommand,
  DeleteUserPolicyCommand,
  IAMClient,
} from '@aws-sdk/client-iam';
import { AddPermissionCommand, GetPolicyCommand, LambdaClient } from '@aws-sdk/client-lambda';
import {
  CreateBucketCommand,
  GetBucketPolicyCommand,
  PutBucketPolicyCommand,
  S3Client,
} from '@aws-sdk/client-s3';
import { type Bed, createBed, type Statement } from './matrix/bed.testing.ts';
import { A, B, type Running, startRunning } from './running.testing.ts';
import { apiResources, functionResource, serviceRole } from './template.testing.ts';

// A principal of a resource-based policy must exist, and AWS stores its unique ID.

const nobody = `arn:aws:iam::${B}:role/nobody`;
let running: Running;
let bed: Bed;
let apiId: string;
let functionName: string;
const clients: { destroy(): void }[] = [];
const use = <Client extends { destroy(): void }>(client: Client): Client => {
  clients.push(client);
  return client;
};
const s3 = () => use(new S3Client({ ...running.sdk(A), forcePathStyle: true }));
const lambda = () => use(new LambdaClient(running.sdk(A)));
const apiGateway = () => use(new APIGatewayClient(running.sdk(A)));

beforeAll(async () => {
  running = await startRunning();
  const outputs = await running.deploy(A, 'principals', {
    Resources: {
      Role: serviceRole('lambda.amazonaws.com'),
      Function: functionResource('Role', 'exports.handler = async () => {};'),
      ...apiResources('Main', [{ route: 'GET /open' }]),
    },
    Outputs: { Main: { Value: { Ref: 'Main' } }, Function: { Value: { Ref: 'Function' } } },
  });
  bed = createBed(running, outputs);
  apiId = outputs.Main ?? '';
  functionName = outputs.Function ?? '';
  await s3().send(new CreateBucketCommand({ Bucket: 'principals' }));
});
afterAll(async () => {
  for (const client of clients) client.destroy();
  await running.close();
  expect(running.defects).toEqual([]);
});

const bucketPolicy = (statement: Statement) =>
  s3().send(
    new PutBucketPolicyCommand({
      Bucket: 'principals',
      Policy: JSON.stringify({
        Version: '2012-10-17',
        Statement: [
          { Effect: 'Allow', Action: 's3:GetObject', Resource: 'arn:aws:s3:::principals/*', ...statement },
        ],
      }),
    }),
  );
const apiPolicy = (principal: object) =>
  apiGateway().send(
    new UpdateRestApiCommand({
      restApiId: apiId,
      patchOperations: [
        {
          op: 'replace',
          path: '/policy',
          value: JSON.stringify({
            Version: '2012-10-17',
            Statement: [
              {
                Effect: 'Allow',
                Principal: principal,
                Action: 'execute-api:Invoke',
                Resource: 'execute-api:/*',
              },
            ],
          }),
        },
      ],
    }),
  );
const functionPolicy = (Principal: string, StatementId: string) =>
  lambda().send(
    new AddPermissionCommand({
      FunctionName: functionName,
      StatementId,
      Action: 'lambda:InvokeFunction',
      Principal,
    }),
  );

test('each service refuses a principal that does not exist with the message of AWS', async () => {
  await expect(bucketPolicy({ Principal: { AWS: nobody } })).rejects.toMatchObject({
    name: 'MalformedPolicy',
    message: 'Invalid principal in policy',
    Detail: `"AWS":"${nobody}"`,
  });
  await expect(apiPolicy({ AWS: nobody })).rejects.toMatchObject({
    name: 'BadRequestException',
    message: expect.stringMatching(/^Invalid policy document\. .* ensure that Principals are valid\./),
  });
  await expect(functionPolicy(nobody, 'nobody')).rejects.toMatchObject({
    name: 'InvalidParameterValueException',
    message: expect.stringMatching(/^The provided principal was invalid\./),
  });
});

test('a principal that does not exist is refused in a template of CloudFormation', async () => {
  const policies = {
    Permission: {
      Type: 'AWS::Lambda::Permission',
      Properties: { FunctionName: functionName, Action: 'lambda:InvokeFunction', Principal: nobody },
    },
    Api: {
      Type: 'AWS::ApiGateway::RestApi',
      Properties: {
        Name: 'refused',
        Policy: {
          Version: '2012-10-17',
          Statement: [
            { Effect: 'Allow', Principal: { AWS: nobody }, Action: 'execute-api:Invoke', Resource: '*' },
          ],
        },
      },
    },
  };
  for (const [name, resource] of Object.entries(policies)) {
    const StackName = `refused-${name}`;
    await expect(running.deploy(A, StackName, { Resources: { [name]: resource } })).rejects.toThrow();
    const { StackEvents } = await use(new CloudFormationClient(running.sdk(A))).send(
      new DescribeStackEventsCommand({ StackName }),
    );
    expect(
      StackEvents?.find(({ ResourceStatus }) => ResourceStatus === 'CREATE_FAILED')?.ResourceStatusReason,
    ).toContain(`Invalid principal in policy: "AWS":"${nobody}"`);
  }
});

test('a bucket policy with an action of another service is refused', async () => {
  await expect(
    bucketPolicy({ Principal: '*', Action: ['s3:GetObject', 'lambda:Invoke'] }),
  ).rejects.toMatchObject({
    name: 'MalformedPolicy',
    message: 'Policy has invalid action',
  });
});

test('a policy does not apply to a later user of the same name', async () => {
  const rights = { name: 'named', statements: [{ Effect: 'Allow', Action: '*', Resource: '*' }] };
  const first = await bed.user(B, rights);
  await bucketPolicy({ Principal: { AWS: first.arn } });
  await apiPolicy({ AWS: first.arn });
  await functionPolicy(first.arn, 'named');
  await running.deploy(A, 'again', {
    Resources: {
      Again: { Type: 'AWS::ApiGateway::Deployment', Properties: { RestApiId: apiId, StageName: 'dev2' } },
    },
  });
  const invoke = (keys: typeof first.keys) =>
    running.call(
      { host: `${apiId}.execute-api.us-east-1.amazonaws.com`, path: '/dev2/open', service: 'execute-api' },
      keys,
    );
  const stored = async () => [
    (await s3().send(new GetBucketPolicyCommand({ Bucket: 'principals' }))).Policy,
    (await apiGateway().send(new GetRestApiCommand({ restApiId: apiId }))).policy?.replaceAll('\\"', '"'),
    (await lambda().send(new GetPolicyCommand({ FunctionName: functionName }))).Policy,
  ];
  expect((await invoke(first.keys)).answer.status).toBe(200);
  for (const policy of await stored()) expect(policy).toContain(`"${first.arn}"`);

  const iam = use(new IAMClient(running.sdk(B)));
  const UserName = 'named';
  await iam.send(new DeleteUserPolicyCommand({ UserName, PolicyName: 'inline' }));
  await iam.send(new DeleteAccessKeyCommand({ UserName, AccessKeyId: first.keys.accessKeyId }));
  await iam.send(new DeleteUserCommand({ UserName }));
  const second = await bed.user(B, rights);
  const { answer, event } = await invoke(second.keys);
  expect([answer.status, event.decisions[0]]).toEqual([
    403,
    expect.objectContaining({ allowed: false, missing: 'resource-based policy' }),
  ]);
  for (const policy of await stored()) {
    expect(policy).not.toContain(first.arn);
    expect(policy).toMatch(/"AIDA[A-Z2-7]{17}"/);
  }
  await iam.send(new CreateUserCommand({ UserName: 'unrelated' }));
  expect((await invoke(second.keys)).answer.status).toBe(403);
});

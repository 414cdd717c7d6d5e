import { randomUUID } from 'node:crypto';
import { Readable } from 'node:stream';
import {
  CreateRoleCommand,
  GetRoleCommand,
  GetRolePolicyCommand,
  IAMClient,
  ListAttachedRolePoliciesCommand,
  ListRolesCommand,
  NoSuchEntityException,
  PutRolePolicyCommand,
  paginateListRoles,
} from '@aws-sdk/client-iam';
import { AssumeRoleCommand, GetCallerIdentityCommand, STSClient } from '@aws-sdk/client-sts';
import { createAuthorizer, globalContext } from '../../authorization/index.ts';
import { AwsError } from '../../core/errors.ts';
import type { AwsRequest } from '../../core/request.ts';
import { A, allow, policy, testDirectory, trust } from '../../identity/identity.testing.ts';
import type { Endpoint } from '../../pipeline/endpoint.ts';
import { createStsService } from '../sts/index.ts';
import { createIamService } from './index.ts';

/** What the SDK hands to its transport, and wants back. */
interface SdkRequest {
  readonly headers: Record<string, string>;
  readonly body?: string | Uint8Array;
}

/** Clients of AWS SDK v3 whose transport is a function call: what is tested is whether they can read the answers. */
function setUp() {
  const { directory } = testDirectory();
  const authorizer = createAuthorizer(directory);
  const credential = directory.administrator(A);
  const transport = (endpoint: Endpoint) => ({
    async handle({ headers, body = '' }: SdkRequest) {
      const request: AwsRequest = {
        requestId: randomUUID(),
        ...{ method: 'POST', host: 'localhost', rawPath: '/', rawQuery: '' },
        headers: Object.entries(headers),
        body: Buffer.from(body),
        ...{ sourceIp: '127.0.0.1', secureTransport: true, receivedAt: new Date() },
      };
      const { principal, accessKeyId } = credential;
      const scope = { accountId: A, region: 'us-east-1' };
      let response: ReturnType<Endpoint['fail']>;
      try {
        const route = endpoint.route(request);
        const decisions = [];
        for (const question of await route.questions({ principal, ...scope })) {
          const context = { ...globalContext(principal, request), ...question.context };
          decisions.push(await authorizer.decide({ ...question, principal, context }));
        }
        expect(decisions.every(({ allowed }) => allowed)).toBe(true);
        const call = { ...scope, request, principal, accessKeyId, payload: request.body, decisions };
        response = await route.dispatch(call);
      } catch (error) {
        if (!(error instanceof AwsError)) throw error;
        response = endpoint.fail(error, request);
      }
      const { status: statusCode, headers: answered } = response;
      return { response: { statusCode, headers: answered, body: Readable.from(Buffer.from(response.body)) } };
    },
    metadata: { handlerProtocol: 'http/1.1' },
    destroy() {},
  });
  const options = {
    region: 'us-east-1',
    credentials: credential,
    endpoint: 'http://localhost',
    maxAttempts: 1,
  };
  const client = <Client>(make: new (options: never) => Client, endpoint: Endpoint) =>
    new make({ ...options, requestHandler: transport(endpoint) } as never);
  return {
    directory,
    iam: client(IAMClient, createIamService(directory).endpoint),
    sts: client(STSClient, createStsService(directory).endpoint),
  };
}

describe('AWS SDK v3', () => {
  it('reads roles, policies and errors of IAM', async () => {
    const { iam } = setUp();
    const trustPolicy = JSON.stringify(trust({ Service: 'lambda.amazonaws.com' }));
    const document = JSON.stringify(policy(allow('s3:GetObject', 'arn:aws:s3:::b/*')));
    const created = await iam.send(
      new CreateRoleCommand({
        RoleName: 'r',
        AssumeRolePolicyDocument: trustPolicy,
        Tags: [{ Key: 'a', Value: '' }],
      }),
    );
    expect(created.Role).toMatchObject({
      CreateDate: new Date('2026-01-02T03:04:05Z'),
      MaxSessionDuration: 3600,
      Tags: [{ Key: 'a', Value: '' }],
    });
    await iam.send(new PutRolePolicyCommand({ RoleName: 'r', PolicyName: 'p', PolicyDocument: document }));
    const read = await iam.send(new GetRolePolicyCommand({ RoleName: 'r', PolicyName: 'p' }));
    expect(decodeURIComponent(read.PolicyDocument ?? '')).toBe(document);
    const attached = await iam.send(new ListAttachedRolePoliciesCommand({ RoleName: 'r' }));
    expect(attached).toMatchObject({ AttachedPolicies: [], IsTruncated: false });
    await expect(iam.send(new GetRoleCommand({ RoleName: 'absent' }))).rejects.toThrow(NoSuchEntityException);
    expect((await iam.send(new ListRolesCommand({}))).Roles).toHaveLength(1);
  });

  it('turns pages', async () => {
    const { directory, iam } = setUp();
    for (const name of ['a', 'b', 'c']) {
      directory.roles.create(A, { name, trustPolicy: trust({ Service: 'lambda.amazonaws.com' }) });
    }
    const names: (string | undefined)[] = [];
    for await (const { Roles = [] } of paginateListRoles({ client: iam, pageSize: 2 }, {})) {
      names.push(...Roles.map(({ RoleName }) => RoleName));
    }
    expect(names).toEqual(['a', 'b', 'c']);
  });

  it('reads credentials of STS', async () => {
    const { directory, sts } = setUp();
    const { arn } = directory.roles.create(A, { name: 'r', trustPolicy: trust({ AWS: A }) });
    const answer = await sts.send(new AssumeRoleCommand({ RoleArn: arn, RoleSessionName: 's1' }));
    expect(answer.Credentials?.Expiration).toEqual(new Date('2026-01-02T04:04:05Z'));
    expect(answer.AssumedRoleUser?.Arn).toBe(`arn:aws:sts::${A}:assumed-role/r/s1`);
    expect((await sts.send(new GetCallerIdentityCommand({}))).Account).toBe(A);
    const tooShort = new AssumeRoleCommand({ RoleArn: arn, RoleSessionName: 's1', DurationSeconds: 1 });
    await expect(sts.send(tooShort)).rejects.toThrow('greater than or equal to 900');
  });
});

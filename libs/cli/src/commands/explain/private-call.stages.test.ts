import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { plainPalette } from '@cross-account-api/command-line/text';
import { readCall } from '../../call/call-options.ts';
import type { Link } from '../../call/link.ts';
import {
  API_ACCOUNT,
  CALLER_ACCOUNT,
  createStack,
  role,
  startTestPair,
  sub,
  type TestPair,
  trust,
} from '../../stage/test-pair.testing.ts';
import { explainCall } from './explain-call.ts';

const VPCE = 'vpce-0a1b2c3d';
const ROLE = `arn:aws:iam::${CALLER_ACCOUNT}:role/private-caller`;

/** EC2's answer about the endpoint; local AWS has no EC2. */
let endpointPolicy: object | 'missing' | 'forbidden';
let pair: TestPair;
let ec2: Server;
let apiId = '';
beforeAll(async () => {
  pair = await startTestPair({ deploy: false });
  process.env.AWS_CONFIG_FILE = join(pair.root, '.local-aws/config');
  process.env.AWS_SHARED_CREDENTIALS_FILE = join(pair.root, '.local-aws/credentials');
  const callerTemplate = {
    Resources: {
      Role: role('private-caller', trust({ Service: 'ec2.amazonaws.com' }), {
        Effect: 'Allow',
        Action: 'execute-api:Invoke',
        Resource: '*',
      }),
    },
  };
  await createStack(pair.sdk(CALLER_ACCOUNT), 'private-caller', callerTemplate);
  ({ ApiId: apiId = '' } = await createStack(pair.sdk(API_ACCOUNT), 'private-api', apiTemplate()));
  ec2 = createServer((request, response) => {
    request.resume();
    const isForbidden = endpointPolicy === 'forbidden';
    response.writeHead(isForbidden ? 403 : endpointPolicy === 'missing' ? 400 : 200).end(ec2Answer());
  });
  await new Promise<void>((resolve) => ec2.listen(0, '127.0.0.1', resolve));
});
afterAll(async () => {
  ec2?.close();
  await pair?.close();
});

function ec2Answer(): string {
  const refused = (code: string, message: string) =>
    `<Response><Errors><Error><Code>${code}</Code><Message>${message}</Message></Error></Errors></Response>`;
  if (endpointPolicy === 'missing') return refused('InvalidVpcEndpointId.NotFound', 'It does not exist');
  if (endpointPolicy === 'forbidden') {
    return refused(
      'UnauthorizedOperation',
      'You are not authorized to perform this operation. User: arn:aws:iam::222222222222:user/a is not authorized to perform: ec2:DescribeVpcEndpoints because no identity-based policy allows the ec2:DescribeVpcEndpoints action',
    );
  }
  const text = JSON.stringify(endpointPolicy).replaceAll('"', '&quot;');
  return `<DescribeVpcEndpointsResponse><vpcEndpointSet><item><vpcEndpointId>${VPCE}</vpcEndpointId><policyDocument>${text}</policyDocument></item></vpcEndpointSet></DescribeVpcEndpointsResponse>`;
}

function apiTemplate(): object {
  const restApi = { Ref: 'Api' };
  const Statement = {
    Effect: 'Allow',
    Principal: { AWS: `arn:aws:iam::${CALLER_ACCOUNT}:root` },
    Action: 'execute-api:Invoke',
    Resource: 'execute-api:/*',
    Condition: { StringEquals: { 'aws:SourceVpce': VPCE } },
  };
  return {
    Resources: {
      Api: {
        Type: 'AWS::ApiGateway::RestApi',
        Properties: {
          Name: 'private',
          EndpointConfiguration: { Types: ['PRIVATE'], VpcEndpointIds: [VPCE] },
          Policy: { Version: '2012-10-17', Statement },
        },
      },
      Method: {
        Type: 'AWS::ApiGateway::Method',
        Properties: {
          RestApiId: restApi,
          ResourceId: { 'Fn::GetAtt': ['Api', 'RootResourceId'] },
          HttpMethod: 'GET',
          AuthorizationType: 'AWS_IAM',
          Integration: {
            Type: 'MOCK',
            RequestTemplates: { 'application/json': '{"statusCode": 200}' },
            IntegrationResponses: [{ StatusCode: '200' }],
          },
          MethodResponses: [{ StatusCode: '200' }],
        },
      },
      Deployment: {
        Type: 'AWS::ApiGateway::Deployment',
        DependsOn: ['Method'],
        Properties: { RestApiId: restApi, StageName: 'v1' },
      },
    },
    Outputs: { ApiId: { Value: restApi }, Arn: { Value: sub('<Api>') } },
  };
}

async function explain(host: string, options: object = {}) {
  const url = `https://${host}.execute-api.us-east-1.amazonaws.com/v1`;
  const profiles = { 'caller-profile': 'local-caller', 'api-profile': 'local-api' };
  const call = await readCall({ api: url, route: ['GET /'], caller: ROLE, ...profiles, ...options });
  const explained = await explainCall(call, () => ({ palette: plainPalette, width: 100 }));
  return { ...explained, links: (explained.document as { readonly links: readonly Link[] }).links };
}

const statement = (more: object) => ({
  Version: '2012-10-17',
  Statement: { Sid: 'Way', Effect: 'Allow', Principal: '*', Action: '*', Resource: '*', ...more },
});

describe('with the policy of the endpoint', () => {
  beforeAll(() => {
    process.env.AWS_ENDPOINT_URL_EC2 = `http://127.0.0.1:${(ec2.address() as AddressInfo).port}`;
  });
  afterAll(() => {
    delete process.env.AWS_ENDPOINT_URL_EC2;
  });

  test('that allows all, the chain holds', async () => {
    endpointPolicy = statement({});
    const { exitCode, links } = await explain(`${apiId}-${VPCE}`);
    expect(links.filter(({ state }) => state !== 'holds')).toEqual([]);
    expect(links.map(({ kind }) => kind)).toContain('VPC endpoint');
    expect(exitCode).toBe(0);
  });

  test.each([
    ['allows another action', { Action: 's3:*' }, { missing: 'VPC endpoint policy' }],
    [
      'allows another role',
      { Condition: { ArnEquals: { 'aws:PrincipalArn': `${ROLE}-2` } } },
      { missing: 'VPC endpoint policy' },
    ],
    ['denies it', { Effect: 'Deny' }, { denial: 'explicit' }],
  ])('that %s, the link is named', async (_what, more, decision) => {
    endpointPolicy = statement(more);
    const { exitCode, links } = await explain(`${apiId}-${VPCE}`);
    expect(exitCode).toBe(1);
    expect(links.filter(({ state }) => state !== 'holds')).toMatchObject([
      { kind: 'VPC endpoint', state: 'breaks', decision },
    ]);
  });

  test('that allows another action, a statement for this role repairs it', async () => {
    endpointPolicy = statement({ Action: 's3:*' });
    const { links } = await explain(`${apiId}-${VPCE}`);
    const [change] = links.flatMap(({ remedies }) => remedies);
    expect(change).toMatchObject({
      where: `policy of VPC endpoint ${VPCE}`,
      statement: { Principal: '*', Condition: { ArnEquals: { 'aws:PrincipalArn': ROLE } } },
    });
    endpointPolicy = statement(change?.change === 'add statement' ? change.statement : {});
    expect((await explain(`${apiId}-${VPCE}`)).exitCode).toBe(0);
  });

  test.each([
    ['forbidden', 'ec2:DescribeVpcEndpoints'],
    ['missing', `ec2:DescribeVpcEndpoints on ${VPCE}, in the account of its VPC`],
  ] as const)('that is %s, it cannot be told', async (answer, permission) => {
    endpointPolicy = answer;
    const { exitCode, links } = await explain(`${apiId}-${VPCE}`);
    expect(exitCode).toBe(2);
    expect(links.filter(({ state }) => state !== 'holds')).toMatchObject([
      { kind: 'VPC endpoint', state: 'unread', unread: [{ permission }] },
    ]);
  });
});

test('local AWS has no policies of endpoints, so none can deny', async () => {
  expect((await explain(`${apiId}-${VPCE}`)).exitCode).toBe(0);
});

test('another endpoint is not associated with the API, and its requests are not admitted', async () => {
  const { exitCode, links } = await explain(`${apiId}-vpce-0ff`);
  expect(exitCode).toBe(1);
  expect(links.filter(({ state }) => state === 'breaks').map(({ kind }) => kind)).toEqual([
    'endpoint',
    'invoke route',
  ]);
});

test('without the endpoint, the conditions on its key stay undecided', async () => {
  const { exitCode, links } = await explain(apiId);
  expect(exitCode).toBe(2);
  expect(links.find(({ state }) => state === 'unread')).toMatchObject({
    kind: 'invoke route',
    problem: expect.stringContaining('aws:SourceVpce'),
  });
  expect((await explain(apiId, { 'vpc-endpoint': VPCE })).exitCode).toBe(0);
});

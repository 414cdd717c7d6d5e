import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { createReader, credentialsProblem } from './read-account.ts';

describe('an error of STS means', () => {
  const named = (name: string, members: object = {}) => Object.assign(new Error('why'), { name }, members);
  test.each([
    [
      'no such region, if its host has no address',
      named('Error', { code: 'ENOTFOUND' }),
      'region does not exist',
    ],
    ['credentials that are not known', named('InvalidClientTokenId'), 'credentials'],
    ['credentials that have expired', named('ExpiredToken'), 'credentials'],
    ['a profile that is not set up', named('CredentialsProviderError'), 'credentials'],
    ['that AWS is out of reach', named('Error', { code: 'ECONNREFUSED' }), 'unreachable'],
  ] as const)('%s', (_what, error, kind) => {
    expect(credentialsProblem(error)).toEqual({ kind, reason: 'why' });
  });
});

describe('of an account', () => {
  let server: Server;
  const asked: URLSearchParams[] = [];
  let answers: Readonly<Record<string, { readonly status: number; readonly body: string }>> = {};
  beforeAll(async () => {
    server = createServer(async (request, response) => {
      let text = '';
      for await (const chunk of request) text += chunk;
      const parameters = new URLSearchParams(text);
      asked.push(parameters);
      const { status, body } = answers[parameters.get('Action') ?? ''] ?? { status: 500, body: '' };
      response.writeHead(status, { 'content-type': 'text/xml' }).end(body);
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    process.env.AWS_ACCESS_KEY_ID = 'AKIDEXAMPLE';
    process.env.AWS_SECRET_ACCESS_KEY = 'secret';
  });
  afterAll(() => {
    delete process.env.AWS_ACCESS_KEY_ID;
    delete process.env.AWS_SECRET_ACCESS_KEY;
    server.close();
  });

  const reading = async <Result>(work: (reader: ReturnType<typeof createReader>) => Promise<Result>) => {
    const { port } = server.address() as AddressInfo;
    const reader = createReader({ region: 'eu-central-1', endpoint: `http://127.0.0.1:${port}` });
    try {
      return await work(reader);
    } finally {
      reader.close();
    }
  };
  const read = () => reading((reader) => reader.vpcEndpoints(['subnet-1']));
  const subnets =
    '<DescribeSubnetsResponse><subnetSet><item><vpcId>vpc-1</vpcId></item></subnetSet></DescribeSubnetsResponse>';

  test('the execute-api endpoints of a VPC are found through its subnets, with their private DNS', async () => {
    answers = {
      DescribeSubnets: { status: 200, body: subnets },
      DescribeVpcEndpoints: {
        status: 200,
        body: '<DescribeVpcEndpointsResponse><vpcEndpointSet><item><vpcEndpointId>vpce-1</vpcEndpointId><vpcId>vpc-1</vpcId><privateDnsEnabled>true</privateDnsEnabled></item></vpcEndpointSet></DescribeVpcEndpointsResponse>',
      },
    };
    expect(await read()).toEqual([{ id: 'vpce-1', vpcId: 'vpc-1', privateDns: true }]);
    expect(Object.fromEntries(asked.at(-1) ?? [])).toMatchObject({
      'Filter.1.Name': 'vpc-id',
      'Filter.1.Value.1': 'vpc-1',
      'Filter.2.Name': 'service-name',
      'Filter.2.Value.1': '*.execute-api',
    });
  });

  test('these endpoints are unknown if EC2 may not be asked', async () => {
    answers = {
      DescribeSubnets: {
        status: 403,
        body: '<Response><Errors><Error><Code>UnauthorizedOperation</Code><Message>You are not authorized to perform this operation.</Message></Error></Errors></Response>',
      },
    };
    expect(await read()).toEqual({ unknown: 'You are not authorized to perform this operation.' });
  });

  test('the actions that a permissions boundary does not allow are those of its default version', async () => {
    const Statement = [
      { Effect: 'Allow', Action: ['SQS:receive*', 'kinesis:GetRecords'], Resource: '*' },
      { Effect: 'Allow', NotAction: ['kinesis:*', 'lambda:*', 'sqs:*'], Resource: '*' },
      { Effect: 'Deny', Action: 'lambda:InvokeFunction', Resource: '*' },
    ];
    const document = encodeURIComponent(JSON.stringify({ Version: '2012-10-17', Statement }));
    const answer = (operation: string, result: string) => ({
      status: 200,
      body: `<${operation}Response><${operation}Result>${result}</${operation}Result></${operation}Response>`,
    });
    answers = {
      GetPolicy: answer('GetPolicy', '<Policy><DefaultVersionId>v3</DefaultVersionId></Policy>'),
      GetPolicyVersion: answer(
        'GetPolicyVersion',
        `<PolicyVersion><Document>${document}</Document></PolicyVersion>`,
      ),
    };
    const actions = [
      ...['sqs:ReceiveMessage', 'sqs:DeleteMessage', 'kinesis:GetRecords', 'lambda:InvokeFunction'],
      'mq:DescribeBroker',
    ];
    expect(await reading((reader) => reader.actionsBeyond('arn:aws:iam::1:policy/b', actions))).toEqual(
      new Set(['sqs:DeleteMessage', 'lambda:InvokeFunction']),
    );
    expect(asked.at(-1)?.get('VersionId')).toBe('v3');
  });
});

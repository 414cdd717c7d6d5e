import type { Resource } from '../framework.ts';
import { quotaFindings } from './findings.ts';
import { QUOTAS } from './quotas.ts';

const place = { stackName: 'depot-dev', region: 'eu-central-1', partition: 'aws' };

/** The findings for a template with as many resources of a type. */
function with_(count: number, one: Partial<Resource> = {}, more: object = {}) {
  const resource = { Type: 'AWS::SNS::Topic', Properties: {}, ...one } as Resource;
  const Resources = Object.fromEntries(Array.from({ length: count }, (_, index) => [`R${index}`, resource]));
  return quotaFindings({ template: { Resources }, place, ...more });
}

const role = (Properties: Record<string, unknown>) => ({ Type: 'AWS::IAM::Role', Properties });
const lambda = (Properties: Record<string, unknown>) => ({ Type: 'AWS::Lambda::Function', Properties });

test('nothing is said while a quota has room, a warning from 80 %, and an error above it', () => {
  expect(with_(399)).toEqual([]);
  expect(with_(400)).toEqual([
    {
      level: 'warning',
      problem: expect.stringMatching(/^The stack has 400 resources, and AWS takes 500: https:\/\/docs\.aws/),
      remedy: expect.stringContaining('Let one function answer several routes'),
    },
  ]);
  expect(with_(500)).toMatchObject([{ level: 'warning' }]);
  expect(with_(501)).toMatchObject([{ level: 'error' }]);
});

test('of several roles above a quota, the largest is named with the number of the others', () => {
  const long = role({
    Policies: [{ PolicyDocument: 'x'.repeat(6_000) }, { PolicyDocument: 'x'.repeat(6_000) }],
  });
  expect(with_(3, long)).toMatchObject([
    {
      level: 'error',
      problem: expect.stringContaining(
        'The sum of all inline policies of R0 has 12,004 characters (and 2 more above it), and AWS takes 10,240',
      ),
    },
  ]);
});

test.each<[string, Partial<Resource>, RegExp]>([
  ['a trust policy', role({ AssumeRolePolicyDocument: 'x'.repeat(2_047) }), /trust policy of R0.*2,048.*/],
  [
    'a resource policy',
    { Type: 'AWS::ApiGateway::RestApi', Properties: { Policy: { a: 'x'.repeat(8_190) } } },
    /resource policy/,
  ],
  [
    'managed policies',
    role({ ManagedPolicyArns: Array.from({ length: 11 }, () => 'arn') }),
    /R0 has 11 managed policies/,
  ],
  ['the name of a role', role({ RoleName: 'x'.repeat(65) }), /name of the role x{65} has 65 characters/],
  ['the name of a function', lambda({ FunctionName: 'x'.repeat(65) }), /name of the function/],
  [
    'environment variables',
    lambda({ Environment: { Variables: { A: 'x'.repeat(4_096) } } }),
    /environment variables of R0/,
  ],
  ['layers', lambda({ Layers: Array.from({ length: 6 }, () => 'arn') }), /R0 has 6 layers, and AWS takes 5/],
])('%s above the quota of AWS is an error', (_, resource, problem) => {
  const errors = with_(1, resource).filter(({ level }) => level === 'error');
  expect(errors).toMatchObject([{ problem: expect.stringMatching(problem) }]);
});

test.each<[string, Partial<Resource>, RegExp | undefined]>([
  [
    'bytes: of the template',
    { Properties: { text: 'ä'.repeat(500_000) } },
    /^The template has 1,000,0\d\d bytes/,
  ],
  [
    'bytes: of environment variables',
    lambda({ Environment: { Variables: { A: 'ä'.repeat(2_048) } } }),
    /environment variables of R0 has 4,\d{3} bytes/,
  ],
  ['characters: of a trust policy', role({ AssumeRolePolicyDocument: 'ä'.repeat(1_100) }), undefined],
  ['characters: of inline policies', role({ Policies: [{ PolicyDocument: 'ä'.repeat(6_000) }] }), undefined],
])('a quota is measured in its unit, %s', (_what, resource, problem) => {
  const found = problem === undefined ? [] : [{ level: 'error', problem: expect.stringMatching(problem) }];
  expect(with_(1, resource)).toEqual(found.map((each) => expect.objectContaining(each)));
});

test('a quota that AWS has raised is that of the settings, and the message about one that it has not says which setting', () => {
  const template = {
    Resources: Object.fromEntries(
      Array.from({ length: 350 }, (_, index) => [
        `R${index}`,
        { Type: 'AWS::ApiGateway::Resource', Properties: {} },
      ]),
    ),
  };
  expect(quotaFindings({ template, place })).toMatchObject([
    { level: 'error', remedy: expect.stringContaining('set quotas.apiGatewayResources of the stage') },
  ]);
  expect(quotaFindings({ template, place }, { apiGatewayResources: 600 })).toEqual([]);
});

test('a zip file that only "sls deploy function" would be refused for is a warning; one that does not fit unpacked is an error', () => {
  const MB = 2 ** 20;
  const packages = [
    { functionName: 'small', zippedBytes: MB, unzippedBytes: 2 * MB },
    { functionName: 'report', zippedBytes: 60 * MB, unzippedBytes: 260 * MB },
  ];
  expect(with_(1, {}, { packages })).toMatchObject([
    {
      level: 'warning',
      problem: expect.stringContaining('The zip file of report has'),
      remedy: expect.stringContaining('"sls deploy"'),
    },
    {
      level: 'error',
      problem: expect.stringContaining('The unpacked zip file of report has 272,629,760 bytes'),
    },
  ]);
});

test('a text is as long as AWS gets it: with the values that CloudFormation knows, without spaces', () => {
  const AssumeRolePolicyDocument = {
    AWS: { 'Fn::Sub': `arn:\${AWS::Partition}:iam::\${AWS::AccountId}:root` },
    Table: { 'Fn::GetAtt': ['Orders', 'Arn'] },
    Api: { Ref: 'Api' },
    Topic: { Ref: 'Topic' },
    // API Gateway makes the IDs of APIs, and a stage has its name for one.
    Stage: { Ref: 'Stage' },
  };
  const Resources = {
    Api: { Type: 'AWS::ApiGateway::RestApi', Properties: {} },
    Stage: { Type: 'AWS::ApiGateway::Stage', Properties: { StageName: 'production-of-depot' } },
    // As serverless.yml may have it.
    Topic: { Type: 'AWS::SNS::Topic' } as Resource,
    Orders: { Type: 'AWS::DynamoDB::Table', Properties: { TableName: 'orders' } },
    Role: role({ AssumeRolePolicyDocument }),
  };
  const quota = QUOTAS.find(({ raisedBy }) => raisedBy === 'trustPolicyCharacters');
  const [measured] = quota?.measure({ template: { Resources }, place }) ?? [];
  expect(measured?.size).toBe(
    '{"AWS":"arn:aws:iam::123456789012:root","Table":"arn:aws:dynamodb:eu-central-1:123456789012:table/orders","Api":"0123456789","Topic":"depot-dev-Topic-ABCDEFGHIJKL","Stage":"production-of-depot"}'
      .length,
  );
});

test('each quota has a page of AWS as its source, and a remedy', () => {
  for (const { source, remedy } of QUOTAS) {
    expect(source).toMatch(/^https:\/\/docs\.aws\.amazon\.com\//);
    expect(remedy).toMatch(/[\w)]\.$/);
  }
});

import { readRefusal } from './read-refusal.ts';

const session = 'arn:aws:sts::111111111111:assumed-role/invoke/caller';
const route = 'arn:aws:execute-api:eu-central-1:********1111:abc123/prod/POST/parcels';
const role = 'arn:aws:iam::111111111111:role/invoke';
const invoke = (end = '') =>
  `User: ${session} is not authorized to perform: execute-api:Invoke on resource: ${route}${end}`;
const base = {
  form: 'not authorized',
  principal: session,
  action: 'execute-api:Invoke',
  resource: route,
};

describe('a message that names principal, action and resource is read', () => {
  const cases: [what: string, text: string, expected: object][] = [
    ['bare', invoke(), {}],
    ['denied by an unknown policy', invoke(' with an explicit deny'), { denial: 'explicit' }],
    ...(
      [
        'identity-based policy',
        'resource-based policy',
        'permissions boundary',
        'session policy',
        'VPC endpoint policy',
        'service control policy',
        'resource control policy',
        'role trust policy',
      ] as const
    ).flatMap((policy): [string, string, object][] => [
      [
        `not allowed by ${policy}`,
        invoke(` because no ${policy} allows the execute-api:Invoke action`),
        { denial: 'implicit', policy },
      ],
      [
        `denied by ${policy}`,
        invoke(` with an explicit deny in a ${policy}`),
        { denial: 'explicit', policy },
      ],
    ]),
    [
      'with the ARN of the policy',
      invoke(
        ' with an explicit deny in a service control policy: arn:aws:organizations::1:policy/o-1/service_control_policy/p-1',
      ),
      {
        denial: 'explicit',
        policy: 'service control policy',
        policyArn: 'arn:aws:organizations::1:policy/o-1/service_control_policy/p-1',
      },
    ],
    [
      'with the ARN of the policy, at the end of a sentence',
      invoke(' with an explicit deny in a permissions boundary: arn:aws:iam::1:policy/lab/Limit.'),
      { denial: 'explicit', policy: 'permissions boundary', policyArn: 'arn:aws:iam::1:policy/lab/Limit' },
    ],
    ['in the body of API Gateway', JSON.stringify({ Message: invoke() }), {}],
    ['without a space before the resource', invoke().replace('resource: ', 'resource:'), {}],
    ['after the name of the error', `AccessDeniedException: ${invoke()}`, {}],
  ];
  test.each(cases)('%s', (_what, text, expected) => {
    expect(readRefusal(text)).toEqual({ ...base, ...expected });
  });

  test.each([
    [
      'STS, as the AWS CLI prints it',
      `\nAn error occurred (AccessDenied) when calling the AssumeRole operation: User: arn:aws:iam::222222222222:user/a is not authorized to perform: sts:AssumeRole on resource: ${role}\n`,
      { principal: 'arn:aws:iam::222222222222:user/a', action: 'sts:AssumeRole', resource: role },
    ],
    [
      'STS, in XML',
      `<ErrorResponse><Error><Type>Sender</Type><Code>AccessDenied</Code><Message>User: ${session} is not authorized to perform: sts:AssumeRole on resource: ${role} because no identity-based policy allows the sts:AssumeRole action</Message></Error></ErrorResponse>`,
      { principal: session, action: 'sts:AssumeRole', resource: role, policy: 'identity-based policy' },
    ],
    [
      'Lambda',
      `User: ${session} is not authorized to perform: lambda:InvokeFunction on resource: arn:aws:lambda:eu-west-1:111111111111:function:f because no resource-based policy allows the lambda:InvokeFunction action`,
      { action: 'lambda:InvokeFunction', policy: 'resource-based policy', denial: 'implicit' },
    ],
    [
      'API Gateway, to a client that did not sign',
      JSON.stringify({
        Message: `User: anonymous is not authorized to perform: execute-api:Invoke on resource: ${route}`,
      }),
      { principal: 'anonymous', resource: route },
    ],
    [
      'an action without a resource',
      `User: ${session} is not authorized to perform: sts:GetFederationToken`,
      { action: 'sts:GetFederationToken' },
    ],
  ])('%s', (_what, text, expected) => {
    expect(readRefusal(text)).toMatchObject({ form: 'not authorized', ...expected });
  });
});

const mismatch =
  "The request signature we calculated does not match the signature you provided. Check your AWS Secret Access Key and signing method. Consult the service documentation for details.\n\nThe Canonical String for this request should have been\n'POST\n/'";

test.each([
  ['{"message":"Missing Authentication Token"}', 'missing authentication token', undefined],
  ['{"message":"Forbidden"}', 'forbidden', undefined],
  ['{"Message":"Forbidden"}', 'forbidden', undefined],
  ['{"message":"Unauthorized"}', 'unauthorized', undefined],
  [
    '{"Message":"Forbidden. For troubleshooting Function URL authorization issues, see: https://docs.aws.amazon.com/lambda/latest/dg/urls-auth.html"}',
    'function url',
    undefined,
  ],
  [
    '{"Message":"User is not authorized to access this resource with an explicit deny"}',
    'authorizer',
    undefined,
  ],
  [JSON.stringify({ message: mismatch }), 'signature mismatch', undefined],
  [`SignatureDoesNotMatch: ${mismatch}`, 'signature mismatch', undefined],
  [
    "Authorization header requires 'Credential' parameter. Authorization header requires 'Signature' parameter. Authorization=Bearer",
    'incomplete signature',
    undefined,
  ],
  [
    "'abc' not a valid key=value pair (missing equal-sign) in Authorization header: 'Bearer abc'.",
    'incomplete signature',
    undefined,
  ],
  [
    'Signature expired: 20260101T000000Z is now earlier than 20260101T000500Z (20260101T001000Z - 5 min.)',
    'signature expired',
    undefined,
  ],
  [
    'Signature not yet current: 20260101T002000Z is still later than 20260101T001500Z (20260101T001000Z + 5 min.)',
    'signature not yet current',
    undefined,
  ],
  ['{"message":"Credential should be scoped to a valid region. "}', 'scope region', undefined],
  [
    `{"message":"Credential should be scoped to a valid region, not 'us-east-1'. "}`,
    'scope region',
    'us-east-1',
  ],
  [
    `{"message":"Credential should be scoped to correct service: 'execute-api'. "}`,
    'scope service',
    'execute-api',
  ],
  [
    "Date in Credential scope does not match YYYYMMDD from ISO-8601 version of date from HTTP: '20260101' != '20260102', from '20260102T000000Z'.",
    'scope date',
    undefined,
  ],
  ['{"message":"The security token included in the request is invalid."}', 'token invalid', undefined],
  ['{"message":"The security token included in the request is expired"}', 'token expired', undefined],
  [
    'An error occurred (ExpiredToken) when calling the AssumeRole operation: The security token included in the request is expired',
    'token expired',
    undefined,
  ],
  [
    'An error occurred (ValidationError) when calling the AssumeRole operation: The requested DurationSeconds exceeds the MaxSessionDuration set for this role.',
    'session maximum',
    undefined,
  ],
  [
    'ValidationError: The requested DurationSeconds exceeds the 1 hour session limit for roles assumed by role chaining.',
    'role chaining',
    undefined,
  ],
  [
    "1 validation error detected: Value '60' at 'durationSeconds' failed to satisfy constraint: Member must have value greater than or equal to 900",
    'duration',
    '60',
  ],
  [
    "1 validation error detected: Value 'a b' at 'roleSessionName' failed to satisfy constraint: Member must satisfy regular expression pattern: [\\w+=,.@-]*",
    'session name',
    'a b',
  ],
  [
    'An error occurred (RegionDisabledException) when calling the AssumeRole operation: STS is not activated in this region for account:222222222222. Your account administrator can activate STS in this region using the IAM Console.',
    'region disabled',
    '222222222222',
  ],
  ['Roles may not be assumed by root accounts.', 'root user', undefined],
  ['The role defined for the function cannot be assumed by Lambda.', 'function role', undefined],
  [
    'Lambda was unable to decrypt the environment variables because KMS access was denied. Please check the function’s KMS key settings.',
    'function key',
    undefined,
  ],
  [
    'Execution failed due to configuration error: Invalid permissions on Lambda function',
    'function permission',
    undefined,
  ],
  [
    'ResourceNotFoundException: Function not found: arn:aws:lambda:eu-west-1:111111111111:function:f',
    'function missing',
    'arn:aws:lambda:eu-west-1:111111111111:function:f',
  ],
  ['{"message":"Not Found"}', 'not found', undefined],
  ['getaddrinfo ENOTFOUND sts.undefined.amazonaws.com', 'host of no region', 'undefined'],
  ['{"message":"Too Many Requests"}', 'throttled', undefined],
  ['{"message":"Limit Exceeded"}', 'throttled', undefined],
  ['{"message": "Internal server error"}', 'internal server error', undefined],
  ['{"message": "Endpoint request timed out"}', 'timed out', undefined],
])('%s', (text, form, named) => {
  expect(readRefusal(text)).toEqual({ form, ...(named !== undefined && { named }) });
});

test.each([
  'sts.eu-west-1.amazonaws.com',
  'sts.us-gov-west-1.amazonaws.com',
  'sts.cn-north-1.amazonaws.com.cn',
  'sts.amazonaws.com',
  'orders.s3.amazonaws.com',
  'abc123.execute-api.eu-west-1.amazonaws.com',
  'vpce-1-a.sts.eu-west-1.vpce.amazonaws.com',
])('the host %s has a region, or needs none', (host) => {
  expect(readRefusal(`getaddrinfo ENOTFOUND ${host}`)).toEqual({ form: 'unknown host', named: host });
});

test.each(['', 'Hello', '{"message":', '{"message":1}', '[]', 'The request is forbidden by our proxy'])(
  'another text is not taken for a refusal: %j',
  (text) => expect(readRefusal(text)).toBeUndefined(),
);

test.each(['a', '<', 'User: ', 'resource '])('a long text of %j is read at once', (part) => {
  expect(readRefusal(part.repeat(300_000))).toBeUndefined();
});

test('IAM names its own resources by kind and name, and the policy after them is read', () => {
  expect(
    readRefusal(
      'User: arn:aws:iam::111111111111:user/a is not authorized to perform: iam:GetRole on resource: role deploy because no identity-based policy allows the iam:GetRole action',
    ),
  ).toMatchObject({ resource: 'role deploy', denial: 'implicit', policy: 'identity-based policy' });
});

test('a message in brackets is read without the closing one', () => {
  const text = `(User: ${session} is not authorized to perform: sts:AssumeRole on resource: ${role})`;
  expect(readRefusal(text)).toMatchObject({ principal: session, resource: role });
});

test('a message that says User instead of an ARN names nobody', () => {
  const text = `User is not authorized to perform: sts:AssumeRole on resource: ${role}`;
  expect(readRefusal(text)).toEqual({ form: 'not authorized', action: 'sts:AssumeRole', resource: role });
});

test('the ARN of a policy that was cut off is not taken for one', () => {
  const text = invoke(' with an explicit deny in a service control policy: arn:aws:organizations::1:p');
  expect(readRefusal(text)).toMatchObject({ policy: 'service control policy' });
  expect(readRefusal(text)).not.toHaveProperty('policyArn');
});

test('a message that ends before the action keeps its principal', () => {
  const text = `AccessDenied: User: ${session} is not authorized to perf`;
  expect(readRefusal(text)).toEqual({ form: 'truncated denial', named: session });
});

test('dots in the place of a principal name nobody', () => {
  expect(
    readRefusal('AccessDeniedException: ... is not authorized to perform: ssm:GetParameter on ...'),
  ).toEqual({
    form: 'not authorized',
    action: 'ssm:GetParameter',
  });
});

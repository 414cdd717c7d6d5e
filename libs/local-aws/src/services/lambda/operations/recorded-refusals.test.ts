import { type LambdaFixture, lambdaFixture, ROLE } from '../lambda.testing.ts';

/*
 * What AWS answered, as LocalStack's tests recorded it: tests/aws/services/lambda_/test_lambda_api.snapshot.json and
 * test_lambda.snapshot.json of https://github.com/localstack/localstack.
 */

let lambda: LambdaFixture;

beforeAll(async () => {
  lambda = lambdaFixture();
  await lambda.deploy('own', 'exports.handler = async () => 1;', { Publish: true });
});
afterAll(() => lambda.service.close());

const ARN = 'arn:aws:lambda:eu-central-1:111111111111:function';
const FUNCTIONS = '/2015-03-31/functions';
const permission = { StatementId: 's', Action: 'lambda:InvokeFunction', Principal: 's3.amazonaws.com' };
const settings = {
  FunctionName: 'new',
  Role: ROLE,
  Runtime: 'nodejs24.x',
  Handler: 'index.handler',
  Code: {},
};
const violated = (member: string, value: string, constraint: string) =>
  `1 validation error detected: Value '${value}' at '${member}' failed to satisfy constraint: ${constraint}`;
const NO_CONFIG = 'The resource you requested does not exist.';

test.each<[http: string, body: object | string, code: string, message: string]>([
  [`GET ${FUNCTIONS}/absent/policy`, '', 'ResourceNotFoundException', NO_CONFIG],
  [`GET ${FUNCTIONS}/own/policy?Qualifier=7`, '', 'ResourceNotFoundException', NO_CONFIG],
  [
    `DELETE ${FUNCTIONS}/own/policy/s`,
    '',
    'ResourceNotFoundException',
    'No policy is associated with the given resource.',
  ],
  [
    `DELETE ${FUNCTIONS}/absent/policy/s`,
    '',
    'ResourceNotFoundException',
    `No policy found for: ${ARN}:absent`,
  ],
  [
    `DELETE ${FUNCTIONS}/own/policy/s?Qualifier=absent`,
    '',
    'ResourceNotFoundException',
    `Cannot find alias arn: ${ARN}:own:absent`,
  ],
  [
    `POST ${FUNCTIONS}/own:absent/policy`,
    permission,
    'ResourceNotFoundException',
    `Cannot find alias arn: ${ARN}:own:absent`,
  ],
  [
    `POST ${FUNCTIONS}/own:7/policy`,
    permission,
    'ResourceNotFoundException',
    `Function not found: ${ARN}:own:7`,
  ],
  [
    `DELETE ${FUNCTIONS}/absent?Qualifier=1233`,
    '',
    'ResourceNotFoundException',
    `Function not found: ${ARN}:absent`,
  ],
  [
    `POST ${FUNCTIONS}`,
    { ...settings, FunctionName: `${ARN}:${'a'.repeat(91)}` },
    'ValidationException',
    violated('functionName', `${ARN}:${'a'.repeat(91)}`, 'Member must have length less than or equal to 140'),
  ],
  [
    `POST ${FUNCTIONS}`,
    { ...settings, Environment: { Variables: { SMALL_VAR: 'ok', LARGE_VAR: 'x'.repeat(4064) } } },
    'InvalidParameterValueException',
    `Lambda was unable to configure your environment variables because the environment variables you have provided exceeded the 4KB limit. String measured: {"SMALL_VAR":"ok","LARGE_VAR":"${'x'.repeat(4064)}"}`,
  ],
  [
    `POST ${FUNCTIONS}`,
    { ...settings, VpcConfig: { SubnetIds: ['subnet-1'], SecurityGroupIds: ['bad-format-1'] } },
    'ValidationException',
    violated(
      'vpcConfig.securityGroupIds',
      '[bad-format-1]',
      'Member must satisfy constraint: [Member must have length less than or equal to 1024, Member must have length greater than or equal to 0, Member must satisfy regular expression pattern: sg-[0-9a-zA-Z]*]',
    ),
  ],
  [
    `POST ${FUNCTIONS}/own/policy`,
    { ...permission, StatementId: 'example.com' },
    'ValidationException',
    violated(
      'statementId',
      'example.com',
      'Member must satisfy regular expression pattern: ([a-zA-Z0-9-_]+)',
    ),
  ],
  [
    `POST ${FUNCTIONS}/own/policy?Qualifier=with-%3F`,
    permission,
    'ValidationException',
    violated(
      'qualifier',
      'with-?',
      'Member must satisfy regular expression pattern: \\$(LATEST(\\.PUBLISHED)?)|[a-zA-Z0-9-_$]+',
    ),
  ],
  [
    `POST ${FUNCTIONS}/own/policy?Qualifier=with-$`,
    permission,
    'ResourceNotFoundException',
    `Function not found: ${ARN}:own:with-$`,
  ],
  [
    `POST ${FUNCTIONS}/absent/aliases`,
    { Name: 'live', FunctionVersion: '1' },
    'ResourceNotFoundException',
    `Function not found: ${ARN}:absent:1`,
  ],
  [
    `DELETE ${FUNCTIONS}/absent?Qualifier=$LATEST`,
    '',
    'InvalidParameterValueException',
    '$LATEST version cannot be deleted without deleting the function.',
  ],
  ['PUT /2021-10-31/functions/own/url', {}, 'ResourceNotFoundException', NO_CONFIG],
  ['PUT /2021-10-31/functions/absent/url', {}, 'ResourceNotFoundException', 'Function does not exist'],
  [
    `POST ${FUNCTIONS}`,
    { ...settings, FunctionName: 'a'.repeat(65) },
    'InvalidParameterValueException',
    violated('functionName', 'a'.repeat(65), 'Member must have length less than or equal to 64'),
  ],
  [
    `POST ${FUNCTIONS}`,
    { ...settings, Architectures: ['x86_64', 'arm64'] },
    'ValidationException',
    violated('architectures', '[x86_64, arm64]', 'Member must have length less than or equal to 1'),
  ],
  [
    `POST ${FUNCTIONS}`,
    { ...settings, Architectures: ['X86_64'] },
    'ValidationException',
    violated(
      'architectures',
      '[X86_64]',
      'Member must satisfy constraint: [Member must satisfy enum value set: [x86_64, arm64], Member must not be null]',
    ),
  ],
])('%s with %j is refused', async (http, body, code, message) => {
  const { json, headers } = await lambda.request(http, body);
  expect([json.Message, headers['x-amzn-errortype']]).toEqual([message, code]);
});

const PAYLOAD = 'Could not parse request body into json: Could not parse payload into json: ';
const SOURCE =
  '[Source: REDACTED (`StreamReadFeature.INCLUDE_SOURCE_IN_LOCATION` disabled); line: 1, column: ';

// What AWS CLI v2 makes of a JSON payload without `--cli-binary-format raw-in-base64-out`.
test.each([
  [
    '{"body": "{\\"num1\\": \\"10\\", \\"num2\\": \\"10\\"}" }',
    `Invalid UTF-8 start byte 0x87\n at ${SOURCE}3]`,
  ],
  [
    '{"message": "hello" }',
    `Unexpected character ((CTRL-CHAR, code 153)): expected a valid value (JSON String, Number, Array, Object or token 'null', 'true' or 'false')\n at ${SOURCE}1]`,
  ],
])('the payload %j, decoded as Base64, is refused with the remedy', async (payload, fault) => {
  const bytes = Buffer.from(payload.replaceAll(/[^\w+/]/g, ''), 'base64');
  const { json } = await lambda.request(`POST ${FUNCTIONS}/own/invocations`, bytes);
  expect(json.Message).toBe(
    `${PAYLOAD}${fault}\nThe payload is not UTF-8. AWS CLI v2 reads --payload as Base64: add --cli-binary-format raw-in-base64-out`,
  );
});

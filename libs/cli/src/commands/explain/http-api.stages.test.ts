import { join } from 'node:path';
import { ApiGatewayV2Client } from '@aws-sdk/client-apigatewayv2';
import { IAMClient } from '@aws-sdk/client-iam';
import { LambdaClient, UpdateFunctionConfigurationCommand } from '@aws-sdk/client-lambda';
import {
  changePermissions,
  changePolicy,
  changeTrust,
  limitHttpApiTo0,
  limitToLogs,
  removePolicy,
  type Statement,
} from '../../stage/break-deployment.testing.ts';
import { API_ACCOUNT, CALLER_ACCOUNT, startTestPair, type TestPair } from '../../stage/test-pair.testing.ts';

const INVOKE = 'depot-local-invoke';
const CALLER = 'shop-local';
const PARCELS = 'depot-local-parcels';
// By path.
const ROUTES = ['POST /parcels', 'GET /parcels/{id}', 'GET /sender'];
const CALLS = ['postParcel', 'getParcel', 'getSender'].map(
  (operation, index) => `role ${INVOKE} calls ${operation} (${ROUTES[index]})`,
);
const ASSUMES = [`${CALLER} assumes role ${INVOKE}`];
const INVOKES = ROUTES.map((route) => `API Gateway invokes ${PARCELS} for ${route}`);

let pair: TestPair;
let iam: Readonly<Record<'api' | 'caller', IAMClient>>;
let apis: ApiGatewayV2Client;
let lambda: Readonly<Record<'api' | 'caller', LambdaClient>>;
beforeAll(async () => {
  pair = await startTestPair({ http: true });
  const [api, caller] = [pair.sdk(API_ACCOUNT), pair.sdk(CALLER_ACCOUNT)];
  apis = new ApiGatewayV2Client(api);
  iam = { api: new IAMClient(api), caller: new IAMClient(caller) };
  lambda = { api: new LambdaClient(api), caller: new LambdaClient(caller) };
});
afterAll(async () => {
  for (const client of Object.values({ ...iam, apis, a: lambda?.api, b: lambda?.caller })) client?.destroy();
  await pair?.close();
});

function resourcesOf({ Resource }: Statement): string[] {
  return [Resource].flat().map(String);
}

const breaks: readonly (readonly [
  what: string,
  broken: readonly string[],
  breakIt: () => Promise<() => Promise<unknown>>,
])[] = [
  ['the invoke role has no policy', CALLS, () => removePolicy(iam.api, INVOKE)],
  [
    'the invoke role may call another stage',
    CALLS,
    () =>
      changePolicy(iam.api, INVOKE, (one) => ({
        ...one,
        Resource: resourcesOf(one).map((arn) => arn.replace('$default', 'dev')),
      })),
  ],
  [
    'the invoke role may call another method',
    CALLS,
    () =>
      changePolicy(iam.api, INVOKE, (one) => ({
        ...one,
        Resource: resourcesOf(one).map((arn) => arn.replace(/POST|GET/, 'PUT')),
      })),
  ],
  [
    'the invoke role is denied the route',
    CALLS,
    () => changePolicy(iam.api, INVOKE, (one) => [one, { ...one, Sid: 'Deny', Effect: 'Deny' }]),
  ],
  ['the invoke role has a boundary that ends before the API', CALLS, () => limitToLogs(iam.api, INVOKE)],
  [
    'the invoke role trusts another account',
    ASSUMES,
    () => changeTrust(iam.api, INVOKE, (one) => ({ ...one, Principal: { AWS: API_ACCOUNT } })),
  ],
  [
    'the invoke role expects another external ID',
    ASSUMES,
    () =>
      changeTrust(iam.api, INVOKE, (one) => ({
        ...one,
        Condition: { StringEquals: { 'sts:ExternalId': 'another' } },
      })),
  ],
  [
    'the invoke role expects another caller',
    ASSUMES,
    () =>
      changeTrust(iam.api, INVOKE, (one) => ({
        ...one,
        Condition: { ArnEquals: { 'aws:PrincipalArn': `arn:aws:iam::${CALLER_ACCOUNT}:role/other` } },
      })),
  ],
  [
    'the caller may not assume the invoke role',
    ASSUMES,
    () => changePolicy(iam.caller, CALLER, (one) => ({ ...one, Action: 'sts:TagSession' })),
  ],
  [
    'Lambda is not trusted by the role of the caller',
    [`Lambda runs ${CALLER} as role ${CALLER}`],
    () => changeTrust(iam.caller, CALLER, (one) => ({ ...one, Principal: { Service: 'ec2.amazonaws.com' } })),
  ],
  ['API Gateway has no permission for the function', INVOKES, () => changePermissions(lambda.api, PARCELS)],
  [
    'API Gateway has the permission for another API',
    INVOKES,
    () => changePermissions(lambda.api, PARCELS, 'other/*'),
  ],
  [
    'API Gateway has the permission for $default, which is another route',
    INVOKES,
    () => changePermissions(lambda.api, PARCELS, '*/$default'),
  ],
  [
    'the stage lets nobody through',
    ROUTES.map((route) => `stage $default lets requests for ${route} through`),
    () => limitHttpApiTo0(apis, pair.apiUrl),
  ],
  [
    'the caller has the URL of another API',
    ['the caller is configured with what the api stack has'],
    async () => {
      const set = (API_URL: string) =>
        lambda.caller.send(
          new UpdateFunctionConfigurationCommand({
            FunctionName: CALLER,
            Environment: {
              Variables: {
                API_URL,
                EXTERNAL_ID: 'local-external-id',
                INVOKE_ROLE_ARN: `arn:aws:iam::${API_ACCOUNT}:role/${INVOKE}`,
              },
            },
          }),
        );
      await set(`${pair.apiUrl}/local`);
      return () => set(pair.apiUrl);
    },
  ],
];

test('the chain of a pair with an HTTP API holds, and its route is at the root of the host', async () => {
  expect(pair.apiUrl).toMatch(/^https:\/\/\w+\.execute-api\.us-east-1\.amazonaws\.com$/);
  const { exitCode, stdout, stderr } = await pair.explain(['--stage', 'local']);
  expect(stderr).toBe('');
  expect(stdout).toContain('Stage local: the chain holds (20 links)');
  expect(exitCode).toBe(0);
});

test.each(breaks)('if %s, explain says that these links are broken: %j', async (_what, broken, breakIt) => {
  const undo = await breakIt();
  try {
    const { stdout, exitCode } = await pair.explain(['--stage', 'local', '--json']);
    const { links } = JSON.parse(stdout) as { links: { title: string; holds: boolean }[] };
    expect(links.filter(({ holds }) => !holds).map(({ title }) => title)).toEqual(broken);
    expect(exitCode).toBe(1);
  } finally {
    await undo();
  }
});

test('the chain holds again once all of this is undone', async () => {
  expect((await pair.explain(['--stage', 'local'])).exitCode).toBe(0);
});

describe('a call of an HTTP API, given by ARNs', () => {
  const callerArn = `arn:aws:lambda:us-east-1:${CALLER_ACCOUNT}:function:${CALLER}`;
  const explain = (url: string, route: string) => {
    const folder = join(pair.root, '.local-aws');
    return pair.explain(
      [
        ...['--api', url, '--route', route, '--caller', callerArn],
        ...['--role', `arn:aws:iam::${API_ACCOUNT}:role/${INVOKE}`, '--external-id', 'local-external-id'],
        ...['--api-profile', 'local-api', '--caller-profile', 'local-caller', '--json'],
      ],
      { AWS_CONFIG_FILE: join(folder, 'config'), AWS_SHARED_CREDENTIALS_FILE: join(folder, 'credentials') },
    );
  };

  test('is allowed', async () => {
    const { stdout, exitCode } = await explain(pair.apiUrl, 'GET /parcels/7');
    expect(JSON.parse(stdout)).toMatchObject({ state: 'holds' });
    expect(exitCode).toBe(0);
  });

  test.each([
    ['', 'GET /message', 'API Gateway answers 404 Not Found. The stage serves POST /parcels'],
    [
      '/dev',
      'GET /parcels/7',
      'The API has no stage dev: API Gateway answers 404 Not Found. It has $default.',
    ],
  ])('gets 404 at the path "%s" with %s', async (path, route, problem) => {
    const { stdout, exitCode } = await explain(`${pair.apiUrl}${path}`, route);
    expect(stdout).toContain(problem);
    expect(exitCode).toBe(1);
  });
});

import { frameworkFor, refusal, sdkAnswering } from '../framework.testing.ts';
import { DEPLOYMENT_PARAMETER } from '../template/two-deployments.ts';
import { serveRoutes } from './serve-routes.ts';

// scripts/e2e deploys and rolls back: local AWS takes a snapshot of the routes as API Gateway does.

type Routes = Readonly<Record<string, Readonly<Record<string, object>>>>;

/**
 * Compares the routes of a stage with those of its API after a deployment.
 * @param of `after`: the state to which the update leads. `refused`: AWS's reason to refuse the update
 * @returns the notices, and the update that CloudFormation gets, as its parameters
 */
async function serve(
  served: Routes,
  present: Routes,
  of: { readonly current?: string; readonly after?: string; readonly refused?: string } = {},
) {
  const { current = 'A', after = 'UPDATE_COMPLETE', refused } = of;
  const updates: URLSearchParams[] = [];
  const result = (operation: string, content: string) =>
    [
      200,
      `<${operation}Response><${operation}Result>${content}</${operation}Result></${operation}Response>`,
    ] as const;
  const parameter = (name: string, value: string) =>
    `<member><ParameterKey>${name}</ParameterKey><ParameterValue>${value}</ParameterValue></member>`;
  const sdk = sdkAnswering(({ path, body = '' }) => {
    if (path.endsWith('/stages/dev')) return [200, '{"deploymentId":"snapshot"}'];
    if (path.endsWith('/deployments/snapshot')) return [200, JSON.stringify({ apiSummary: served })];
    if (path.endsWith('/resources')) {
      const item = Object.entries(present).map(([each, resourceMethods]) => ({
        path: each,
        resourceMethods,
      }));
      return [200, JSON.stringify({ item })];
    }
    const request = new URLSearchParams(body);
    switch (request.get('Action')) {
      case 'DescribeStackResource': {
        const id = request.get('LogicalResourceId') === 'ApiGatewayStage' ? 'dev' : 'theapiid00';
        const detail = `<PhysicalResourceId>${id}</PhysicalResourceId>`;
        return result('DescribeStackResource', `<StackResourceDetail>${detail}</StackResourceDetail>`);
      }
      case 'DescribeStacks':
        return result(
          'DescribeStacks',
          `<Stacks><member><StackName>depot-dev</StackName><StackStatus>${updates.length === 0 ? 'UPDATE_COMPLETE' : after}</StackStatus><Capabilities><member>CAPABILITY_IAM</member><member>CAPABILITY_NAMED_IAM</member></Capabilities><Parameters>${parameter('Own', 'x')}${parameter(DEPLOYMENT_PARAMETER, current)}</Parameters></member></Stacks>`,
        );
      case 'UpdateStack':
        if (refused !== undefined) return [400, refusal('ValidationError', refused)];
        updates.push(request);
        return result('UpdateStack', '');
      default:
        throw new Error(`unexpected: ${path} ${body}`);
    }
  });
  const notices: string[] = [];
  await serveRoutes(frameworkFor({ sdk }), {
    log: { notice: () => {}, warning: () => {} },
    progress: { get: () => ({ notice: (text) => void notices.push(text) }) },
  });
  return { notices, updates: updates.map((each) => Object.fromEntries(each)) };
}

const GET = { GET: {} };
const orders = { '/orders': GET };
const ordersAndOld = { '/orders': GET, '/old': GET };

test('a stage that serves exactly the routes of its API is left alone', async () => {
  expect(await serve(orders, { '/': {}, ...orders })).toEqual({ notices: [], updates: [] });
  // What AWS's answer leaves out is no difference.
  const iam = { '/orders': { GET: { authorizationType: 'AWS_IAM', apiKeyRequired: false } } };
  for (const [served, present] of [
    [iam, orders],
    [orders, iam],
    [iam, iam],
  ] as const) {
    expect(await serve(served, present)).toEqual({ notices: [], updates: [] });
  }
});

test.each([
  ['a route that was removed', ordersAndOld, orders, 'GET /old'],
  ['a route that is not served yet', orders, ordersAndOld, 'GET /old'],
  ['another method of a path', orders, { '/orders': { POST: {} } }, 'GET /orders, POST /orders'],
  [
    'a route that was shut since',
    { '/orders': { GET: { authorizationType: 'NONE', apiKeyRequired: false } } },
    { '/orders': { GET: { authorizationType: 'AWS_IAM', apiKeyRequired: false } } },
    'GET /orders',
  ],
  [
    'a route that needs an API key since',
    { '/orders': { GET: { authorizationType: 'AWS_IAM', apiKeyRequired: false } } },
    { '/orders': { GET: { authorizationType: 'AWS_IAM', apiKeyRequired: true } } },
    'GET /orders',
  ],
])('a stage with %s gets another deployment of the same template', async (_what, served, present, named) => {
  for (const [current, next] of [
    ['A', 'B'],
    ['B', 'A'],
  ] as const) {
    const { notices, updates } = await serve(served, present, { current });
    expect(notices).toEqual([`Updating the API's stage (${named})`]);
    // Without the capabilities of the stack, CloudFormation refuses a template with roles: InsufficientCapabilities.
    expect(updates).toEqual([
      expect.objectContaining({
        StackName: 'depot-dev',
        UsePreviousTemplate: 'true',
        'Capabilities.member.1': 'CAPABILITY_IAM',
        'Capabilities.member.2': 'CAPABILITY_NAMED_IAM',
        'Parameters.member.1.ParameterKey': 'Own',
        'Parameters.member.1.UsePreviousValue': 'true',
        'Parameters.member.2.ParameterKey': DEPLOYMENT_PARAMETER,
        'Parameters.member.2.ParameterValue': next,
      }),
    ]);
  }
});

test.each([
  [
    'rolls back',
    { after: 'UPDATE_ROLLBACK_COMPLETE' },
    'the second update of stack depot-dev led to UPDATE_ROLLBACK_COMPLETE',
  ],
  ['is refused', { refused: 'no such permission' }, 'no such permission'],
])(
  'an update that %s names the routes that may still be served, and what to do',
  async (_how, of, reason) => {
    const serving = serve(ordersAndOld, orders, of);
    await expect(serving).rejects.toThrow(`routes that were removed (GET /old): ${reason}`);
    await expect(serving).rejects.toThrow('npx sls deploy --stage dev');
  },
);

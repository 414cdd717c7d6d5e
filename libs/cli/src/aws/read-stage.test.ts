import type { ApiFacts } from '@cross-account-api/iam/explanation';
import type { Account } from './account.ts';
import { readServedStage } from './read-stage.ts';

const api: ApiFacts = {
  apiId: 'a1b2c3d4e5',
  name: 'orders',
  accountId: '111111111111',
  region: 'eu-west-1',
  routes: [{ method: 'GET', path: '/orders', authorizationType: 'AWS_IAM' }],
};

/** An account whose API Gateway answers each command of the SDK with a document. */
const accountOf = (answers: Readonly<Record<string, object>>): Account => {
  const client = () => ({ send: async (command: object) => answers[command.constructor.name] });
  return { read: (call: () => unknown) => call(), apiGateway: client, apiGatewayV2: client } as never;
};

test('the limits of a stage of an HTTP API are its own by default, and those of each route', async () => {
  const served = await readServedStage(
    accountOf({
      GetStageCommand: {
        AutoDeploy: true,
        LastDeploymentStatusMessage: "Successfully deployed stage with deployment ID 'x'",
        DefaultRouteSettings: { ThrottlingRateLimit: 100, ThrottlingBurstLimit: 50 },
        RouteSettings: {
          'GET /orders/{id}': { ThrottlingRateLimit: 20, ThrottlingBurstLimit: 10 },
          $default: { ThrottlingRateLimit: 2, ThrottlingBurstLimit: 1 },
        },
      },
    }),
    { ...api, protocol: 'HTTP' },
    'live',
  );
  expect(served).toMatchObject({ name: 'live', deploymentProblem: undefined });
  expect(served?.routes).toEqual([{ ...api.routes[0], apiKeyRequired: false }]);
  expect([...(served?.throttles ?? [])]).toEqual([
    ['*/*', { rate: 100, burst: 50 }],
    ['orders/{id}/GET', { rate: 20, burst: 10 }],
    ['$default', { rate: 2, burst: 1 }],
  ]);
});

test.each([
  ['failed', { AutoDeploy: true, LastDeploymentStatusMessage: 'No integration.' }, 'No integration.'],
  ['is not automatic', { AutoDeploy: false }, expect.stringMatching(/does not deploy automatically/)],
])('a deployment of an HTTP API that %s is a problem', async (_how, stage, problem) => {
  const served = await readServedStage(
    accountOf({ GetStageCommand: stage }),
    { ...api, protocol: 'HTTP' },
    'live',
  );
  expect(served?.deploymentProblem).toEqual(problem);
});

test('a stage of a REST API has the routes and limits of its deployment, by path and method', async () => {
  const served = await readServedStage(
    accountOf({
      GetStageCommand: {
        deploymentId: 'd1',
        methodSettings: {
          '*/*': { throttlingRateLimit: 100, throttlingBurstLimit: 50 },
          '~1orders~1{id}/GET': { throttlingRateLimit: 20, throttlingBurstLimit: 10 },
        },
      },
      GetDeploymentCommand: {
        createdDate: new Date(0),
        apiSummary: {
          '/orders/{id}': { GET: { authorizationType: 'AWS_IAM', apiKeyRequired: true }, POST: {} },
        },
      },
    }),
    api,
    'live',
  );
  expect(served?.routes).toEqual([
    { method: 'GET', path: '/orders/{id}', authorizationType: 'AWS_IAM', apiKeyRequired: true },
    { method: 'POST', path: '/orders/{id}', authorizationType: 'NONE', apiKeyRequired: false },
  ]);
  expect([...(served?.throttles ?? [])]).toEqual([
    ['*/*', { rate: 100, burst: 50 }],
    ['orders/{id}/GET', { rate: 20, burst: 10 }],
  ]);
});

test('a stage that does not exist is absent', async () => {
  expect(await readServedStage(accountOf({}), api, 'live')).toBeUndefined();
  expect(await readServedStage(accountOf({}), { ...api, protocol: 'HTTP' }, 'live')).toBeUndefined();
});

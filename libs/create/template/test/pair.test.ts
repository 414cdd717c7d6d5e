import { accounts, matchers, startTestAws, type TestAws } from '@cross-account-api/local-aws/testing';
import { operations } from '@cross-account-api/operations';
import { copyServices, functionNames, packageService, seed } from './package-service.ts';

expect.extend(matchers);
jest.setTimeout(300_000);

let aws: TestAws;
let functionsOfApi: readonly string[];

beforeAll(async () => {
  aws = await startTestAws();
  await seed(aws.root);
  await copyServices(aws.root);
  const api = await packageService(aws.root, 'api');
  functionsOfApi = await functionNames(api);
  const { outputs } = await aws.deploy(api, { account: accounts.api });
  const params = { apiUrl: outputs.ApiUrl, apiArn: outputs.ApiArn, invokeRoleArn: outputs.InvokeRoleArn };
  await aws.deploy(await packageService(aws.root, 'caller', params), { account: accounts.caller });
});
afterAll(() => aws?.close());

/** Invokes a function as account B's administrator. */
const invoke = (name: string, event: object) => aws.as(accounts.caller).invoke(name, event);

test('the caller makes its call, and in both accounts a statement allows it', async () => {
  const { payload } = await invoke('__NAME__-caller-local', {});
  expect(payload).not.toHaveProperty('errorType');
  const routes = Object.values(operations).map(({ method, path }) => `${method} ${path}`);
  const calls = aws.calls({ service: 'execute-api' });
  expect(calls).not.toEqual([]);
  for (const call of calls) {
    expect(routes).toContain(call.operation);
    expect(call).toBeAllowedBy('InvokeRoutes');
  }
});

test('the functions behind the API are reached through it only: no policy lets account B invoke them', async () => {
  expect(functionsOfApi).not.toEqual([]);
  for (const name of functionsOfApi) {
    const arn = `arn:aws:lambda:us-east-1:${accounts.api}:function:${name}`;
    await expect(invoke(arn, {})).rejects.toBeDeniedBy();
  }
});

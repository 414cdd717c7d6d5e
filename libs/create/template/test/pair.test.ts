import { accounts, matchers, startTestAws, type TestAws } from '@cross-account-api/local-aws/testing';
import { copyServices, packageService, seed } from './package-service.ts';

expect.extend(matchers);
jest.setTimeout(300_000);

let aws: TestAws;

beforeAll(async () => {
  aws = await startTestAws();
  await seed(aws.root);
  await copyServices(aws.root);
  const { outputs } = await aws.deploy(await packageService(aws.root, 'api'), { account: accounts.api });
  const params = { apiUrl: outputs.ApiUrl, apiArn: outputs.ApiArn, invokeRoleArn: outputs.InvokeRoleArn };
  await aws.deploy(await packageService(aws.root, 'caller', params), { account: accounts.caller });
});
afterAll(() => aws?.close());

/** Invokes a function, by default that of the caller, as account B's administrator. */
const invoke = (event: object, name = '__NAME__-caller-local') => aws.as(accounts.caller).invoke(name, event);

test('the caller sends a message and reads it, and in both accounts a statement allows it', async () => {
  const sent = await invoke({});
  expect(sent.payload).toMatchObject({ status: 200, body: { received: { foo: 'bar' } } });
  const { body } = sent.payload as { body: { id: string } };
  const read = await invoke({ operation: 'getMessage', input: { id: body.id } });
  expect(read.payload).toMatchObject({ status: 200, body: { body: { foo: 'bar' } } });
  const calls = aws.calls({ service: 'execute-api' });
  expect(calls.map(({ operation }) => operation)).toEqual(['POST /messages', 'GET /messages/{id}']);
  for (const call of calls) expect(call).toBeAllowedBy('InvokeRoutes');
});

test('the functions behind the API are reached through it only: no policy lets account B invoke them', async () => {
  const messages = `arn:aws:lambda:us-east-1:${accounts.api}:function:__NAME__-api-local-messages`;
  await expect(invoke({}, messages)).rejects.toBeDeniedBy();
});

import { apiTemplate } from './api.testing.ts';
import { accounts, decisionOn, matchers, startTestAws, type TestAws } from './index.ts';

expect.extend(matchers);

let aws: TestAws;
let url: string;
/** Responses: allowed by two policies, denied by none, denied by a statement, not decided. */
let allowed: Response;
let unallowed: Response;
let denied: Response;
let open: Response;

beforeAll(async () => {
  aws = await startTestAws();
  const { outputs } = await aws.deploy(apiTemplate, { account: accounts.api, name: 'hello' });
  url = outputs.Url ?? '';
  const role = aws.as(outputs.RoleArn ?? '');
  allowed = await role.fetch(url);
  open = await aws.fetch(url, { method: 'POST' });
  unallowed = await role.fetch('https://dynamodb.us-east-1.amazonaws.com/', {
    method: 'POST',
    headers: { 'x-amz-target': 'DynamoDB_20120810.ListTables', 'content-type': 'application/x-amz-json-1.0' },
    body: '{}',
  });
  denied = await role.fetch('https://lambda.us-east-1.amazonaws.com/2015-03-31/functions/');
});
afterAll(() => aws?.close());

test('a call that was allowed', () => {
  expect(allowed).toBeAllowedBy();
  expect(allowed).toBeAllowedBy('InvokeRoute');
  expect(allowed).not.toBeAllowedBy('Other');
  expect(allowed).not.toBeDeniedBy();
  expect(decisionOn(allowed)).toMatchObject({
    allowed: true,
    by: ['InvokeRoute'],
  });
});

test('a call that no statement allowed', () => {
  expect(unallowed).toBeDeniedBy();
  expect(unallowed).not.toBeDeniedBy('NoFunctions');
  expect(unallowed).not.toBeAllowedBy();
  expect(decisionOn(unallowed)).toMatchObject({
    allowed: false,
    by: [],
    explanation: expect.stringMatching(
      /no identity-based policy allows it[\s\S]*smallest change[\s\S]*dynamodb:ListTables/,
    ),
  });
});

test('a call that a statement denied', () => {
  expect(denied).toBeDeniedBy();
  expect(denied).toBeDeniedBy('NoFunctions');
  expect(denied).not.toBeDeniedBy('InvokeRoute');
  expect(decisionOn(denied)).toMatchObject({ allowed: false, by: ['NoFunctions'] });
});

test('a failure says what was expected, who decided, and the smallest change', () => {
  expect(() => expect(unallowed).toBeAllowedBy('InvokeRoute')).toThrow(
    /^The call must be allowed by InvokeRoute\. It was denied by no statement\.[\s\S]*The smallest change that allows it:/,
  );
  expect(() => expect(denied).not.toBeDeniedBy('NoFunctions')).toThrow(
    /^The call must not be denied by NoFunctions\. It was denied by NoFunctions\./,
  );
});

test('a call on which IAM did not decide passes nothing', async () => {
  expect(open.status).toBe(200);
  const wrong = { ...aws.as(accounts.api).credentials, secretAccessKey: 'wrong' };
  const unsigned = await aws.as(wrong).fetch(url);
  expect(decisionOn(unsigned)).toMatchObject({
    allowed: undefined,
    by: [],
    explanation: expect.stringContaining('The signature does not match'),
  });
  for (const call of [open, unsigned]) {
    expect(() => expect(call).toBeAllowedBy()).toThrow('IAM did not decide');
    expect(() => expect(call).not.toBeAllowedBy()).toThrow('IAM did not decide');
    expect(() => expect(call).toBeDeniedBy()).toThrow('IAM did not decide');
    expect(() => expect(call).not.toBeDeniedBy()).toThrow('IAM did not decide');
  }
  expect(decisionOn(open).explanation).toContain('the route has no authorizer');
});

test.each([
  ['a promise', Promise.resolve(), /a promise\. Await it first\./],
  ['nothing', undefined, /This is undefined\./],
  ['text', 'text', /This is a string\./],
  ['another error', new RangeError('secret'), /the error RangeError, without a request ID\./],
  ['an object', {}, /an object without a request ID\./],
  ['a response of another server', new Response(), /an object without a request ID\./],
  ['a request of another instance', { requestId: 'unknown' }, /knows the request unknown\./],
])('%s has no decision, with and without .not', (_, call, message) => {
  expect(() => decisionOn(call)).toThrow(message);
  expect(() => expect(call).toBeAllowedBy()).toThrow(message);
  expect(() => expect(call).not.toBeAllowedBy()).toThrow(message);
});

test.each([[undefined], [''], [/a/]])('%p is the name of no statement', (name) => {
  expect(() => expect(allowed).toBeAllowedBy(name as string)).toThrow(
    'The name of a statement must be a text',
  );
  expect(() => expect(allowed).not.toBeAllowedBy(name as string)).toThrow(
    'The name of a statement must be a text',
  );
});

test('the calls that an invocation caused are in its explanation', async () => {
  const invocation = await aws.as(accounts.api).invoke('hello', { waitMs: 1 });
  expect(decisionOn(invocation).explanation).toMatch(/With the calls that it caused:[\s\S]*sts GET \/late/);
});

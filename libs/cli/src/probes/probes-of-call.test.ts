import { sampleOfRoute } from './operations.ts';
import { type CallFacts, probesOfCall } from './probes-of-call.ts';

const route = (method: string, path: string) => ({
  method,
  path,
  authorizationType: 'AWS_IAM',
  functionArn: 'arn:aws:lambda:eu-west-1:111111111111:function:orders',
});
const api: CallFacts = {
  samples: [sampleOfRoute(route('GET', '/orders'))],
  region: 'eu-west-1',
  protocol: undefined,
  called: [route('GET', '/orders')],
  routes: [route('GET', '/orders'), route('POST', '/orders')],
  allowWrite: false,
  profiles: ['account A', 'account B'],
  isCaller: true,
  isAcrossAccounts: true,
  callerRoleArn: 'arn:aws:iam::222222222222:role/billing',
  roleArn: 'arn:aws:iam::111111111111:role/callers',
  externalId: 'orders-id',
};
const names = (changes: Partial<CallFacts> = {}) =>
  probesOfCall({ ...api, ...changes }).map(({ name }) => name);
const lost = (changes: Partial<CallFacts>) => names().filter((name) => !names(changes).includes(name));

test('each probe has another name', () => {
  expect(new Set(names()).size).toBe(names().length);
});

test('a role of the same name elsewhere lacks nothing but the right account: it sends the external ID', () => {
  const probe = probesOfCall(api).find(({ name }) => name === 'a role of its name elsewhere');
  expect(probe?.request).toMatchObject({
    principal: expect.stringMatching(/^arn:aws:iam::(?!222222222222)\d{12}:role\/billing$/),
    externalId: 'orders-id',
  });
});

test('without --allow-write, only GET and HEAD are sent', () => {
  const methods = probesOfCall(api).flatMap(({ request }) =>
    request.kind === 'send' ? [request.request.method, request.tampered?.method ?? 'GET'] : [],
  );
  expect(new Set(methods)).toEqual(new Set(['GET']));
  expect(names({ allowWrite: true })).toContain('another method');
});

test.each<[string, Partial<CallFacts>, readonly string[]]>([
  ['a profile that is the caller', { isCaller: false }, ['GET /orders']],
  [
    'an external ID',
    { externalId: undefined },
    ['the caller’s role, wrong external ID', 'the caller’s role, no external ID'],
  ],
  [
    'a role that is assumed',
    { roleArn: undefined },
    [
      'account B’s profile signs itself',
      'the caller’s role, wrong external ID',
      'the caller’s role, no external ID',
      'a role of its name elsewhere',
    ],
  ],
  [
    'a second account',
    { isAcrossAccounts: false },
    ['account B’s profile signs itself', 'function of GET /orders, invoked'],
  ],
  [
    'routes that could be read',
    { routes: undefined, called: [] },
    ['another route', 'function of GET /orders, invoked'],
  ],
])('without %s, its probes are left out', (_what, changes, expected) => {
  expect(lost(changes)).toEqual(expected);
});

test('without any profile, unsigned requests are left', () => {
  expect(names({ profiles: [], isCaller: false })).toEqual([
    'unsigned GET /orders',
    'policies allow every step of the call',
  ]);
});

test('an HTTP API does not say why it refuses, so only the caller shows that a signature is right', () => {
  expect(names({ protocol: 'HTTP' })).toEqual(names());
  expect(names({ protocol: 'HTTP', isCaller: false }).join('\n')).not.toMatch(/signature|signing/);
  const [probe] = probesOfCall({ ...api, protocol: 'HTTP', isCaller: false });
  expect(probe?.expected).toEqual({ outcome: '403', words: 'Forbidden' });
});

test('the answer to an unsigned HEAD request has no words', () => {
  const [probe] = probesOfCall({
    ...api,
    samples: [sampleOfRoute(route('HEAD', '/orders'))],
    isCaller: false,
  });
  expect(probe).toMatchObject({ name: 'unsigned HEAD /orders' });
  expect(probe?.expected).toEqual({ outcome: '403 MissingAuthenticationTokenException' });
});

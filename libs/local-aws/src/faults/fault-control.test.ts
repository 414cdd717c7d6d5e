import type { AwsRequest } from '../core/request.ts';
import { createFaultControl, FAULTS_PATH } from './fault-control.ts';
import { FaultInjector } from './fault-injector.ts';

const token = 'f'.repeat(43);
const plan = { rules: [{ name: 'slow', match: { service: 'sts' }, effect: { type: 'delay', ms: 10 } }] };
const sts = { service: 'sts', operation: 'AssumeRole', hasSession: false } as const;

function setUp() {
  const faults = new FaultInjector();
  const control = createFaultControl(faults, token);
  const ask = (
    method: string,
    options: { body?: string; headers?: Readonly<Record<string, string>>; path?: string } = {},
  ) => {
    const headers = {
      authorization: `Bearer ${token}`,
      'content-type': 'application/json',
      ...options.headers,
    };
    const request: AwsRequest = {
      requestId: 'r',
      method,
      host: '127.0.0.1:4566',
      rawPath: options.path ?? FAULTS_PATH,
      rawQuery: '',
      headers: Object.entries(headers),
      body: Buffer.from(options.body ?? ''),
      sourceIp: '127.0.0.1',
      secureTransport: false,
      receivedAt: new Date(0),
    };
    const response = control(request);
    return (
      response && { ...response, document: JSON.parse(String(response.body)) as Record<string, unknown> }
    );
  };
  return { faults, ask };
}

test('a plan can be set, read and cleared', () => {
  const { faults, ask } = setUp();
  expect(ask('GET')?.document).toEqual({ plan: null, rules: [] });
  expect(ask('PUT', { body: JSON.stringify(plan) })?.status).toBe(200);
  expect(faults.next(sts)).toEqual({ type: 'delay', ms: 10, rule: 'slow' });
  expect(ask('GET')?.document).toMatchObject({
    plan: { seed: 1, rules: [{ name: 'slow' }] },
    rules: [{ rule: 'slow', seen: 1, struck: 1 }],
  });
  expect(ask('DELETE')?.document).toEqual({ plan: null, rules: [] });
  expect(faults.next(sts)).toBeUndefined();
});

test('a plan that is not valid is refused, and the one before stays in force', () => {
  const { faults, ask } = setUp();
  ask('PUT', { body: JSON.stringify(plan) });
  const refused = ask('PUT', { body: '{"rules":[{"rate":2,"effect":{"type":"throttle"}}]}' });
  expect(refused).toMatchObject({
    status: 400,
    document: { message: expect.stringContaining('rules[0].rate') },
  });
  expect(ask('PUT', { body: '{' })).toMatchObject({ status: 400 });
  expect(faults.report().plan?.rules).toHaveLength(1);
});

test.each([
  ['without a token', { authorization: '' }],
  ['with a wrong token', { authorization: `Bearer ${'e'.repeat(43)}` }],
  ['with a part of the token', { authorization: `Bearer ${token.slice(1)}` }],
  ['with another scheme', { authorization: `Basic ${token}` }],
])('a request %s reads and changes nothing', (_name, headers) => {
  const { faults, ask } = setUp();
  for (const method of ['GET', 'PUT', 'DELETE', 'OPTIONS']) {
    const answer = ask(method, { headers, body: JSON.stringify(plan) });
    expect(answer).toMatchObject({ status: 401, headers: { 'WWW-Authenticate': 'Bearer' } });
    expect(answer?.document).not.toHaveProperty('plan');
  }
  expect(faults.report().plan).toBeNull();
});

test('a web page reads and changes nothing, even with the token, and no other origin is allowed', () => {
  const { faults, ask } = setUp();
  const answer = ask('PUT', { headers: { origin: 'https://evil.example' }, body: JSON.stringify(plan) });
  expect(answer?.status).toBe(403);
  expect(Object.keys(answer?.headers ?? {}).join()).not.toMatch(/access-control/i);
  expect(faults.report().plan).toBeNull();
});

test.each([
  [405, 'POST', {}],
  [415, 'PUT', { headers: { 'content-type': 'text/plain' }, body: '{}' }],
  [413, 'PUT', { body: ' '.repeat(300_000) }],
])('the status is %i for a request that cannot set a plan', (status, method, options) => {
  expect(setUp().ask(method, options)?.status).toBe(status);
});

test('other paths are left to other handlers', () => {
  expect(setUp().ask('GET', { path: '/_local-aws/other' })).toBeUndefined();
});

test('a token that could be guessed is refused', () => {
  expect(() => createFaultControl(new FaultInjector(), 'short')).toThrow('at least 16');
});

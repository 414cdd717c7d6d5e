import { anonymize, anonymizeNames, anonymizeOutcome } from '../commands/verify/anonymize.ts';
import { describeExpectation, isAsExpected } from './probe.ts';
import { probesOfStage } from './probes-of-stage.ts';
import { admittingTarget, hostileTarget, httpTarget, identifying } from './test-results.testing.ts';

const names = (target = hostileTarget) => probesOfStage(target).map(({ name }) => name);

const targets = [
  ['assume-role', hostileTarget],
  ['resource-policy', admittingTarget],
  ['assume-role, with an HTTP API', httpTarget],
  [
    'assume-role, with a handler of the owner',
    { ...hostileTarget, takesOperations: false, event: { acme: 1 } },
  ],
] as const;

test.each(targets)(
  'in access mode %s each probe has another name, and neither names in a report nor expectations name the deployment',
  (_mode, target) => {
    const anonymous = anonymizeNames(names(target));
    expect(new Set(anonymous).size).toBe(names(target).length);
    for (const [index, { group, expected }] of probesOfStage(target).entries()) {
      const text = [group, anonymous[index], describeExpectation(expected)].join(' ');
      for (const secret of identifying) expect(text).not.toContain(secret);
    }
  },
);

test.each(targets)(
  'what is expected in access mode %s survives in a report, so that it can be compared',
  (_mode, target) => {
    for (const { expected } of probesOfStage(target)) {
      expect(anonymizeOutcome(expected.outcome)).toBe(expected.outcome);
      expect(anonymize(expected.words ?? '')).toBe(expected.words ?? '');
    }
  },
);

test('an HTTP API gives no reason for a refusal, and its $default route answers unknown routes', () => {
  const expected = (target: typeof httpTarget) =>
    new Map(probesOfStage(target).map((probe) => [probe.name, describeExpectation(probe.expected)]));
  const plain = expected(httpTarget);
  for (const { expected: wanted, request } of probesOfStage(httpTarget)) {
    if (request.kind === 'send') expect(['2xx', '2xx or 404', '403', '404']).toContain(wanted.outcome);
  }
  expect(plain.get('another route')).toBe('404: Not Found');
  expect(plain.get('another stage')).toBe('404: Not Found');
  expect(plain.get('signed with another secret key')).toBe('403: Forbidden');
  const { pair } = httpTarget;
  const route = { method: 'ANY', path: '$default', authorizationType: 'AWS_IAM' };
  const caught = expected({ ...httpTarget, pair: { ...pair, api: { ...pair.api, routes: [route] } } });
  expect(caught.has('another route')).toBe(false);
  expect(caught.get('another stage')).toBe('403 or 404');
});

test('each operation that remembers keys is repeated, also one that takes no body', () => {
  const [write, read] = hostileTarget.operations;
  const [order, close] = ['acmeOrder', 'acmeClose'].map((name) => ({ ...write!, name, path: `/${name}` }));
  const operations = [order!, { ...close!, takesBody: false }, { ...write!, takesKey: false }, read!];
  expect(names({ ...hostileTarget, operations }).filter((name) => name.includes('twice'))).toEqual([
    'acmeOrder, twice with one key',
    'acmeClose, twice with one key',
  ]);
});

test.each([true, false])(
  'a request that could change something is sent only where no reading one would do (all operations: %s)',
  (executesAll) => {
    const writing = (operations: typeof hostileTarget.operations) =>
      probesOfStage({ ...hostileTarget, executesAll, operations }).flatMap(({ name, request }) =>
        request.kind === 'send' && request.request.method !== 'GET' ? [name] : [],
      );
    const [write, read] = hostileTarget.operations;
    expect(writing([write!, read!])).toEqual([
      'unsigned POST /acme-orders',
      ...(executesAll ? ['another method'] : []),
      'body changed after signing',
    ]);
    expect(writing([write!])).toEqual(
      expect.arrayContaining(['body changed after signing', 'account B’s profile signs itself']),
    );
  },
);

test('the call has the operation and the route of each operation in its names', () => {
  const group = probesOfStage(hostileTarget).filter((probe) => probe.group === 'The call');
  expect(group.map(({ name }) => name)).toEqual([
    'acmeOrder (POST /acme-orders)',
    'acmeStatus (GET /acme-status)',
    'acmeOrder, twice with one key',
  ]);
});

test('a handler of the owner gets the event that the user gives, once, or none', () => {
  const invoking = (target: typeof hostileTarget) =>
    probesOfStage(target).filter(({ credentials }) => credentials === 'caller function');
  expect(invoking({ ...hostileTarget, takesOperations: false })).toEqual([]);
  expect(invoking({ ...hostileTarget, takesOperations: false, event: null })).toMatchObject([
    {
      name: 'the event of --event',
      request: { kind: 'event', event: null },
      expected: { outcome: 'returned' },
    },
  ]);
});

test('whatever the handler is, what the role may not call is evaluated, and nothing is sent for it', () => {
  const evaluated = (target: typeof hostileTarget) =>
    probesOfStage(target).filter(({ name }) => /role, another (?:route|method)$/.test(name));
  expect(evaluated(hostileTarget).map(({ name }) => name)).toEqual([
    'invoke role, another route',
    'invoke role, another method',
  ]);
  for (const { credentials, request } of evaluated(hostileTarget)) {
    expect([credentials, request.kind]).toEqual(['reading', 'grant']);
  }
  expect(evaluated({ ...hostileTarget, takesOperations: false })).toEqual(evaluated(hostileTarget));
});

test('a request to a route that does not exist is a GET, unless others are allowed', () => {
  const missing = (executesAll: boolean) =>
    probesOfStage({ ...hostileTarget, executesAll })
      .filter(({ group }) => group === 'Routes that do not exist')
      .map(({ name, credentials }) => [name, credentials]);
  expect(missing(false)).toEqual([['another route', 'account A']]);
  expect(missing(true)).toEqual([
    ['another route', 'account A'],
    ['another method', 'account A'],
  ]);
});

test.each([
  ['no POST with an example', 'GET', /POST|body|twice/],
  ['no GET', 'POST', /GET|^signed|correct|header|query|path|window|token|^another stage/],
])('a contract with %s lacks only the probes that need it', (_what, method, dropped) => {
  const operations = hostileTarget.operations.filter((operation) => operation.method === method);
  const left = names({ ...hostileTarget, operations });
  expect(left).toEqual(expect.arrayContaining(names().filter((name) => !dropped.test(name))));
  expect(names().filter((name) => !left.includes(name)).length).toBeGreaterThan(3);
});

test('an operation that does not take a key is not sent twice', () => {
  const operations = hostileTarget.operations.map((operation) => ({ ...operation, takesKey: false }));
  expect(names({ ...hostileTarget, operations }).join('\n')).not.toContain('twice');
});

test('without permission to write, nothing that may write is executed, and all attacks are still made', () => {
  const without = names({ ...hostileTarget, executesAll: false });
  expect(names().filter((name) => !without.includes(name))).toEqual([
    'acmeOrder (POST /acme-orders)',
    'acmeOrder, twice with one key',
    'another method',
  ]);
});

test('without an example of what a GET needs, it is not executed, and attacks on it are still made', () => {
  const [write, read] = hostileTarget.operations;
  const operations = [write!, { ...read!, requiredQuery: ['acme'] }];
  const target = { ...hostileTarget, operations };
  const without = names({ ...target, executesAll: false });
  expect(names(target).filter((name) => !without.includes(name))).toEqual([
    'acmeOrder (POST /acme-orders)',
    'acmeStatus (GET /acme-status)',
    'acmeOrder, twice with one key',
    'another method',
    'correct signature',
  ]);
  expect(
    probesOfStage(target).find(({ name }) => name === 'acmeStatus (GET /acme-status)')?.expected,
  ).toEqual({
    outcome: '2xx or 400 or 404 or 422',
  });
});

test('an example of a path parameter may name nothing that exists', () => {
  const operations = [
    {
      name: 'acmeOne',
      method: 'GET',
      path: '/acme-orders/{id}',
      takesBody: false,
      takesKey: false,
      example: { pathParameters: { id: 'a/b' }, query: {}, body: undefined },
    },
  ];
  const [call] = probesOfStage({ ...hostileTarget, operations });
  expect(call).toMatchObject({
    request: { kind: 'call', operation: { name: 'acmeOne' } },
    expected: { outcome: '2xx or 404' },
  });
});

test('a refusal that the contract declares is an answer to a call, but not to one that is sent twice with one key', () => {
  const [write] = hostileTarget.operations;
  const operations = [{ ...write!, refusals: ['404', '412'] }];
  const verdicts = (name: string, outcome: string) =>
    probesOfStage({ ...hostileTarget, operations })
      .filter((probe) => probe.name === name)
      .map(({ expected }) => isAsExpected(expected, { outcome, message: '' }));
  const call = 'acmeOrder (POST /acme-orders)';
  expect(verdicts(call, '412')).toEqual([true]);
  expect(verdicts(call, '409')).toEqual([false]);
  expect(verdicts(call, '500')).toEqual([false]);
  expect(verdicts(call, '412 BadRequestException')).toEqual([false]);
  expect(verdicts('acmeOrder, twice with one key', '412')).toEqual([false]);
  expect(verdicts('acmeOrder, twice with one key', '404')).toEqual([false]);
  expect(verdicts('acmeOrder, twice with one key', '201')).toEqual([true]);
});

test('an API that serves every path has no probes of paths that it does not serve', () => {
  const { pair } = hostileTarget;
  const route = { method: 'ANY', path: '/{proxy+}', authorizationType: 'AWS_IAM' };
  const target = { ...hostileTarget, pair: { ...pair, api: { ...pair.api, routes: [route] } } };
  expect(names(target).join('\n')).not.toMatch(/another (route|method)|unknown route/);
});

test('each GET of the contract is called by the caller, without a signature, and past the API', () => {
  const [, read] = hostileTarget.operations;
  const operations = [...hostileTarget.operations, { ...read!, name: 'acmeAudit', path: '/acme-audit' }];
  expect(names({ ...hostileTarget, operations }).filter((name) => !names().includes(name))).toEqual([
    'acmeAudit (GET /acme-audit)',
    'unsigned GET /acme-audit',
    'function of GET /acme-audit, invoked',
  ]);
});

test('a stage that trusts no organization has no probe of another one', () => {
  const without = names({ ...hostileTarget, trustedOrganizationId: undefined });
  expect(names().filter((name) => !without.includes(name))).toEqual(['account B in another organization']);
});

test('a pair in one account has no probes of actions that only another account may not take', () => {
  const { pair } = hostileTarget;
  const caller = { ...pair.caller, arn: pair.caller.arn.replace('210987654321', '123456789012') };
  const without = names({ ...hostileTarget, pair: { ...pair, caller } });
  expect(names().filter((name) => !without.includes(name))).toEqual([
    'account B’s profile signs itself',
    'function of POST /acme-orders, invoked',
    'function of GET /acme-status, invoked',
  ]);
});

test('no caller may act as another one, or call the routes of others', () => {
  const further = names().filter((name) => /^caller \d/.test(name));
  expect(further).toEqual(
    expect.arrayContaining([
      ...['caller 1 as caller 2', 'caller 3 as caller 2', 'caller 2 as caller 1'],
      ...['caller 1 as caller 3', 'caller 2 as caller 3', 'caller 3 as caller 1'],
      ...['caller 2, route of others (1)', 'caller 3, route of others (1)'],
    ]),
  );
  expect(names({ ...hostileTarget, furtherCallers: [] })).toEqual(
    names().filter((name) => !further.includes(name)),
  );
});

describe('in access mode resource-policy', () => {
  test('no probe assumes a role or sends an external ID', () => {
    expect(names(admittingTarget).join('\n')).not.toMatch(/assume|external ID|invoke role/);
    for (const { request } of probesOfStage(admittingTarget)) {
      expect(request).not.toMatchObject({ kind: 'admission', externalId: expect.anything() });
    }
  });

  test('the API must admit the caller’s role alone, to its routes alone, from its organization alone', () => {
    const group = probesOfStage(admittingTarget).filter(
      (probe) => probe.group === 'Resource policy of the API',
    );
    expect(group.map(({ name }) => name)).toEqual([
      'another role of account B',
      'a role of its name elsewhere',
      'the caller’s role, a route that it is not admitted to',
      'the caller’s role, another method',
      'account B in another organization',
    ]);
  });

  test('a further caller must get in, but no other role of its account, and only to its routes', () => {
    expect(names(admittingTarget).filter((name) => name.startsWith('caller 2'))).toEqual([
      'caller 2, its routes',
      'caller 2, another role of its account',
      'caller 2, route of others (1)',
      'caller 2, route of others (2)',
      'caller 2, unknown route',
    ]);
  });

  test('a caller of the API’s own account has no probes of the resource policy, which does not keep it out', () => {
    const { furtherCallers } = admittingTarget;
    const own = furtherCallers.map((caller) => ({
      ...caller,
      roleArn: caller.roleArn.replace('210987654321', '123456789012'),
    }));
    expect(
      names({ ...admittingTarget, furtherCallers: own }).filter((name) => name.startsWith('caller 2')),
    ).toEqual(['caller 2, its routes']);
  });
});

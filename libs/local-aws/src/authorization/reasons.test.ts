import {
  A,
  allowLogs,
  arn,
  assume,
  B,
  caller,
  external,
  identity,
  invoke,
  invokeRoute,
  mayAssume,
  policies,
  type RawStatement,
  resource,
  route,
  session,
  sessionArn,
  trust,
  variable,
} from './authorization.testing.ts';
import { decide } from './authorizer.ts';

describe('reasons', () => {
  test('the nearest statement and what about it does not match', () => {
    const decision = decide(
      assume(caller, [trust(arn(A)), trust(arn(B), { Sid: 'External', ...external })], {
        'sts:ExternalId': 'b',
      }),
      policies(identity(mayAssume)),
    );
    expect(decision).toMatchObject({
      allowed: false,
      denial: 'implicit',
      missing: 'role trust policy',
      nearest: {
        policy: 'trust policy of role invoke',
        statement: 'External',
        mismatches: [{ element: 'condition StringEquals sts:ExternalId', expected: 'a', actual: 'b' }],
      },
    });
  });

  const nearest: [string, RawStatement[], string | undefined][] = [
    ['no statement', [], undefined],
    ['only other services', [allowLogs], undefined],
    [
      'the action differs',
      [{ ...invokeRoute, Action: 'execute-api:ManageConnections' }],
      'Action: execute-api:ManageConnections ≠ execute-api:Invoke',
    ],
    [
      'the resource differs',
      [{ ...invokeRoute, Resource: route.replace('GET', 'POST') }],
      `Resource: ${route.replace('GET', 'POST')} ≠ ${route}`,
    ],
    [
      'of two, the resource that starts alike',
      [
        { ...invokeRoute, Resource: 'arn:aws:s3:::x' },
        { ...invokeRoute, Resource: `${route}2` },
      ],
      `Resource: ${route}2 ≠ ${route}`,
    ],
    [
      'a condition rather than a resource',
      [
        { ...invokeRoute, Resource: `${route}2` },
        { ...invokeRoute, Condition: { Bool: { 'aws:SecureTransport': true } } },
      ],
      'condition Bool aws:SecureTransport: true ≠ (absent)',
    ],
    [
      'a resource and a condition rather than an action',
      [
        { ...invokeRoute, Action: 'execute-api:ManageConnections' },
        {
          ...invokeRoute,
          Resource: 'arn:aws:execute-api:*:*:other/*',
          Condition: { Bool: { 'aws:SecureTransport': true } },
        },
      ],
      `Resource: arn:aws:execute-api:*:*:other/* ≠ ${route}; condition Bool aws:SecureTransport: true ≠ (absent)`,
    ],
    [
      'a variable is shown with its value',
      [
        {
          ...invokeRoute,
          Condition: { StringLike: { 'aws:userid': `${variable('aws:PrincipalAccount')}*` } },
        },
      ],
      `condition StringLike aws:userid: ${A}* ≠ AROAEXAMPLEEXAMPLE222:test`,
    ],
  ];
  test.each(nearest)('nearest: %s', (_, statements, expected) => {
    const given = statements.length === 0 ? {} : identity(...statements);
    const decision = decide(invoke(session()), policies(given));
    const mismatches =
      !decision.allowed && decision.denial === 'implicit' ? decision.nearest?.mismatches : undefined;
    expect(mismatches?.map((each) => `${each.element}: ${each.expected} ≠ ${each.actual}`).join('; ')).toBe(
      expected,
    );
  });

  test('consulted lists every policy and statement, and is the same value each time', () => {
    const decision = decide(invoke(session(), resource(arn(B))), policies(identity(allowLogs, invokeRoute)));
    expect(
      decision.consulted.map(({ policy, statements }) => [policy, statements.map(({ matches }) => matches)]),
    ).toEqual([
      ['resource', [false]],
      ['identity', [false, true]],
    ]);
    expect(decision.consulted[0]?.statements[0]?.mismatches).toEqual([
      { element: 'Principal', expected: B, actual: sessionArn },
    ]);
    expect(decision.consulted).toBe(decision.consulted);
    expect(JSON.parse(JSON.stringify(decision)).consulted).toHaveLength(2);
  });
});

import {
  A,
  allowAll,
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
} from '../authorization.testing.ts';
import { decide } from './authorizer.ts';

describe('a decision', () => {
  test('names the nearest statement and the elements of it that do not match', () => {
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
    ['names no statement if there is none', [], undefined],
    ['names no statement if all are about other services', [allowLogs], undefined],
    [
      'names a statement with another action',
      [{ ...invokeRoute, Action: 'execute-api:ManageConnections' }],
      'Action: execute-api:ManageConnections ≠ execute-api:Invoke',
    ],
    [
      'names a statement with another resource',
      [{ ...invokeRoute, Resource: route.replace('GET', 'POST') }],
      `Resource: ${route.replace('GET', 'POST')} ≠ ${route}`,
    ],
    [
      'prefers a statement with a resource that begins alike',
      [
        { ...invokeRoute, Resource: 'arn:aws:s3:::x' },
        { ...invokeRoute, Resource: `${route}2` },
      ],
      `Resource: ${route}2 ≠ ${route}`,
    ],
    [
      'prefers the first of two that are equally near',
      [
        { ...invokeRoute, Condition: { Bool: { 'aws:SecureTransport': true } } },
        { ...invokeRoute, Condition: { Bool: { 'aws:ViaAWSService': true } } },
      ],
      'condition Bool aws:SecureTransport: true ≠ (absent)',
    ],
    [
      'prefers a wrong condition to a wrong resource',
      [
        { ...invokeRoute, Resource: `${route}2` },
        { ...invokeRoute, Condition: { Bool: { 'aws:SecureTransport': true } } },
      ],
      'condition Bool aws:SecureTransport: true ≠ (absent)',
    ],
    [
      'prefers a wrong resource and a wrong condition to a NotAction that names the action',
      [
        { ...allowAll, Action: undefined, NotAction: 'execute-api:*' },
        { ...invokeRoute, Resource: `${route}2`, Condition: { Bool: { 'aws:SecureTransport': true } } },
      ],
      `Resource: ${route}2 ≠ ${route}; condition Bool aws:SecureTransport: true ≠ (absent)`,
    ],
    [
      'prefers a wrong resource and a wrong condition to a wrong action',
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
      'shows a variable with its value',
      [
        {
          ...invokeRoute,
          Condition: { StringLike: { 'aws:userid': `${variable('aws:PrincipalAccount')}*` } },
        },
      ],
      `condition StringLike aws:userid: ${A}* ≠ AROAEXAMPLEEXAMPLE222:test`,
    ],
  ];
  test.each(nearest)('%s', (_, statements, expected) => {
    const given = statements.length === 0 ? {} : identity(...statements);
    const decision = decide(invoke(session()), policies(given));
    const mismatches =
      !decision.allowed && decision.denial === 'implicit' ? decision.nearest?.mismatches : undefined;
    expect(mismatches?.map((each) => `${each.element}: ${each.expected} ≠ ${each.actual}`).join('; ')).toBe(
      expected,
    );
  });

  test('lists every policy and statement as consulted, always in the same value', () => {
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

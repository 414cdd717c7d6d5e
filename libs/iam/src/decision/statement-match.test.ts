import {
  A,
  allowAll,
  boundary,
  denyInvoke,
  identity,
  invoke,
  invokeRoute,
  policies,
  policy,
  type RawStatement,
  roleArn,
  root,
  rootArn,
  route,
  session,
  sessionArn,
  user,
  variable,
} from '../authorization.testing.ts';
import { decide } from './authorizer.ts';
import type { AuthorizationRequest } from './decision.ts';
import type { ApplicablePolicies } from './policy-source.ts';

describe('a statement', () => {
  const statement = (more: RawStatement) => identity({ ...invokeRoute, ...more });
  const not = (more: RawStatement) => {
    const { Action: _action, ...rest } = invokeRoute;
    return identity({ ...rest, ...more });
  };
  const notResource = (value: unknown) => {
    const { Resource: _resource, ...rest } = invokeRoute;
    return identity({ ...rest, NotResource: value });
  };
  const cases: [string, Partial<ApplicablePolicies>, boolean][] = [
    ['matches an action in another case', statement({ Action: 'EXECUTE-API:invoke' }), true],
    ['matches an action with wildcards', statement({ Action: 'execute-api:?nv*' }), true],
    ['matches every service with the action "*"', statement({ Action: '*' }), true],
    [
      'does not match an action of the same name of another service',
      statement({ Action: 'lambda:Invoke' }),
      false,
    ],
    ['matches if NotAction has another action', not({ NotAction: 'execute-api:ManageConnections' }), true],
    ['does not match if NotAction has this action', not({ NotAction: ['iam:*', 'execute-api:Inv*'] }), false],
    ['matches if NotResource has another route', notResource(route.replace('hello', 'bye')), true],
    ['does not match if NotResource has this route', notResource(`arn:aws:execute-api:*:*:*/prod/*`), false],
    ['does not match with a space after its action', statement({ Action: 'execute-api:Invoke  ' }), false],
    [
      'does not match with a space after the colon of its action',
      statement({ Action: 'execute-api: Invoke' }),
      false,
    ],
    ['does not match with a space inside its action', statement({ Action: 'execute-api:In voke' }), false],
    [
      'does not match with a line break after its action',
      statement({ Action: 'execute-api:Invoke\n' }),
      false,
    ],
    [
      'does not match with a space after a wildcard in its action',
      statement({ Action: 'execute-api:* ' }),
      false,
    ],
    ['matches if NotAction has this action and a space', not({ NotAction: 'execute-api:Invoke ' }), true],
    ['does not match with a space after its resource', statement({ Resource: `${route} ` }), false],
    ['does not match with a space before its resource', statement({ Resource: ` ${route}` }), false],
    ['does not match with a space after "*"', statement({ Resource: '* ' }), false],
    ['matches if NotResource has this route and a space', notResource(`${route} `), true],
    [
      'does not match with a space after a condition key',
      statement({ Condition: { StringEquals: { 'aws:PrincipalAccount ': A } } }),
      false,
    ],
    [
      'does not match with a space after the value of a condition',
      statement({ Condition: { StringEquals: { 'aws:PrincipalAccount': `${A} ` } } }),
      false,
    ],
    [
      'matches a wildcard for the API',
      statement({ Resource: `arn:aws:execute-api:us-east-1:${A}:*/prod/GET/hello` }),
      true,
    ],
    [
      'matches a wildcard inside the ID of the API',
      statement({ Resource: `arn:aws:execute-api:us-east-1:${A}:abc*/prod/GET/hello` }),
      true,
    ],
    ['matches wildcards in every part of the ARN', statement({ Resource: 'arn:*:*:*:*:*' }), true],
    ['matches a shortened ARN', statement({ Resource: 'arn:aws:execute-api:*' }), true],
    ['does not match a shortened ARN of another service', statement({ Resource: 'arn:aws:s3:*' }), false],
    ['does not match a resource in another case', statement({ Resource: route.toUpperCase() }), false],
    [
      'does not match a resource of another region',
      statement({ Resource: route.replace('us-east-1', 'eu-west-1') }),
      false,
    ],
    [
      'does not read a region as a regular expression',
      statement({ Resource: route.replace('us-east-1', 'us.east.1') }),
      false,
    ],
    ['does not match a path that is longer than its own', statement({ Resource: route.slice(0, -1) }), false],
    [
      'does not match with a wildcard that would have to span several parts of the ARN',
      statement({ Resource: 'arn:aws:execute-api:us-east-1*/hello' }),
      false,
    ],
    [
      'does not match if a variable has no value',
      statement({ Resource: route.replace('hello', variable('aws:PrincipalTag/path')) }),
      false,
    ],
    [
      'matches with the default of a variable',
      statement({ Resource: route.replace('hello', variable("aws:PrincipalTag/path, 'hello'")) }),
      true,
    ],
    [
      'does not replace a variable before the fifth colon',
      statement({ Resource: route.replace(A, variable('aws:PrincipalAccount')) }),
      false,
    ],
    [
      'matches if all its conditions hold',
      statement({
        Condition: { StringEquals: { 'aws:principalaccount': A }, Null: { 'aws:username': 'true' } },
      }),
      true,
    ],
    [
      'does not match if one of its conditions does not hold',
      statement({
        Condition: { StringEquals: { 'aws:PrincipalAccount': A }, Null: { 'aws:username': 'false' } },
      }),
      false,
    ],
  ];
  test.each(cases)('%s', (_, given, allowed) => {
    expect(decide(invoke(session()), policies(given)).allowed).toBe(allowed);
  });

  test.each([`${roleArn} `, ` ${roleArn}`, `${A} `, '* ', `${sessionArn}\n`])(
    'does not match a principal with whitespace, as in %j',
    (named) => {
      const statement = { ...invokeRoute, Principal: { AWS: named } };
      const asked = invoke(session(), { resourcePolicy: policy('resource', statement) });
      expect(decide(asked, policies({})).allowed).toBe(false);
    },
  );

  test("compares an asterisk in a client's path as a character, whether it allows or denies", () => {
    const asked = invoke(session(), { resource: route.replace('hello', '*') });
    expect(decide(asked, policies(identity(invokeRoute))).allowed).toBe(false);
    const denyUnder = { ...denyInvoke, Resource: route.replace('hello', '**') };
    expect(decide(asked, policies(identity(allowAll, denyUnder))).allowed).toBe(false);
  });

  test("denies a client's path with a line break", () => {
    const asked = invoke(session(), { resource: route.replace('hello', 'admin\n/x') });
    const given = identity(allowAll, { ...denyInvoke, Resource: route.replace('hello', 'admin*') });
    expect(decide(asked, policies(given)).allowed).toBe(false);
  });

  test('matches an action without resources only with Resource "*"', () => {
    const asked = { ...invoke(session()), action: 'sts:GetSessionToken', resource: '*' };
    expect(decide(asked, policies(identity({ ...allowAll, Resource: 'arn:aws:sts:*:*:*' }))).allowed).toBe(
      false,
    );
    expect(decide(asked, policies(identity(allowAll))).allowed).toBe(true);
  });

  test('has plain text instead of variables in documents of the older version', () => {
    const document = {
      Version: '2008-10-17',
      Statement: [
        {
          ...invokeRoute,
          Condition: { StringEquals: { 'aws:PrincipalAccount': variable('aws:PrincipalAccount') } },
        },
      ],
    };
    const given = { identity: [{ name: 'old', document }] };
    expect(decide(invoke(session()), policies(given)).allowed).toBe(false);
    expect(
      decide(
        invoke(session(), { context: { 'aws:PrincipalAccount': variable('aws:PrincipalAccount') } }),
        policies(given),
      ).allowed,
    ).toBe(true);
  });
});

describe('a statement that denies with NotPrincipal', () => {
  const denyOthers = (...listed: string[]): RawStatement => {
    const { Resource, Action } = invokeRoute;
    return { Sid: 'Others', Effect: 'Deny', NotPrincipal: { AWS: listed }, Action, Resource };
  };
  const cases: [
    string,
    AuthorizationRequest['principal'],
    RawStatement,
    Partial<ApplicablePolicies>,
    boolean,
  ][] = [
    [
      'exempts a session if it lists the session, its role and its account',
      session(),
      denyOthers(sessionArn, roleArn, rootArn(A)),
      {},
      true,
    ],
    [
      'denies a session if it lists only role and account',
      session(),
      denyOthers(roleArn, rootArn(A)),
      {},
      false,
    ],
    [
      'denies a session if it lists only session and account',
      session(),
      denyOthers(sessionArn, rootArn(A)),
      {},
      false,
    ],
    [
      'denies a session if it lists session and role without their account',
      session(),
      denyOthers(sessionArn, roleArn),
      {},
      false,
    ],
    ['denies a session if it lists only the account', session(), denyOthers(rootArn(A)), {}, false],
    ['exempts the root user if it lists the account', root(), denyOthers(rootArn(A)), {}, true],
    ['exempts a user if it lists user and account', user(), denyOthers(user().arn, rootArn(A)), {}, true],
    ['denies a user if it lists only the user', user(), denyOthers(user().arn), {}, false],
    ['denies a user if it lists only the account', user(), denyOthers(rootArn(A)), {}, false],
    [
      'denies a user if it lists another user of the account',
      user(),
      denyOthers(`${user().arn}2`, rootArn(A)),
      {},
      false,
    ],
    [
      'denies a session if it lists another role',
      session(),
      denyOthers(`${roleArn}2`, sessionArn, rootArn(A)),
      {},
      false,
    ],
    [
      'denies a session if it lists another session',
      session(),
      denyOthers(roleArn, `${sessionArn}2`, rootArn(A)),
      {},
      false,
    ],
    [
      'denies a listed session that has a permissions boundary',
      session(),
      denyOthers(sessionArn, roleArn, rootArn(A)),
      boundary(allowAll),
      false,
    ],
  ];
  test.each(cases)('%s', (_, principal, statement, given, allowed) => {
    const question = invoke(principal, { resourcePolicy: policy('resource', statement) });
    expect(decide(question, policies({ ...identity(allowAll), ...given })).allowed).toBe(allowed);
  });
});

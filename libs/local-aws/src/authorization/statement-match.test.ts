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
  variable,
} from './authorization.testing.ts';
import { decide } from './authorizer.ts';
import type { AuthorizationQuestion } from './decision.ts';
import type { ApplicablePolicies } from './policy-source.ts';

describe('elements of a statement', () => {
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
    ['action in another case', statement({ Action: 'EXECUTE-API:invoke' }), true],
    ['action with wildcards', statement({ Action: 'execute-api:?nv*' }), true],
    ['action wildcard across services', statement({ Action: '*' }), true],
    ['another service, same name', statement({ Action: 'lambda:Invoke' }), false],
    ['NotAction of another action', not({ NotAction: 'execute-api:ManageConnections' }), true],
    ['NotAction of this action', not({ NotAction: ['iam:*', 'execute-api:Inv*'] }), false],
    ['NotResource of another route', notResource(route.replace('hello', 'bye')), true],
    ['NotResource of this route', notResource(`arn:aws:execute-api:*:*:*/prod/*`), false],
    ['space after an action', statement({ Action: 'execute-api:Invoke  ' }), false],
    ['space after the colon', statement({ Action: 'execute-api: Invoke' }), false],
    ['space inside an action', statement({ Action: 'execute-api:In voke' }), false],
    ['line break after an action', statement({ Action: 'execute-api:Invoke\n' }), false],
    ['space after a wildcard', statement({ Action: 'execute-api:* ' }), false],
    ['NotAction of this action and a space', not({ NotAction: 'execute-api:Invoke ' }), true],
    ['space after a resource', statement({ Resource: `${route} ` }), false],
    ['space before a resource', statement({ Resource: ` ${route}` }), false],
    ['space after "*"', statement({ Resource: '* ' }), false],
    ['NotResource of this route and a space', notResource(`${route} `), true],
    [
      'space after a condition key',
      statement({ Condition: { StringEquals: { 'aws:PrincipalAccount ': A } } }),
      false,
    ],
    [
      'space after the value of a condition',
      statement({ Condition: { StringEquals: { 'aws:PrincipalAccount': `${A} ` } } }),
      false,
    ],
    [
      'wildcard for the API',
      statement({ Resource: `arn:aws:execute-api:us-east-1:${A}:*/prod/GET/hello` }),
      true,
    ],
    [
      'wildcard inside the API',
      statement({ Resource: `arn:aws:execute-api:us-east-1:${A}:abc*/prod/GET/hello` }),
      true,
    ],
    ['wildcards everywhere', statement({ Resource: 'arn:*:*:*:*:*' }), true],
    ['shortened ARN', statement({ Resource: 'arn:aws:execute-api:*' }), true],
    ['shortened ARN of another service', statement({ Resource: 'arn:aws:s3:*' }), false],
    ['resource in another case', statement({ Resource: route.toUpperCase() }), false],
    ['resource of another region', statement({ Resource: route.replace('us-east-1', 'eu-west-1') }), false],
    [
      'region as a regular expression',
      statement({ Resource: route.replace('us-east-1', 'us.east.1') }),
      false,
    ],
    ['a path that ends early', statement({ Resource: route.slice(0, -1) }), false],
    [
      'a wildcard that would have to cross parts',
      statement({ Resource: 'arn:aws:execute-api:us-east-1*/hello' }),
      false,
    ],
    [
      'a variable with a value',
      statement({ Resource: route.replace('hello', variable('aws:PrincipalTag/path')) }),
      false,
    ],
    [
      'a variable with a default',
      statement({ Resource: route.replace('hello', variable("aws:PrincipalTag/path, 'hello'")) }),
      true,
    ],
    [
      'a variable before the fifth colon',
      statement({ Resource: route.replace(A, variable('aws:PrincipalAccount')) }),
      false,
    ],
    [
      'conditions that all hold',
      statement({
        Condition: { StringEquals: { 'aws:principalaccount': A }, Null: { 'aws:username': 'true' } },
      }),
      true,
    ],
    [
      'conditions of which one does not',
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
    'the principal %j, with its whitespace, names nobody',
    (named) => {
      const statement = { ...invokeRoute, Principal: { AWS: named } };
      const asked = invoke(session(), { resourcePolicy: policy('resource', statement) });
      expect(decide(asked, policies({})).allowed).toBe(false);
    },
  );

  test("an asterisk in a client's path is that character, for an allow and for a deny", () => {
    const asked = invoke(session(), { resource: route.replace('hello', '*') });
    expect(decide(asked, policies(identity(invokeRoute))).allowed).toBe(false);
    const denyUnder = { ...denyInvoke, Resource: route.replace('hello', '**') };
    expect(decide(asked, policies(identity(allowAll, denyUnder))).allowed).toBe(false);
  });

  test("a line break in a client's path does not slip past a deny", () => {
    const asked = invoke(session(), { resource: route.replace('hello', 'admin\n/x') });
    const given = identity(allowAll, { ...denyInvoke, Resource: route.replace('hello', 'admin*') });
    expect(decide(asked, policies(given)).allowed).toBe(false);
  });

  test('an action without resources needs Resource "*"', () => {
    const asked = { ...invoke(session()), action: 'sts:GetSessionToken', resource: '*' };
    expect(decide(asked, policies(identity({ ...allowAll, Resource: 'arn:aws:sts:*:*:*' }))).allowed).toBe(
      false,
    );
    expect(decide(asked, policies(identity(allowAll))).allowed).toBe(true);
  });

  test('variables are plain text in documents of the older version', () => {
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

describe('NotPrincipal', () => {
  const denyOthers = (...listed: string[]): RawStatement => {
    const { Resource, Action } = invokeRoute;
    return { Sid: 'Others', Effect: 'Deny', NotPrincipal: { AWS: listed }, Action, Resource };
  };
  const cases: [
    string,
    AuthorizationQuestion['principal'],
    RawStatement,
    Partial<ApplicablePolicies>,
    boolean,
  ][] = [
    ['session, role and account listed', session(), denyOthers(sessionArn, roleArn, rootArn(A)), {}, true],
    ['role and account listed', session(), denyOthers(roleArn, rootArn(A)), {}, false],
    ['session and account listed', session(), denyOthers(sessionArn, rootArn(A)), {}, false],
    ['session and role listed without their account', session(), denyOthers(sessionArn, roleArn), {}, false],
    ['account listed alone', session(), denyOthers(rootArn(A)), {}, false],
    ['root user, account listed', root(), denyOthers(rootArn(A)), {}, true],
    ['another role listed', session(), denyOthers(`${roleArn}2`, sessionArn, rootArn(A)), {}, false],
    ['another session listed', session(), denyOthers(roleArn, `${sessionArn}2`, rootArn(A)), {}, false],
    [
      'listed, but with a boundary',
      session(),
      denyOthers(sessionArn, roleArn, rootArn(A)),
      boundary(allowAll),
      false,
    ],
  ];
  test.each(cases)('Deny, %s', (_, principal, statement, given, allowed) => {
    const question = invoke(principal, { resourcePolicy: policy('resource', statement) });
    expect(decide(question, policies({ ...identity(allowAll), ...given })).allowed).toBe(allowed);
  });
});

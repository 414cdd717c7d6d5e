import fc from 'fast-check';
import { decide } from '../decision/authorizer.ts';
import { principalContext } from '../decision/principal-context.ts';
import type { AssumedRole } from '../principal.ts';
import type { GuardedPolicy } from './guarded-policy.ts';
import { judgeStatement, type StatementJudgement } from './judge-statement.ts';

/* Random statements of trust policies and of policies of APIs. Whether a statement is narrow is asked of requests that are made here, without
the engine's samples: outsiders with names, tags, networks and organizations that the policies mention, or nearly. */

const A = '111111111111';
const B = '222222222222';
const C = '333333333333';
const CALLER = `arn:aws:iam::${B}:role/caller`;
const ROLE = `arn:aws:iam::${A}:role/invoke`;
const API = `arn:aws:execute-api:eu-central-1:${A}:abcdefghij`;

type Json = Readonly<Record<string, unknown>>;

const some = <Item>(...items: readonly Item[]) => fc.constantFrom(...items);
const patterns = {
  'aws:PrincipalArn': [
    CALLER,
    `arn:aws:iam::${B}:role/*`,
    `arn:aws:iam::${B}:role/call*`,
    'arn:aws:iam::*:role/caller',
    '*',
    `arn:aws:iam::${C}:role/x`,
  ],
  'aws:PrincipalAccount': [A, B, C, '2*', '*'],
  'aws:PrincipalOrgID': ['o-1', 'o-2', 'o-*', '*'],
  'aws:PrincipalTag/team': ['billing', 'b*', '*'],
  'sts:ExternalId': ['secret', '*'],
  'aws:SourceVpce': ['vpce-1', 'vpce-*'],
  'aws:userid': ['AROACALLER00000000000:*', '*:caller', '*'],
  'aws:UserAgent': ['curl*', 'x'],
  'aws:NewKey': ['x', '*'],
} as const;
const modifiers = some('', '', '', 'IfExists');
const sets = some('', '', '', '', 'ForAllValues:', 'ForAnyValue:');
const ofKey = (key: keyof typeof patterns) =>
  fc
    .tuple(
      sets,
      some('StringEquals', 'StringLike', 'StringLike', 'StringNotEquals', 'StringNotLike'),
      modifiers,
      fc.uniqueArray(some<string>(...patterns[key]), { minLength: 1, maxLength: 2 }),
    )
    .map(([set, operator, modifier, values]) => [`${set}${operator}${modifier}`, key, values] as const);
const addresses = fc
  .tuple(
    some('IpAddress', 'NotIpAddress'),
    some('192.0.2.0/24', '10.0.0.0/8', '0.0.0.0/0', '0.0.0.0/1', '2001:db8::/32', '::/0'),
  )
  .map(([operator, value]) => [operator, 'aws:SourceIp', [value]] as const);
const others = some(
  ['Bool', 'aws:SecureTransport', ['true']] as const,
  ['Bool', 'aws:MultiFactorAuthPresent', ['true']] as const,
  ['Null', 'aws:PrincipalOrgID', ['false']] as const,
  ['Null', 'aws:PrincipalTag/team', ['true']] as const,
  ['DateLessThan', 'aws:CurrentTime', ['2020-01-01T00:00:00Z']] as const,
);
const conditions = fc.array(
  fc.oneof(...(Object.keys(patterns) as (keyof typeof patterns)[]).map(ofKey), addresses, others),
  { maxLength: 3 },
);
const conditionOf = (entries: readonly (readonly [string, string, readonly string[]])[]): Json => {
  const result: Record<string, Record<string, readonly string[]>> = {};
  for (const [operator, key, values] of entries) result[operator] = { ...result[operator], [key]: values };
  return entries.length === 0 ? {} : { Condition: result };
};
const principals = some<unknown>(
  '*',
  { AWS: B },
  { AWS: CALLER },
  { AWS: `arn:aws:iam::${C}:root` },
  { AWS: `arn:aws:iam::${A}:root` },
  { Service: 'ec2.amazonaws.com' },
  { AWS: [B, C] },
);
const statementOf = (Effect: string, Action: string, Resource?: string) =>
  fc.tuple(principals, conditions).map(
    ([Principal, entries]): Json => ({
      ...{ Effect, Action, Principal: Effect === 'Deny' ? '*' : Principal },
      ...(Resource !== undefined && { Resource }),
      ...conditionOf(entries),
    }),
  );

interface Case {
  readonly guarded: GuardedPolicy;
  readonly statement: Json;
}
const caseOf = (isTrust: boolean): fc.Arbitrary<Case> => {
  const [action, resource] = isTrust
    ? ['sts:AssumeRole', ROLE]
    : ['execute-api:Invoke', `${API}/dev/GET/orders`];
  const target = isTrust ? undefined : `${API}/*`;
  return fc
    .tuple(
      statementOf('Allow', action, target),
      fc.array(statementOf('Deny', action, target), { maxLength: 1 }),
    )
    .map(([statement, denies]) => ({
      statement,
      guarded: {
        policy: { name: 'policy', document: { Version: '2012-10-17', Statement: [statement, ...denies] } },
        knownAccounts: {
          ...{
            accountId: A,
            partition: 'aws',
            callerAccounts: [B],
            organizations: new Map([
              [A, 'o-1'],
              [B, 'o-1'],
            ]),
          },
          now: new Date('2026-12-01T00:00:00Z'),
        },
        askedActions: [{ action, resource }],
        ...{ isForOwnAccount: isTrust, inVpc: false, resourceControl: [], serviceControl: new Map() },
      },
    }));
};
const cases = fc.oneof(caseOf(true), caseOf(false));

/** A role of an account that no policy names. */
function outsider(accountId: string, name: string): AssumedRole {
  return {
    ...{ type: 'AssumedRole', accountId, principalArn: `arn:aws:iam::${accountId}:role/${name}`, tags: {} },
    ...{
      arn: `arn:aws:sts::${accountId}:assumed-role/${name}/caller`,
      roleName: name,
      roleId: 'AROASTRANGER000000000',
    },
    ...{ userId: 'AROASTRANGER000000000:caller', sessionName: 'caller', issuedAt: new Date(0) },
    ...{ sessionPolicies: [], transitiveTagKeys: [] },
  };
}
const requests = fc.record({
  account: some('444455556666', '298765432109', '900000000001'),
  name: some('caller', 'call-me', 'x', 'another'),
  origin: some<Json>(
    { 'aws:SourceIp': '81.2.69.142' },
    { 'aws:SourceIp': '146.70.2.5' },
    { 'aws:SourceIp': '2a02:26f0::77' },
    { 'aws:SourceVpce': 'vpce-0f00' },
  ),
  organization: some<Json>({}, { 'aws:PrincipalOrgID': 'o-a1b2c3d4e5' }),
  tag: some<Json>({}, { 'aws:PrincipalTag/team': 'billing' }, { 'aws:PrincipalTag/team': 'another' }),
  externalId: some<Json>({}, { 'sts:ExternalId': 'secret' }, { 'sts:ExternalId': 'y' }),
  agent: some<Json>({}, { 'aws:UserAgent': 'curl/8' }, { 'aws:UserAgent': 'x' }),
  mfa: some<Json>({}, { 'aws:MultiFactorAuthPresent': 'true' }),
});

/** Whether a request of a stranger is allowed. The key that nobody knows is absent. */
function isAllowed(
  { guarded }: Case,
  request: typeof requests extends fc.Arbitrary<infer Request> ? Request : never,
): boolean {
  const principal = outsider(request.account, request.name);
  const { account: _, name: _name, ...keys } = request;
  const context = Object.assign(
    {
      ...principalContext(principal),
      'aws:SecureTransport': 'true',
      'aws:CurrentTime': '2026-12-01T00:00:00Z',
    },
    ...Object.values(keys),
  ) as Record<string, string>;
  const [askedAction] = guarded.askedActions;
  const identity = [
    {
      name: 'own',
      document: { Version: '2012-10-17', Statement: [{ Effect: 'Allow', Action: '*', Resource: '*' }] },
    },
  ];
  return decide(
    {
      principal,
      action: askedAction?.action ?? '',
      resource: askedAction?.resource ?? '',
      resourceAccountId: A,
      context,
      resourcePolicy: guarded.policy,
    },
    { identity, serviceControl: [], resourceControl: [] },
  ).allowed;
}

const judge = ({ guarded, statement }: Case): StatementJudgement => judgeStatement(guarded, statement);

test('Each request that the engine shows is allowed, and by an outsider.', () => {
  fc.assert(
    fc.property(cases, (one) => {
      const judgement = judge(one);
      if (judgement.kind !== 'open') return;
      for (const { request, outsider: requester } of judgement.witnesses) {
        const identity = [
          {
            name: 'own',
            document: { Version: '2012-10-17', Statement: [{ Effect: 'Allow', Action: '*', Resource: '*' }] },
          },
        ];
        expect(decide({ ...request, resourcePolicy: one.guarded.policy }, { identity }).allowed).toBe(true);
        expect(request.context['aws:PrincipalArn']).not.toBe(CALLER);
        if (requester.kind === 'anybody')
          expect(request.context['aws:PrincipalAccount']).not.toMatch(/^(1{12}|2{12}|3{12})$/);
      }
    }),
    { numRuns: 200 },
  );
});

test('A statement that admits a stranger by chance is not called narrow, and the generator proves itself.', () => {
  const endings = new Map<string, number>();
  const texts = new Set<string>();
  let admitted = 0;
  fc.assert(
    fc.property(cases, fc.array(requests, { minLength: 20, maxLength: 20 }), (one, asked) => {
      const judgement = judge(one);
      const kind = judgement.kind === 'open' ? judgement.witnesses[0].outsider.kind : judgement.kind;
      endings.set(kind, (endings.get(kind) ?? 0) + 1);
      texts.add(JSON.stringify(one.guarded.policy.document));
      if (!asked.some((request) => isAllowed(one, request))) return;
      admitted += 1;
      expect(['open', 'unread']).toContain(judgement.kind);
    }),
    { numRuns: 600 },
  );
  // Distinct policies, each ending, and strangers whom a policy admits.
  expect(texts.size).toBeGreaterThan(500);
  expect(admitted).toBeGreaterThan(40);
  for (const kind of ['anybody', 'account', 'narrow', 'unread']) {
    expect([kind, (endings.get(kind) ?? 0) > 20]).toEqual([kind, true]);
  }
  for (const kind of ['organization', 'names', 'network']) {
    expect([kind, (endings.get(kind) ?? 0) > 0]).toEqual([kind, true]);
  }
});

test('A statement that is opened by one change is found to be open.', () => {
  const narrow: Json = {
    ...{ Effect: 'Allow', Principal: '*', Action: 'sts:AssumeRole' },
    Condition: { StringEquals: { 'aws:PrincipalArn': CALLER, 'aws:PrincipalOrgID': 'o-1' } },
  };
  const guarded = (statement: Json): GuardedPolicy => ({
    ...fc.sample(caseOf(true), 1)[0]!.guarded,
    policy: { name: 'p', document: { Version: '2012-10-17', Statement: [statement] } },
  });
  const judgement = (Condition: Json) => {
    const statement = { ...narrow, Condition };
    return judge({ guarded: guarded(statement), statement }).kind;
  };
  expect(judgement(narrow.Condition as Json)).toBe('narrow');
  for (const operator of ['StringEqualsIfExists', 'ForAllValues:StringEquals', 'StringNotEquals']) {
    expect(judgement({ [operator]: { 'aws:PrincipalOrgID': 'o-1' } })).toBe('open');
  }
  expect(judgement({ StringLike: { 'aws:PrincipalArn': CALLER.replace(B, '*') } })).toBe('open');
  expect(judgement({ StringLike: { 'aws:PrincipalArn': `${CALLER}*` } })).toBe('open');
});

test('The work for a statement is counted, and ends: what was not tried is said.', () => {
  const values = Array.from({ length: 3000 }, (_, index) => `arn:aws:iam::*:role/${'*a'.repeat(20)}${index}`);
  const statement: Json = {
    ...{ Effect: 'Allow', Principal: { AWS: B }, Action: 'sts:AssumeRole' },
    Condition: { ArnNotLike: { 'aws:PrincipalArn': values }, StringEquals: { 'aws:PrincipalTag/a': 'b' } },
  };
  const guarded: GuardedPolicy = {
    ...fc.sample(caseOf(true), 1)[0]!.guarded,
    policy: { name: 'p', document: { Version: '2012-10-17', Statement: [statement] } },
  };
  let [spent, left] = [0, 200_000];
  const budget = {
    spend(steps: number) {
      if (left >= 0) spent += steps;
      left -= steps;
      return left >= 0;
    },
  };
  expect(judgeStatement(guarded, statement, budget)).toEqual({
    kind: 'unread',
    reason: 'its patterns take too many steps',
  });
  expect(spent).toBeLessThan(300_000);
});

import fc from 'fast-check';
import { decide } from '../decision/authorizer.ts';
import type { AuthorizationRequest } from '../decision/decision.ts';
import { principalContext } from '../decision/principal-context.ts';
import type { Principal, ServicePrincipal } from '../principal.ts';
import {
  A,
  API,
  B,
  FUNCTION,
  guardedApi,
  guardedFunction,
  guardedRole,
  type Json,
} from './guarded-policies.testing.ts';
import type { GuardedPolicy } from './guarded-policy.ts';
import { judgeStatement, type StatementJudgement } from './judge-statement.ts';

/* An attacker's requests against random statements. The conditions are made from the values of such requests, with wildcards, negations, absent
keys, several operators for one key and policy variables, so that many of them let an attacker in. None of that is the engine's. */

const some = <Item>(...items: readonly Item[]) => fc.constantFrom(...items);

/** What an attacker sends, or is. Its accounts are not those that policies name. */
const values = {
  'aws:PrincipalOrgID': ['o-a1b2c3', 'o-mine'],
  'aws:PrincipalOrgPaths': ['o-a1b2c3/r-1/ou-1/', 'o-mine/r-1/ou-2/ou-3/'],
  'aws:PrincipalTag/team': ['billing', 'b'],
  'aws:PrincipalTag/level': ['billing', '9'],
  'aws:SourceIp': ['81.2.69.142', '146.70.2.5', '2a02:26f0::77'],
  'aws:SourceVpce': ['vpce-0f00', 'vpce-1a1a'],
  'aws:SourceVpc': ['vpc-0f00', 'vpc-1a1a'],
  'aws:VpcSourceIp': ['10.0.1.2', '192.168.7.7'],
  'sts:ExternalId': ['secret', 's'],
  'aws:UserAgent': ['curl/8', 'aws-cli/2'],
  'aws:TagKeys': ['team', 'level'],
  'aws:RequestedRegion': ['eu-central-1', 'us-east-1'],
  'aws:CalledVia': ['cloudformation.amazonaws.com', 'athena.amazonaws.com'],
  'aws:SourceIdentity': ['alice', 'bob'],
} as const;
const accounts = ['444455556666', '298765432109', '900000000001'];
const principalArns = accounts.flatMap((account) => [
  `arn:aws:iam::${account}:role/caller`,
  `arn:aws:iam::${account}:role/team/prod-caller`,
  `arn:aws:iam::${account}:user/bob`,
  `arn:aws:iam::${account}:root`,
]);
const texts: Readonly<Record<string, readonly string[]>> = {
  ...values,
  // Conditions also name who is meant.
  'aws:PrincipalArn': [...principalArns, `arn:aws:iam::${B}:role/caller`],
  'aws:PrincipalAccount': [...accounts, A, B],
  'aws:PrincipalType': ['AssumedRole', 'User', 'Account'],
  'aws:username': ['bob', 'alice'],
  'aws:SourceArn': [
    `arn:aws:sns:eu-central-1:${accounts[0]}:topic`,
    `${API}/dev/GET/orders`,
    'arn:aws:s3:::bucket',
  ],
  'aws:SourceAccount': [...accounts, A],
  'aws:PrincipalServiceName': ['sns.amazonaws.com', 's3.amazonaws.com'],
};

/** A text, with a wildcard in place of a part of it. */
const wild = (text: string): fc.Arbitrary<string> =>
  fc.tuple(fc.nat(text.length), fc.nat(text.length), some('*', '*', '?')).map(([one, other, wildcard]) => {
    const [start, end] = [Math.min(one, other), Math.max(one, other)];
    return text.slice(0, start) + (wildcard === '*' ? '*' : '?'.repeat(end - start)) + text.slice(end);
  });
/** A pattern names no account of the attacker: that would be trust in it. */
const isOfNobody = (text: string) =>
  !/bucket$/.test(text) && !accounts.some((account) => text.replaceAll('*', '').includes(account));
// biome-ignore format: one line for the linter
// biome-ignore lint/suspicious/noTemplateCurlyInString: policy variables
const variables = some('${aws:PrincipalTag/level}', "${aws:PrincipalTag/level, 'b'}", '${aws:username}');

type Entry = readonly [operator: string, key: string, values: readonly string[]];
const keys = Object.keys(texts);
const entry = (key: string): fc.Arbitrary<Entry> => {
  const exact = some(...(texts[key] ?? [])).filter(isOfNobody);
  const pattern = some(...(texts[key] ?? []))
    .chain(wild)
    .filter(isOfNobody);
  const known = (texts[key] ?? []).some(isOfNobody);
  const isArn = /Arn$/.test(key);
  const operators = [
    ...[
      'StringLike',
      'StringLike',
      'StringNotLike',
      'StringEquals',
      'StringNotEquals',
      'StringEqualsIgnoreCase',
    ],
    ...(isArn ? ['ArnLike', 'ArnLike', 'ArnNotLike', 'ArnEquals'] : []),
  ];
  const text = fc.oneof(
    { weight: 6, arbitrary: pattern },
    ...(known ? [{ weight: 3, arbitrary: exact }] : []),
    {
      weight: key.includes('Tag/team') ? 2 : 0,
      arbitrary: variables,
    },
  );
  const compared = fc
    .tuple(
      some('', '', '', '', 'ForAllValues:', 'ForAnyValue:'),
      some(...operators),
      some('', '', '', 'IfExists'),
      fc.uniqueArray(text, { minLength: 1, maxLength: 3 }),
    )
    .map(([set, operator, ifExists, list]): Entry => [`${set}${operator}${ifExists}`, key, list]);
  const isNull = some('true', 'false').map((value): Entry => ['Null', key, [value]]);
  return fc.oneof({ weight: 9, arbitrary: compared }, { weight: 1, arbitrary: isNull });
};
const others = some<Entry>(
  ['IpAddress', 'aws:SourceIp', ['81.0.0.0/8', '146.70.0.0/16']],
  ['NotIpAddress', 'aws:SourceIp', ['81.2.69.0/24']],
  ['IpAddressIfExists', 'aws:SourceIp', ['192.0.2.0/24']],
  ['IpAddress', 'aws:VpcSourceIp', ['10.0.0.0/8']],
  ['Bool', 'aws:SecureTransport', ['true']],
  ['Bool', 'aws:ViaAWSService', ['true']],
  ['BoolIfExists', 'aws:ViaAWSService', ['false']],
  ['BoolIfExists', 'aws:PrincipalIsAWSService', ['false']],
  ['DateGreaterThan', 'aws:CurrentTime', ['2026-06-01T00:00:00Z']],
);
const entries = fc
  .tuple(
    fc.oneof({ weight: 5, arbitrary: some(...keys).chain(entry) }, { weight: 1, arbitrary: others }),
    // Often one more for the same key.
    some(...keys).chain((key) => fc.tuple(entry(key), entry(key))),
    fc.nat(3),
  )
  .map(([one, [two, three], count]) => [[], [one], [one, two], [two, three]][count] ?? []);
const conditionOf = (list: readonly Entry[]): Json => {
  const condition: Record<string, Record<string, readonly string[]>> = {};
  for (const [operator, key, texts] of list) condition[operator] = { ...condition[operator], [key]: texts };
  return list.length === 0 ? {} : { Condition: condition };
};

interface Case {
  readonly guarded: GuardedPolicy;
  readonly statement: Json;
  readonly askedAction: { readonly action: string; readonly resource: string };
}
const principals = some<Json>(
  ...Array<Json>(6).fill({ Principal: '*' }),
  { Principal: { AWS: ['*', B] } },
  { Principal: { AWS: B } },
  { NotPrincipal: { AWS: B } },
  { NotPrincipal: { AWS: `arn:aws:iam::${B}:role/caller` } },
  { Principal: { Service: ['sns.amazonaws.com', 's3.amazonaws.com'] } },
);
const shapes = [
  {
    make: guardedRole,
    askedAction: { action: 'sts:AssumeRole', resource: `arn:aws:iam::${A}:role/invoke` },
    actions: [{ Action: 'sts:AssumeRole' }, { Action: 'sts:*' }, { NotAction: 'sts:TagSession' }],
    resources: [{}],
  },
  {
    make: guardedApi,
    askedAction: { action: 'execute-api:Invoke', resource: `${API}/dev/GET/orders/42` },
    actions: [
      { Action: 'execute-api:Invoke' },
      { Action: '*' },
      { NotAction: 'execute-api:ManageConnections' },
    ],
    resources: [
      ...[{ Resource: '*' }, { Resource: `${API}/dev/GET/orders/4*` }, { Resource: `${API}/*/GET/*` }],
      ...[{ NotResource: `${API}/prod/*` }, { NotResource: `${API}/dev/POST/orders` }],
    ],
  },
  {
    make: guardedFunction,
    askedAction: { action: 'lambda:InvokeFunction', resource: FUNCTION },
    actions: [
      { Action: 'lambda:InvokeFunction' },
      { Action: 'lambda:*' },
      { NotAction: 'lambda:GetFunction' },
    ],
    resources: [{ Resource: FUNCTION }, { Resource: `${FUNCTION}*` }, { NotResource: `${FUNCTION}:live` }],
  },
];
const cases: fc.Arbitrary<Case> = some(...shapes).chain(({ make, askedAction, actions, resources }) =>
  fc
    .tuple(
      fc.tuple(principals, some<Json>(...actions), some<Json>(...resources), entries),
      fc.array(fc.tuple(some<Json>(...actions), some<Json>(...resources), entries), { maxLength: 2 }),
    )
    .map(([[principal, action, resource, list], denied]) => {
      const statement = { Effect: 'Allow', ...principal, ...action, ...resource, ...conditionOf(list) };
      const denies = denied
        .filter(([, , conditions]) => conditions.length > 0)
        .map(([ofAction, ofResource, conditions]) => ({
          ...{ Effect: 'Deny', Principal: '*', ...ofAction, ...ofResource },
          ...conditionOf(conditions),
        }));
      return { guarded: make(statement, ...denies), statement, askedAction };
    }),
);

/** A request of an attacker: as a role, a user or the root user of an account, or through a service. */
const requests = fc
  .record({
    arn: some(...principalArns),
    keys: fc.record(
      Object.fromEntries(
        Object.entries(values).map(([key, texts]) => [
          key,
          fc.option(some(...(texts as readonly string[])), { nil: undefined }),
        ]),
      ),
    ),
    source: some(...(texts['aws:SourceArn'] ?? [])),
    service: some<string | undefined>('sns.amazonaws.com', 's3.amazonaws.com', ...Array<undefined>(6)),
    viaService: fc.boolean(),
    isFromVpc: fc.boolean(),
  })
  .map(({ arn, keys: sent, source, service, viaService, isFromVpc }) => {
    const [, , , , accountId = '', name = ''] = arn.split(':');
    const list = (value: string | undefined) => (value === undefined ? undefined : [value]);
    const isOwn = source.includes(A);
    const context: Record<string, string | readonly string[] | undefined> = {
      ...{ 'aws:SecureTransport': 'true', 'aws:CurrentTime': '2026-12-01T00:00:00Z' },
      'aws:RequestedRegion': 'eu-central-1',
      ...(service === undefined
        ? {
            ...sent,
            'aws:RequestedRegion': sent['aws:RequestedRegion'] ?? 'eu-central-1',
            'aws:PrincipalOrgPaths': list(sent['aws:PrincipalOrgPaths']),
            'aws:PrincipalOrgID': sent['aws:PrincipalOrgPaths']?.split('/')[0],
            'aws:TagKeys': list(sent['aws:TagKeys']),
            'aws:CalledVia': viaService ? list(sent['aws:CalledVia']) : undefined,
            'aws:ViaAWSService': String(viaService),
            // Either from the Internet, or from a VPC.
            ...(isFromVpc
              ? {
                  'aws:SourceIp': undefined,
                  'aws:SourceVpce': sent['aws:SourceVpce'] ?? 'vpce-0f00',
                  'aws:SourceVpc': sent['aws:SourceVpc'] ?? 'vpc-0f00',
                  'aws:VpcSourceIp': sent['aws:VpcSourceIp'] ?? '10.0.1.2',
                }
              : { 'aws:SourceVpce': undefined, 'aws:SourceVpc': undefined, 'aws:VpcSourceIp': undefined }),
          }
        : {
            'aws:SourceArn': isOwn ? undefined : source,
            'aws:SourceAccount': accounts[0],
          }),
    };
    return { principal: principalOf(service, arn, accountId, name), context };
  });

function principalOf(
  service: string | undefined,
  arn: string,
  accountId: string,
  name: string,
): Principal | ServicePrincipal {
  if (service !== undefined) return { type: 'Service', service };
  const base = { accountId, principalArn: arn, tags: {} };
  if (name === 'root') return { type: 'Root', ...base, arn, userId: accountId };
  if (name.startsWith('user/')) {
    return { type: 'User', ...base, arn, userId: 'AIDASTRANGER000000000', userName: 'bob' };
  }
  const roleName = name.split('/').at(-1) ?? '';
  return {
    ...{ type: 'AssumedRole', ...base, roleName, roleId: 'AROASTRANGER000000000', sessionName: 'me' },
    ...{ arn: `arn:aws:sts::${accountId}:assumed-role/${roleName}/me`, userId: 'AROASTRANGER000000000:me' },
    ...{ issuedAt: new Date(0), sessionPolicies: [], transitiveTagKeys: [] },
  };
}

const identity = [
  {
    name: 'own',
    document: { Version: '2012-10-17', Statement: [{ Effect: 'Allow', Action: '*', Resource: '*' }] },
  },
];

function isAdmitted(
  { guarded, askedAction }: Case,
  { principal, context }: Pick<AuthorizationRequest, 'principal'> & { readonly context: object },
): boolean {
  const isService = principal.type === 'Service';
  // Services ask for nothing but to invoke functions, and root users assume no role.
  if (isService && guarded.serviceActions === undefined) return false;
  if (principal.type === 'Root' && askedAction.action.startsWith('sts:')) return false;
  const known = Object.entries({ ...principalContext(principal), ...context }).filter(
    (pair): pair is [string, string | readonly string[]] => pair[1] !== undefined,
  );
  return decide(
    {
      ...{ principal, ...askedAction, resourceAccountId: A, context: Object.fromEntries(known) },
      resourcePolicy: guarded.policy,
    },
    { identity, serviceControl: [], resourceControl: [] },
  ).allowed;
}

test('No statement by which an attacker gets in is called narrow, or about something else.', () => {
  const endings = new Map<string, number>();
  const count = (kind: string) => endings.set(kind, (endings.get(kind) ?? 0) + 1);
  let admitted = 0;
  fc.assert(
    fc.property(cases, fc.array(requests, { minLength: 40, maxLength: 40 }), (one, asked) => {
      const judgement: StatementJudgement = judgeStatement(one.guarded, one.statement);
      count(judgement.kind);
      const request = asked.find((each) => isAdmitted(one, each));
      if (request === undefined) return;
      admitted += 1;
      if (judgement.kind === 'open' || judgement.kind === 'unread') return;
      throw new Error(
        `${judgement.kind}: ${JSON.stringify(one.guarded.policy.document)} admits ${JSON.stringify(request)}`,
      );
    }),
    { numRuns: Number(process.env.ATTACKS ?? 500) },
  );
  // The generator proves itself: attackers often get in, and often they do not.
  expect(admitted).toBeGreaterThan(150);
  expect(endings.get('narrow') ?? 0).toBeGreaterThan(30);
  expect(endings.get('open') ?? 0).toBeGreaterThan(150);
});

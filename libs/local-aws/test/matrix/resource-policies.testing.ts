import { A, B } from '../running.testing.ts';
import { apiResources, type Resource } from '../template.testing.ts';
import type { Bed, Caller, Statement } from './bed.testing.ts';
import { expectInvocation } from './outcome.testing.ts';

const every = 'execute-api:/*';
const invoke = 'execute-api:Invoke';
const allow = (Principal: unknown, more: Statement = {}): Statement => ({
  Sid: 'Door',
  Effect: 'Allow',
  Principal,
  Action: invoke,
  Resource: every,
  ...more,
});
const deny = (Principal: unknown, more: Statement = {}): Statement => ({
  ...allow(Principal, more),
  Sid: 'Ban',
  Effect: 'Deny',
});

const own = 'allowed: identity-based policy Own';
const door = 'allowed: resource-based policy Door';
const both = 'allowed: resource-based policy Door + identity-based policy Own';
const noIdentity = 'missing: identity-based policy';
const noResource = 'missing: resource-based policy';
const ban = 'denied: resource-based policy Ban';

/** The callers: in account A, which owns the APIs, or B, with or without a policy `Own` that allows the call. */
const callers = ['A with', 'A without', 'B with', 'B without'] as const;
type Row = readonly [
  situation: string,
  policy: readonly Statement[] | undefined,
  aWith: string,
  aWithout: string,
  bWith: string,
  bWithout: string,
];

const user = (accountId: string, name: string) => ({ AWS: `arn:aws:iam::${accountId}:user/${name}` });
const root = (accountId: string) => ({ AWS: `arn:aws:iam::${accountId}:root` });
const visitors = {
  AWS: [A, B].flatMap((id) => [`arn:aws:iam::${id}:user/with`, `arn:aws:iam::${id}:user/without`]),
};

/** Situation, the API's resource policy, and the decision on `GET /open` for each of the four callers. */
const rows: readonly Row[] = [
  ['an API without a policy', undefined, own, noIdentity, noResource, noResource],
  ['everyone', [allow('*')], `${door}`, door, both, noIdentity],
  ['everyone, written {"AWS":"*"}', [allow({ AWS: '*' })], door, door, both, noIdentity],
  ['the own account', [allow(root(A))], own, noIdentity, noResource, noResource],
  ['the other account', [allow(root(B))], own, noIdentity, both, noIdentity],
  ['the other account by its ID', [allow({ AWS: B })], own, noIdentity, both, noIdentity],
  ['these users', [allow(visitors)], door, door, both, noIdentity],
  ['one user of the own account', [allow(user(A, 'without'))], own, door, noResource, noResource],
  ['one user of the other account', [allow(user(B, 'with'))], own, noIdentity, both, noResource],
  ['a service', [allow({ Service: 'events.amazonaws.com' })], own, noIdentity, noResource, noResource],
  [
    'another route',
    [allow('*', { Resource: 'execute-api:/dev/POST/open' })],
    own,
    noIdentity,
    noResource,
    noResource,
  ],
  ['this route', [allow('*', { Resource: 'execute-api:/dev/GET/open' })], door, door, both, noIdentity],
  [
    'this route for any method',
    [allow('*', { Resource: 'execute-api:/*/*/open' })],
    door,
    door,
    both,
    noIdentity,
  ],
  [
    'another stage',
    [allow('*', { Resource: 'execute-api:/prod/*' })],
    own,
    noIdentity,
    noResource,
    noResource,
  ],
  [
    'another action',
    [allow('*', { Action: 'execute-api:InvalidateCache' })],
    own,
    noIdentity,
    noResource,
    noResource,
  ],
  ['a deny for everyone', [allow('*'), deny('*')], ban, ban, ban, ban],
  ['a deny for the other account', [allow('*'), deny(root(B))], door, door, ban, ban],
  ['a deny for one user', [allow('*'), deny(user(A, 'with'))], ban, door, both, noIdentity],
  [
    'a deny of another route',
    [allow('*'), deny('*', { Resource: 'execute-api:/*/POST/*' })],
    door,
    door,
    both,
    noIdentity,
  ],
  [
    'a deny for all but one user and its account',
    [
      allow('*'),
      { ...deny('*'), Principal: undefined, NotPrincipal: { AWS: [root(A).AWS, user(A, 'with').AWS] } },
    ],
    door,
    ban,
    ban,
    ban,
  ],
  [
    'aws:SourceIp of this machine',
    [allow('*', { Condition: { IpAddress: { 'aws:SourceIp': '127.0.0.1/32' } } })],
    door,
    door,
    both,
    noIdentity,
  ],
  [
    'a deny of every aws:SourceIp but one',
    [allow('*'), deny('*', { Condition: { NotIpAddress: { 'aws:SourceIp': '203.0.113.0/24' } } })],
    ban,
    ban,
    ban,
    ban,
  ],
  [
    'aws:PrincipalAccount',
    [allow('*', { Condition: { StringEquals: { 'aws:PrincipalAccount': B } } })],
    own,
    noIdentity,
    both,
    noIdentity,
  ],
  [
    'aws:PrincipalOrgID',
    [allow('*', { Condition: { StringEquals: { 'aws:PrincipalOrgID': 'o-matrix0000' } } })],
    own,
    noIdentity,
    noResource,
    noResource,
  ],
];

/** The logical ID of the API of a row. */
const apiName = (index: number) => `Door${index}`;

/** The APIs of the rows, each with the one route `GET /open`. */
export function resourcePolicyApis(): Record<string, Resource> {
  return Object.assign(
    {},
    ...rows.map(([, statements], index) =>
      apiResources(apiName(index), [{ route: 'GET /open' }], {
        ...(statements && { policy: { Version: '2012-10-17', Statement: statements } }),
      }),
    ),
  );
}

/** Creates the users that the policies name. They must exist before the policies. */
export async function createVisitors(bed: Bed): Promise<void> {
  const Own: Statement = { Sid: 'Own', Effect: 'Allow', Action: invoke, Resource: '*' };
  for (const [index, id] of [A, B].entries()) {
    visitorsOf.set(callers[2 * index] ?? '', await bed.user(id, { name: 'with', statements: [Own] }));
    visitorsOf.set(callers[2 * index + 1] ?? '', await bed.user(id, { name: 'without' }));
  }
}

const visitorsOf = new Map<string, Caller>();

function visitor(who: string): Caller {
  const caller = visitorsOf.get(who);
  if (caller === undefined) throw new Error(`There is no caller ${who}.`);
  return caller;
}

/** Cases of resource policies: one policy suffices in the same account, another account needs both. */
export function resourcePolicyCases(bed: () => Bed): void {
  for (const [index, [situation, , ...decisions]] of rows.entries()) {
    test.each(callers.map((who, column) => [who, decisions[column] ?? ''] as const))(
      `for ${situation}, the decision on %s a policy is "%s"`,
      async (who, decision) => {
        const caller = visitor(who);
        const api = apiName(index);
        const resource = `${bed().apiArn(api)}/dev/GET/open`;
        for (const form of ['header', 'query'] as const) {
          expectInvocation(
            await bed().invoke('GET /open', caller.keys, { api, form }),
            decision,
            caller,
            resource,
          );
        }
      },
    );
  }

  test.each([
    ['in the organization', 'o-matrix0000', both],
    ['in another organization', 'o-another0000', noResource],
  ])('aws:PrincipalOrgID is compared for a caller %s', async (_situation, id, decision) => {
    const { directory } = bed().running.aws;
    directory.setOrganization({ id, accounts: [{ accountId: B, levels: [] }] });
    const index = rows.findIndex(([situation]) => situation === 'aws:PrincipalOrgID');
    const api = apiName(index);
    const caller = visitor('B with');
    const answer = await bed().invoke('GET /open', caller.keys, { api });
    directory.setOrganization(undefined);
    expectInvocation(answer, decision, caller, `${bed().apiArn(api)}/dev/GET/open`);
  });
}

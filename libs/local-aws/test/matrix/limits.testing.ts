import { A, B } from '../running.testing.ts';
import { type Bed, type Caller, policy, type Rights, type Statement } from './bed.testing.ts';
import { expectInvocation } from './outcome.testing.ts';

const invoke = (Sid: string, Resource = '*', Effect = 'Allow'): Statement => ({
  Sid,
  Effect,
  Action: 'execute-api:Invoke',
  Resource,
});
const everything: Statement = { Sid: 'Own', Effect: 'Allow', Action: '*', Resource: '*' };
const open = '@api/dev/GET/open';
const items = '@api/dev/GET/items/*';

const own = 'allowed: identity-based policy Own';
const named = (...statements: readonly Statement[]) => [
  { name: 'scp', document: { Version: '2012-10-17', Statement: statements } },
];
const full = named({ Sid: 'Full', Effect: 'Allow', Action: '*', Resource: '*' });

type BoundaryRow = readonly [situation: string, boundary: readonly Statement[], decision: string];
/** Situation, the permissions boundary of a user with all permissions, and the decision on `GET /open`. */
const boundaries: readonly BoundaryRow[] = [
  ['a boundary that allows it', [invoke('Limit', open)], own],
  [
    'a boundary that allows something else',
    [invoke('Limit', items)],
    'missing: permissions boundary (Limit: Resource)',
  ],
  [
    'a boundary that denies it',
    [everything, invoke('Ban', open, 'Deny')],
    'denied: permissions boundary Ban',
  ],
  ['a boundary about another service', [{ ...everything, Action: 's3:*' }], 'missing: permissions boundary'],
];

type SessionRow = readonly [
  situation: string,
  rights: Rights,
  parameters: Readonly<Record<string, string>>,
  decision: string,
];
/** Situation, the role's rights, the parameters of AssumeRole, and the decision on `GET /open`. */
const sessions: readonly SessionRow[] = [
  ['no session policy', { statements: [everything] }, {}, own],
  [
    'a session policy that allows it',
    { statements: [everything] },
    { Policy: policy([invoke('Narrow', open)]) },
    own,
  ],
  [
    'a session policy that allows something else',
    { statements: [everything] },
    { Policy: policy([invoke('Narrow', items)]) },
    'missing: session policy (Narrow: Resource)',
  ],
  [
    'a session policy that denies it',
    { statements: [everything] },
    { Policy: policy([everything, invoke('Ban', open, 'Deny')]) },
    'denied: session policy Ban',
  ],
  [
    'a session policy that allows more than the role',
    {},
    { Policy: policy([everything]) },
    'missing: identity-based policy',
  ],
  [
    'a managed session policy',
    { statements: [everything] },
    { 'PolicyArns.member.1.arn': 'arn:aws:iam::aws:policy/AmazonAPIGatewayInvokeFullAccess' },
    own,
  ],
  [
    'a managed session policy for something else',
    { statements: [everything] },
    { 'PolicyArns.member.1.arn': 'arn:aws:iam::aws:policy/AWSXRayDaemonWriteAccess' },
    'missing: session policy',
  ],
  [
    'either of two session policies',
    { statements: [everything] },
    {
      Policy: policy([invoke('Narrow', items)]),
      'PolicyArns.member.1.arn': 'arn:aws:iam::aws:policy/AmazonAPIGatewayInvokeFullAccess',
    },
    own,
  ],
  [
    'a boundary of the role',
    { statements: [everything], boundary: [invoke('Limit', items)] },
    {},
    'missing: permissions boundary (Limit: Resource)',
  ],
];

type Level = readonly { name: string; document: Record<string, unknown> }[];
type ScpRow = readonly [situation: string, levels: readonly Level[], decision: string];
/** Situation, the levels of service control policies above account A, and the decision for a user with all permissions. */
const scps: readonly ScpRow[] = [
  ['an account without organizational units', [], own],
  ['FullAWSAccess on every level', [full, full], own],
  [
    'a level that allows something else',
    [full, named(invoke('Level', 'arn:aws:execute-api:eu-west-1:*:*'))],
    'missing: service control policy (Level: Resource)',
  ],
  [
    'a level that denies',
    [[...full, ...named(invoke('Ban', '*', 'Deny'))], full],
    'denied: service control policy Ban',
  ],
  [
    'a region that is not allowed',
    [
      [
        ...full,
        ...named({
          Sid: 'Ban',
          Effect: 'Deny',
          NotAction: 'iam:*',
          Resource: '*',
          Condition: { StringNotEquals: { 'aws:RequestedRegion': 'eu-west-1' } },
        }),
      ],
    ],
    'denied: service control policy Ban',
  ],
];

function levelsOf(levels: readonly Level[]) {
  return levels.map((level) => ({ serviceControlPolicies: [...level] }));
}

/** Cases of limits: permissions boundaries, session policies, service control policies. */
export function limitCases(bed: () => Bed): void {
  const resource = () => `${bed().apiArn()}/dev/GET/open`;
  let everyRight: Promise<Caller> | undefined;
  const mighty = () => {
    everyRight ??= bed().user(A, { statements: [everything] });
    return everyRight;
  };

  const boundaryCases = boundaries.map(([situation, boundary, decision]) => ({
    situation,
    boundary,
    decision,
  }));
  test.each(boundaryCases)('with $situation, the decision is "$decision"', async ({ boundary, decision }) => {
    const caller = await bed().user(A, { statements: [everything], boundary });
    for (const form of ['header', 'query'] as const) {
      expectInvocation(await bed().invoke('GET /open', caller.keys, { form }), decision, caller, resource());
    }
  });

  const sessionCases = sessions.map(([situation, ...rest]) => [situation, rest.at(-1), rest] as const);
  test.each(sessionCases)('with %s, the decision is "%s"', async (_situation, _decision, row) => {
    const [rights, parameters, decision] = row;
    const role = await bed().role(A, rights);
    const caller = await bed().session(role, (await mighty()).keys, parameters);
    for (const form of ['header', 'query'] as const) {
      expectInvocation(await bed().invoke('GET /open', caller.keys, { form }), decision, caller, resource());
    }
  });

  const scpCases = scps.map(([situation, levels, decision]) => ({ situation, levels, decision }));
  test.each(scpCases)('with $situation, the decision is "$decision"', async ({ levels, decision }) => {
    const caller = await mighty();
    const { directory } = bed().running.aws;
    directory.setOrganization({
      id: 'o-matrix0000',
      managementAccountId: B,
      accounts: [{ accountId: A, levels: levelsOf(levels) }],
    });
    try {
      expectInvocation(await bed().invoke('GET /open', caller.keys), decision, caller, resource());
    } finally {
      directory.setOrganization(undefined);
    }
  });

  test('service control policies do not limit the management account', async () => {
    const caller = await mighty();
    const { directory } = bed().running.aws;
    const levels = [named(everything, invoke('Ban', '*', 'Deny'))];
    directory.setOrganization({
      id: 'o-matrix0000',
      managementAccountId: A,
      accounts: [{ accountId: A, levels: levelsOf(levels) }],
    });
    try {
      expectInvocation(await bed().invoke('GET /open', caller.keys), own, caller, resource());
    } finally {
      directory.setOrganization(undefined);
    }
  });
}

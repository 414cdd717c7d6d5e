import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { A, allow, B, policy, testDirectory } from './identity.testing.ts';
import { OrganizationError, parseOrganization, readOrganization } from './organization.ts';

const id = 'o-a1b2c3d4e5';
const deny = { Effect: 'Deny', Principal: '*', Action: 's3:*', Resource: '*' };
const scp = { name: 'Guard', document: policy(allow('*')) };
const rcp = { name: 'Perimeter', document: policy(deny) };
const inLevel = (level: object) => ({ id, accounts: [{ accountId: A, levels: [{}, level] }] });

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'organization-'));
});
afterAll(() => rm(folder, { recursive: true }));

async function read(text: string) {
  const file = join(folder, 'organization.yml');
  await writeFile(file, text);
  return readOrganization(file);
}

test('an organization limits its members, level by level, but not its management account', () => {
  const levels = [
    { serviceControlPolicies: [scp], resourceControlPolicies: [rcp] },
    { resourceControlPolicies: [rcp] },
  ];
  const { directory } = testDirectory({
    organization: { id, managementAccountId: B, accounts: [{ accountId: A, levels }] },
  });
  expect(directory.organizationOf(A)).toEqual({
    organizationId: id,
    serviceControl: [[scp], [{ name: 'FullAWSAccess', document: policy(allow('*')) }]].map((level) =>
      level.map(({ name }) => expect.objectContaining({ name })),
    ),
    resourceControl: [rcp, rcp].map((each) => ({
      ...each,
      arn: expect.stringMatching(
        new RegExp(`^arn:aws:organizations::${B}:policy/${id}/resource_control_policy/p-[0-9a-f]{8}$`),
      ),
    })),
  });
  expect(directory.organizationOf(B)).toEqual({
    organizationId: id,
    serviceControl: [],
    resourceControl: [],
  });
  directory.setOrganization(undefined);
  expect(directory.organizationOf(A)).toBeUndefined();
});

test('an account that is not in the list belongs to no organization', () => {
  const { directory } = testDirectory({ organization: { id, accounts: [{ accountId: A }] } });
  expect(directory.organizationOf(B)).toBeUndefined();
});

test('the example is a valid organization', async () => {
  const file = join(__dirname, '../../examples/organization.yml');
  const { accounts } = await readOrganization(file);
  expect(accounts.map(({ accountId, levels }) => [accountId, levels.length])).toEqual([
    [A, 1],
    [B, 1],
  ]);
});

test('a file is JSON or YAML', async () => {
  const organization = { id, accounts: [] };
  await expect(read(JSON.stringify(organization))).resolves.toEqual(organization);
  await expect(read(`id: ${id}\naccounts: []`)).resolves.toEqual(organization);
});

test.each([
  ['a list', [], 'it must be Object, not "a list"'],
  ['an empty file', null, 'it must be Object, not null'],
  [
    'an ID of another form',
    { id: 'org', accounts: [] },
    'id must be "o-" and 10 to 32 lower-case letters or digits, as `aws organizations describe-organization` prints it, not "org"',
  ],
  ['an organization without accounts', { id }, 'accounts is missing'],
  ['an unknown member', { id, accounts: [], root: {} }, 'root is not a known setting'],
  [
    'an account ID that YAML reads as a number',
    { id, accounts: [{ accountId: 111_111_111_111 }] },
    'accounts[0].accountId must be a string: put the twelve digits in quotes, not 111111111111',
  ],
  [
    'a short account ID',
    { id, managementAccountId: '1', accounts: [] },
    'managementAccountId must have twelve digits, not "1"',
  ],
  [
    'an account that local AWS does not have',
    { id, accounts: [{ accountId: '333333333333' }] },
    `accounts[0].accountId must be an account of local AWS (${A}, ${B}), not "333333333333"`,
  ],
  [
    'an account that is listed twice',
    { id, accounts: [{ accountId: A }, { accountId: A }] },
    `accounts[1].accountId repeats "${A}". Put all levels of an account into one entry`,
  ],
  [
    'a managed policy that does not exist',
    inLevel({ serviceControlPolicies: ['FullAccess'] }),
    'accounts[0].levels[1].serviceControlPolicies[0] must be "FullAWSAccess", or an object with name and document, not "FullAccess"',
  ],
  [
    'a policy without a document',
    inLevel({ serviceControlPolicies: [{ name: 'Guard' }] }),
    'accounts[0].levels[1].serviceControlPolicies[0].document is missing',
  ],
  [
    'a document as text',
    inLevel({ resourceControlPolicies: [{ name: 'Perimeter', document: '{}' }] }),
    'accounts[0].levels[1].resourceControlPolicies[0].document must be a policy document, written as an object, not "{}"',
  ],
  [
    'a level that allows nothing',
    inLevel({
      serviceControlPolicies: [{ name: 'Guard', document: policy({ ...allow('*'), Effect: 'Deny' }) }],
    }),
    'accounts[0].levels[1].serviceControlPolicies must have a policy that allows: without one, the account may do nothing. Add "FullAWSAccess", which AWS attaches by default',
  ],
  [
    'a service control policy with a principal',
    inLevel({ serviceControlPolicies: ['FullAWSAccess', { ...rcp, name: 'Guard' }] }),
    'accounts[0].levels[1].serviceControlPolicies[1] (Guard): Policy document should not specify a principal.',
  ],
  [
    'a service control policy with an unknown element',
    inLevel({
      serviceControlPolicies: ['FullAWSAccess', { name: 'Guard', document: policy({ Efect: 'Deny' }) }],
    }),
    'accounts[0].levels[1].serviceControlPolicies[1] (Guard): Unknown field Efect in statement #1.',
  ],
  ...(
    [
      [
        'that allows',
        { Effect: 'Allow' },
        'Effect must be "Deny", not "Allow": RCPFullAWSAccess allows everything already. Remove the statement.',
      ],
      [
        'that names a principal',
        { Principal: { AWS: A } },
        'Principal must be "*". To deny some principals only, add a condition, e.g. on aws:PrincipalArn.',
      ],
      [
        'with NotAction',
        { Action: undefined, NotAction: 's3:*' },
        'Action must name at least one action. NotAction is not supported.',
      ],
      ['about every service', { Action: '*' }, 'Action must name the service, e.g. "s3:*", not "*".'],
      [
        'with an action in another form',
        { Action: 's3' },
        'Action must have the form service:Name, e.g. "s3:GetObject", not "s3".',
      ],
      [
        'about a service that RCPs do not affect',
        { Action: ['s3:*', 'execute-api:Invoke'] },
        'Action "execute-api:Invoke": resource control policies have no effect on execute-api. Remove it, or use a service control policy.',
      ],
      [
        'without a resource',
        { Resource: undefined },
        'Resource or NotResource must name at least one resource, e.g. "*".',
      ],
    ] as const
  ).map(([what, change, problem]): [string, unknown, string] => [
    `a resource control policy ${what}`,
    inLevel({
      resourceControlPolicies: [
        { name: 'Perimeter', document: policy(JSON.parse(JSON.stringify({ ...deny, ...change }))) },
      ],
    }),
    `accounts[0].levels[1].resourceControlPolicies[0] (Perimeter): statement #1: ${problem}`,
  ]),
])('the error for %s names the place, the value and the rule', (_, value, problem) => {
  const parsing = () => parseOrganization(value, { accountIds: [A, B], source: 'organization.yml' });
  expect(parsing).toThrow(OrganizationError);
  expect(parsing).toThrow(`organization.yml is not valid:\n  ${problem}`);
});

test('an error names a file that is missing, or that is neither JSON nor YAML', async () => {
  const missing = join(folder, 'missing.yml');
  await expect(readOrganization(missing)).rejects.toThrow(
    `The organization file ${missing} cannot be read (ENOENT). Name a JSON or YAML file.`,
  );
  await expect(read(`{"id": "${id}", "id": "x"}`)).rejects.toThrow(
    /must be JSON or YAML: Map keys must be unique/,
  );
  await expect(read('accounts: [')).rejects.toThrow(OrganizationError);
});

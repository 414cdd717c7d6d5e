import fc from 'fast-check';
import { projectWith } from '../project.testing.ts';
import { SettingsError } from './error.ts';
import { readStageSettings, writtenValues } from './read.ts';

const complete =
  'dev: { region: eu-central-1, apiAccountId: "111111111111", callerAccountId: "222222222222", externalId: 0123456789abcdef }';
const extended = (settings: string) => complete.replace(' }', `, ${settings} }`);
const roleArn = (pathAndName: string) => ({
  'Fn::Sub': `arn:\${AWS::Partition}:iam::222222222222:role${pathAndName}`,
});
const read = (text: string, stage = 'dev', region?: string) =>
  readStageSettings(stage, projectWith(text), region);

afterEach(() => {
  delete process.env.STAGE_REGION;
});

test('a stage needs a region, an account ID and an external ID; everything else has a default', () => {
  expect(read(complete)).toEqual({
    region: 'eu-central-1',
    partition: 'aws',
    accessMode: 'assume-role',
    accessModes: ['assume-role'],
    apiAccountId: '111111111111',
    callerAccountId: '222222222222',
    externalId: '0123456789abcdef',
    logRetentionInDays: 14,
    throttlingRateLimit: 100,
    throttlingBurstLimit: 50,
    tracing: true,
    checkResponses: false,
    alarms: false,
    tableBackup: false,
    retainData: false,
    callers: [],
    apis: [],
    values: {},
    rolePath: '/',
    tags: {},
    roleSuffix: '',
    callerRoleName: 'shop-dev',
    callerRoleNames: ['shop-dev'],
    trustedCallerRoles: [roleArn('/shop-dev')],
    trustConditions: { 'sts:ExternalId': ['0123456789abcdef'] },
  });
});

test('the invoke role trusts the previous and the present caller role and external ID, in each region', () => {
  const rotating = extended('callerRoleName: new, previousCallerRoleName: old, previousExternalId: before');
  expect(read(rotating)).toMatchObject({
    callerRoleName: 'new',
    trustedCallerRoles: [roleArn('/new'), roleArn('/old')],
    externalId: '0123456789abcdef',
    trustConditions: { 'sts:ExternalId': ['0123456789abcdef', 'before'] },
  });
  expect(read(rotating, 'dev', 'us-east-1')).toMatchObject({
    callerRoleName: 'new_us-east-1',
    callerRoleNames: ['new_us-east-1', 'old_us-east-1'],
    trustedCallerRoles: [roleArn('/new_us-east-1'), roleArn('/old_us-east-1')],
  });
});

test('with an organization, the invoke role trusts its accounts only', () => {
  expect(read(extended('organizationId: o-a1b2c3d4e5'))).toMatchObject({
    trustConditions: { 'sts:ExternalId': ['0123456789abcdef'], 'aws:PrincipalOrgID': 'o-a1b2c3d4e5' },
  });
});

describe('the access mode resource-policy', () => {
  const mode =
    'region: eu-central-1, apiAccountId: "111111111111", callerAccountId: "222222222222", accessMode: resource-policy';
  const caller =
    'callers: { billing: { accountId: "333333333333", roleName: billing, routes: [GET /sender] } }';

  test('needs no external ID, for no caller', () => {
    const { accessModes, externalId, callers } = read(`dev: { ${mode}, ${caller} }`);
    expect({ accessModes, externalId }).toEqual({ accessModes: ['resource-policy'] });
    expect(callers).toMatchObject([{ name: 'billing', externalId: undefined }]);
  });

  test('needs external IDs while the API still admits the invoke roles', () => {
    const changing = `dev: { ${mode}, previousAccessMode: assume-role, ${caller} }`;
    expect(() => read(changing)).toThrow('dev.externalId is missing.');
    expect(() => read(changing)).toThrow('dev.callers.billing.externalId is missing.');
    expect(read(extended('accessMode: resource-policy, previousAccessMode: assume-role'))).toMatchObject({
      accessModes: ['resource-policy', 'assume-role'],
    });
  });
});

test('the trusted role’s ARN has the path of roles, as aws:PrincipalArn has it', () => {
  expect(read(extended('rolePath: /company/apps/'))).toMatchObject({
    trustedCallerRoles: [roleArn('/company/apps/shop-dev')],
  });
});

describe('a custom domain', () => {
  const certificate =
    'arn:aws:acm:eu-central-1:111111111111:certificate/12345678-1234-1234-1234-123456789012';
  const domain = `name: api.example.com, certificateArn: "${certificate}"`;
  const withDomain = (settings: string) => extended(`customDomain: { ${settings} }`);

  test('points to the stage’s first region, and to no other', () => {
    const text = withDomain(`${domain}, basePath: v1`);
    const customDomain = { name: 'api.example.com', certificateArn: certificate, basePath: 'v1' };
    expect(read(text).customDomain).toMatchObject(customDomain);
    expect(read(text, 'dev', 'us-east-1').customDomain).toBeUndefined();
  });

  test.each([
    [
      'without a certificate',
      'name: api.example.com',
      'dev.customDomain.certificateArn is missing. It must be',
    ],
    [
      'with a URL',
      domain.replace('api.', 'https://api.'),
      'dev.customDomain.name is "https://api.example.com".',
    ],
    ['in upper case', domain.replace('api.', 'API.'), 'must be a host name of yours in lower case'],
    ['of AWS', domain.replace('example.com', 'amazonaws.com'), 'must be a host name of yours'],
    ['of AWS in Europe', domain.replace('example.com', 'amazonaws.eu'), 'must be a host name of yours'],
    ['of an isolated AWS', domain.replace('example.com', 'c2s.ic.gov'), 'must be a host name of yours'],
    ['with a path of two segments', `${domain}, basePath: a/b`, 'It must be one segment of a path'],
    ['with a zone’s name', `${domain}, hostedZoneId: example.com`, 'It must be the ID of a hosted zone'],
    ['with a misspelt setting', `${domain}, basepath: a`, 'dev.customDomain.basepath is an unknown setting.'],
    [
      'with a certificate of another region',
      domain.replace('eu-central-1', 'us-east-1'),
      "It must be a certificate of eu-central-1, the stage's first region",
    ],
    [
      'with a certificate of another partition',
      domain.replace('arn:aws:', 'arn:aws-cn:'),
      "It must be a certificate of eu-central-1, the stage's first region, because the domain points there: arn:aws:acm:eu-central-1:…",
    ],
  ])('%s is refused with the value and the rule', (_what, settings, message) => {
    expect(() => read(withDomain(settings))).toThrow(message);
  });
});

describe('a private API', () => {
  const endpoints =
    'vpcEndpointIds: [vpce-0123456789abcdef0], subnetIds: [subnet-0123456789abcdef0], securityGroupIds: [sg-01234567]';
  const withPrivateApi = (settings: string, others = '') => extended(`privateApi: { ${settings} }${others}`);

  test('is in the stage’s first region only', () => {
    const text = withPrivateApi(endpoints);
    expect(read(text).privateApi?.vpcEndpointIds).toEqual(['vpce-0123456789abcdef0']);
    expect(() => read(text, 'dev', 'us-east-1')).toThrow(
      'is "us-east-1", and dev.privateApi in services/stages.yml names a VPC of eu-central-1.',
    );
  });

  test.each([
    [
      'without subnets',
      endpoints.replace('subnetIds', 'x'),
      '',
      'dev.privateApi.subnetIds is missing. It must be',
    ],
    [
      'without an endpoint',
      endpoints.replace('vpce-0123456789abcdef0', ''),
      '',
      'must be IDs of VPC endpoints',
    ],
    ['with a wildcard', endpoints.replace('vpce-0123456789abcdef0', '"*"'), '', 'vpcEndpointIds.0 is "*".'],
    [
      'with a custom domain',
      endpoints,
      ', customDomain: { name: a.example.com, certificateArn: "arn:aws:acm:eu-central-1:111111111111:certificate/1" }',
      'dev has both customDomain and privateApi.',
    ],
  ])('%s is refused', (_what, settings, others, message) => {
    expect(() => read(withPrivateApi(settings, others))).toThrow(message);
  });
});

describe('a further caller', () => {
  const billing = 'accountId: "333333333333", roleName: team/billing, externalId: abc, routes: [GET /sender]';
  const withCaller = (settings: string, name = 'billing') =>
    extended(`callers: { ${name}: { ${settings} } }`);
  const roleOf = (pathAndName: string) => ({
    'Fn::Sub': `arn:\${AWS::Partition}:iam::333333333333:role/${pathAndName}`,
  });

  test('has its own invoke role, which trusts its role and external ID, in any region', () => {
    const { callers } = read(withCaller(billing));
    expect(callers).toEqual([
      {
        name: 'billing',
        accountId: '333333333333',
        externalId: 'abc',
        routes: ['GET /sender'],
        roleArn: 'arn:aws:iam::333333333333:role/team/billing',
        invokeRoleName: 'depot-dev-invoke.billing',
        trustedRoles: [roleOf('team/billing')],
        trustConditions: { 'sts:ExternalId': ['abc'] },
      },
    ]);
    expect(read(withCaller(billing), 'dev', 'us-east-1').callers).toEqual([
      { ...callers[0], invokeRoleName: 'depot-dev-invoke.billing_us-east-1' },
    ]);
  });

  test('can be rotated, and must be of the stage’s organization', () => {
    const rotating = `${billing}, previousRoleName: old, previousExternalId: before`;
    const organization = 'organizationId: o-a1b2c3d4e5';
    expect(read(withCaller(rotating).replace('callers:', `${organization}, callers:`)).callers).toMatchObject(
      [
        {
          trustedRoles: [roleOf('team/billing'), roleOf('old')],
          trustConditions: { 'sts:ExternalId': ['abc', 'before'], 'aws:PrincipalOrgID': 'o-a1b2c3d4e5' },
        },
      ],
    );
  });

  test('gets its own role name, which IAM accepts, even with a long stage name', () => {
    const stage = 'a'.repeat(32);
    const of = (name: string) =>
      read(withCaller(billing, name).replace('dev', stage), stage, 'us-east-1').callers[0]?.invokeRoleName;
    expect(of('billing-department')).toMatch(/^[\w+=,.@-]{1,64}$/);
    expect(of('billing-department')).not.toBe(of('billing-department-2'));
  });

  test.each([
    [
      'without a role',
      'accountId: "333333333333"',
      "dev.callers.billing.roleName is missing. It must be a role's name",
    ],
    ['with a misspelt setting', `${billing}, route: a`, 'dev.callers.billing.route is an unknown setting.'],
    [
      'with a wildcard in a route',
      billing.replace('/sender', '/*'),
      'dev.callers.billing.routes.0 is "GET /*". It must be a method and a path of the API',
    ],
    ['with no route', billing.replace('GET /sender', ''), 'It must have a route, such as GET /'],
    // To ArnEquals, this would be any role.
    [
      'with a wildcard for its role',
      billing.replace('team/billing', '"*"'),
      'callers.billing.roleName is "*".',
    ],
  ])('%s is refused with the value, the rule and the remedy', (_what, settings, message) => {
    expect(() => read(withCaller(settings))).toThrow(message);
  });

  test.each([
    ['Billing', 'dev.callers.Billing is "Billing". It must be a name of up to 20'],
    ['caller', "It must not have the name caller: that is the caller service's."],
  ])('cannot be called %s', (name, message) => {
    expect(() => read(withCaller(billing, name))).toThrow(message);
  });
});

test('stage local needs no file and no entry, and takes settings from its entry', () => {
  const missing = () => {
    throw Object.assign(new Error('no such file'), { code: 'ENOENT' });
  };
  const local = readStageSettings('local', { ...projectWith(''), readStages: missing });
  expect(local).toMatchObject({ region: 'us-east-1', externalId: 'local-external-id' });
  expect(read(complete, 'local')).toEqual(local);
  expect(read('local:', 'local')).toEqual(local);
  expect(read('local: { externalId: another }', 'local')).toEqual({
    ...local,
    externalId: 'another',
    trustConditions: { 'sts:ExternalId': ['another'] },
  });
  expect(() => read('local: another', 'local')).toThrow('local must have settings');
  expect(() => read('local: { region: cn-north-1 }', 'local')).toThrow(
    'local.region is "cn-north-1". Local AWS has no regions of China, of GovCloud',
  );
});

test('stages can share settings with YAML’s merge keys', () => {
  const stages = `
base: &base { apiAccountId: "111111111111", callerAccountId: "222222222222", externalId: 0123456789abcdef, logRetentionInDays: 1096 }
dev: { <<: *base, region: eu-central-1 }
prod: { <<: *base, region: eu-west-1, logRetentionInDays: 365 }`;
  expect(readStageSettings('dev', projectWith(stages))).toMatchObject({
    region: 'eu-central-1',
    externalId: '0123456789abcdef',
    logRetentionInDays: 1096,
  });
  expect(readStageSettings('prod', projectWith(stages))).toMatchObject({
    region: 'eu-west-1',
    logRetentionInDays: 365,
  });
});

test('if there is no file, the message says which one to copy', () => {
  const missing = () => {
    throw Object.assign(new Error('no such file'), { code: 'ENOENT' });
  };
  expect(() => readStageSettings('dev', { ...projectWith(''), readStages: missing })).toThrow(
    'services/stages.yml does not exist. Copy services/stages.example.yml to services/stages.yml and fill in the stage "dev". Only the stage "local" needs no entry.',
  );
});

test.each([
  ['that is empty', '', 'services/stages.yml has no stage "dev".'],
  ['without the stage', 'prod: {}', 'services/stages.yml has no stage "dev".'],
  [
    'with a name of every object for a stage',
    '{}',
    'services/stages.yml has no stage "constructor".',
    'constructor',
  ],
  ['whose stage is empty', 'dev:', 'dev must have settings, each on a separate line.'],
  ['whose stage is a text', 'dev: text', 'dev must have settings, each on a separate line.'],
  ['that is no YAML', 'dev: [', 'services/stages.yml cannot be read: '],
  ['without a region', 'dev: {}', 'dev.region is missing. It must be a region of AWS, such as eu-central-1.'],
  [
    'without an external ID',
    'dev: {}',
    'dev.externalId is missing. It must be a value of your own, in quotes: `openssl rand -hex 16` makes one.',
  ],
  [
    'with an external ID that STS refuses',
    'dev: { externalId: "a b" }',
    'dev.externalId is "a b". It must have 2 to 1224 of the characters A-Z a-z 0-9 _ + = , . @ : / -.',
  ],
  [
    'with a quota below the default of AWS',
    'dev: { quotas: { apiGatewayResources: 100 } }',
    'dev.quotas.apiGatewayResources is 100. It must be a whole number from 300, which AWS takes by default.',
  ],
  [
    'with a quota that AWS does not raise',
    'dev: { quotas: { stackResources: 600 } }',
    'dev.quotas.stackResources is an unknown setting. Correct its name, or remove it.',
  ],
  [
    'with an unknown access mode',
    'dev: { accessMode: role }',
    'dev.accessMode is "role". It must be assume-role or resource-policy.',
  ],
  [
    'with an account ID without quotes',
    'dev: { callerAccountId: 222222222222 }',
    'dev.callerAccountId is 222222222222. It must be the 12 digits of account B, in quotes.',
  ],
  [
    'with an empty profile',
    'dev: { apiProfile: "" }',
    'dev.apiProfile is "". It must name an AWS profile of account A.',
  ],
  [
    'with a retention that CloudWatch Logs does not offer',
    'dev: { logRetentionInDays: 10 }',
    'dev.logRetentionInDays is 10. It must be one of 1, 3, 5, 7, 14, 30,',
  ],
  ['with half a request', 'dev: { throttlingBurstLimit: 1.5 }', 'It must be a whole number from 1.'],
  ['with "yes" for true', 'dev: { alarms: yes }', 'dev.alarms is "yes". It must be true or false.'],
  [
    'with the setting that the contract has replaced',
    'dev: { idempotency: false }',
    'dev.idempotency is no longer a setting. Remove it. Each operation of the contract says whether the API remembers its keys: idempotencyKey: true in services/contract.',
  ],
  [
    'with a role name that has a path',
    'dev: { callerRoleName: company/caller }',
    'dev.callerRoleName is "company/caller". It must be a role\'s name of at most 48 of the characters A-Z a-z 0-9 _ + = , . @ -, without a path: that is the setting rolePath.',
  ],
  [
    'with the ARN of a role for its name',
    'dev: { previousCallerRoleName: "arn:aws:iam::222222222222:role/caller" }',
    "It must be a role's name of at most 64 of the characters",
  ],
  [
    'with a role path that does not end',
    'dev: { rolePath: /company }',
    'It must begin and end with a slash, such as',
  ],
  // To ArnEquals, this would be any path.
  [
    'with a wildcard in the role path',
    'dev: { rolePath: /*/ }',
    'dev.rolePath is "/*/". It must begin and end',
  ],
  [
    'with an ARN for the permissions boundary, which would be right in one account only',
    'dev: { permissionsBoundary: "arn:aws:iam::111111111111:policy/boundary" }',
    'It must be the name of a managed policy that both accounts have, without an ARN; after its path, if it has one, such as company/boundary.',
  ],
  [
    'with an account for an organization',
    'dev: { organizationId: "222222222222" }',
    'It must be the ID of an AWS organization',
  ],
  [
    'with a text for tags',
    'dev: { tags: cost-center }',
    'dev.tags is "cost-center". It must be names and values',
  ],
  [
    'with a list for tags',
    'dev: { tags: [cost-center] }',
    'dev.tags is ["cost-center"]. It must be names and values',
  ],
  [
    'with a tag without quotes',
    'dev: { tags: { cost-center: 4711 } }',
    'dev.tags.cost-center is 4711. It must be a text in quotes, of up to 256',
  ],
  [
    'with a tag of AWS’s',
    'dev: { tags: { "aws:owner": us } }',
    'dev.tags.aws:owner is "aws:owner". It must be a name',
  ],
  [
    'with a tag twice',
    'dev: { tags: { owner: us, Owner: us } }',
    'It must not have two names that differ only in upper and lower case: IAM takes them for one.',
  ],
])('a file %s is refused with the value, the rule and the remedy', (_what, text, message, stage = 'dev') => {
  expect(() => read(text, stage)).toThrow(SettingsError);
  expect(() => read(text, stage)).toThrow(message);
});

test('a message shows the beginning of a long value only', () => {
  expect(() => read(`dev: { region: ${'x'.repeat(5000)} }`)).toThrow(/is "x{79}…\. It must/);
});

test.each(['', '1dev', 'dev_1', 'a'.repeat(33), 'ä'])('the stage name "%s" is refused', (stage) => {
  expect(() => read(complete, stage)).toThrow(
    `The stage "${stage}" must begin with a letter and have at most 32 letters, digits and hyphens.`,
  );
});

test.each([
  ['eu-central-1', 'aws'],
  ['us-gov-west-1', 'aws-us-gov'],
  ['cn-northwest-1', 'aws-cn'],
  ['us-iso-east-1', 'aws-iso'],
  ['us-isob-east-1', 'aws-iso-b'],
  ['eu-isoe-west-1', 'aws-iso-e'],
  ['us-isof-south-1', 'aws-iso-f'],
  ['eusc-de-east-1', 'aws-eusc'],
  // Announced later than the SDK in use.
  ['ap-southwest-7', 'aws'],
])('%s is in the partition %s', (region, partition) => {
  expect(read(complete.replace('eu-central-1', region))).toMatchObject({ region, partition });
});

test.each([
  'moon',
  'us-iso2-east-1',
  'xx-north-1',
  'eusc-fr-west-1',
  'aws-global',
  'EU-CENTRAL-1',
  'eu-Central-1',
])('the region %s is refused: no partition of AWS can have it', (region) => {
  expect(() => read(complete.replace('eu-central-1', region))).toThrow(
    `dev.region is "${region}". It must be a region of AWS, such as eu-central-1.`,
  );
  expect(() => read(complete, 'dev', region)).toThrow(
    `--region or STAGE_REGION is "${region}". It must be a region of AWS, such as eu-central-1.`,
  );
});

describe('another region than the stage’s first', () => {
  test('is named by --region, or else by STAGE_REGION', () => {
    process.env.STAGE_REGION = 'us-west-2';
    expect(read(complete)).toMatchObject({ region: 'us-west-2', roleSuffix: '_us-west-2' });
    expect(read(complete, 'dev', 'us-east-1')).toMatchObject({
      region: 'us-east-1',
      callerRoleName: 'shop-dev_us-east-1',
    });
  });

  test('adds nothing to the roles’ names if it is the first one', () => {
    expect(read(complete, 'dev', 'eu-central-1')).toEqual(read(complete));
  });

  test('must be a region', () => {
    expect(() => read(complete, 'dev', 'moon')).toThrow(
      '--region or STAGE_REGION is "moon". It must be a region of AWS, such as eu-central-1.',
    );
  });

  test.each([
    ['us-east-1', 'cn-north-1'],
    ['us-gov-west-1', 'us-east-1'],
    ['cn-north-1', 'us-gov-east-1'],
  ])('%s cannot be followed by %s: the accounts of one do not reach the other', (first, region) => {
    expect(() => read(complete.replace('eu-central-1', first), 'dev', region)).toThrow(
      `--region or STAGE_REGION is "${region}", which no account of ${first} can use: ${region} is in the partition `,
    );
  });

  const regions = [
    ...[
      'us-east-1',
      'us-east-2',
      'us-west-1',
      'us-west-2',
      'us-gov-east-1',
      'us-gov-west-1',
      'us-iso-east-1',
    ],
    ...['us-iso-west-1', 'us-isob-east-1', 'af-south-1', 'ap-east-1', 'ap-east-2', 'ap-northeast-1'],
    ...['ap-northeast-2', 'ap-northeast-3', 'ap-south-1', 'ap-south-2', 'ap-southeast-1', 'ap-southeast-2'],
    ...['ap-southeast-3', 'ap-southeast-4', 'ap-southeast-5', 'ap-southeast-6', 'ap-southeast-7'],
    ...[
      'ca-central-1',
      'ca-west-1',
      'cn-north-1',
      'cn-northwest-1',
      'eu-central-2',
      'eu-north-1',
      'eu-south-1',
    ],
    ...[
      'eu-south-2',
      'eu-west-1',
      'eu-west-2',
      'eu-west-3',
      'eusc-de-east-1',
      'il-central-1',
      'me-central-1',
    ],
    ...['me-south-1', 'mx-central-1', 'sa-east-1'],
  ];
  const stages = fc.stringMatching(/^[a-z][a-z0-9-]{0,31}$/);

  /** The settings of a stage whose first region is another one in the same part of AWS. */
  const readIn = (region: string, stage: string, text = complete) =>
    read(text.replace('dev', stage).replace('eu-central-1', region.replace(/\d$/, '9')), stage, region);

  test('gives role names that IAM accepts, whatever the stage and the caller’s role are called', () => {
    const longest = extended(`callerRoleName: ${'a'.repeat(48)}`);
    fc.assert(
      fc.property(stages, fc.constantFrom(...regions), (stage, region) => {
        const { roleSuffix, callerRoleName } = readIn(region, stage);
        for (const name of [
          callerRoleName,
          `depot-${stage}-parcels${roleSuffix}`,
          readIn(region, stage, longest).callerRoleName,
        ]) {
          expect(name).toMatch(/^[\w+=,.@-]{1,64}$/);
        }
      }),
    );
  });

  test('gives each stage in each region its own role names', () => {
    const names = ['dev', 'dev-us-east-1', 'a'.repeat(32)].flatMap((stage) => [
      read(complete.replace('dev', stage), stage).callerRoleName,
      ...regions.map((region) => readIn(region, stage).callerRoleName),
    ]);
    expect(new Set(names).size).toBe(names.length);
  });
});

test('a seed is a command of stage local only', () => {
  expect(read('local: { seed: node scripts/seed.ts }', 'local').seed).toBe('node scripts/seed.ts');
  expect(() => read('local: { seed: "" }', 'local')).toThrow(
    'local.seed is "". It must be a command, such as "node scripts/seed.ts".',
  );
  expect(() => read('dev: { seed: node scripts/seed.ts }', 'dev')).toThrow(
    'dev.seed is for stage local only, which begins empty. Remove it.',
  );
});

describe('the values of an owner', () => {
  test('are there as they are written', () => {
    const values =
      'values: { bucket: shop-dev, limit: 10, rate: 0.5, strict: true, zones: [a, b], tags: { team: a } }';
    expect(read(extended(values)).values).toEqual({
      bucket: 'shop-dev',
      limit: 10,
      rate: 0.5,
      strict: true,
      zones: ['a', 'b'],
      tags: { team: 'a' },
    });
  });

  test.each([
    [
      'a name that a variable cannot have',
      'values: { "a.b": c }',
      'dev.values.a.b is "a.b". It must be a name of up to 64',
    ],
    [
      'an empty value',
      'values: { bucket: }',
      'dev.values.bucket is null. It must be a text, a number, true or false',
    ],
    ['an empty value in a list', 'values: { zones: [a, ] , b: [~] }', 'dev.values.b is [null].'],
    [
      'an infinite number',
      'values: { limit: .inf }',
      'dev.values.limit is null. It must be a text, a number',
    ],
    ['a list of values', 'values: [a]', 'dev.values.0 is "0". It must be a name of up to 64'],
  ])('%s is refused', (_what, settings, message) => {
    expect(() => read(extended(settings))).toThrow(message);
  });

  test('are read as they are written, if another setting has a mistake', () => {
    const project = projectWith('dev: { region: mars, values: { bucket: shop-dev } }');
    expect(writtenValues('dev', project)).toEqual({ bucket: 'shop-dev' });
    expect(writtenValues('prod', project)).toEqual({});
  });
});

describe('stage local', () => {
  const local = (settings: object) => read(JSON.stringify({ local: settings }), 'local');
  const orders = (accountId: string, settings: object = {}) => ({
    orders: {
      url: 'https://a1b2c3d4e5.execute-api.us-east-1.amazonaws.com/prod',
      invokeRoleArn: `arn:aws:iam::${accountId}:role/orders-api-prod-invoke.shop`,
      externalId: 'orders-id',
      ...settings,
    },
  });

  test('needs no profiles: that of an account follows from its ID', () => {
    expect(local({})).toMatchObject({ apiProfile: 'local-api', callerProfile: 'local-caller' });
    const moved = local({
      apiAccountId: '222222222222',
      callerAccountId: '555555555555',
      apis: orders('444444444444'),
      callers: { export: { accountId: '333333333333', roleName: 'export', externalId: 'export-id' } },
    });
    expect(moved).toMatchObject({
      apiProfile: 'local-caller',
      callerProfile: 'local-555555555555',
      apis: [{ profile: 'local-444444444444' }],
    });
    // Its team deploys it, with a profile of theirs.
    expect(moved.callers[0]?.deployment).toBeUndefined();
  });

  test('keeps a profile that is given', () => {
    expect(local({ apiProfile: 'mine', apis: orders('444444444444', { profile: 'theirs' }) })).toMatchObject({
      apiProfile: 'mine',
      apis: [{ profile: 'theirs' }],
    });
  });

  test('is the only stage with such profiles', () => {
    const { apiProfile, callerProfile } = read(complete);
    expect([apiProfile, callerProfile]).toEqual([undefined, undefined]);
  });
});

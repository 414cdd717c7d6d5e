import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { readStageSettings, settingsOfService, type Template } from '@cross-account-api/serverless-plugin';
import { DEFAULT_LIMITS } from '@cross-account-api/signed-fetch';
import { projectWith, shopCaller } from '../../../../serverless-plugin/src/project.testing.ts';
import type { CheckResult } from './check-result.ts';
import { runChecks } from './checks.ts';
import { account, contents, facts, inApiAccount, service, settings } from './facts.testing.ts';
import type {
  AccountContents,
  DeniedAction,
  Facts,
  FurtherServiceFacts,
  Known,
  ServiceFacts,
} from './facts.ts';
import { ASSUMED_LIMITS } from './gather-facts.ts';

/** The findings that are not passed, as text. */
function problems(given: Facts): string[] {
  return runChecks(given)
    .filter(({ status }) => status !== 'pass')
    .map(({ check, status, message }) => `${status} ${check}: ${message}`);
}

function only(given: Facts, check: string): CheckResult {
  const [found, ...others] = runChecks(given).filter((finding) => finding.check === check);
  if (found === undefined || others.length > 0) throw new Error(`There is not one finding of ${check}.`);
  return found;
}

test('a stage that is ready passes every check', () => {
  expect(problems(facts())).toEqual([]);
  expect(new Set(runChecks(facts()).map(({ check }) => check))).toEqual(
    new Set([
      ...['tools', 'end of support', 'settings', 'timeouts', 'payloads', 'credentials', 'region', 'accounts'],
      ...['access log role', 'permissions', 'stacks', 'names', 'routes', 'quotas', 'tls'],
    ]),
  );
});

test('a door without IAM fails, and a route that is declared as open is named', () => {
  const routes = {
    signed: ['POST /parcels'],
    open: ['GET /health'],
    others: ['GET /people'],
    withoutIam: [],
    mistakes: ['GET /sender …'],
  };
  const given = facts();
  const api = { ...service('api'), routes };
  expect(problems({ ...given, services: { api, caller: service('caller') } })).toEqual([
    'fail routes: GET /sender …',
    'warn routes: Anybody may call GET /health: services/api/serverless.yml declares it with "open: true".',
  ]);
});

test('a route with an authorizer other than IAM is named, and is no problem', () => {
  const routes = {
    signed: ['POST /parcels'],
    open: [],
    others: ['GET /people'],
    withoutIam: [],
    mistakes: [],
  };
  const found = runChecks({
    ...facts(),
    services: { api: { ...service('api'), routes }, caller: service('caller') },
  });
  expect(found.filter(({ check }) => check === 'routes')).toEqual(
    [
      'Another authorizer admits the callers of GET /people, and IAM does not.',
      'IAM authorizes POST /parcels.',
    ].map((message) => expect.objectContaining({ status: 'pass', message })),
  );
});

test.each([
  [
    'resource-policy',
    { ...settings, accessModes: ['resource-policy'] as const },
    /With accessMode: assume-role in services\/stages\.yml, and without previousAccessMode, the API has no/,
  ],
  [
    'assume-role, while resource-policy is left',
    { ...settings, accessModes: ['assume-role', 'resource-policy'] as const },
    /without previousAccessMode/,
  ],
  [
    'assume-role of a private API',
    { ...settings, privateApi: { vpcEndpointIds: [], subnetIds: [], securityGroupIds: [] } },
    /^A private API always has such a policy\. Give these routes an API in another service\.$/,
  ],
])(
  'in access mode %s, a route with Cognito or without an authorizer is said to let nobody in',
  (_mode, changed, remedy) => {
    const routes = {
      signed: ['POST /parcels'],
      open: ['GET /health'],
      others: ['GET /people', 'GET /partners'],
      withoutIam: ['GET /health', 'GET /people'],
      mistakes: [],
    };
    const services = { api: { ...service('api'), routes }, caller: { ...service('caller'), routes } };
    const of = (given: Facts['settings']) =>
      runChecks(facts({ settings: given, services })).filter(({ check }) => check === 'routes');
    const [others, nobody, iam, caller] = of(changed);
    expect(others?.message).toBe('Another authorizer admits the callers of GET /partners, and IAM does not.');
    expect(nobody?.message).toMatch(
      /^GET \/health, GET \/people: nobody gets in\. The API has a resource policy/,
    );
    expect(nobody?.remedy).toMatch(remedy);
    expect(iam?.message).toBe('IAM authorizes POST /parcels.');
    // The front door of a caller service has no such policy.
    expect(caller?.message).toContain('Anybody may call GET /health');
    const mended = of(settings).map(({ message }) => message);
    expect(mended.join()).not.toContain('nobody gets in');
  },
);

test('credentials of the shell in place of a profile without any are named', () => {
  const source = {
    from: 'shell',
    prefix: 'AWS',
    subject: 'The access key in AWS_ACCESS_KEY_ID',
    insteadOf: 'vault',
  } as const;
  const { api, caller } = { api: account('api', { source }), caller: account('caller') };
  const [first] = runChecks(facts({ accounts: { api, caller } })).filter(
    ({ check }) => check === 'credentials',
  );
  expect(first).toMatchObject({
    status: 'pass',
    message:
      'The access key in AWS_ACCESS_KEY_ID deploys api as arn:aws:sts::111111111111:assumed-role/deployer/me. AWS\'s files have no credentials for the profile "vault" of services/stages.yml.',
  });
});

describe('tools', () => {
  test.each([
    ['^4.3.1', '4.3.1', 'pass'],
    ['^4.3.1', '4.10.0', 'pass'],
    ['^4.3.1', '4.3.0', 'fail'],
    ['^4.3.1', '5.0.0', 'fail'],
    ['^4.3.1', undefined, 'fail'],
  ])('if %s is wanted and %s is installed: %s', (wanted, found, status) => {
    expect(only(facts({ tools: [{ name: 'osls', wanted, found }] }), 'tools').status).toBe(status);
  });
});

test('settings that cannot be used are shown as they are, and nothing else is checked', () => {
  const broken = facts({ settings: { problem: 'services/stages.yml has no stage "dev".' }, accounts: {} });
  const { services: _, ...without } = broken;
  expect(problems(without)).toEqual(['fail settings: services/stages.yml has no stage "dev".']);
});

test('a serverless.yml that the CLI cannot read fails', () => {
  const broken = { unknown: 'Cannot resolve variable at "functions".' };
  const given = facts({ services: { api: broken, caller: service('caller') } });
  expect(problems(given)).toEqual([
    'fail settings: services/api/serverless.yml cannot be read: Cannot resolve variable at "functions".',
  ]);
});

describe('timeouts', () => {
  const withTimeouts = (api: number, caller: number, timeoutMs = 10_000, isKnown = true): Facts =>
    facts({
      services: {
        api: service('api', { timeoutSeconds: api }),
        caller: service('caller', { timeoutSeconds: caller }),
      },
      limits: { isKnown, timeoutMs, marginMs: 500, maxResponseBytes: 11 * 2 ** 20 },
    });

  test('a function that runs longer than the client waits fails', () => {
    expect(problems(withTimeouts(10, 20))).toEqual([
      'fail timeouts: The function depot-dev may run for 10 s, and the caller gives up after 10 s: a request could be executed and count as failed.',
    ]);
  });

  test('a function that runs longer than API Gateway waits fails, however patient the client is', () => {
    expect(problems(withTimeouts(29, 60, 40_000))).toEqual([
      'fail timeouts: The function depot-dev may run for 29 s, and API Gateway gives up after 29 s: a request could be executed and count as failed.',
    ]);
  });

  test('the remedy for a slow API is that of the call’s own error, and one that works', () => {
    const slow = withTimeouts(15, 20);
    expect(only(slow, 'timeouts')).toMatchObject({
      remedy: expect.stringMatching(/^Raise the option timeoutMs of signedFetch to more than 15000 /),
    });
    expect(problems(withTimeouts(15, 20, 15_001))).toEqual([]);
    // API Gateway waits no longer, whatever the client does.
    expect(only(withTimeouts(29, 60, 40_000), 'timeouts')).toMatchObject({
      remedy: 'Set its timeout in services/api/serverless.yml to less than 29.',
    });
    expect(only(withTimeouts(8, 10), 'timeouts')).toMatchObject({
      remedy: 'Set its timeout in services/caller/serverless.yml to more than 10.5.',
    });
  });

  test('a function without a route may run as long as it likes', () => {
    const given = facts({
      services: {
        api: service('api', { timeoutSeconds: 900, routes: [] }),
        caller: service('caller'),
      },
    });
    expect(problems(given)).toEqual([]);
  });

  test('a caller function that ends before an attempt of its client fails', () => {
    expect(problems(withTimeouts(8, 10))).toEqual([
      'fail timeouts: The function shop-dev ends after 10 s, and one attempt of its client may take 10 s and needs 0.5 s more.',
    ]);
  });
});

test('the assumed limits are the defaults of signed-fetch', () => {
  expect(ASSUMED_LIMITS).toEqual({ isKnown: false, ...DEFAULT_LIMITS });
});

test('limits that are assumed are named, and what they break is a warning: the code may set others', () => {
  const found = (api: number) => {
    const services = {
      api: service('api', { timeoutSeconds: api }),
      caller: service('caller', { timeoutSeconds: 20 }),
    };
    const given = facts({ services, limits: ASSUMED_LIMITS });
    return [only(given, 'timeouts'), only(given, 'payloads')].map(({ status, message }) => [status, message]);
  };
  const assumed = '(the defaults of signed-fetch, assumed)';
  expect(found(8)).toEqual([
    ['pass', expect.stringContaining(`the client's attempt 10 s ${assumed}`)],
    ['pass', expect.stringContaining(`The caller reads up to 11 MB ${assumed}`)],
  ]);
  expect(found(15)[0]).toEqual([
    'warn',
    expect.stringContaining(`the caller gives up after 10 s ${assumed}`),
  ]);
  // API Gateway does not wait that long in any case.
  expect(found(29)[0]).toEqual(['fail', expect.stringContaining('the caller gives up after 10 s')]);
});

test.each([
  [11, 'pass'],
  [10, 'pass'],
  [9, 'warn'],
  [5, 'fail'],
])('a client that reads up to %d MB: %s', (mebibytes, status) => {
  const limits = { isKnown: true, timeoutMs: 10_000, marginMs: 500, maxResponseBytes: mebibytes * 2 ** 20 };
  expect(only(facts({ limits }), 'payloads').status).toBe(status);
});

describe('credentials', () => {
  const callerWith = (identity: NonNullable<Facts['accounts']['caller']>['identity']): Facts => {
    const { contents: _, ...caller } = account('caller', { identity });
    return facts({ accounts: { api: account('api'), caller } });
  };

  test('that are not valid fail, and the checks that depend on them are left out', () => {
    const given = callerWith({ kind: 'credentials', reason: 'Token is expired.' });
    expect(problems(given)).toEqual([
      'fail credentials: The profile "caller-dev" has no valid credentials: Token is expired.',
    ]);
    expect(
      runChecks(given)
        .filter(({ message }) => message.includes('caller-dev'))
        .map(({ remedy }) => remedy),
    ).toEqual([expect.stringContaining('aws sso login --profile caller-dev')]);
  });

  test.each([
    ['region does not exist', 'fail region: AWS has no address for the region eu-central-1: x'],
    [
      'region is not enabled',
      'fail region: The profile "caller-dev" is of an account in which the region eu-central-1 is not enabled: x',
    ],
    ['unreachable', 'fail credentials: AWS did not answer the profile "caller-dev": x'],
  ] as const)('are not to blame if AWS’s answer means: %s', (kind, problem) => {
    expect(problems(callerWith({ kind, reason: 'x' }))).toEqual([problem]);
  });

  test('of another account than the stage has fail', () => {
    const arn = 'arn:aws:iam::333333333333:user/me';
    expect(problems(callerWith({ accountId: '333333333333', arn }))).toEqual([
      'fail accounts: services/stages.yml: dev.callerAccountId is 222222222222, but the profile "caller-dev" belongs to account 333333333333.',
    ]);
  });

  test('of account A are compared with the settings if these have its ID', () => {
    const given = facts({ settings: { ...settings, apiAccountId: '444444444444' } });
    expect(problems(given)).toEqual([
      'fail accounts: services/stages.yml: dev.apiAccountId is 444444444444, but the profile "api-dev" belongs to account 111111111111.',
    ]);
  });

  test('of one account for both services pass, with a note', () => {
    const identity = account('api').identity;
    const given = facts({
      settings: { ...settings, callerAccountId: '111111111111' },
      accounts: { api: account('api'), caller: account('caller', { identity }) },
    });
    expect(only(given, 'accounts')).toMatchObject({
      status: 'pass',
      message: expect.stringContaining('Both are one account'),
    });
  });

  test('of two partitions fail', () => {
    const given = callerWith({ accountId: '222222222222', arn: 'arn:aws-cn:iam::222222222222:user/me' });
    expect(problems(given)).toEqual([
      'fail region: The accounts are of different partitions of AWS (aws and aws-cn), between which no role can be assumed.',
    ]);
  });
});

describe('the access log role', () => {
  test('that is missing fails with the commands of services/README.md', () => {
    const { status, remedy = '' } = only(
      inApiAccount({ accessLogRole: { arn: undefined, isCreated: false } }),
      'access log role',
    );
    expect(status).toBe('fail');
    const readme = readFileSync(join(import.meta.dirname, '../../../../../services/README.md'), 'utf8');
    const step = /^\*\*The role for access logs\.\*\*.*?```sh\n(.*?)```/ms.exec(readme)?.[1] ?? '';
    const words = (text: string) =>
      text
        .replaceAll('\\\n', ' ')
        .replaceAll('<api profile>', 'api-dev')
        .replaceAll('<account A>', '111111111111')
        .replaceAll(/--(profile|region) \S+/g, '')
        .split('\n')
        .map((line) => line.trim().split(/\s+/).sort().join(' '))
        .filter((line) => line !== '');
    expect(words(remedy).slice(1)).toEqual(words(step));
  });

  test('that exists but is not set in this region is not created again', () => {
    const { remedy = '' } = only(
      inApiAccount({ accessLogRole: { arn: undefined, isCreated: true } }),
      'access log role',
    );
    expect(remedy).toContain('apigateway update-account');
    expect(remedy).not.toContain('create-role');
  });
});

describe('permissions', () => {
  const denied = (changes: Partial<DeniedAction>): DeniedAction => ({
    action: 'lambda:CreateFunction',
    resource: 'arn:aws:lambda:eu-central-1:111111111111:function:f',
    by: 'identity-based policies',
    explicit: false,
    missingKeys: [],
    ...changes,
  });
  const deployer = 'arn:aws:iam::111111111111:role/deployer';
  const simulated = {
    principalArn: deployer,
    count: 9,
    absentFromRole: [
      { action: 'lambda:PutFunctionConcurrency' },
      { action: 'lambda:AddPermission', principal: 's3.amazonaws.com' },
    ],
  };
  const withDenied = (...all: Partial<DeniedAction>[]): Facts =>
    inApiAccount({ permissions: { ...simulated, denied: all.map(denied) } });

  test('that are missing fail, and the remedy is the smallest statement', () => {
    const given = withDenied(
      {},
      { action: 'lambda:TagResource' },
      { action: 's3:PutObject', resource: 'arn:aws:s3:::b/*' },
    );
    expect(problems(given)).toEqual([
      `fail permissions: No identity-based policy allows ${deployer} lambda:CreateFunction, lambda:TagResource, s3:PutObject, which a deployment of api needs.`,
    ]);
    const { remedy = '' } = runChecks(given).find(({ status }) => status === 'fail') ?? {};
    expect(
      remedy
        .split('\n')
        .slice(1)
        .map((line) => JSON.parse(line)),
    ).toEqual([
      {
        Effect: 'Allow',
        Action: ['lambda:CreateFunction', 'lambda:TagResource'],
        Resource: ['arn:aws:lambda:eu-central-1:111111111111:function:f'],
      },
      { Effect: 'Allow', Action: ['s3:PutObject'], Resource: ['arn:aws:s3:::b/*'] },
    ]);
  });

  test.each([
    [{ explicit: true }, `A statement denies ${deployer} lambda:CreateFunction`],
    [
      { by: 'the permissions boundary' as const },
      `The permissions boundary does not allow ${deployer} lambda:CreateFunction`,
    ],
    [
      { by: 'the organization' as const },
      `The service control policies of the organization do not allow ${deployer} lambda:CreateFunction`,
    ],
    [
      { by: 'the organization' as const, explicit: true },
      `A service control policy of the organization denies ${deployer} lambda:CreateFunction`,
    ],
  ])('that are denied fail and name the policy: %j', (changes, message) => {
    expect(problems(withDenied(changes))).toEqual([
      `fail permissions: ${message}, which a deployment of api needs.`,
    ]);
  });

  test('of which a statement denies some and none allows others are two findings, each with its remedy', () => {
    const given = withDenied({ explicit: true }, { action: 'lambda:TagResource' });
    expect(problems(given)).toEqual([
      `fail permissions: A statement denies ${deployer} lambda:CreateFunction, which a deployment of api needs.`,
      `fail permissions: No identity-based policy allows ${deployer} lambda:TagResource, which a deployment of api needs.`,
    ]);
    const [deny, allow] = runChecks(given).filter(({ status }) => status === 'fail');
    expect(deny?.remedy).toMatch(/^Remove the Deny, .* --action-names lambda:CreateFunction /s);
    expect(allow?.remedy).toContain('"Action":["lambda:TagResource"]');
  });

  test('whose conditions a simulation cannot know are a warning', () => {
    expect(problems(withDenied({ missingKeys: ['aws:CalledVia'] }))).toEqual([
      `warn permissions: No identity-based policy allows ${deployer} lambda:CreateFunction, which a deployment of api needs. But its policies have conditions on aws:CalledVia, whose values only a deployment has.`,
    ]);
  });

  test('without which AWS goes on are a warning for each action, with the reason', () => {
    const topic = 'arn:aws:sns:eu-central-1:111111111111:t';
    const mayBeForgiven = "AWS's handler goes on if it is refused. (https://example.com)";
    const soft = { action: 'sns:ListTagsForResource', resource: topic, mayBeForgiven };
    const given = withDenied({}, soft, { ...soft, resource: `${topic}2` });
    expect(problems(given)).toEqual([
      `fail permissions: No identity-based policy allows ${deployer} lambda:CreateFunction, which a deployment of api needs.`,
      `warn permissions: No identity-based policy allows ${deployer} sns:ListTagsForResource, for which a deployment of api asks. ${mayBeForgiven}`,
    ]);
    const { remedy = '' } = runChecks(given).find(({ status }) => status === 'warn') ?? {};
    expect(JSON.parse(remedy.split('\n').at(-1) ?? '')).toEqual({
      Effect: 'Allow',
      Action: ['sns:ListTagsForResource'],
      Resource: [topic, `${topic}2`],
    });
  });

  test('that the deployment role of this project lacks, too, are to be added there', () => {
    const remedyOf = (action: string) =>
      runChecks(withDenied({ action })).find(({ status }) => status === 'fail')?.remedy;
    expect(remedyOf('lambda:PutFunctionConcurrency')).toContain(
      'and to services/api/deployment-role.yml, which lacks lambda:PutFunctionConcurrency:',
    );
    expect(remedyOf('lambda:CreateFunction')).toContain('or deploy with the role of services/*/');
  });

  test('to admit a principal name it, in the statement that the role and its template get, too', () => {
    const given = withDenied(
      { action: 'lambda:AddPermission', principal: 's3.amazonaws.com' },
      { action: 'lambda:RemovePermission', principal: 's3.amazonaws.com' },
      { action: 'lambda:TagResource' },
    );
    expect(problems(given)).toEqual([
      `fail permissions: No identity-based policy allows ${deployer} lambda:AddPermission for s3.amazonaws.com, lambda:RemovePermission for s3.amazonaws.com, lambda:TagResource, which a deployment of api needs.`,
    ]);
    const { remedy = '' } = runChecks(given).find(({ status }) => status === 'fail') ?? {};
    const [where, ...statements] = remedy.split('\n');
    expect(where).toBe(
      'Add to a policy of it, and to services/api/deployment-role.yml, which lacks lambda:AddPermission for s3.amazonaws.com:',
    );
    const Resource = ['arn:aws:lambda:eu-central-1:111111111111:function:f'];
    expect(statements.map((line) => JSON.parse(line))).toEqual([
      {
        Effect: 'Allow',
        Action: ['lambda:AddPermission', 'lambda:RemovePermission'],
        Resource,
        Condition: { StringEquals: { 'lambda:Principal': ['s3.amazonaws.com'] } },
      },
      { Effect: 'Allow', Action: ['lambda:TagResource'], Resource },
    ]);
  });

  test('that may not be simulated are a warning', () => {
    const unknown = 'User: x is not authorized to perform: iam:SimulatePrincipalPolicy';
    expect(problems(inApiAccount({ permissions: { unknown } }))).toEqual([
      `warn permissions: What is needed to deploy api was not checked: ${unknown}`,
    ]);
  });
});

describe('stacks', () => {
  const inState = (status: string): Facts => inApiAccount({ stack: { status, resources: new Set() } });

  test.each(['UPDATE_COMPLETE', 'UPDATE_ROLLBACK_FAILED'])(
    'that name an API that somebody deleted fail in %s, with the steps that lead out',
    (status) => {
      const stack = { status, resources: new Set(['abc']), missingApi: 'abc' };
      const failed = runChecks(inApiAccount({ stack })).filter((finding) => finding.status === 'fail');
      expect(failed).toMatchObject([
        {
          message: expect.stringContaining('depot-dev names an API that no longer exists: abc.'),
          remedy: expect.stringContaining('npx sls api:remove --stage dev && npx sls deploy --stage dev'),
        },
      ]);
    },
  );

  test.each(['CREATE_COMPLETE', 'UPDATE_COMPLETE', 'UPDATE_ROLLBACK_COMPLETE', 'REVIEW_IN_PROGRESS'])(
    'in %s can be deployed',
    (status) => {
      expect(problems(inState(status))).toEqual([]);
    },
  );

  test.each([
    ['ROLLBACK_COMPLETE', 'npx sls api:remove --stage dev'],
    ['DELETE_FAILED', 'npx sls api:remove --stage dev'],
    ['ROLLBACK_FAILED', 'npx sls api:remove --stage dev'],
    ['UPDATE_ROLLBACK_FAILED', 'cloudformation continue-update-rollback --stack-name depot-dev'],
    ['UPDATE_IN_PROGRESS', 'Wait until it has ended'],
  ])('in %s fail, and the remedy is: %s', (status, remedy) => {
    expect(problems(inState(status))).toHaveLength(1);
    const failed = runChecks(inState(status)).find((finding) => finding.status === 'fail');
    expect(failed?.message).toContain(`depot-dev is ${status}`);
    expect(failed?.remedy).toContain(remedy);
  });
});

test('a stack that could not be deleted names what it could not delete, and resources can be left behind only after its deletion failed', () => {
  const findingIn = (status: string) =>
    runChecks(
      inApiAccount({
        stack: {
          status,
          resources: new Set(['b']),
          failed: [
            {
              logicalId: 'Bucket',
              reason:
                'Resource handler returned message: "The bucket is not\n empty. (Service: S3, Status Code: 409, Request ID: 1)" (RequestToken: 2, HandlerErrorCode: InvalidRequest)',
            },
            { logicalId: 'Logs' },
          ],
        },
      }),
    ).find((finding) => finding.status === 'fail');
  const described =
    'CloudFormation can only delete it, and could not delete Bucket (The bucket is not empty), Logs.';
  const solve = 'Solve what holds them, then remove the service, and deploy again:';
  expect(findingIn('ROLLBACK_FAILED')).toMatchObject({
    message: `depot-dev is ROLLBACK_FAILED: ${described}`,
    remedy: `${solve}\n  npx sls api:remove --stage dev`,
  });
  expect(findingIn('DELETE_FAILED')).toMatchObject({
    message: `depot-dev is DELETE_FAILED: ${described}`,
    remedy: expect.stringMatching(
      /^Solve .*remove --stage dev\nOr keep them.* cloudformation delete-stack --stack-name depot-dev --retain-resources Bucket Logs$/s,
    ),
  });
});

test('a rollback that failed names what could not be put back, and how to go on without it', () => {
  const failed = [{ logicalId: 'Role', reason: 'Cannot exceed quota for PoliciesPerRole: 10' }];
  const stack = { status: 'UPDATE_ROLLBACK_FAILED', resources: new Set(['r']), failed };
  expect(runChecks(inApiAccount({ stack })).find(({ status }) => status === 'fail')).toMatchObject({
    message:
      'depot-dev is UPDATE_ROLLBACK_FAILED: CloudFormation updates it only after the rollback, and could not put back Role (Cannot exceed quota for PoliciesPerRole: 10).',
    remedy: expect.stringMatching(
      /^Solve what holds them, and:\n.* continue-update-rollback --stack-name depot-dev\nOr leave them.*\n.* --stack-name depot-dev --resources-to-skip Role$/s,
    ),
  });
});

describe('names', () => {
  const name = { kind: 'role', name: 'depot-dev-role' } as const;
  const stack = { status: 'CREATE_COMPLETE', resources: new Set([name.name]) };

  test('that the stack has already pass', () => {
    expect(problems(inApiAccount({ stack, existing: new Map([[name, true]]) }))).toEqual([]);
  });

  test('that something else has fail', () => {
    for (const other of [undefined, { ...stack, resources: new Set(['x']) }]) {
      expect(problems(inApiAccount({ stack: other, existing: new Map([[name, true]]) }))).toEqual([
        'fail names: The role depot-dev-role exists, and is not part of the stack depot-dev: the deployment would fail.',
      ]);
    }
  });

  test('that cannot be looked up are a warning', () => {
    expect(problems(inApiAccount({ existing: new Map([[name, { unknown: 'Access denied.' }]]) }))).toEqual([
      'warn names: The role depot-dev-role was not checked: Access denied.',
    ]);
  });
});

describe('the roles that the deployer may give to functions', () => {
  const boundary = { arn: 'arn:aws:iam::111111111111:policy/company', exists: true };
  const others = [
    { name: 'depot-dev-admin', boundaryArn: undefined },
    { name: 'depot-dev-old', boundaryArn: 'arn:aws:iam::111111111111:policy/old' },
  ];

  test('are named if they are outside of the boundary, with the command that gives it to them', () => {
    const [finding] = runChecks(inApiAccount({ boundary, unboundedRoles: others })).filter(
      ({ check }) => check === 'roles within the boundary',
    );
    expect(finding).toMatchObject({
      status: 'warn',
      message: expect.stringContaining(
        'depot-dev-admin (none), depot-dev-old (another: arn:aws:iam::111111111111:policy/old).',
      ),
      remedy: expect.stringContaining(
        '  aws --profile api-dev --region eu-central-1 iam put-role-permissions-boundary --role-name depot-dev-admin --permissions-boundary arn:aws:iam::111111111111:policy/company\n',
      ),
    });
  });

  test('are counted if they are many, and no warning if there are none', () => {
    const many = Array.from({ length: 12 }, (_, index) => ({
      name: `depot-dev-${index}`,
      boundaryArn: undefined,
    }));
    expect(problems(inApiAccount({ boundary, unboundedRoles: many }))[0]).toContain('and 2 more.');
    expect(problems(inApiAccount({ boundary, unboundedRoles: [] }))).toEqual([]);
    expect(problems(inApiAccount({ boundary, unboundedRoles: { unknown: 'denied' } }))).toEqual([
      'warn roles within the boundary: The permissions boundary of roles whose names begin with depot-dev was not checked: denied',
    ]);
  });
});

test('a permissions boundary that an account lacks fails', () => {
  const boundary = { arn: 'arn:aws:iam::111111111111:policy/company', exists: false };
  expect(problems(inApiAccount({ boundary }))).toEqual([
    'fail permissions boundary: There is no policy arn:aws:iam::111111111111:policy/company, which services/stages.yml names as permissionsBoundary of all roles.',
  ]);
});

describe('the events of a function', () => {
  const arn = 'arn:aws:iam::222222222222:policy/shop-dev-boundary';
  const events = [
    { functionName: 'shop-dev', event: 'schedule', actions: ['lambda:InvokeFunction'] },
    { functionName: 'shop-dev', event: 'sqs', actions: ['sqs:ReceiveMessage'] },
  ];
  const withLacks = (lacks: Known<ReadonlySet<string>>): Facts =>
    facts({
      services: { api: service('api'), caller: { ...service('caller'), events } },
      accounts: {
        api: account('api'),
        caller: account('caller', {
          contents: contents('caller', { boundary: { arn, exists: true, lacks } }),
        }),
      },
    });

  test('fail with what the permissions boundary does not allow them', () => {
    const given = withLacks(new Set(['lambda:InvokeFunction']));
    expect(problems(given)).toEqual([
      `fail permissions boundary: The permissions boundary ${arn} allows no lambda:InvokeFunction (event schedule of shop-dev): the stack would be deployed, and these events would not arrive.`,
    ]);
    expect(only(given, 'permissions boundary').remedy).toContain('with the parameter Triggers=yes');
    expect(problems(withLacks(new Set()))).toEqual([]);
    expect(problems(withLacks({ unknown: 'denied' }))).toEqual([
      `warn permissions boundary: What events need of ${arn} was not checked: denied`,
    ]);
  });

  test('of a plugin of somebody else are named, as nobody knows what they need', () => {
    const stranger = { functionName: 'shop-dev', event: 'ofAPlugin', actions: undefined };
    const services = { api: service('api'), caller: { ...service('caller'), events: [stranger] } };
    expect(only(facts({ services }), 'events')).toMatchObject({
      status: 'warn',
      message: expect.stringContaining('The event ofAPlugin of shop-dev in services/caller/serverless.yml'),
      remedy: expect.stringContaining('https://github.com/oss-serverless/osls/tree/4.x/docs/events'),
    });
  });
});

describe('the organization that the settings trust', () => {
  const withOrganization = (id: string | undefined): Facts => {
    const caller = account('caller', { contents: contents('caller', { organization: { id } }) });
    const trusting = { ...settings, organizationId: 'o-a1b2c3d4e5' };
    return facts({ settings: trusting, accounts: { api: account('api'), caller } });
  };

  test('passes if it is that of account B', () => {
    expect(only(withOrganization('o-a1b2c3d4e5'), 'organization').status).toBe('pass');
  });

  test.each([
    ['o-0000000000', 'the organization o-0000000000'],
    [undefined, 'no organization'],
  ])('fails if account B is in %s', (id, described) => {
    expect(problems(withOrganization(id))).toEqual([
      `fail organization: services/stages.yml: dev.organizationId is o-a1b2c3d4e5, but account B is in ${described}: the API would not admit the caller.`,
    ]);
  });
});

describe("the caller's VPC", () => {
  const withEndpoint = (privateDns: boolean, ofPrivateApi?: string): Facts => {
    const vpcEndpoints = [{ id: 'vpce-1', vpcId: 'vpc-1', privateDns }];
    const caller = account('caller', { contents: contents('caller', { vpcEndpoints }) });
    const vpc = { subnetIds: ['subnet-1'], securityGroupIds: ['sg-1'] };
    const privateApi = ofPrivateApi === undefined ? undefined : { vpcEndpointIds: [ofPrivateApi], ...vpc };
    return facts({
      settings: { ...settings, ...(privateApi && { privateApi }) },
      accounts: { api: account('api'), caller },
    });
  };

  test('passes if its execute-api endpoint has no private DNS', () => {
    expect(only(withEndpoint(false), 'network').status).toBe('pass');
  });

  test.each([true, false])('passes if it has the endpoint of a private API, with private DNS: %s', (dns) => {
    expect(only(withEndpoint(dns, 'vpce-1'), 'network').status).toBe('pass');
  });

  test('fails if it does not have the endpoint of a private API', () => {
    expect(problems(withEndpoint(true, 'vpce-2'))).toEqual([
      expect.stringMatching(/^fail network: .* has no execute-api endpoint vpce-2, .* dev\.privateApi/),
    ]);
  });

  test('is a warning if its endpoint has private DNS, as a public API then answers 403', () => {
    expect(problems(withEndpoint(true))).toEqual([
      expect.stringMatching(
        /^warn network: The caller's VPC vpc-1 has the execute-api endpoint vpce-1 .* 403/,
      ),
    ]);
  });
});

test('an API that takes TLS 1.0 is a warning, and a private one takes TLS 1.2 by default', () => {
  const stage = (more: string) =>
    `dev: { region: eu-central-1, apiAccountId: "111111111111", callerAccountId: "222222222222", externalId: 0123456789abcdef${more} }`;
  const given = (more: string) => facts({ settings: readStageSettings('dev', projectWith(stage(more))) });
  for (const more of ['', ', securityPolicy: TLS_1_0']) {
    expect(only(given(more), 'tls')).toMatchObject({
      status: 'warn',
      message: expect.stringContaining('The API takes TLS 1.0'),
      remedy: expect.stringContaining('SecurityPolicy_TLS13_1_2_PFS_PQ_2025_09'),
    });
  }
  const vpc =
    ', privateApi: { vpcEndpointIds: [vpce-0123456789abcdef0], subnetIds: [subnet-0123456789abcdef0], securityGroupIds: [sg-0123456789abcdef0] }';
  for (const more of [', securityPolicy: TLS_1_2', vpc]) {
    expect(only(given(more), 'tls')).toMatchObject({ status: 'pass' });
  }
});

describe('quotas', () => {
  const stages = (mode: string, more = '') =>
    `dev: { region: eu-central-1, apiAccountId: "111111111111", callerAccountId: "222222222222", externalId: 0123456789abcdef, accessMode: ${mode}${more} }`;
  const given = (Resources: Record<string, object>, mode = 'assume-role', more = '') =>
    facts({
      settings: readStageSettings('dev', projectWith(stages(mode, more))),
      services: {
        api: { ...service('api'), outline: { Resources: Resources as Template['Resources'] } },
        caller: service('caller'),
      },
    });
  const withRoutes = (count: number) => {
    const routeArn = (index: number) =>
      `arn:\${AWS::Partition}:execute-api:\${AWS::Region}:\${AWS::AccountId}:\${ApiGatewayRestApi}/dev/GET/${index}`;
    const routes = Array.from({ length: count }, (_, index) => ({ 'Fn::Sub': routeArn(index) }));
    const Properties = {
      AssumeRolePolicyDocument: { Statement: [{ Principal: { AWS: '222222222222' }, Condition: {} }] },
      Policies: [{ PolicyDocument: { Statement: [{ Action: 'execute-api:Invoke', Resource: routes }] } }],
    };
    return { InvokeRole: { Type: 'AWS::IAM::Role', Properties } };
  };

  test('pass with the number of resources while all have room', () => {
    expect(only(given(withRoutes(10)), 'quotas')).toMatchObject({
      status: 'pass',
      message: 'depot-dev has 1, shop-dev has 0 of the 500 resources of a stack. No other quota is near.',
    });
  });

  test('fail if the policies of an invoke role are too long, and if a resource policy is, in the mode that has it', () => {
    expect(only(given(withRoutes(200)), 'quotas')).toMatchObject({
      status: 'fail',
      message: expect.stringMatching(
        /^depot-dev: The sum of all inline policies of InvokeRole has 1\d,\d+ characters, and AWS takes 10,240: https/,
      ),
      remedy: expect.stringContaining('the setting "routes"'),
    });
    expect(only(given(withRoutes(400), 'resource-policy'), 'quotas')).toMatchObject({
      status: 'fail',
      message: expect.stringContaining("The API's resource policy has"),
      remedy: expect.stringContaining('Set accessMode: assume-role'),
    });
  });

  test('a quota that AWS has raised is that of the settings', () => {
    const more = ', quotas: { resourcePolicyCharacters: 20000 }';
    expect(only(given(withRoutes(400), 'resource-policy', more), 'quotas')).toMatchObject({ status: 'pass' });
  });

  test('a deployment role that grows towards the size of a request is named', () => {
    const inlineTemplates = [{ file: 'services/api/deployment-role.yml', bytes: 50_000 }];
    expect(only(facts({ inlineTemplates }), 'quotas')).toMatchObject({
      status: 'warn',
      message: expect.stringContaining('services/api/deployment-role.yml'),
      remedy: expect.stringContaining('--s3-bucket'),
    });
  });

  test('a resource policy that cannot be made is a failure', () => {
    const Properties = { AssumeRolePolicyDocument: { Statement: [] } };
    expect(
      only(given({ InvokeRole: { Type: 'AWS::IAM::Role', Properties } }, 'resource-policy'), 'quotas'),
    ).toMatchObject({
      status: 'fail',
      remedy: expect.stringContaining('Correct services/api/serverless.yml'),
    });
  });
});

describe('further callers', () => {
  const stages = (
    routes: string,
  ) => `dev: { region: eu-central-1, apiAccountId: "111111111111", callerAccountId: "222222222222", externalId: 0123456789abcdef,
    callers: { billing: { accountId: "222222222222", roleName: team/billing, externalId: billing-id, routes: [${routes}] } } }`;
  const withCaller = (callerRoles?: AccountContents['callerRoles'], routes = 'GET /sender') =>
    facts({
      settings: readStageSettings('dev', projectWith(stages(routes))),
      accounts: {
        api: account('api'),
        caller: account('caller', { contents: contents('caller', callerRoles && { callerRoles }) }),
      },
    });
  const roleArn = 'arn:aws:iam::222222222222:role/team/billing';

  test('pass if their roles exist', () => {
    expect(only(withCaller(new Map([['billing', roleArn]])), 'callers')).toMatchObject({ status: 'pass' });
  });

  test.each([
    ['there is no role yet', undefined, 'warn', 'There is no role'],
    ['their role has another path', 'arn:aws:iam::222222222222:role/billing', 'fail', 'would refuse it'],
    [
      'their role may not be read, which is no warning',
      { unknown: 'iam:GetRole is denied.' },
      'pass',
      `Only the settings and routes of billing were checked, and not its role ${roleArn}: iam:GetRole is denied.`,
    ],
  ])('are reported if %s', (_what, found, status, message) => {
    expect(only(withCaller(new Map([['billing', found]])), 'callers')).toMatchObject({
      status,
      message: expect.stringContaining(message),
    });
  });

  test('whose account cannot be read are named, with the command that writes what their teams need', () => {
    expect(only(withCaller(), 'callers')).toMatchObject({
      status: 'warn',
      message: expect.stringContaining(
        'Only the settings and routes of billing (account 222222222222) were checked',
      ),
      remedy: expect.stringContaining('npm run handover -- --stage dev'),
    });
  });

  test('with a route that the API does not have fail, with the routes that it has', () => {
    expect(only(withCaller(undefined, 'GET /invoices'), 'callers')).toMatchObject({
      status: 'fail',
      message: expect.stringContaining(
        'GET /invoices, which the API does not have. Its routes are POST /parcels',
      ),
    });
  });
});

describe('the calls of functions', () => {
  const billing =
    '{ url: "https://a.execute-api.eu-central-1.amazonaws.com/prod", invokeRoleArn: "arn:aws:iam::333333333333:role/invoke" }';
  const withCalls = (
    byFunction: Readonly<Record<string, readonly string[]>>,
    problems: NonNullable<ServiceFacts['calls']>['problems'] = [],
  ): Facts => {
    const stages = `dev: { region: eu-central-1, apiAccountId: "111111111111", callerAccountId: "222222222222", externalId: own-id,
      apis: { billing: ${billing} } }`;
    const calls = { byFunction: new Map(Object.entries(byFunction)), problems };
    return facts({
      settings: readStageSettings('dev', projectWith(stages)),
      services: { api: service('api'), caller: { ...service('caller'), calls } },
    });
  };

  test('pass if the settings grant them', () => {
    expect(only(withCalls({ caller: ['api', 'billing'] }), 'calls')).toMatchObject({
      status: 'pass',
      message: 'The settings grant the function "caller" its calls of "billing".',
    });
  });

  test('an API that one of several functions calls is called', () => {
    const found = runChecks(withCalls({ caller: ['api', 'billing'], report: ['api'] }));
    const calls = found.filter(({ check }) => check === 'calls');
    expect(new Set(calls.map(({ status }) => status))).toEqual(new Set(['pass']));
  });

  test('fail if packaging would stop', () => {
    const problem = { problem: 'The function "caller" calls "orders".', remedy: 'Ask its team.' };
    const found = runChecks(withCalls({ caller: ['billing', 'orders'] }, [problem]));
    expect(found.filter(({ check }) => check === 'calls')).toEqual([
      {
        check: 'calls',
        status: 'fail',
        message: problem.problem,
        remedy: 'Ask its team. Nothing can be packaged before that.',
      },
    ]);
  });

  test('an API that no function calls is named', () => {
    expect(only(withCalls({ caller: ['api'] }), 'calls')).toMatchObject({
      status: 'warn',
      message: 'No function calls "billing", which is in dev.apis.',
    });
  });
});

describe('tables of earlier deployments', () => {
  const of = (changes: Parameters<typeof inApiAccount>[0], retainData = false) =>
    runChecks({ ...inApiAccount(changes), settings: { ...settings, retainData } }).filter(
      ({ check }) => check === 'tables',
    );
  const left = [{ name: 'depot-dev-Orders-1', isProtected: false }];

  test('are no finding of a service without tables, and pass if there are none', () => {
    expect(of({})).toEqual([]);
    expect(of({ leftTables: [] })).toEqual([expect.objectContaining({ status: 'pass' })]);
  });

  test('get the command that deletes them, and one more if they are protected', () => {
    const cli = 'aws --profile api-dev --region eu-central-1 dynamodb';
    const table = '--table-name depot-dev-Orders-1';
    expect(of({ leftTables: left })[0]).toMatchObject({
      status: 'warn',
      remedy: `Look whether you need what is in there. If not:\n  ${cli} delete-table ${table}`,
    });
    expect(of({ leftTables: [{ ...left[0]!, isProtected: true }] })[0]?.remedy).toContain(
      `${cli} update-table ${table} --no-deletion-protection-enabled\n`,
    );
  });

  test('are taken over by a first deployment with retainData, and by no other', () => {
    expect(of({ leftTables: left }, true)[0]).toMatchObject({
      status: 'pass',
      message: 'The deployment takes over what an earlier depot-dev has left: depot-dev-Orders-1.',
    });
    const stack = { status: 'UPDATE_ROLLBACK_COMPLETE', resources: new Set<string>() };
    expect(of({ leftTables: left, stack }, true)[0]).toMatchObject({ status: 'warn' });
  });
});

describe('the service of a further caller', () => {
  const callers =
    '{ billing: { service: billing, accountId: "333333333333", profile: billing-dev, externalId: billing-id } }';
  const billing = { ...shopCaller, name: 'billing', folder: 'services/billing' };
  const project = projectWith(
    `dev: { region: eu-central-1, apiAccountId: "111111111111", callerAccountId: "222222222222", externalId: 0123456789abcdef,
      securityPolicy: TLS_1_2, apiProfile: api-dev, callerProfile: caller-dev, callers: ${callers} }`,
    { billing },
  );
  const ofStage = readStageSettings('dev', project);
  const ofService = settingsOfService(ofStage, {
    stage: 'dev',
    root: '/project',
    serviceDir: '/project/services/billing',
    services: project.readServices(),
  });
  const withBilling = (accountId: string, changes: Partial<AccountContents> = {}): Facts => {
    const roles = new Map([['billing', undefined]]);
    const source = { from: 'stage', profile: 'billing-dev', subject: 'The profile "billing-dev"' } as const;
    const further: FurtherServiceFacts = {
      name: 'billing',
      folder: 'services/billing',
      settings: ofService,
      service: { ...service('caller'), service: 'billing', stackName: 'billing-dev' },
      account: {
        ...account('caller', { source }),
        identity: { accountId, arn: `arn:aws:iam::${accountId}:user/deployer` },
        contents: contents('caller', { callerRoles: roles, ...changes }),
      },
    };
    return facts({ settings: ofStage, further: [further] });
  };

  test('is looked at as the two of the stage are', () => {
    expect(problems(withBilling('333333333333'))).toEqual([]);
    const passed = runChecks(withBilling('333333333333')).map(({ message }) => message);
    expect(passed).toContain(
      'The profile "billing-dev" deploys billing as arn:aws:iam::333333333333:user/deployer.',
    );
    expect(passed).toContain('billing-dev does not exist, and will be created.');
    expect(passed).toContain(
      'api goes to account 111111111111, caller goes to account 222222222222, billing goes to account 333333333333.',
    );
  });

  test('has a profile that must be of its account', () => {
    expect(problems(withBilling('444444444444'))).toContain(
      'fail accounts: services/stages.yml: dev.callers.billing.accountId is 333333333333, but the profile "billing-dev" belongs to account 444444444444.',
    );
  });

  test('has a stack that is judged', () => {
    const stack = { status: 'UPDATE_IN_PROGRESS', resources: new Set<string>() };
    expect(problems(withBilling('333333333333', { stack }))).toEqual([
      'fail stacks: billing-dev is UPDATE_IN_PROGRESS: CloudFormation refuses another change.',
    ]);
  });
});

describe('the accounts of local AWS', () => {
  const localAccounts = ['111111111111', '222222222222'];
  const trusting = (arn: unknown) => {
    const Statement = [{ Effect: 'Allow', Principal: { AWS: arn }, Action: 'sts:AssumeRole' }];
    const Properties = { AssumeRolePolicyDocument: { Version: '2012-10-17', Statement } };
    const api = { ...service('api'), resources: { Reader: { Type: 'AWS::IAM::Role', Properties } } };
    return facts({ localAccounts, services: { api, caller: service('caller') } });
  };

  test('must be all that the settings name', () => {
    expect(problems(facts({ localAccounts: ['111111111111'], accounts: { api: account('api') } }))).toEqual([
      'fail accounts: Local AWS was started without account 222222222222.',
    ]);
  });

  test('may lack that of a caller of another team', () => {
    const text = JSON.stringify({
      local: {
        callers: { partner: { accountId: '333333333333', roleName: 'orders', externalId: 'partner-id' } },
      },
    });
    const ofStage = readStageSettings('local', projectWith(text));
    expect(problems(facts({ stage: 'local', settings: ofStage, localAccounts }))).toContain(
      'warn accounts: Local AWS was started without account 333333333333.',
    );
  });

  test('may lack one that a policy trusts: it may be another team’s, or a typing error', () => {
    const Sub = { 'Fn::Sub': `arn:\${AWS::Partition}:iam::999999999999:role/export` };
    for (const arn of ['999999999999', Sub]) {
      expect(problems(trusting(arn))).toEqual([
        'warn accounts: Reader of depot-dev trusts account 999999999999, which local AWS does not have.',
      ]);
    }
    expect(problems(trusting({ 'Fn::Sub': `arn:\${AWS::Partition}:iam::222222222222:root` }))).toEqual([]);
  });
});

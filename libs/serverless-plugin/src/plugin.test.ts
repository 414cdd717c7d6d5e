import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import Api from './api.ts';
import Caller from './caller.ts';
import { accountOfApi } from './credentials/account.ts';
import { FrameworkError, frameworkFor, refusal, sdkAnswering } from './framework.testing.ts';
import type { Utilities } from './framework.ts';
import { createPlugin } from './plugin.ts';
import { UNKNOWN_OUTPUT } from './variables.ts';

let root: string;
let services: string;

beforeAll(async () => {
  root = await mkdtemp(join(tmpdir(), 'plugin-'));
  services = join(root, 'services');
  const folders = { api: 'orders', caller: 'orders-billing', copy: 'orders-export', forgotten: 'forgotten' };
  for (const [folder, name] of Object.entries(folders)) {
    await mkdir(join(services, folder), { recursive: true });
    await writeFile(join(services, folder, 'serverless.yml'), `service: ${name}\n`);
  }
  await writeFile(
    join(root, 'serverless-compose.yml'),
    JSON.stringify({
      services: {
        api: { path: 'services/api' },
        caller: { path: 'services/caller' },
        export: { path: './services/copy/' },
        forgotten: { path: 'services/forgotten' },
      },
    }),
  );
  await writeFile(
    join(services, 'stages.yml'),
    JSON.stringify({
      dev: {
        region: 'eu-central-1',
        apiAccountId: '111111111111',
        callerAccountId: '222222222222',
        externalId: '0123456789abcdef',
        tags: { team: 'a' },
        callers: {
          billing: {
            accountId: '333333333333',
            roleName: 'billing',
            externalId: 'billing-id',
            routes: ['GET /sender'],
          },
          exports: {
            service: 'export',
            accountId: '333333333333',
            externalId: 'exports-id',
            profile: 'c',
            routes: ['GET /sender'],
          },
        },
      },
    }),
  );
});

afterAll(() => rm(root, { recursive: true }));

const utilities: Utilities = {
  log: { notice: () => {}, warning: () => {} },
  progress: { get: () => ({ notice: () => {} }) },
};

const make = (Plugin: typeof Api, of: Parameters<typeof frameworkFor>[0]) => {
  const framework = frameworkFor({ serviceDir: join(services, 'api'), ...of });
  const { hooks } = new Plugin(framework, {}, utilities);
  return { framework, run: async (event: string, value?: unknown) => hooks[event]?.(value as never) };
};

/** The parts of a service whose function calls the API, with noted outputs of the API's stack. */
const callingWith = (apiOutputs: object) => ({
  functions: { caller: { name: 'caller', calls: ['api'] } },
  custom: { settings: { apiOutputs } },
});

test('a mistake in the settings stops every command, as an error that the framework prints without a stack', () => {
  expect(() => make(Api, { stage: 'prod', command: 'info' })).toThrow(FrameworkError);
  expect(() => make(Api, { stage: 'prod', command: 'info' })).toThrow(
    'services/stages.yml has no stage "prod"',
  );
  expect(() => make(Api, { stage: 'prod', isHelpRequest: true })).not.toThrow();
});

test('sls invoke local says what to use instead', () => {
  expect(() => make(Caller, { command: 'invoke local' })).toThrow('npx sls invoke -f caller --stage dev');
});

test('nothing is packaged with a route for a caller that the API does not serve', async () => {
  const { run } = make(Api, { command: 'package' });
  await expect(run('initialize')).rejects.toThrow(FrameworkError);
  await expect(run('initialize')).rejects.toThrow(
    'dev.callers.billing.routes has GET /sender, which the API does not serve',
  );
});

test('nothing is packaged with a route for a caller that has an authorizer other than IAM', async () => {
  const http = { method: 'GET', path: '/sender', authorizer: 'people' };
  const service = { functions: { sender: { name: 'sender', events: [{ http }] } } };
  await expect(make(Api, { command: 'package', service }).run('initialize')).rejects.toThrow(
    'dev.callers.billing.routes has GET /sender, which has an authorizer other than IAM: no role can call it.',
  );
});

test.each([
  ['the API is unknown', { ApiUrl: UNKNOWN_OUTPUT }, 'npx sls api:info --stage dev'],
  [
    'the API was deployed in another access mode',
    { ApiUrl: 'https://api', InvokeRoleArn: UNKNOWN_OUTPUT },
    'the api service has not been deployed with it',
  ],
])('the caller is not packaged while %s', async (_what, apiOutputs, message) => {
  const service = callingWith(apiOutputs);
  await expect(make(Caller, { command: 'package', service }).run('initialize')).rejects.toThrow(message);
});

test('nothing is packaged with an openapi.json that is older than the contract: its routes would be the wrong ones', async () => {
  const contract = join(services, 'contract');
  await mkdir(join(contract, 'src'), { recursive: true });
  try {
    await writeFile(join(contract, 'package.json'), '{ "version": "1.0.0" }');
    await writeFile(
      join(contract, 'src/document.ts'),
      'export const openApiDocument = () => ({ paths: { "/orders": { post: {} } } });',
    );
    await writeFile(join(contract, 'openapi.json'), '{ "paths": {} }');
    const event = { http: { method: 'POST', path: '/orders', authorizer: 'aws_iam' } };
    const functions = { orders: { name: 'orders', events: [event] } };
    for (const Plugin of [Api, Caller]) {
      const service = { custom: { routes: {} }, functions };
      await expect(make(Plugin, { command: 'package', service }).run('initialize')).rejects.toThrow(
        /^services\/contract\/openapi\.json is older than the contract: it lacks POST \/orders\. Write it: npm run openapi\nNothing/,
      );
    }
  } finally {
    await rm(contract, { recursive: true });
  }
});

test('in an additional region, the command that makes the API known has the region', async () => {
  process.env.STAGE_REGION = 'eu-west-1';
  try {
    const { run } = make(Caller, { command: 'package', service: callingWith({ ApiUrl: UNKNOWN_OUTPUT }) });
    await expect(run('initialize')).rejects.toThrow(
      'run first: STAGE_REGION=eu-west-1 npx sls api:info --stage dev. If it is not: STAGE_REGION=eu-west-1 npx sls deploy --stage dev.',
    );
  } finally {
    delete process.env.STAGE_REGION;
  }
});

test('--region names the region of the settings, and wins over STAGE_REGION', () => {
  process.env.STAGE_REGION = 'eu-west-1';
  try {
    expect(() => make(Api, { command: 'package', optionRegion: 'moon' })).toThrow(
      '--region or STAGE_REGION is "moon"',
    );
  } finally {
    delete process.env.STAGE_REGION;
  }
});

test('a template without what the plugin needs is a mistake, too', async () => {
  await expect(
    make(Api, { command: 'package' }).run('after:aws:package:finalize:mergeCustomProviderResources'),
  ).rejects.toThrow(FrameworkError);
});

test.each([
  ['the api', Api, 'api'],
  ['a caller', Caller, 'caller'],
])(
  '%s is not packaged with a text that a comma cuts, in a resource or in a function',
  async (_what, Plugin, folder) => {
    const serviceDir = join(services, folder);
    const Properties = { Description: 'Orders', 'also returns': null };
    const provider = { compiledCloudFormationTemplate: { Resources: { Topic: { Type: 'A', Properties } } } };
    const functions = {
      orders: { name: 'orders', environment: { GREETING: 'Hello', 'dear customer': null } },
    };
    const { run } = make(Plugin, { command: 'package', serviceDir, service: { provider, functions } });
    await expect(run('initialize')).rejects.toThrow(
      'functions.orders.environment has "dear customer" without a value',
    );
    await expect(run('after:aws:package:finalize:mergeCustomProviderResources')).rejects.toThrow(
      'Topic has "also returns" without a value',
    );
  },
);

test.each([
  ['the api', Api, 'api'],
  ['a caller', Caller, 'caller'],
])(
  '%s is not packaged with a name that its template does not have, whoever wrote it',
  async (_what, Plugin, folder) => {
    const Resources = { Topic: { Type: 'AWS::SNS::Topic', DependsOn: 'Topics' } };
    const { run } = make(Plugin, {
      command: 'package',
      serviceDir: join(services, folder),
      service: { provider: { compiledCloudFormationTemplate: { Resources } as never } },
    });
    await expect(run('before:aws:package:finalize:saveServiceState')).rejects.toThrow(
      'Resources.Topic.DependsOn names "Topics", and the template has no such resource. Write Topic.',
    );
  },
);

test('each warning of a packaging is printed, those that say nothing left out', async () => {
  const warnings = ['first', undefined, 'second'].map((text) => () => text);
  const Plugin = createPlugin({
    account: accountOfApi,
    functionProperties: {},
    packageChecks: [],
    deploymentChecks: [],
    functions: [],
    isOpenDoor: () => false,
    template: [],
    finalChecks: [],
    warnings,
    beforeDeployment: [],
    beforeRollback: [],
    afterDeployment: [],
    hints: [],
  });
  const printed: string[] = [];
  const log = { ...utilities.log, warning: (text: string) => void printed.push(text) };
  const framework = frameworkFor({ command: 'package', serviceDir: join(services, 'api') });
  const { hooks } = new Plugin(framework, {}, { ...utilities, log });
  await hooks['after:aws:package:finalize:mergeCustomProviderResources']?.(undefined as never);
  expect(printed).toEqual(['first', 'second']);
});

test('the stack gets its tags when it is deployed or rolled back, not when it is packaged', async () => {
  const { framework, run } = make(Caller, {});
  expect(framework.service.provider.stackTags).toBeUndefined();
  await run('before:deploy:deploy');
  expect(framework.service.provider.stackTags).toEqual({ team: 'a' });
});

test('a deployment that fails without a role for access logs says how to set one', async () => {
  const error = Object.assign(
    new Error('CloudWatch Logs role ARN must be set in account settings to enable logging'),
    { decoratedMessage: 'in colours' },
  );
  await make(Api, {}).run('error', error);
  expect(error.message).toContain('npm run check -- --stage <stage> prints the commands that set it.');
  expect(error.decoratedMessage).toContain('Run them, then deploy again.');
});

describe('a deployment that fails', () => {
  const stack = 'arn:aws:cloudformation:eu-central-1:111111111111:stack/depot-dev/1';
  /** An event of a resource, or of the stack itself. */
  const event = (id: string, name: string, status: string, reason = '') =>
    `<member><StackId>${stack}</StackId><LogicalResourceId>${id}</LogicalResourceId><PhysicalResourceId>${name}</PhysicalResourceId><ResourceStatus>${status}</ResourceStatus><ResourceStatusReason>${reason}</ResourceStatusReason></member>`;
  const created = (id: string, name: string) =>
    event(id, name, 'CREATE_IN_PROGRESS', 'Resource creation Initiated');
  const begun = event('depot-dev', stack, 'UPDATE_IN_PROGRESS');
  const failed = event('Topic', '', 'CREATE_FAILED', 'Access denied');

  const table = (DeletionProtectionEnabled: boolean | undefined) => ({
    Type: 'AWS::DynamoDB::Table',
    Properties: { DeletionProtectionEnabled },
  });
  const Resources = { Orders: table(true), Drafts: table(false), Topic: { Type: 'A', Properties: {} } };

  /** What the error says after a command. @param events of the stack, the latest first */
  async function messageAfter(events: readonly string[] | undefined, command: string) {
    const answer = `<DescribeStackEventsResponse><DescribeStackEventsResult><StackEvents>${events?.join('')}</StackEvents></DescribeStackEventsResult></DescribeStackEventsResponse>`;
    const sdk = sdkAnswering(() =>
      events === undefined ? [403, refusal('AccessDenied', 'not authorized')] : [200, answer],
    );
    const provider = { compiledCloudFormationTemplate: { Resources } };
    const { run } = make(Api, { command, sdk, service: { provider } });
    const error = Object.assign(new Error('Stack failed.'), { decoratedMessage: 'Stack failed.' });
    await run('error', error);
    expect(error.decoratedMessage).toBe(error.message);
    return error.message;
  }

  test('names the protected tables that it has made, with the commands that delete them', async () => {
    const message = await messageAfter(
      [
        failed,
        created('Orders', 'depot-dev-Orders-2'),
        created('Drafts', 'depot-dev-Drafts-2'),
        begun,
        created('Orders', 'depot-dev-Orders-1'),
        event('depot-dev', stack, 'CREATE_IN_PROGRESS'),
      ],
      'deploy',
    );
    expect(message).toMatch(/^Stack failed\.\n\nCloudFormation cannot delete these tables/);
    expect(message).toContain('(deletionProtection): depot-dev-Orders-2. After');
    expect(message).toContain(
      '  aws --region eu-central-1 dynamodb update-table --table-name depot-dev-Orders-2 --no-deletion-protection-enabled\n',
    );
    expect(message).not.toMatch(/Drafts|Orders-1/);
  });

  test.each<[string, string[] | undefined, string]>([
    ['it has made none', [failed, begun, created('Orders', 'depot-dev-Orders-1'), begun], 'deploy'],
    ['it failed before it changed the stack', [created('Orders', 'depot-dev-Orders-1'), begun], 'deploy'],
    ['AWS does not show its events', undefined, 'deploy'],
    ['it is another command', [failed, created('Orders', 'depot-dev-Orders-2'), begun], 'remove'],
  ])('says nothing of tables if %s', async (_why, events, command) => {
    expect(await messageAfter(events, command)).toBe('Stack failed.');
  });
});

test('the service of a further caller has the settings of its entry, and gets its own invoke role', async () => {
  const { run } = make(Caller, {
    command: 'package',
    serviceDir: join(services, 'copy'),
    service: {
      service: 'orders-export',
      ...callingWith({ ApiUrl: 'https://api', InvokeRoleArn: UNKNOWN_OUTPUT }),
    },
  });
  await expect(run('initialize')).rejects.toThrow(
    'the api service has not been deployed with dev.callers.exports',
  );
});

test('a service that no entry of callers names stops every command', () => {
  expect(() => make(Caller, { serviceDir: join(services, 'forgotten') })).toThrow(
    'no entry of dev.callers has the service "forgotten" (services/forgotten)',
  );
  expect(() => make(Caller, { serviceDir: join(services, 'elsewhere') })).toThrow(
    'serverless-compose.yml has no service with the folder services/elsewhere',
  );
});

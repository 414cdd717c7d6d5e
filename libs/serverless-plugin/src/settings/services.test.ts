import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { SettingsError } from './error.ts';
import { projectIn, readStageSettings } from './read.ts';
import { readServices } from './services.ts';

let root: string;
beforeEach(async () => {
  root = await mkdtemp(join(tmpdir(), 'services-'));
});
afterEach(() => rm(root, { recursive: true }));

async function write(files: Readonly<Record<string, string>>): Promise<void> {
  for (const [file, text] of Object.entries(files)) {
    const path = join(root, file);
    await mkdir(dirname(path), { recursive: true });
    await writeFile(path, text);
  }
}

const compose = `services:
  api: { path: services/api }
  caller: { path: ./elsewhere/caller/ }
`;

const api = `# Account A
service: orders
functions:
  parcels:
    iamRoleStatementsName: \${self:service}-\${sls:stage}-parcels\${self:custom.settings.roleSuffix}
    events: [{ http: { method: get, path: health, open: true } }, { http: POST /parcels }]
  named: { name: "\${self:service}-\${sls:stage}" }
  other: { name: "\${env:NAME}" }
resources:
  Resources: { Role: { Properties: { Arn: !Sub "\${AWS::AccountId}", Id: !GetAtt Role.Arn } } }
`;

test('names are read from the lines "service:" of the folders that serverless-compose.yml names', async () => {
  await write({
    'serverless-compose.yml': compose,
    'services/api/serverless.yml': api,
    'elsewhere/caller/serverless.yml': 'service: orders-billing',
  });
  const services = readServices(root);
  expect(services.api).toEqual({
    name: 'orders',
    folder: 'services/api',
    functions: ['-parcels', ''],
    roles: ['-parcels'],
    calls: new Map(),
    openRoutes: ['GET /health'],
  });
  expect(services.caller).toMatchObject({ name: 'orders-billing', folder: 'elsewhere/caller' });
  expect([...(services.all?.keys() ?? [])]).toEqual(['api', 'caller']);
});

test('the APIs that functions call are read, also through a merge key', async () => {
  await write({
    'serverless-compose.yml': compose,
    'services/api/serverless.yml': api,
    'elsewhere/caller/serverless.yml': `service: shop
functions:
  caller: &caller { handler: src/caller.handler, calls: [api, billing] }
  report: { <<: *caller, handler: src/report.handler }
  other: { handler: src/other.handler }
`,
  });
  expect([...(readServices(root).caller?.calls ?? [])]).toEqual([
    ['caller', ['api', 'billing']],
    ['report', ['api', 'billing']],
  ]);
});

test.each([
  [
    'a variable',
    `\n\nservice: \${env:NAME}`,
    `services/api/serverless.yml, line 3, has "service: \${env:NAME}", which has a variable. Write a name there`,
  ],
  [
    'no name',
    'service: my api',
    'services/api/serverless.yml, line 1, has "service: my api", which is no name',
  ],
  ['no line', 'provider: { name: aws }', 'services/api/serverless.yml has no line "service:"'],
  ['a mistake', 'service: "api', 'services/api/serverless.yml cannot be read: '],
])('a service with %s is named, with what to do', async (_what, text, message) => {
  await write({ 'services/api/serverless.yml': text });
  expect(() => readServices(root)).toThrow(SettingsError);
  // Commands print an error with a code without its stack.
  expect(() => readServices(root)).toThrow(expect.objectContaining({ code: 'CROSS_ACCOUNT_API' }));
  expect(() => readServices(root)).toThrow(message);
});

describe('without the caller’s service', () => {
  const stage =
    'dev: { region: eu-central-1, apiAccountId: "111111111111", callerAccountId: "222222222222", externalId: an-id';
  const settings = () => readStageSettings('dev', projectIn(join(root, 'services')));

  test('the caller’s role must be named', async () => {
    await write({ 'services/api/serverless.yml': 'service: orders', 'services/stages.yml': `${stage} }` });
    expect(settings).toThrow(
      "dev.callerRoleName is missing, and this project has no serverless-compose.yml from which the caller's name could be read",
    );
    await write({ 'serverless-compose.yml': 'services: { api: { path: services/api } }' });
    expect(settings).toThrow('serverless-compose.yml has no service "caller" with a serverless.yml');
  });

  test('a name in the settings is enough', async () => {
    await write({
      'services/api/serverless.yml': 'service: orders',
      'services/stages.yml': `${stage}, callerRoleName: theirs }`,
    });
    expect(settings()).toMatchObject({ callerRoleName: 'theirs' });
  });
});

test.each(['serverless-compose.yml', 'services/api/serverless.yml'])(
  '%s that is there and cannot be read is not taken for a missing one',
  async (file) => {
    await write({ 'serverless-compose.yml': compose, 'services/api/serverless.yml': api });
    await rm(join(root, file));
    await mkdir(join(root, file));
    expect(() => readServices(root)).toThrow(/EISDIR/);
  },
);

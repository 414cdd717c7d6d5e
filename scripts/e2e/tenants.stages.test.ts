import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { GetRolePolicyCommand, IAMClient } from '@aws-sdk/client-iam';
import { parse, parseDocument } from 'yaml';
import { projectRoot } from '../lib/project.ts';
import { deployPackages } from './packaged-pair.testing.ts';
import { API_ACCOUNT, invokeCaller, startTestBed, type TestBed } from './test-bed.testing.ts';

/** Plays "A session for each tenant" of services/RECIPES.md with the names and routes of the tests' pair. */
let bed: TestBed;
beforeAll(async () => {
  bed = await startTestBed();
  const { trust, policy, statement, clients } = await recipe();
  const at = (...path: readonly string[]) => join(bed.project.root, 'services', ...path);

  await changeYaml(at('contract/openapi.json'), (document) => {
    const parameter = { name: 'tenant', in: 'path', required: true, schema: { type: 'string' } };
    const responses = { 200: { description: 'The tenant.' } };
    document.setIn(['paths', '/tenants/{tenant}'], {
      get: { operationId: 'getTenant', summary: 'Reads a tenant.', parameters: [parameter], responses },
    });
  });
  await writeFile(
    at('api/src/tenant.ts'),
    `export const handler = async ({ pathParameters, requestContext }) => ({
  statusCode: 200,
  headers: { 'Content-Type': 'application/json' },
  body: JSON.stringify({ ...pathParameters, as: requestContext.identity.userArn }),
});\n`,
  );
  await changeYaml(at('api/serverless.yml'), (document) => {
    document.setIn(['functions', 'tenant'], {
      handler: 'src/tenant.handler',
      events: [{ http: { method: 'GET', path: '/tenants/{tenant}', authorizer: 'aws_iam' } }],
      iamRoleStatements: [],
    });
    const { resources } = parse(String(document), { logLevel: 'silent' });
    const index = resources.findIndex(
      (one: { Resources?: { InvokeRole?: { Type?: string } } }) =>
        one.Resources?.InvokeRole?.Type !== undefined,
    );
    const role = ['resources', index, 'Resources', 'InvokeRole', 'Properties'];
    const trusted = [...role, 'AssumeRolePolicyDocument', 'Statement', 0];
    document.setIn([...trusted, 'Action'], trust.get('Action'));
    for (const [operator, keys] of Object.entries(trust.toJS().Condition)) {
      document.setIn([...trusted, 'Condition', operator], keys);
    }
    document.setIn([...role, 'Policies'], policy.get('Policies'));
  });
  await changeYaml(at('caller/serverless.yml'), (document) => {
    document.setIn(['functions', 'caller', 'iamRoleStatements'], statement.get('iamRoleStatements'));
    document.deleteIn(['functions', 'caller', 'takesOperations']);
    document.setIn(['functions', 'caller', 'handler'], 'src/tenants.handler');
  });
  await writeFile(
    at('caller/src/tenants.ts'),
    `import { createAssumedRole } from '@cross-account-api/assume-role';
import { createSignedFetch } from '@cross-account-api/signed-fetch';

const { API_URL = '', API_REGION: region = '', INVOKE_ROLE_ARN: roleArn = '', EXTERNAL_ID: externalId } = process.env;
${clients}
export async function handler({ tenant, path }, context) {
  const { assumedRole, signedFetch } = clientOf(tenant);
  const { role, end } = assumedRole.beginInvocation(context.getRemainingTimeInMillis() - 250);
  try {
    const api = signedFetch.bind({ remainingTimeInMillis: () => context.getRemainingTimeInMillis() }, role);
    return (await api.json(path, { method: 'GET' })).body;
  } finally {
    await end({ finish: true });
  }
}\n`,
  );
  await deployPackages(bed);
});
afterAll(() => bed?.close());

/** The blocks of the recipe. */
async function recipe() {
  const page = await readFile(join(projectRoot, 'services/RECIPES.md'), 'utf8');
  const [, chapter = ''] = /^## A session for each tenant\n(.*?)^## /ms.exec(page) ?? [];
  const blocks = [...chapter.matchAll(/```(?:yaml|ts)\n(.*?)```/gs)].map(([, block = '']) => block);
  const block = (word: string) => {
    const found = blocks.find((each) => each.includes(word));
    if (found === undefined) throw new Error(`The recipe has no block with ${word}.`);
    return found;
  };
  const yaml = (word: string) => parseDocument(block(word), { logLevel: 'silent' });
  return {
    trust: yaml('aws:RequestTag'),
    policy: yaml('Policies:'),
    statement: yaml('iamRoleStatements:'),
    clients: block('clientOf'),
  };
}

type Yaml = ReturnType<typeof parseDocument>;

async function changeYaml(file: string, change: (document: Yaml) => void): Promise<void> {
  const document = parseDocument(await readFile(file, 'utf8'), { logLevel: 'silent' });
  change(document);
  await writeFile(
    file,
    file.endsWith('.json') ? JSON.stringify(document.toJS()) : document.toString({ lineWidth: 0 }),
  );
}

async function read(tenant: string, path: string): Promise<unknown> {
  const { payload } = await invokeCaller(bed, { tenant, path });
  const { errorMessage, ...answer } = payload as { readonly errorMessage?: string };
  return errorMessage?.split('\n')[0] ?? answer;
}

test('a tenant reads its own path, and IAM refuses that of another, whoever came before', async () => {
  for (const [tenant, other] of [
    ['acme', 'other'],
    ['other', 'acme'],
    ['acme', 'other'],
  ] as const) {
    expect(await read(tenant, `/tenants/${tenant}`)).toEqual({
      tenant,
      as: expect.stringContaining('assumed-role/depot-local-invoke/'),
    });
    expect(await read(tenant, `/tenants/${other}`)).toMatch(/answered 403: AccessDenied/);
  }
});

test('no session is given without a tenant', async () => {
  expect(await read('', '/tenants/acme')).toMatch(/^STS does not let .* assume /);
});

test('every session may call the other routes, and no statement but that of the recipe grants a tenant', async () => {
  expect(await read('acme', '/sender')).toMatchObject({ caller: { roleName: 'depot-local-invoke' } });
  const iam = new IAMClient(bed.administrator(API_ACCOUNT));
  const RoleName = 'depot-local-invoke';
  const texts = await Promise.all(
    ['invoke-api', 'own-tenant'].map(async (PolicyName) => {
      const { PolicyDocument = '' } = await iam.send(new GetRolePolicyCommand({ RoleName, PolicyName }));
      return decodeURIComponent(PolicyDocument);
    }),
  );
  iam.destroy();
  expect(texts[0]).toContain('/GET/sender');
  expect(texts[0]).not.toContain('tenants');
  expect(texts[1]).toMatch(/\/local\/GET\/tenants\/\$\{aws:PrincipalTag\/tenant\}"/);
});

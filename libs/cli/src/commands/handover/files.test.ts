import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { createTemporaryFolder } from '@cross-account-api/local-aws/temporary';
import { readStageSettings } from '@cross-account-api/serverless-plugin';
import { transformSync } from 'esbuild';
import { parse } from 'yaml';
import { readContract } from '../../project/contract.ts';
import { pairProject, workInPairProject } from '../../project/pair.testing.ts';
import { filesOf } from './files.ts';
import { argumentsOf, codeOfCall, firstCallOf } from './first-call.ts';
import type { Handover } from './read-handover.ts';

const handover: Handover = {
  stage: 'dev',
  api: 'depot',
  caller: 'billing',
  accountId: '222222222222',
  roleArn: 'arn:aws:iam::222222222222:role/billing',
  region: 'eu-west-1',
  apiUrl: 'https://abc123.execute-api.eu-west-1.amazonaws.com/dev',
  apiArn: 'arn:aws:execute-api:eu-west-1:111111111111:abc123/dev',
  apiAccountId: '111111111111',
  invokeRole: undefined,
  routes: ['GET /parcels/{id}'],
  policy: {},
  organizationId: undefined,
};
workInPairProject();

const contract = readContract(pairProject);
const example = '6f1c7d3e-2b4a-4c58-9d0e-8a7b6c5d4e3f';

function file(name: string, given: Partial<Handover> = {}): string {
  return String(filesOf({ ...handover, ...given }, contract).find((each) => each.name === name)?.content);
}

test('a project that has our packages as tarballs hands over those that the call needs', async () => {
  const { path: root, close } = await createTemporaryFolder('handover-test');
  const name = '@cross-account-api/signed-fetch';
  await mkdir(join(root, 'vendor'));
  await writeFile(join(root, 'vendor/signed-fetch-0.2.0-ab12.tgz'), 'packed');
  await writeFile(join(root, 'serverless-compose.yml'), '');
  const dependencies = { [name]: 'file:vendor/signed-fetch-0.2.0-ab12.tgz', own: 'file:vendor/own.tgz' };
  await writeFile(join(root, 'package.json'), JSON.stringify({ devDependencies: dependencies }));
  const cwd = jest.spyOn(process, 'cwd').mockReturnValue(root);
  try {
    expect(JSON.parse(file('package.json')).dependencies).toHaveProperty(
      [name],
      'file:signed-fetch-0.2.0-ab12.tgz',
    );
    expect(file('signed-fetch-0.2.0-ab12.tgz')).toBe('packed');
    expect(file('README.md')).toContain('The files `*.tgz` are some of them.');
    expect(file('README.md')).not.toContain('If your registry does not have');
  } finally {
    cwd.mockRestore();
    await close();
  }
});

test.each([
  [
    { arn: 'arn:aws:iam::111111111111:role/invoke', externalId: '0123', sessionName: 'any' },
    {
      accessMode: 'assume-role',
      invokeRoleArn: 'arn:aws:iam::111111111111:role/invoke',
      externalId: '0123',
    },
  ],
  [undefined, { accessMode: 'resource-policy', apiArn: handover.apiArn }],
])('stages.yml has an entry that a project of the caller takes, with %j', (invokeRole, ofMode) => {
  const { dev: written } = parse(file('stages.yml', { invokeRole }));
  const stage = {
    region: 'eu-west-1',
    apiAccountId: '111111111111',
    callerAccountId: '222222222222',
    externalId: 'own-id',
    callerRoleName: 'billing',
  };
  const project = {
    readStages: () => JSON.stringify({ dev: { ...stage, ...written } }),
    readServices: () => ({ api: undefined, caller: undefined, all: undefined }),
  };
  expect(readStageSettings('dev', project).apis).toMatchObject([
    {
      name: 'depot',
      url: handover.apiUrl,
      region: 'eu-west-1',
      accountId: '111111111111',
      callerRoleArn: handover.roleArn,
      routes: ['GET /parcels/{id}'],
      ...ofMode,
    },
  ]);
});

test('the code fills in path parameters and query, and encodes them', () => {
  const code = file('caller.ts');
  expect(code).toContain(`const parameters = { id: '${example}' };`);
  expect(code).toContain(
    // biome-ignore lint/suspicious/noTemplateCurlyInString: of the code that is written
    "api.json(`/parcels/${encodeURIComponent(parameters.id)}`, { method: 'GET', query: { fields: 'body' } })",
  );
  expect(transformSync(code, { loader: 'ts' }).warnings).toEqual([]);
});

test('the code sends the body of the example, with a key if the operation remembers keys', () => {
  const routes = ['POST /parcels'];
  expect(file('caller.ts', { routes })).toContain(
    "api.json('/parcels', { method: 'POST', json: { foo: 'bar' }, idempotencyKey: true })",
  );
  const operations = contract.operations.map((each) => ({ ...each, takesKey: false }));
  const files = filesOf({ ...handover, routes }, { ...contract, operations });
  expect(files.find(({ name }) => name === 'caller.ts')?.content).not.toContain('idempotencyKey');
});

test('the README has the same call for Python, and says which values are examples', () => {
  const readme = file('README.md');
  expect(readme).toContain(`python3 caller.py GET '/parcels/${example}?fields=body')`);
  expect(readme).toContain('Its path parameters are examples.');
  expect(file('README.md', { routes: ['GET /sender'] })).not.toContain('examples.');
  expect(file('README.md', { routes: ['POST /parcels'] })).toContain(
    `caller.py POST /parcels '{"foo":"bar"}')`,
  );
});

test.each([
  [['GET /sender'], "client.GET('/sender');"],
  [
    ['GET /parcels/{id}'],
    `client.GET('/parcels/{id}', { params: { path: { id: '${example}' }, query: { fields: 'body' } } });`,
  ],
  [
    ['POST /parcels'],
    "client.POST('/parcels', { params: { header: { 'Idempotency-Key': crypto.randomUUID() } }, body: { foo: 'bar' } });",
  ],
])('the README has the first call of %j with the types of the document', (routes, call) => {
  const [, code = ''] = /```ts\n(.*?)```/s.exec(file('README.md', { routes })) ?? [];
  expect(code).toContain(call);
  expect(transformSync(code, { loader: 'ts' }).warnings).toEqual([]);
});

test('caller.env sets the variables that the first call reads', () => {
  const invokeRole = { arn: 'arn:aws:iam::111111111111:role/invoke', externalId: '0123', sessionName: 'any' };
  const variables = { API_URL: handover.apiUrl, API_REGION: 'eu-west-1' };
  const textOf = (all: object) =>
    Object.entries(all)
      .map((each) => `${each.join('=')}\n`)
      .join('');
  expect(file('caller.env')).toBe(textOf(variables));
  expect(file('caller.env', { invokeRole })).toBe(
    textOf({ ...variables, INVOKE_ROLE_ARN: invokeRole.arn, EXTERNAL_ID: '0123' }),
  );
});

test('the OpenAPI document has the URL of the API and the routes of the caller alone, with their parameters', () => {
  const { servers, paths, components } = JSON.parse(file('openapi.json'));
  expect(servers).toEqual([{ url: handover.apiUrl }]);
  expect(Object.keys(paths)).toEqual(['/parcels/{id}']);
  expect(paths['/parcels/{id}'].get.parameters.map(({ name }: { name: string }) => name)).toEqual([
    'id',
    'fields',
  ]);
  expect(Object.keys(components.schemas)).toEqual(['Caller', 'JsonObject', 'Problem']);
});

test.each([
  [['POST /parcels', 'GET /parcels/{id}', 'GET /sender'], 'GET', '/sender'],
  [['POST /parcels', 'GET /parcels/{id}'], 'GET', '/parcels/{id}'],
  [['DELETE /parcels', 'POST /parcels'], 'DELETE', '/parcels'],
  // The pattern of a statement.
  [['GET /parcels/*'], 'GET', '/parcels/{id}'],
  // The contract does not have this route.
  [['GET /orders/{order-id}'], 'GET', '/orders/{order-id}'],
])('of %j, the first call is %s %s', (routes, method, path) => {
  expect(firstCallOf(routes, contract.operations)).toMatchObject({ method, path });
});

test('every example of a contract becomes valid code and one argument of a shell', () => {
  const find = {
    method: 'GET',
    path: '/orders/{order-id}/{region}',
    takesBody: false,
    takesKey: false,
    example: {
      // biome-ignore lint/suspicious/noTemplateCurlyInString: what would be one in code
      pathParameters: { 'order-id': "it's \\ `${x}`", region: 'eu' },
      query: { text: "a'b\n", tag: ['x', 'y'], limit: 3 },
      body: undefined,
    },
  };
  const call = firstCallOf(['GET /orders/{order-id}/{region}'], [find]);
  const { constants, call: code } = codeOfCall(call);
  const sent: unknown[] = [];
  new Function('api', `${constants}; ${code}`)({ json: (...given: unknown[]) => sent.push(...given) });
  expect(sent).toEqual([
    "/orders/it's%20%5C%20%60%24%7Bx%7D%60/eu",
    { method: 'GET', query: { text: "a'b\n", tag: ['x', 'y'], limit: 3 } },
  ]);
  expect(argumentsOf(call)).toBe(
    "GET '/orders/it'\\''s%20%5C%20%60%24%7Bx%7D%60/eu?text=a%27b%0A&tag=x&tag=y&limit=3'",
  );
});

test('the first call has the headers of the example, and text as it is', () => {
  const post = {
    method: 'POST',
    path: '/orders',
    takesBody: true,
    takesKey: false,
    mediaType: 'text/csv',
    example: { pathParameters: {}, query: {}, headers: { 'X-Team': 'blue' }, body: 'id' },
  };
  const call = firstCallOf(['POST /orders'], [post]);
  expect(codeOfCall(call).call).toBe(
    "api.json('/orders', { method: 'POST', headers: { 'X-Team': 'blue', 'Content-Type': 'text/csv' }, body: 'id' })",
  );
});

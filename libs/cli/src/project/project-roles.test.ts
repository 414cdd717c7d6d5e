import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { parse } from 'yaml';
import { pairProject, workInPairProject } from './pair.testing.ts';
import { fileOfRole } from './project-roles.ts';

workInPairProject();

test.each([
  ['111111111111:role/depot-dev-invoke', 'api', /RoleName: .*-invoke/],
  ['111111111111:role/depot-dev-invoke_us-east-1', 'api', /RoleName: .*-invoke/],
  ['111111111111:role/company/apps/depot-dev-invoke', 'api', /RoleName: .*-invoke/],
  ['222222222222:role/shop-dev', 'caller', /calls: \[api\]/],
])('the role %s is defined in the file that is named', async (role, service, name) => {
  const assumed = 'arn:aws:iam::111111111111:role/depot-dev-invoke';
  const [file = '', path = ''] = fileOfRole(`arn:aws:iam::${role}`, assumed)?.split(', ') ?? [];
  expect(file).toBe(`services/${service}/serverless.yml`);
  const text = await readFile(join(pairProject, file), 'utf8');
  expect(text).toMatch(name);
  const document = parse(text, { logLevel: 'silent' });
  const merged = {
    ...document,
    resources: Object.assign({}, ...[document.resources ?? {}].flat().filter(isMap)),
  };
  const found = path.split('.').reduce((at: Record<string, never>, key) => at[key] ?? {}, merged);
  expect(Object.keys(found)).not.toEqual([]);
});

test.each(['', '_us-east-1'])(
  'the invoke role of a further caller comes from the settings (%s)',
  (suffix) => {
    expect(fileOfRole(`arn:aws:iam::111111111111:role/depot-dev-invoke.billing-2${suffix}`)).toBe(
      'services/stages.yml, callers.billing-2',
    );
  },
);

test.each([
  ['depot-dev-parcel', 'functions.parcel.iamRoleStatements'],
  ['depot-dev-parcel_us-east-1', 'functions.parcel.iamRoleStatements'],
  ['depot-dev-sender', 'functions.sender.iamRoleStatements'],
  ['depot-my-stage-parcels', 'functions.parcels.iamRoleStatements'],
])('the role %s of a function of the API is defined in %s', (role, place) => {
  expect(fileOfRole(`arn:aws:iam::111111111111:role/${role}`)).toBe(`services/api/serverless.yml, ${place}`);
});

test('the property `calls` lets the caller assume a role and call routes; any other statement is its own', () => {
  const place = (resource: string) => fileOfRole('arn:aws:iam::222222222222:role/shop-dev', resource);
  const file = 'services/caller/serverless.yml';
  expect(place('arn:aws:execute-api:eu-central-1:111111111111:abc123/dev/GET/sender')).toBe(
    `${file}, functions.caller.calls`,
  );
  expect(place('arn:aws:dynamodb:eu-central-1:222222222222:table/orders')).toBe(
    `${file}, functions.caller.iamRoleStatements`,
  );
});

test('a statement on a table of the stack refers to the table by its logical ID', () => {
  const place = (table: string) =>
    fileOfRole(
      'arn:aws:iam::111111111111:role/depot-dev-parcel',
      `arn:aws:dynamodb:eu-central-1:111111111111:table/${table}`,
    );
  const file = 'services/api/serverless.yml, functions.parcel.iamRoleStatements';
  expect(place('depot-dev-IdempotencyTable-1ABCDEF2GHIJK')).toBe(
    `${file}, with Resource: !GetAtt IdempotencyTable.Arn`,
  );
  expect(place('depot-dev-OtherTable-1ABCDEF2GHIJK')).toBe(file);
  expect(place('orders')).toBe(file);
});

test('other roles are defined elsewhere', () => {
  expect(fileOfRole('arn:aws:iam::111111111111:role/depot-dev-other')).toBeUndefined();
  expect(fileOfRole('arn:aws:iam::111111111111:role/mine')).toBeUndefined();
});

function isMap(value: unknown): boolean {
  return typeof value === 'object';
}

import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { parse } from 'yaml';
import { pairProject, workInPairProject } from '../project/pair.testing.ts';
import { fileOfRole } from './project-roles.ts';

workInPairProject();

test.each([
  ['111111111111:role/depot-dev-invoke', 'api', /RoleName: .*-invoke/],
  ['111111111111:role/depot-dev-invoke_us-east-1', 'api', /RoleName: .*-invoke/],
  ['111111111111:role/company/apps/depot-dev-invoke', 'api', /RoleName: .*-invoke/],
  ['222222222222:role/shop-dev', 'caller', /iamRoleStatementsName: .*callerRoleName/],
])('the role %s is defined in the file that is named', async (role, service, name) => {
  const [file = '', path = ''] = fileOfRole(`arn:aws:iam::${role}`)?.split(', ') ?? [];
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

test('other roles are defined elsewhere', () => {
  expect(fileOfRole('arn:aws:iam::111111111111:role/depot-dev-parcels')).toBeUndefined();
  expect(fileOfRole('arn:aws:iam::111111111111:role/mine')).toBeUndefined();
});

function isMap(value: unknown): boolean {
  return typeof value === 'object';
}

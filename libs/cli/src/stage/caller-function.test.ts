import type { ProjectService, StageSettings } from '@cross-account-api/serverless-plugin';
import { callerFunction } from './caller-function.ts';

const service = (name: string, calls: readonly string[]): ProjectService => ({
  name,
  folder: `services/${name}`,
  functions: [],
  roles: [],
  openRoutes: [],
  calls: new Map(calls.map((key) => [key, ['api']])),
});
const [caller, shop] = [service('caller', ['caller', 'report', 'export']), service('shop', ['caller'])];
const all = new Map(Object.entries({ caller, shop }));

const entry = (name: string, folder?: string, functionKey?: string) =>
  ({
    name,
    deployment: folder === undefined ? undefined : { folder, function: functionKey },
  }) as unknown as StageSettings['callers'][number];
const callers = [
  entry('reports', 'services/caller', 'report'),
  entry('shop', 'services/shop'),
  entry('invoices', 'services/shop', 'invoice'),
  entry('partner'),
];
const find = (name?: string) => callerFunction('dev', { callers }, name, { caller, all });

test.each([
  [undefined, 'services/caller', 'caller'],
  ['caller', 'services/caller', 'caller'],
  ['report', 'services/caller', 'report'],
  ['export', 'services/caller', 'export'],
  ['reports', 'services/caller', 'report'],
  ['shop', 'services/shop', 'caller'],
  ['invoices', 'services/shop', 'invoice'],
])('--caller %s is a function of the project', (name, folder, functionKey) => {
  expect(find(name)).toMatchObject({ service: { folder }, functionKey });
});

test('a caller that the project does not deploy is refused with the command that walks its call', () => {
  expect(() => find('partner')).toThrow(
    /does not deploy that caller.*explain.*--stage dev --caller partner$/,
  );
});

test('an unknown name is refused with those that there are', () => {
  expect(() => find('reprot')).toThrow(
    '--caller reprot: neither dev.callers in services/stages.yml nor services/caller has such a caller. There is caller, report, export, reports, shop, invoices.',
  );
});

test('without a caller’s service, the remedy is named', () => {
  expect(() => callerFunction('dev', { callers: [] }, undefined, { caller: undefined, all })).toThrow(
    'Add the service.',
  );
});

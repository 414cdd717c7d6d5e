import { checkOptions, OptionsError } from './options.ts';

const clock = { now: () => new Date(0) };

test('valid options are accepted', () => {
  checkOptions({ root: '/a' });
  checkOptions({
    ...{ accounts: ['333333333333'] },
    ...{ root: '/a', port: 0, region: 'eu-central-1', clock, faults: { rules: [] }, freshAccounts: true },
    ...{
      tokenIssuers: { 'https://a': [{ kty: 'RSA' }] },
      organization: 'o.yml',
      soft: false,
      report: () => {},
    },
  });
  checkOptions({ root: '/a', port: undefined, organization: { organizationId: 'o-1' } });
});

test.each<[object, string]>([
  [{ root: '/a', prot: 1 }, 'prot is not an option. Known: root, port, region, clock,'],
  [{ root: '/a', clok: clock }, 'clok is not an option. Known: root,'],
  [{ root: '/a', verbose: true }, 'verbose is not an option. Known: root, port, region, clock,'],
  [{}, 'root is missing'],
  [{ root: '' }, 'root must be the path of a folder, not ""'],
  [{ root: 7 }, 'root must be the path of a folder, not 7'],
  [{ root: '/a', port: '80' }, 'port must be a whole number from 0 to 65535, not "80"'],
  [{ root: '/a', region: 'a b' }, 'region must be a region, e.g. us-east-1, not "a b"'],
  [{ root: '/a', clock: new Date() }, 'clock must be { now() } that returns a valid Date'],
  [{ root: '/a', clock: { now: () => 5 } }, 'clock must be { now() } that returns a valid Date'],
  [{ root: '/a', clock: { now: () => new Date('x') } }, 'clock must be { now() } that returns a valid Date'],
  [{ root: '/a', faults: [] }, 'faults must be a fault plan'],
  [{ root: '/a', accounts: '333333333333' }, 'accounts must be a list of account IDs, e.g. ["333333333333"]'],
  [
    { root: '/a', accounts: [333_333_333_333] },
    'accounts[0] must be an account ID of twelve digits, in quotes, not 333333333333',
  ],
  [{ root: '/a', accounts: ['3'] }, 'accounts[0] must be an account ID of twelve digits, in quotes, not "3"'],
  [{ root: '/a', freshAccounts: 'yes' }, 'freshAccounts must be true or false, not "yes"'],
  [{ root: '/a', soft: 1 }, 'soft must be true or false, not 1'],
  [{ root: '/a', tokenIssuers: ['a'] }, 'tokenIssuers'],
  [{ root: '/a', organization: 7 }, 'organization must be a file'],
  [{ root: '/a', report: 'stderr' }, 'report must be a function that takes a message, not "stderr"'],
])('%j is refused with the rule', (options, message) => {
  expect(() => checkOptions(options)).toThrow(OptionsError);
  expect(() => checkOptions(options)).toThrow(message);
});

test('all mistakes are named at once', () => {
  expect(() => checkOptions({ root: '/a', prot: 1, soft: 1 })).toThrow(/prot .*; soft /);
});

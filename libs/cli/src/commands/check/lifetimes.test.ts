import { spawnSync } from 'node:child_process';
import { checkLifetimes, checkVendor } from './check-lifetimes.ts';
import { facts, service } from './facts.testing.ts';
import type { Facts } from './facts.ts';
import {
  LOOKED_UP,
  nodeVersions,
  nodeVersionsOfSdk,
  oslsVersions,
  runtimes,
  sdkVersions,
} from './lifetimes.ts';

const on = (now: string, changes: Partial<Facts> = {}) => facts({ now: new Date(now), ...changes });
const withRuntime = (now: string, runtime: string) =>
  on(now, { services: { api: service('api', { runtime }), caller: service('caller') } });

test.each<[now: string, runtime: string, status: string, text: string]>([
  ['2026-12-01', 'nodejs24.x', 'pass', 'the runtime nodejs24.x of depot-dev until 2028-04-30'],
  ['2026-10-30', 'nodejs22.x', 'pass', 'until 2027-04-30'],
  [
    '2026-12-01',
    'nodejs22.x',
    'warn',
    'The runtime nodejs22.x of depot-dev gets security fixes until 2027-04-30',
  ],
  ['2027-05-01', 'nodejs22.x', 'warn', 'has had no security fixes since 2027-04-30, and from 2027-07-01 on'],
  ['2027-07-01', 'nodejs22.x', 'warn', 'Since 2027-07-01, Lambda refuses'],
  ['2026-12-01', 'nodejs99.x', 'pass', 'No end of support is announced'],
])('on %s, the runtime %s is a %s: %s', (now, runtime, status, text) => {
  const [finding, ...further] = checkLifetimes(withRuntime(now, runtime));
  expect(further).toEqual([]);
  expect(finding?.status).toBe(status);
  expect(finding?.message).toContain(text);
  if (status !== 'pass') expect(finding?.remedy).toContain('https://docs.aws.amazon.com/lambda/');
});

test('Node, the AWS SDK 2, the SDK on an old Node and a deprecated version are named', () => {
  const found = checkLifetimes(
    on('2026-12-01', {
      tools: [{ name: 'Node', wanted: '^20', found: '20.20.2' }],
      packages: [
        { name: 'osls', version: '4.3.1', deprecated: 'use 4.4' },
        { name: 'aws-sdk', version: '2.1693.0' },
        { name: '@aws-sdk/client-sts', version: '3.1142.0' },
        { name: '@aws-sdk/client-iam', version: '3.1142.0' },
      ],
    }),
  );
  expect(found.map(({ status, message }) => `${status} ${message}`)).toEqual([
    'warn Node 20, which runs the tools, has had no security fixes since 2026-04-30.',
    'warn Aws-sdk 2 has had no security fixes since 2025-09-08.',
    'warn The AWS SDK 3 on Node 20 gets security fixes until 2027-01-08.',
    'warn The publishers of osls 4.3.1 have deprecated this version: use 4.4',
  ]);
});

test('vendor/ is old after three months, and is not judged if its age is not known', () => {
  const packed = (vendorPackedAt?: Date) => checkVendor(on('2026-12-01T12:00:00Z', { vendorPackedAt }));
  expect(packed()).toEqual([]);
  expect(packed(new Date('2026-11-30T10:00:00Z'))).toMatchObject([
    { status: 'pass', message: 'The packages in vendor/ are from 2026-11-30, 1 day old.' },
  ]);
  expect(packed(new Date('2026-08-01T10:00:00Z'))).toMatchObject([
    {
      status: 'warn',
      message: expect.stringContaining('122 days old. Dependabot'),
      remedy: expect.stringContaining('outdated'),
    },
  ]);
});

test('each date is a day, after which Lambda blocks the runtime', () => {
  expect(new Date(LOOKED_UP).toISOString()).toContain(LOOKED_UP);
  for (const { of, source } of [runtimes, nodeVersions, nodeVersionsOfSdk, oslsVersions, sdkVersions]) {
    expect(source).toMatch(/^https:\/\//);
    for (const { ends, blocked } of Object.values(of)) {
      if (ends !== undefined) expect(new Date(ends).toISOString()).toContain(ends);
      if (blocked !== undefined) expect(Date.parse(blocked)).toBeGreaterThan(Date.parse(ends ?? ''));
    }
  }
});

// cfn-lint reads AWS's documentation, too: https://github.com/aws-cloudformation/cfn-lint
const lint = spawnSync(
  'python3',
  [
    '-c',
    "import cfnlint, json, os; print(open(os.path.join(os.path.dirname(cfnlint.__file__), 'data/AdditionalSpecs/LmbdRuntimeLifecycle.json')).read())",
  ],
  { encoding: 'utf8' },
);
(lint.status === 0 ? test : test.skip)('the dates of the runtimes are those of cfn-lint', () => {
  const known: Readonly<Record<string, { readonly deprecated: string; readonly 'update-block': string }>> =
    JSON.parse(lint.stdout);
  const ours = Object.entries(runtimes.of).filter(([runtime]) => known[runtime] !== undefined);
  expect(ours.length).toBeGreaterThan(15);
  expect(ours.map(([runtime, { ends, blocked }]) => [runtime, ends, blocked])).toEqual(
    ours.map(([runtime]) => [runtime, known[runtime]?.deprecated, known[runtime]?.['update-block']]),
  );
});

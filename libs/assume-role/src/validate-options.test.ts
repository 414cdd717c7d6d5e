import fc from 'fast-check';
import { createAssumedRole, InvalidOption } from './index.ts';
import { FakeRuntime } from './testing/fake-runtime.ts';
import { FakeSts } from './testing/fake-sts.ts';
import { assumeRoleRequest, stsRegion } from './validate-options.ts';

const roleArn = 'arn:aws:iam::111111111111:role/api-dev-invoke';

function make(options: Record<string, unknown>) {
  const { client } = new FakeSts(new FakeRuntime());
  return createAssumedRole({ roleArn, sessionName: 'caller', client, ...options });
}

function refusal(options: Record<string, unknown>): InvalidOption {
  try {
    make(options);
  } catch (error) {
    if (error instanceof InvalidOption) return error;
    throw error;
  }
  throw new Error('not refused');
}

test.each<[string, unknown]>([
  ['roleArn', undefined],
  ['roleArn', ''],
  ['roleArn', 'api-dev-invoke'],
  ['roleArn', 'arn:aws:iam::1111:role/x'],
  ['roleArn', 'arn:aws:iam::111111111111:user/x'],
  ['roleArn', 'arn:aws:iam::111111111111:role/'],
  ['roleArn', 'arn:aws:iam::111111111111:role/a b'],
  ['roleArn', 42],
  ['sessionName', 'a'],
  ['sessionName', 'a'.repeat(65)],
  ['sessionName', 'two words'],
  ['sessionName', 'ümlaut'],
  ['durationSeconds', 899],
  ['durationSeconds', 1000.5],
  ['durationSeconds', '3600'],
  ['durationSeconds', Number.NaN],
  ['externalId', 'a'],
  ['externalId', 'a b'],
  ['externalId', 'a'.repeat(1225)],
  ['policy', '{'],
  ['policy', '[]'],
  ['policy', 3],
  ['policy', { Statement: 'a'.repeat(2048) }],
  ['policyArns', 'arn:aws:iam::aws:policy/ReadOnlyAccess'],
  ['policyArns', ['ReadOnlyAccess']],
  ['policyArns', Array.from({ length: 11 }, () => 'arn:aws:iam::aws:policy/ReadOnlyAccess')],
  ['tags', []],
  ['tags', { 'aws:x': 'y' }],
  ['tags', { '': 'y' }],
  ['tags', { team: 1 }],
  ['tags', { team: 'a', Team: 'b' }],
  ['tags', { team: 'a;b' }],
  ['tags', Object.fromEntries(Array.from({ length: 51 }, (_, i) => [`k${i}`, 'v']))],
  ['transitiveTagKeys', ['team']],
  ['transitiveTagKeys', 'team'],
  ['sourceIdentity', 'a b'],
  ['region', 'eu-west-1'],
  ['client', {}],
  ['refreshWindowSeconds', 59],
  ['refreshWindowSeconds', '300'],
  ['attemptTimeoutMs', 0],
  ['finishRefreshMs', -1],
  ['rolearn', roleArn],
])('%s: %p is refused when the provider is made', (option, value) => {
  const error = refusal({ [option]: value });
  expect(error).toMatchObject({ name: 'InvalidOption', code: 'InvalidOption', option });
  expect(error.message).toContain(option);
});

test('more than an hour is refused with the reason', () => {
  expect(refusal({ durationSeconds: 7200 }).message).toMatch(/7200.*3600 at most.*role chaining/);
});

test('the external ID is never shown', () => {
  expect(refusal({ externalId: 'private value' }).message).not.toContain('private');
});

test('the session name is by default that of the function; without either it is missing', () => {
  expect(assumeRoleRequest({ roleArn }, { AWS_LAMBDA_FUNCTION_NAME: 'caller-dev' })).toEqual({
    RoleArn: roleArn,
    RoleSessionName: 'caller-dev',
    DurationSeconds: 3600,
  });
  expect(() => assumeRoleRequest({ roleArn }, {})).toThrow(
    /sessionName is missing.*AWS_LAMBDA_FUNCTION_NAME/,
  );
});

test('the region is by default that of the function; without either it is missing', () => {
  expect(stsRegion({}, { AWS_REGION: 'ap-southeast-4' })).toBe('ap-southeast-4');
  expect(stsRegion({ region: 'us-gov-west-1' }, {})).toBe('us-gov-west-1');
  expect(() => stsRegion({}, {})).toThrow(/region is missing/);
  expect(() => stsRegion({ region: 'evil.example.com/' }, {})).toThrow(/region is "evil/);
});

test('roles with a path, and those of other partitions, are roles', () => {
  for (const arn of [
    'arn:aws:iam::111111111111:role/a/b/c',
    'arn:aws-us-gov:iam::111111111111:role/x',
    'arn:aws-cn:iam::111111111111:role/x',
  ]) {
    expect(() => make({ roleArn: arn })).not.toThrow();
  }
});

test('whatever is given, it is taken or refused with a short message on one line', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'binary' }), fc.string({ unit: 'binary' }), (arn, name) => {
      const error = refusal({ roleArn: `${arn}!`, sessionName: name });
      expect(error.message.length).toBeLessThan(800);
      expect(error.message).not.toMatch(/\n/);
    }),
  );
});

import fc from 'fast-check';
import { codePoint } from './code-point.testing.ts';
import { FakeSts, roleArn } from './fake-sts.testing.ts';
import { type AssumedRoleOptions, AssumeRoleOptionError, assumeRole, createAssumedRole } from './index.ts';

const variables = { ...process.env };
afterEach(() => {
  process.env = { ...variables };
});

function make(options: Record<string, unknown>) {
  const sts = new FakeSts();
  const role = createAssumedRole({ roleArn, sessionName: 'caller', client: sts.client, ...options });
  return { sts, role };
}

function refusal(create: () => unknown): AssumeRoleOptionError {
  try {
    create();
  } catch (error) {
    if (error instanceof AssumeRoleOptionError) return error;
    throw error;
  }
  throw new Error('not refused');
}

/** The ARN of a role, of so many characters. */
const roleOf = (length: number) => {
  const start = `arn:aws:iam::111111111111:role/${`${'p'.repeat(200)}/`.repeat(9)}`;
  return `${start}${'p'.repeat(length - start.length - 2)}/r`;
};
test('parameters replace no option, also of a user without types', async () => {
  const other = {
    RoleArn: 'arn:aws:iam::999999999999:role/other',
    RoleSessionName: 'other',
    DurationSeconds: 1,
    ExternalId: 'other-id',
  };
  for (const externalId of ['an-id', undefined]) {
    const { sts, role } = make({
      externalId,
      durationSeconds: 1_000,
      parameters: { ...other, SourceIdentity: 'me' },
    });
    await role.prefetch();
    expect(sts.last.input).toEqual({
      RoleArn: roleArn,
      RoleSessionName: 'caller',
      DurationSeconds: 1_000,
      ExternalId: externalId,
      SourceIdentity: 'me',
    });
  }
});

// Fake timers know no longest delay: Node's fire at once after 2³¹ ms, which are 24.8 days.
test('with months left, a user waits for STS as long as it takes', async () => {
  const { sts, role } = make({});
  sts.auto = (request) => void setTimeout(() => request.fail('ValidationError'), 20);
  const invocation = role.beginInvocation(2 ** 31 + 1_000);
  await expect(invocation.role()).rejects.toMatchObject({ reasonCode: 'ValidationError', attempts: 1 });
  await invocation.end({ finish: false });
});

describe('a right value', () => {
  test.each<[option: string, value: unknown, sent: object]>([
    ['roleArn', 'arn:aws:iam::111111111111:role/a/b/c', { RoleArn: 'arn:aws:iam::111111111111:role/a/b/c' }],
    ['roleArn', 'arn:aws-us-gov:iam::111111111111:role/x', {}],
    ['roleArn', 'arn:aws-cn:iam::111111111111:role/x', {}],
    ['roleArn', `arn:aws:iam::111111111111:role/${'x'.repeat(64)}`, {}],
    ['roleArn', 'arn:aws:iam::111111111111:role/aws-service-role/x.amazonaws.com/y', {}],
    ['roleArn', roleOf(2048), {}],
    ['sessionName', 'ab', { RoleSessionName: 'ab' }],
    ['sessionName', 'a'.repeat(64), { RoleSessionName: 'a'.repeat(64) }],
    ['sessionName', 'A9_+=,.@-', { RoleSessionName: 'A9_+=,.@-' }],
    ['durationSeconds', undefined, { DurationSeconds: 3600 }],
    ['durationSeconds', 900, { DurationSeconds: 900 }],
    ['durationSeconds', 3600, { DurationSeconds: 3600 }],
    ['durationSeconds', 43_200, { DurationSeconds: 43_200 }],
    ['externalId', undefined, { ExternalId: undefined }],
    ['externalId', 'a/b:c', { ExternalId: 'a/b:c' }],
    ['externalId', 'a'.repeat(1224), {}],
    ['parameters', undefined, {}],
    [
      'parameters',
      { Policy: '{}', Tags: [{ Key: 'a', Value: 'b' }] },
      { Policy: '{}', Tags: [{ Key: 'a', Value: 'b' }] },
    ],
    ['parameters', { RoleArn: 'other' }, { RoleArn: roleArn }],
    ['attemptTimeoutMs', 100, {}],
    ['attemptTimeoutMs', 60_000, {}],
  ])(
    'the option %s accepts %j, and the request to STS has the right parameters',
    async (option, value, sent) => {
      const { sts, role } = make({ [option]: value });
      await role();
      expect(sts.last.input).toMatchObject(sent);
    },
  );
});

describe('a wrong value', () => {
  test.each<[option: string, value: unknown, message: RegExp]>([
    [
      'roleArn',
      undefined,
      /^assumeRole: roleArn is missing\. It must be the ARN of an IAM role: arn:aws:iam::/,
    ],
    ['roleArn', null, /is null\. It must/],
    ['roleArn', '', /is ""\. It must/],
    ['roleArn', 'api-dev-invoke', /is "api-dev-invoke"\. It must/],
    ['roleArn', 'arn:aws:iam::1111:role/x', /is "/],
    ['roleArn', 'arn:aws:iam::111111111111:user/x', /is "/],
    ['roleArn', 'arn:aws:iam::111111111111:role/', /is "/],
    ['roleArn', 'arn:aws:iam::111111111111:role/a b', /is "/],
    ['roleArn', 'arn:aws:iam::111111111111:role/x\n', /is "/],
    ['roleArn', ' arn:aws:iam::111111111111:role/x', /is "/],
    ['roleArn', `arn:aws:iam::111111111111:role/${'x'.repeat(65)}`, /is "arn/],
    ['roleArn', `arn:aws:iam::111111111111:role/${'a/'.repeat(1_100)}`, /is ".{100}…"\. It must/],
    ['roleArn', 42, /is 42\. It must/],
    ['sessionName', 'a', /is "a"\. It must be 2 to 64 letters/],
    ['sessionName', 'a'.repeat(65), /is "/],
    ['sessionName', 'two words', /is "/],
    ['sessionName', 'ümlaut', /is "/],
    ['durationSeconds', 899, /is 899\. It must be a number from 900 to 43200/],
    ['durationSeconds', 43_201, /is 43201.*\(a role that assumes it: to 3600\)/],
    ['durationSeconds', '3600', /is "3600"/],
    ['durationSeconds', Number.NaN, /is NaN/],
    ['durationSeconds', Symbol('s'), /is Symbol\(s\)/],
    ['externalId', 'a', /is not valid \(not shown here\)\. It must be 2 to 1224/],
    ['externalId', 'a b', /is not valid/],
    ['externalId', 'a'.repeat(1225), /is not valid/],
    ['parameters', 'Policy', /is "Policy"\. It must be an object with parameters of AssumeRole/],
    ['parameters', null, /is null/],
    ['parameters', [], /is of type object/],
    ['region', 'EU West', /is "EU West"\. It must be a region such as eu-west-1/],
    ['client', 'sts', /is "sts"/],
    ['client', {}, /is of type object\. It must be an STS of @aws-sdk/],
    ['client', null, /is null/],
    ['attemptTimeoutMs', 99, /is 99\. It must be a number from 100 to 60000\./],
    ['attemptTimeoutMs', 60_001, /is 60001/],
    ['logger', console.log, /is of type function\. It must be an object with a method warn/],
    ['rolearn', roleArn, /is unknown\. The options are roleArn, .*, logger\.$/],
    ['fetch', 'use', /is unknown/],
    ['toString', 'x', /is unknown/],
  ])('the option %s refuses %p with the rule', (option, value, message) => {
    const error = refusal(() => make({ [option]: value }));
    expect(error).toMatchObject({ name: 'AssumeRoleOptionError', code: 'AssumeRoleOptionError', option });
    expect(error).toBeInstanceOf(TypeError);
    expect(error.message).toMatch(message);
    expect(error.message).toMatch(new RegExp(`^assumeRole: ${option} `));
    expect(error.stack).toMatch(/^AssumeRoleOptionError: assumeRole: /);
  });

  test('an error does not show a wrong value that may be a secret', () => {
    expect(refusal(() => make({ externalId: 'private value' })).message).not.toContain('private');
    const client = { credentials: { secretAccessKey: 'private' } };
    expect(refusal(() => make({ client })).message).not.toContain('private');
  });

  test('createAssumedRole without options says that roleArn is missing', () => {
    for (const options of [undefined, null, 1, []]) {
      expect(refusal(() => createAssumedRole(options as never)).message).toMatch(/roleArn is missing/);
    }
  });
});

describe('by default', () => {
  beforeEach(() => {
    delete process.env.AWS_LAMBDA_FUNCTION_NAME;
    delete process.env.AWS_LAMBDA_LOG_STREAM_NAME;
    delete process.env.AWS_REGION;
  });

  test('by default, the session is named after the function and its environment; without a function, sessionName is missing', async () => {
    expect(refusal(() => make({ sessionName: undefined })).message).toMatch(
      /sessionName is missing.*AWS_LAMBDA_FUNCTION_NAME/,
    );
    process.env.AWS_LAMBDA_FUNCTION_NAME = 'caller-dev';
    process.env.AWS_LAMBDA_LOG_STREAM_NAME = '2026/11/26/[$LATEST]8e1f5a0c3b7d4926a1c0ffee12345678';
    const { sts, role } = make({ sessionName: undefined });
    await role();
    expect(sts.last.input.RoleSessionName).toBe('caller-dev.8e1f5a0c3b7d4926');
  });

  test('by default, the region is that of the function; a missing or wrong region is refused', () => {
    const create = (options: Partial<AssumedRoleOptions>) =>
      createAssumedRole({ roleArn, sessionName: 'caller', ...options });
    expect(refusal(() => create({})).message).toMatch(/region is missing.*AWS_REGION/);
    expect(() => create({ region: 'us-gov-west-1' })).not.toThrow();
    process.env.AWS_REGION = 'ap-southeast-4';
    expect(() => create({})).not.toThrow();
    process.env.AWS_REGION = 'evil.example.com/';
    expect(refusal(() => create({})).message).toMatch(/region is "evil/);
    for (const region of ['x eu-west-1', 'eu-west-1.evil.example.com/', 'EU-WEST-1', 'eu-west', 'eu--1']) {
      expect(refusal(() => create({ region })).message).toMatch(/It must be a region such as eu-west-1/);
    }
    expect(() => create({ region: 'eu-west-12' })).not.toThrow();
    // With the option client, the variable does not matter.
    expect(() => create({ client: new FakeSts().client })).not.toThrow();
  });
});

test('whatever the options are, they are accepted or refused with one short line that names an option', () => {
  const names = [
    'roleArn',
    'sessionName',
    'durationSeconds',
    'externalId',
    'parameters',
    'region',
    'client',
    'attemptTimeoutMs',
    'logger',
    'contextKey',
    'fetch',
  ];
  const strange = fc.oneof(
    fc.anything({ maxDepth: 1, maxKeys: 3, withBigInt: true, withNullPrototype: true }),
    fc.string({ unit: codePoint }),
    fc.constantFrom(Symbol('s'), () => 0, Number.NaN),
  );
  const options = fc.oneof(strange, fc.dictionary(fc.oneof(fc.constantFrom(...names), fc.string()), strange));
  const seen = new Set<string>();
  fc.assert(
    fc.property(options, fc.boolean(), (given, completed) => {
      const complete = completed && { roleArn, sessionName: 'caller', region: 'eu-west-1' };
      const all = Object.assign(Object.create(null), complete, given);
      for (const create of [createAssumedRole, assumeRole]) {
        try {
          create(all);
          seen.add('accepted');
        } catch (error) {
          if (!(error instanceof AssumeRoleOptionError)) throw error;
          seen.add('refused');
          expect(error.message).toContain(error.option);
          expect(error.message.length - error.option.length).toBeLessThan(600);
          expect(error.message.replace(error.option, '')).not.toMatch(/\n/);
        }
      }
    }),
    { numRuns: 300, examples: [[{}, true]] },
  );
  expect([...seen].toSorted()).toEqual(['accepted', 'refused']);
});

test('on Node 20, where each call would fail, making a role fails with the version that it needs', () => {
  const { withResolvers } = Promise;
  Reflect.deleteProperty(Promise, 'withResolvers');
  try {
    const needs = `assume-role needs Node 22.3 or later, and this is Node ${process.versions.node}.`;
    expect(() => make({})).toThrow(needs);
    expect(() => assumeRole({ roleArn })).toThrow(needs);
  } finally {
    Promise.withResolvers = withResolvers;
  }
});

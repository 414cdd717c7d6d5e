import fc from 'fast-check';
import { readStageSettings, SettingsError } from './stage-settings.js';

const complete =
  'dev: { region: eu-central-1, callerAccountId: "222222222222", externalId: 0123456789abcdef }';
const read = (text: string, stage = 'dev', region?: string) => readStageSettings(stage, region, () => text);

afterEach(() => {
  delete process.env.STAGE_REGION;
});

test('a stage needs a region, an account ID and an external ID; everything else has a default', () => {
  expect(read(complete)).toEqual({
    region: 'eu-central-1',
    callerAccountId: '222222222222',
    externalId: '0123456789abcdef',
    logRetentionInDays: 14,
    throttlingRateLimit: 100,
    throttlingBurstLimit: 50,
    idempotency: true,
    roleSuffix: '',
    callerRoleName: 'cross-account-caller-dev',
  });
});

test.each([
  ['that is empty', '', 'services/stages.yml has no stage "dev".'],
  ['without the stage', 'prod: {}', 'services/stages.yml has no stage "dev".'],
  [
    'with a name of every object for a stage',
    '{}',
    'services/stages.yml has no stage "constructor".',
    'constructor',
  ],
  ['whose stage is empty', 'dev:', 'dev must have settings, each on a line of its own.'],
  ['whose stage is a text', 'dev: text', 'dev must have settings, each on a line of its own.'],
  ['that is no YAML', 'dev: [', 'services/stages.yml cannot be read: '],
  ['without a region', 'dev: {}', 'dev.region is missing. It must be a region, such as eu-central-1.'],
  [
    'without an external ID',
    'dev: {}',
    'dev.externalId is missing. It must be a value of your own, in quotes: `openssl rand -hex 16` makes one.',
  ],
  [
    'with an external ID that STS refuses',
    'dev: { externalId: "a b" }',
    'dev.externalId is "a b". It must have 2 to 1224 of the characters A-Z a-z 0-9 _ + = , . @ : / -.',
  ],
  [
    'with an account ID without quotes',
    'dev: { callerAccountId: 222222222222 }',
    'dev.callerAccountId is 222222222222. It must be the 12 digits of account B, in quotes.',
  ],
  [
    'with an empty profile',
    'dev: { apiProfile: "" }',
    'dev.apiProfile is "". It must name an AWS profile of account A.',
  ],
  [
    'with a retention that CloudWatch Logs does not offer',
    'dev: { logRetentionInDays: 10 }',
    'dev.logRetentionInDays is 10. It must be one of 1, 3, 5, 7, 14, 30,',
  ],
  ['with half a request', 'dev: { throttlingBurstLimit: 1.5 }', 'It must be a whole number from 1.'],
  ['with "yes" for true', 'dev: { idempotency: yes }', 'dev.idempotency is "yes". It must be true or false.'],
])('a file %s is refused with the value, the rule and the remedy', (_what, text, message, stage = 'dev') => {
  expect(() => read(text, stage)).toThrow(SettingsError);
  expect(() => read(text, stage)).toThrow(message);
});

test('a message shows the beginning of a long value only', () => {
  expect(() => read(`dev: { region: ${'x'.repeat(5000)} }`)).toThrow(/is "x{79}…\. It must/);
});

test.each(['', '1dev', 'dev_1', 'a'.repeat(33), 'ä'])('the stage name "%s" is refused', (stage) => {
  expect(() => readStageSettings(stage)).toThrow(
    `The stage "${stage}" must begin with a letter and have at most 32 letters, digits and hyphens.`,
  );
});

describe('another region than the stage’s first', () => {
  test('is named by --region, or else by STAGE_REGION', () => {
    process.env.STAGE_REGION = 'us-west-2';
    expect(read(complete)).toMatchObject({ region: 'us-west-2', roleSuffix: '_us-west-2' });
    expect(read(complete, 'dev', 'us-east-1')).toMatchObject({
      region: 'us-east-1',
      callerRoleName: 'cross-account-caller-dev_us-east-1',
    });
  });

  test('adds nothing to the roles’ names if it is the first one', () => {
    expect(read(complete, 'dev', 'eu-central-1')).toEqual(read(complete));
  });

  test('must be a region', () => {
    expect(() => read(complete, 'dev', 'moon')).toThrow(
      '--region or STAGE_REGION is "moon". It must be a region, such as eu-central-1.',
    );
  });

  const regions = [
    ...[
      'us-east-1',
      'us-east-2',
      'us-west-1',
      'us-west-2',
      'us-gov-east-1',
      'us-gov-west-1',
      'us-iso-east-1',
    ],
    ...['us-iso-west-1', 'us-isob-east-1', 'af-south-1', 'ap-east-1', 'ap-east-2', 'ap-northeast-1'],
    ...['ap-northeast-2', 'ap-northeast-3', 'ap-south-1', 'ap-south-2', 'ap-southeast-1', 'ap-southeast-2'],
    ...['ap-southeast-3', 'ap-southeast-4', 'ap-southeast-5', 'ap-southeast-6', 'ap-southeast-7'],
    ...[
      'ca-central-1',
      'ca-west-1',
      'cn-north-1',
      'cn-northwest-1',
      'eu-central-2',
      'eu-north-1',
      'eu-south-1',
    ],
    ...[
      'eu-south-2',
      'eu-west-1',
      'eu-west-2',
      'eu-west-3',
      'eusc-de-east-1',
      'il-central-1',
      'me-central-1',
    ],
    ...['me-south-1', 'mx-central-1', 'sa-east-1'],
  ];
  const stages = fc.stringMatching(/^[a-z][a-z0-9-]{0,31}$/);

  test('gives role names that IAM accepts, whatever the stage is called', () => {
    fc.assert(
      fc.property(stages, fc.constantFrom(...regions), (stage, region) => {
        const { roleSuffix, callerRoleName } = read(complete.replace('dev', stage), stage, region);
        for (const name of [callerRoleName, `cross-account-api-${stage}-messages${roleSuffix}`]) {
          expect(name).toMatch(/^[\w+=,.@-]{1,64}$/);
        }
      }),
    );
  });

  test('gives each stage in each region role names of its own', () => {
    const names = ['dev', 'dev-us-east-1', 'a'.repeat(32)].flatMap((stage) =>
      ['eu-central-1', ...regions].map(
        (region) => read(complete.replace('dev', stage), stage, region).callerRoleName,
      ),
    );
    expect(new Set(names).size).toBe(names.length);
  });
});

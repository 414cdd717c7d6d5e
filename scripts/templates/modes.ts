/** Settings of a stage, and the region if it is not the stage's first. */
interface Mode {
  readonly settings: object;
  readonly region?: string;
}

const minimum = {
  region: 'eu-central-1',
  callerAccountId: '222222222222',
  externalId: '0123456789abcdef',
};

const callers = {
  'billing-2': {
    accountId: '333333333333',
    roleName: 'team/billing',
    externalId: 'billing-id',
    routes: ['GET /whoami'],
    previousRoleName: 'billing',
    previousExternalId: 'billing-before',
  },
  shop: {
    accountId: '444444444444',
    roleName: 'shop',
    externalId: 'shop-id',
    routes: ['POST /messages', 'GET /whoami'],
  },
};

const privateApi = {
  vpcEndpointIds: ['vpce-0123456789abcdef0', 'vpce-0123456789abcdef1'],
  subnetIds: ['subnet-0123456789abcdef0'],
  securityGroupIds: ['sg-0123456789abcdef0'],
};

/** What a stage can have, by the name of a stage that has it. */
export const modes: Readonly<Record<string, Mode>> = {
  default: { settings: minimum },
  policy: { settings: { ...minimum, accessMode: 'resource-policy', callers } },
  changing: {
    settings: { ...minimum, accessMode: 'resource-policy', previousAccessMode: 'assume-role', callers },
  },
  domain: {
    settings: {
      ...minimum,
      customDomain: {
        name: 'api.example.com',
        certificateArn:
          'arn:aws:acm:eu-central-1:111111111111:certificate/12345678-1234-1234-1234-123456789012',
        basePath: 'messages',
        hostedZoneId: 'Z0123456789ABCDEFGHIJ',
        disableDefaultEndpoint: true,
      },
    },
  },
  private: { settings: { ...minimum, privateApi, rolePath: '/company/', callers } },
  'private-policy': { settings: { ...minimum, privateApi, accessMode: 'resource-policy', callers } },
  operations: {
    settings: {
      ...minimum,
      alarms: true,
      tableBackup: true,
      tableKeyId: 'mrk-0123456789abcdef0123456789abcdef',
      deletionProtection: true,
      apiLogKeyId: '12345678-1234-1234-1234-123456789012',
      callerLogKeyId: '12345678-1234-1234-1234-123456789013',
      logRetentionInDays: 90,
      throttlingRateLimit: 7,
      throttlingBurstLimit: 9,
    },
  },
  guarded: {
    settings: {
      ...minimum,
      permissionsBoundary: 'company/boundary',
      rolePath: '/company/',
      tags: { 'cost-center': '4711' },
      organizationId: 'o-a1b2c3d4e5',
      callers,
    },
  },
  rotating: {
    settings: {
      ...minimum,
      previousExternalId: 'before',
      callerRoleName: 'cross-account-caller-rotating-2',
      previousCallerRoleName: 'cross-account-caller-rotating',
    },
  },
  forgetful: {
    settings: { ...minimum, idempotency: false, tableKeyId: 'mrk-0123456789abcdef0123456789abcdef' },
  },
  regions: { settings: { ...minimum, callers, alarms: true }, region: 'us-east-1' },
  gov: { settings: { ...minimum, region: 'us-gov-west-1' } },
};

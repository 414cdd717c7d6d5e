import type { StageEntry } from '../../libs/serverless-plugin/src/settings/schema.ts';

/** The KMS key of tables and logs. */
export const KEY_ID = 'mrk-0123456789abcdef0123456789abcdef';
/** Each setting of a stage: it adds resources or properties to the templates. Those that exclude each other are in two stages. */
export const everything = {
  region: 'eu-central-1',
  apiAccountId: '111111111111',
  callerAccountId: '222222222222',
  apiProfile: 'api',
  callerProfile: 'caller',
  accessMode: 'assume-role',
  previousAccessMode: 'resource-policy',
  externalId: 'an-external-id',
  previousExternalId: 'another-external-id',
  routes: undefined,
  callerRoleName: 'caller-2',
  previousCallerRoleName: 'caller-1',
  rolePath: '/company/',
  permissionsBoundary: 'company/boundary',
  tags: { team: 'payments' },
  organizationId: 'o-a1b2c3d4e5',
  logRetentionInDays: 30,
  throttlingRateLimit: 10,
  throttlingBurstLimit: 5,
  tracing: false,
  checkResponses: true,
  seed: undefined,
  alarms: true,
  tableBackup: true,
  retainData: true,
  tableKeyId: KEY_ID,
  deletionProtection: true,
  apiLogKeyId: KEY_ID,
  callerLogKeyId: KEY_ID,
  securityPolicy: 'SecurityPolicy_TLS13_1_3_2025_09',
  quotas: undefined,
  customDomain: {
    name: 'api.example.com',
    certificateArn: 'arn:aws:acm:eu-central-1:111111111111:certificate/12345678-1234-1234-1234-123456789012',
    basePath: 'v1',
    hostedZoneId: 'Z0123456789ABCDEFGHIJ',
    disableDefaultEndpoint: true,
  },
  privateApi: undefined,
  apiRegion: undefined,
  callers: { billing: { accountId: '333333333333', roleName: 'billing', externalId: 'billing-id' } },
  apis: {},
  values: {},
} satisfies Record<keyof StageEntry, unknown>;
/** Stages that have each setting between them. */
export const stages = {
  everything,
  private: {
    ...everything,
    accessMode: 'resource-policy',
    previousAccessMode: undefined,
    customDomain: undefined,
    privateApi: {
      vpcEndpointIds: ['vpce-0123456789abcdef0'],
      subnetIds: ['subnet-0123456789abcdef0'],
      securityGroupIds: ['sg-0123456789abcdef0'],
    },
  },
};

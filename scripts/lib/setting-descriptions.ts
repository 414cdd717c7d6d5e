import type { StageEntry } from '../../libs/serverless-plugin/src/settings/schema.ts';

type Descriptions<Settings> = Readonly<Record<keyof Settings, string>>;
type Caller = StageEntry['callers'][string];
type OtherApi = StageEntry['apis'][string];
type CustomDomain = NonNullable<StageEntry['customDomain']>;
type PrivateApi = NonNullable<StageEntry['privateApi']>;
type Quotas = NonNullable<StageEntry['quotas']>;

/** What each setting of services/stages.yml is for. An editor shows it beside the setting's rule. */
export const descriptions: Descriptions<StageEntry> = {
  region:
    "The stage's first region. Do not change it after a deployment. STAGE_REGION=us-east-1 deploys to an additional region.",
  accessMode:
    'How callers get in: assume-role: they assume a role of account A. resource-policy: the API admits their own roles.',
  previousAccessMode: 'Admitted too, while accessMode is changed.',
  apiRegion: "The API's region, if the caller calls an API in another region through a custom domain.",
  apiProfile:
    'The AWS profile that deploys the api service, in account A. Without it: the credentials of the shell.',
  callerProfile:
    'The AWS profile that deploys the caller service, in account B. Without it: the credentials of the shell.',
  apiAccountId: 'The ID of account A, which has the API.',
  callerAccountId: 'The ID of account B, which calls the API. It may be account A, too.',
  externalId: 'The value that the caller sends with AssumeRole. It is no secret, but it is yours.',
  previousExternalId: 'Trusted too, while externalId is changed.',
  routes: 'The routes that the caller may call. Without it: all.',
  callerRoleName: "The name of the caller's role. Without it: <service>-<stage>.",
  previousCallerRoleName: 'Trusted too, while callerRoleName is changed.',
  rolePath: "The path of all roles. Set it before the stage's first deployment.",
  permissionsBoundary:
    'The permissions boundary of all roles. It must allow what they do: write logs, read and write items of DynamoDB, sts:AssumeRole, execute-api:Invoke.',
  tags: 'The tags of everything that takes tags.',
  organizationId: 'Account A then admits callers of this AWS organization only.',
  logRetentionInDays: 'How long the logs are kept, in days. Without it: 14.',
  throttlingRateLimit: 'The requests a second that the API admits.',
  throttlingBurstLimit: 'The requests that the API admits at once.',
  tracing: 'X-Ray traces of the API, of which AWS records one a second and 5 % of the others.',
  alarms:
    "A topic, a dashboard and alarms in each account: on refused signed requests (4xx, 5 %), on the API's 5xx (1 %), latency (p99 over 3 s) and throttling, and on the caller's errors, throttling and missing credentials.",
  checkResponses:
    'The API answers 500 to a response that breaks the contract, and logs why. Stage local: true by default.',
  seed: 'Stage local only: the command that runs before the first deployment.',
  retainData: 'Keeps tables and logs when the stage is removed. Its next deployment takes them over.',
  tableBackup: 'Point-in-time recovery of the idempotency table.',
  tableKeyId:
    'The KMS key in account A that encrypts the idempotency table. Its key policy must let IAM policies of the account allow its use. Without it: a key that DynamoDB owns. Whoever deploys needs six permissions on it: https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/encryption.usagenotes.html#dynamodb-customer-cmk-policy',
  deletionProtection:
    'Protects the idempotency table and both stacks from deletion. Before the removal, set it to false and deploy.',
  apiLogKeyId:
    'The KMS key in account A that encrypts its logs. Its key policy must allow CloudWatch Logs to use it. A multi-Region key serves additional regions.',
  callerLogKeyId: 'The KMS key in account B that encrypts its logs, as apiLogKeyId.',
  securityPolicy:
    'The TLS versions and ciphers that the API and its custom domain take. Without it: what they have.',
  quotas: 'The quotas that AWS has raised for the account or the API.',
  customDomain: "The API's own host name, in the stage's first region.",
  privateApi: "An API that only callers in a VPC can reach. Set it before the stage's first deployment.",
  callers: 'Further callers, by name. Each gets an invoke role that trusts its role only.',
  apis: 'Other APIs that functions of this project call, by name: what their teams hand over.',
  values: 'Values of yours, by name. serverless.yml reads them as self:custom.settings.values.NAME.',
};

/** The settings within other settings. */
export const nestedDescriptions: {
  readonly callers: Descriptions<Caller>;
  readonly apis: Descriptions<OtherApi>;
  readonly customDomain: Descriptions<CustomDomain>;
  readonly privateApi: Descriptions<PrivateApi>;
  readonly quotas: Descriptions<Quotas>;
} = {
  callers: {
    accountId: "The caller's account.",
    roleName: "The caller's role, if it is not deployed from this project.",
    service: "The caller's service, if it is deployed from this project.",
    function: 'A function of services/caller, or of the service, in the place of accountId and roleName.',
    profile:
      'The AWS profile that deploys the service. Without it: callerProfile if the account is the same, or else the credentials of the shell.',
    logKeyId: "The KMS key in the caller's account that encrypts its logs.",
    externalId: 'The value that the caller sends with AssumeRole.',
    routes: 'The routes that the caller may call. Without it: all.',
    previousRoleName: 'Trusted too, while the role is changed.',
    previousExternalId: 'Trusted too, while externalId is changed.',
  },
  apis: {
    url: "The API's URL with its stage, or under a custom domain.",
    region: "The API's region, if its URL does not name it.",
    accessMode: 'How the API lets the function in: by a role that it assumes, or as itself.',
    previousAccessMode: "The function's role keeps what this mode needs, too, while accessMode is changed.",
    invokeRoleArn: "In access mode assume-role: the role of the API's account that the function assumes.",
    externalId: 'In access mode assume-role: what the function sends with AssumeRole.',
    apiArn: 'In access mode resource-policy: what the ARNs of the routes begin with.',
    routes: 'The routes that the function may call. Access mode resource-policy needs them.',
    callerRoleArn:
      'The role that the API admits. Packaging stops if a function with another role calls the API.',
    profile: "An AWS profile that may read the API's account, for explain, verify and review.",
  },
  customDomain: {
    name: 'The host name.',
    certificateArn: "The certificate of AWS Certificate Manager, in account A and the stage's first region.",
    basePath: "The first segment of the URL's path.",
    hostedZoneId: 'Makes the DNS record in this hosted zone of account A.',
    disableDefaultEndpoint: 'The API no longer answers at its URL of AWS.',
  },
  privateApi: {
    vpcEndpointIds: "The interface endpoints of all callers; that of this stage's caller first.",
    subnetIds: 'The subnets where the caller runs.',
    securityGroupIds: "The caller's security groups. The endpoint's must let them in on port 443.",
  },
  quotas: {
    apiGatewayResources: 'Resources per API: the parts of all paths.',
    resourcePolicyCharacters: "The length of the API's resource policy.",
    trustPolicyCharacters: "The length of a role's trust policy.",
    managedPoliciesOfRole: 'Managed policies per role.',
  },
};

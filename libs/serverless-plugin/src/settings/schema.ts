import { awsDomains } from '@cross-account-api/iam';
import * as v from 'valibot';
import { propertiesOf } from '../properties.ts';
import { RAISABLE, type RaisableQuota } from '../quotas/quotas.ts';
import { apiEntries, apiProblems, apis } from './api-entries.ts';
import { accessMode, accountId, externalId, region, routes, text, textLike } from './rules.ts';
import { SECURITY_POLICIES } from './security-policies.ts';

/** The name of the caller that this repository deploys. */
export const FIRST_CALLER = 'caller';

// https://docs.aws.amazon.com/AmazonCloudWatchLogs/latest/APIReference/API_PutRetentionPolicy.html
const retentions = [
  1, 3, 5, 7, 14, 30, 60, 90, 120, 150, 180, 365, 400, 545, 731, 1096, 1827, 2192, 2557, 2922, 3288, 3653,
];

const roleName = (length: number) =>
  textLike(
    new RegExp(`^[\\w+=,.@-]{1,${length}}$`),
    `must be a role's name of at most ${length} of the characters A-Z a-z 0-9 _ + = , . @ -, without a path: that is the setting rolePath`,
  );

// An ID, since the same multi-Region key has it in each region of the stage.
const keyId = textLike(
  /^(mrk-[0-9a-f]{32}|[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12})$/,
  'must be the ID of a KMS key, without an ARN or an alias: `aws kms describe-key --key-id <alias>` prints it',
);

const flag = (byDefault: boolean) => v.optional(v.boolean('must be true or false'), byDefault);

// The framework's own rule for names of tags, which is stricter than AWS's.
const tagsSchema = v.pipe(
  v.record(
    textLike(
      /^(?!aws:)[\w./=+: -]{1,128}$/i,
      'must be a name of up to 128 of the characters A-Z a-z 0-9 _ . / = + : - and space, and must not begin with aws:',
    ),
    textLike(
      /^[\p{L}\p{Z}\p{N}_.:/=+@-]{0,256}$/u,
      'must be a text in quotes, of up to 256 letters, digits, spaces and the characters _ . : / = + - @',
    ),
    'must be names and values, each pair on a separate line',
  ),
  v.maxEntries(40, 'must be at most 40 tags'),
  v.check(
    (all) => new Set(Object.keys(all).map((name) => name.toLowerCase())).size === Object.keys(all).length,
    'must not have two names that differ only in upper and lower case: IAM takes them for one',
  ),
);

const HOST_RULE = 'must be a host name of yours in lower case, such as api.example.com';

const customDomain = v.strictObject({
  name: v.pipe(
    textLike(/^(?=.{1,253}$)([a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?\.)+[a-z]{2,63}$/, HOST_RULE),
    v.check((name) => !awsDomains.some((domain) => `.${name}`.endsWith(`.${domain}`)), HOST_RULE),
  ),
  certificateArn: textLike(
    /^arn:aws[\w-]*:acm:[\w-]+:\d{12}:certificate\/[\w-]+$/,
    'must be the ARN of a certificate of AWS Certificate Manager, such as arn:aws:acm:eu-central-1:111111111111:certificate/…',
  ),
  // Longer ones need a mapping of another API, which is that of HTTP APIs.
  basePath: v.optional(
    textLike(
      /^[\w.-]{1,100}$/,
      'must be one segment of a path, without slashes, of the characters A-Z a-z 0-9 _ . -',
    ),
  ),
  hostedZoneId: v.optional(
    textLike(
      /^Z[A-Z0-9]{1,31}$/,
      'must be the ID of a hosted zone of Route 53 in account A, such as Z0123456789ABCDEFGHIJ',
    ),
  ),
  disableDefaultEndpoint: flag(false),
});

const ids = (prefix: string, what: string) => {
  const rule = `must be IDs of ${what}, such as [${prefix}-0123456789abcdef0]`;
  return v.pipe(
    v.array(textLike(new RegExp(`^${prefix}-[0-9a-f]{8,17}$`), rule), rule),
    v.minLength(1, rule),
  );
};

const privateApi = v.strictObject({
  vpcEndpointIds: ids('vpce', 'VPC endpoints for execute-api'),
  subnetIds: ids('subnet', "subnets of the caller's VPC"),
  securityGroupIds: ids('sg', "security groups of the caller's VPC"),
});

/** A role's name with room for the region. */
const ROLE_WITH_ROOM = /^[\w+=,.@-]{1,48}$/;

const CALLER_ROLE_RULE =
  "must be a role's name, after its path, if it has one, such as team/billing; without an ARN";
const callerRole = textLike(/^([\w+=,.@-]+\/)*[\w+=,.@-]{1,64}$/, CALLER_ROLE_RULE);

/** A further caller's settings, in access mode `assume-role`. */
const callerEntries = {
  // A function of the first caller's service is in that one's account.
  accountId: v.optional(accountId('the caller’s account')),
  // Either the role of a program that is deployed elsewhere, or a service that this project deploys.
  roleName: v.optional(callerRole),
  service: v.optional(
    textLike(/^[\w-]+$/, 'must be the name of a service in serverless-compose.yml, such as billing'),
  ),
  function: v.optional(
    textLike(/^[\w-]+$/, "must be the name of a function in the serverless.yml of the caller's service"),
  ),
  profile: v.optional(text('must name an AWS profile of the caller’s account')),
  logKeyId: v.optional(keyId),
  externalId,
  routes: v.optional(routes),
  previousRoleName: v.optional(callerRole),
  previousExternalId: v.optional(externalId),
};

const callersWith = <Entries extends v.ObjectEntries>(entries: Entries) =>
  v.optional(
    v.pipe(
      v.record(
        textLike(/^[a-z][a-z0-9-]{0,19}$/, 'must be a name of up to 20 of the characters a-z 0-9 -'),
        v.strictObject(entries),
        'must be callers by their names, each with its settings',
      ),
      v.check(
        (all) => !(FIRST_CALLER in all),
        `must not have the name ${FIRST_CALLER}: that is the caller service's`,
      ),
    ),
    {},
  );

/** Whether YAML, JSON and the variables of serverless.yml carry a value. An empty one is null. */
function isValue(value: unknown): boolean {
  if (typeof value === 'object' && value !== null) return Object.values(value).every(isValue);
  return ['string', 'boolean'].includes(typeof value) || Number.isFinite(value);
}

// A dot, colon or comma in a name would be read as a part of the variable.
const values = v.optional(
  v.record(
    textLike(
      /^[A-Za-z][\w-]{0,63}$/,
      'must be a name of up to 64 of the characters A-Z a-z 0-9 _ -, which begins with a letter',
    ),
    v.custom<string | number | boolean | object>(
      isValue,
      'must be a text, a number, true or false, or a list or a map of such values',
    ),
    'must be values by their names, each on a separate line',
  ),
  {},
);

// Each rule completes a sentence that begins with the name of its setting.
const SEED = 'must be a command, such as "node scripts/seed.ts"';

/** Quotas that AWS has raised for the account or the API. */
const raised = (quota: RaisableQuota) => {
  const rule = `must be a whole number from ${RAISABLE[quota]}, which AWS takes by default`;
  return v.optional(v.pipe(v.number(rule), v.integer(rule), v.minValue(RAISABLE[quota], rule)));
};
const quotas = v.strictObject({
  apiGatewayResources: raised('apiGatewayResources'),
  resourcePolicyCharacters: raised('resourcePolicyCharacters'),
  trustPolicyCharacters: raised('trustPolicyCharacters'),
  managedPoliciesOfRole: raised('managedPoliciesOfRole'),
});

const stageEntries = {
  region,
  accessMode: v.optional(accessMode, 'assume-role'),
  previousAccessMode: v.optional(accessMode),
  apiRegion: v.optional(region),
  apiProfile: v.optional(text('must name an AWS profile of account A')),
  callerProfile: v.optional(text('must name an AWS profile of account B')),
  apiAccountId: accountId('account A'),
  callerAccountId: accountId('account B'),
  externalId,
  previousExternalId: v.optional(externalId),
  routes: v.optional(routes),
  // Leaves room for the region: see suffixOf.
  callerRoleName: v.optional(roleName(48)),
  previousCallerRoleName: v.optional(roleName(64)),
  // ArnEquals takes `*` and `?` for any characters: neither may get into the ARN of the trusted role.
  rolePath: v.optional(
    v.pipe(
      textLike(
        /^\/([\w+=,.@-]+\/)*$/,
        'must begin and end with a slash, such as /company/, and have only the characters A-Z a-z 0-9 _ + = , . @ - / between',
      ),
      v.maxLength(512, 'must have at most 512 characters'),
    ),
    '/',
  ),
  permissionsBoundary: v.optional(
    textLike(
      /^([\w+=,.@-]+\/)*(<service>)?[\w+=,.@-]{1,128}$/,
      'must be the name of a managed policy that both accounts have, without an ARN; after its path, if it has one, such as company/boundary. <service> at the beginning of the name is replaced by the name of each service',
    ),
  ),
  tags: v.optional(tagsSchema, {}),
  // https://docs.aws.amazon.com/organizations/latest/APIReference/API_Organization.html
  organizationId: v.optional(
    textLike(
      /^o-[a-z0-9]{10,32}$/,
      'must be the ID of an AWS organization, which begins with o-: `aws organizations describe-organization` prints it',
    ),
  ),
  logRetentionInDays: v.optional(v.picklist(retentions, `must be one of ${retentions.join(', ')}`), 14),
  throttlingRateLimit: v.optional(
    v.pipe(v.number('must be a number from 1'), v.minValue(1, 'must be a number from 1')),
    100,
  ),
  throttlingBurstLimit: v.optional(
    v.pipe(
      v.number('must be a whole number from 1'),
      v.integer('must be a whole number from 1'),
      v.minValue(1, 'must be a whole number from 1'),
    ),
    50,
  ),
  tracing: flag(true),
  alarms: flag(false),
  checkResponses: flag(false),
  seed: v.optional(v.pipe(v.string(SEED), v.trim(), v.nonEmpty(SEED))),
  tableBackup: flag(false),
  retainData: flag(false),
  tableKeyId: v.optional(keyId),
  // Without it, a protection that was set by hand stays.
  deletionProtection: v.optional(v.boolean('must be true or false')),
  apiLogKeyId: v.optional(keyId),
  callerLogKeyId: v.optional(keyId),
  securityPolicy: v.optional(v.picklist(SECURITY_POLICIES, `must be one of ${SECURITY_POLICIES.join(', ')}`)),
  quotas: v.optional(quotas),
  customDomain: v.optional(customDomain),
  privateApi: v.optional(privateApi),
  callers: callersWith(callerEntries),
  apis,
  values,
};

export const stageSchema = v.strictObject(stageEntries);

const optionalId = { externalId: v.optional(externalId) };

/** If no caller assumes a role, no external ID is needed. */
export const schemaWithoutRoles = v.strictObject({
  ...stageEntries,
  ...optionalId,
  callers: callersWith({ ...callerEntries, ...optionalId }),
});

/** Whether AWS has a region with this name, or can have one. */
export const isRegion = (text: string): boolean => v.is(region, text);

/** A stage's entry in services/stages.yml, with defaults. */
export type StageEntry = v.InferOutput<typeof schemaWithoutRoles>;

/** An entry of the setting `apis`, with defaults. */
export type ApiEntry = StageEntry['apis'][string];

/**
 * Validates a stage's entry.
 * @param stage names the entry in the problems
 * @returns the entry with defaults, or a sentence or two for each missing or wrong value: the value, and its rule
 */
export function validateStage(
  stage: string,
  entry: unknown,
): { readonly entry: StageEntry } | { readonly problems: readonly string[] } {
  const { accessMode: mode, previousAccessMode, callers, apis: others, tags } = propertiesOf(entry);
  const hasRoles = mode !== 'resource-policy' || previousAccessMode === 'assume-role';
  const result = v.safeParse(hasRoles ? stageSchema : schemaWithoutRoles, entry, { abortPipeEarly: true });
  const problems = [
    ...(stage !== 'local' && propertiesOf(entry).seed !== undefined
      ? [`${stage}.seed is for stage local only, which begins empty. Remove it.`]
      : []),
    // valibot takes a list for a record with the names 0, 1 and so on.
    ...(Array.isArray(tags)
      ? [
          `${stage}.tags is ${JSON.stringify(tags)}. It must be names and values, each pair on a separate line.`,
        ]
      : []),
    ...(result.issues?.map((issue) => describe(stage, issue)) ?? []),
    ...Object.entries(propertiesOf(callers)).flatMap(([name, caller]) =>
      callerProblems(`${stage}.callers.${name}`, propertiesOf(caller)),
    ),
    ...Object.entries(propertiesOf(others)).flatMap(([name, api]) =>
      apiProblems(`${stage}.apis.${name}`, api),
    ),
  ];
  return result.success && problems.length === 0 ? { entry: result.output } : { problems };
}

/** The problems of a further caller's settings taken together. */
function callerProblems(name: string, caller: Readonly<Record<string, unknown>>): string[] {
  const { service, function: functionName, accountId, roleName, profile, logKeyId } = caller;
  if (functionName !== undefined) return functionProblems(name, caller);
  const noAccount =
    accountId === undefined ? [`${name}.accountId is missing. It ${ruleOf(['callers', 'accountId'])}.`] : [];
  if (service !== undefined) {
    return roleName === undefined
      ? noAccount
      : [
          ...noAccount,
          `${name} has both service and roleName. The role of a service that is deployed from here has a name that follows from the service's: remove roleName.`,
        ];
  }
  return [
    ...noAccount,
    ...(roleName === undefined
      ? [
          `${name}.roleName is missing. It ${CALLER_ROLE_RULE}. If the caller is deployed from this project, name its service of serverless-compose.yml instead: ${name}.service; or a function of services/caller: ${name}.function.`,
        ]
      : []),
    ...Object.entries({ profile, logKeyId }).flatMap(([setting, value]) =>
      value === undefined
        ? []
        : [
            `${name}.${setting} is for callers that have a service: no other is deployed from here. Remove it.`,
          ],
    ),
  ];
}

/** The problems of an entry that grants a function of this project. */
function functionProblems(name: string, caller: Readonly<Record<string, unknown>>): string[] {
  const { accountId, profile, logKeyId, roleName, previousRoleName } = caller;
  return [
    ...(caller.function === FIRST_CALLER
      ? [
          `${name}.function is "${FIRST_CALLER}". The first function of a service needs no entry: the stage grants it, or the entry with its service. Remove the entry.`,
        ]
      : []),
    ...Object.entries({ accountId, profile, logKeyId }).flatMap(([setting, value]) =>
      value === undefined ? [] : [`${name}.${setting} is that of the function's service. Remove it.`],
    ),
    ...Object.entries({ roleName, previousRoleName }).flatMap(([setting, value]) =>
      typeof value === 'string' && !ROLE_WITH_ROOM.test(value)
        ? [
            `${name}.${setting} is ${JSON.stringify(value)}. The role of a function that is deployed from here must have a name of at most 48 characters, without a path: that is the setting rolePath.`,
          ]
        : [],
    ),
  ];
}

function describe(stage: string, { type, input, message, path = [] as never }: v.BaseIssue<unknown>): string {
  const keys = path.map(({ key }) => String(key));
  if (keys.length === 0) return `${stage} must have settings, each on a separate line.`;
  const name = [stage, ...keys].join('.');
  if (name === `${stage}.idempotency`) {
    return `${name} is no longer a setting. Remove it. Each operation of the contract says whether the API remembers its keys: idempotencyKey: true in services/contract.`;
  }
  if (type === 'strict_object' && input !== undefined) {
    return `${name} is an unknown setting. Correct its name, or remove it.`;
  }
  if (input === undefined) return `${name} is missing. It ${ruleOf(keys)}.`;
  const value = JSON.stringify(input);
  return `${name} is ${value.length > 80 ? `${value.slice(0, 80)}…` : value}. It ${message}.`;
}

/** The rule of the setting at a path. */
function ruleOf(keys: readonly string[]): string {
  const nested: Readonly<Record<string, v.ObjectEntries>> = {
    callers: callerEntries,
    apis: apiEntries,
    customDomain: customDomain.entries,
    privateApi: privateApi.entries,
    quotas: quotas.entries,
  };
  const entries = nested[keys[0] ?? ''] ?? stageEntries;
  const schema = Object.entries<v.ObjectEntries[string]>(entries).find(([key]) => key === keys.at(-1))?.[1];
  const issues = schema === undefined ? [] : (v.safeParse(schema, undefined).issues ?? []);
  return issues[0]?.message ?? 'must be set';
}

import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import * as v from 'valibot';
import { parse } from 'yaml';

const FILE = 'services/stages.yml';
const EXAMPLE = 'services/stages.example.yml';

/** The name of the caller that this repository deploys. */
export const FIRST_CALLER = 'caller';

/**
 * How callers get in: as a role of account A that they assume, or as themselves, by the API's resource policy.
 * services/README.md, "Two access modes".
 */
export const ACCESS_MODES = /** @type {const} */ (['assume-role', 'resource-policy']);

/** @param {string} rule */
const text = (rule) => v.pipe(v.string(rule), v.nonEmpty(rule));

/**
 * @param {RegExp} pattern
 * @param {string} rule
 */
const textLike = (pattern, rule) => v.pipe(v.string(rule), v.regex(pattern, rule));

const region = textLike(/^[a-z]{2,4}(-[a-z]+)+-\d+$/, 'must be a region, such as eu-central-1');

// https://docs.aws.amazon.com/AmazonCloudWatchLogs/latest/APIReference/API_PutRetentionPolicy.html
const retentions = [
  1, 3, 5, 7, 14, 30, 60, 90, 120, 150, 180, 365, 400, 545, 731, 1827, 2192, 2557, 2922, 3288, 3653,
];

/** @param {string} account */
const accountId = (account) => textLike(/^\d{12}$/, `must be the 12 digits of ${account}, in quotes`);

// https://docs.aws.amazon.com/STS/latest/APIReference/API_AssumeRole.html
const externalId = v.pipe(
  text('must be a value of your own, in quotes: `openssl rand -hex 16` makes one'),
  v.regex(/^[\w+=,.@:/-]{2,1224}$/, 'must have 2 to 1224 of the characters A-Z a-z 0-9 _ + = , . @ : / -'),
);

/** @param {number} length */
const roleName = (length) =>
  textLike(
    new RegExp(`^[\\w+=,.@-]{1,${length}}$`),
    `must be a role's name of at most ${length} of the characters A-Z a-z 0-9 _ + = , . @ -, without a path: that is the setting rolePath`,
  );

// An ID, since the same multi-Region key has it in each region of the stage.
const keyId = textLike(
  /^(mrk-[0-9a-f]{32}|[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12})$/,
  'must be the ID of a KMS key, without an ARN or an alias: `aws kms describe-key --key-id <alias>` prints it',
);

/** @param {boolean} byDefault */
const flag = (byDefault) => v.optional(v.boolean('must be true or false'), byDefault);

// The framework's own rule for names of tags, which is stricter than AWS's.
const tags = v.pipe(
  v.record(
    textLike(
      /^(?!aws:)[\w./=+: -]{1,128}$/i,
      'must be a name of up to 128 of the characters A-Z a-z 0-9 _ . / = + : - and space, and must not begin with aws:',
    ),
    textLike(
      /^[\p{L}\p{Z}\p{N}_.:/=+@-]{0,256}$/u,
      'must be a text in quotes, of up to 256 letters, digits, spaces and the characters _ . : / = + - @',
    ),
    'must be names and values, each pair on a line of its own',
  ),
  v.maxEntries(40, 'must be at most 40 tags'),
  v.check(
    (all) => new Set(Object.keys(all).map((name) => name.toLowerCase())).size === Object.keys(all).length,
    'must not have two names that differ only in upper and lower case: IAM takes them for one',
  ),
);

const customDomain = v.strictObject({
  name: textLike(
    /^(?=.{1,253}$)(?!.*\.(amazonaws\.com|amazonaws\.com\.cn|aws)$)([a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?\.)+[a-z]{2,63}$/,
    'must be a host name of yours in lower case, such as api.example.com',
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

/**
 * @param {string} prefix
 * @param {string} what
 */
const ids = (prefix, what) => {
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

const callerRole = textLike(
  /^([\w+=,.@-]+\/)*[\w+=,.@-]{1,64}$/,
  "must be a role's name, after its path, if it has one, such as team/billing; without an ARN",
);

/** A further caller's settings, in access mode `assume-role`. */
const callerEntries = {
  accountId: accountId('the caller’s account'),
  roleName: callerRole,
  externalId,
  // No wildcards: each would admit routes that somebody adds later.
  routes: v.pipe(
    v.array(
      textLike(
        /^(GET|HEAD|POST|PUT|PATCH|DELETE|OPTIONS) \/[\w.~{}/-]*$/,
        'must be a method and a path of the API, such as GET /whoami',
      ),
      'must be a list of routes, such as [GET /whoami]',
    ),
    v.minLength(1, 'must have a route, such as GET /whoami'),
  ),
  previousRoleName: v.optional(callerRole),
  previousExternalId: v.optional(externalId),
};

/**
 * @template {v.ObjectEntries} Entries
 * @param {Entries} entries
 */
const callersWith = (entries) =>
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

const accessModeSchema = v.picklist(ACCESS_MODES, `must be ${ACCESS_MODES.join(' or ')}`);

// Each rule goes on where the name of its setting ends.
const stageEntries = {
  region,
  accessMode: v.optional(accessModeSchema, 'assume-role'),
  previousAccessMode: v.optional(accessModeSchema),
  apiProfile: v.optional(text('must name an AWS profile of account A')),
  callerProfile: v.optional(text('must name an AWS profile of account B')),
  apiAccountId: v.optional(accountId('account A')),
  callerAccountId: accountId('account B'),
  externalId,
  previousExternalId: v.optional(externalId),
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
      /^([\w+=,.@-]+\/)*[\w+=,.@-]{1,128}$/,
      'must be the name of a managed policy that both accounts have, without an ARN; after its path, if it has one, such as company/boundary',
    ),
  ),
  tags: v.optional(tags, {}),
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
  idempotency: flag(true),
  alarms: flag(false),
  tableBackup: flag(false),
  tableKeyId: v.optional(keyId),
  // Without it, a protection that somebody has set by hand stays as it is.
  deletionProtection: v.optional(v.boolean('must be true or false')),
  apiLogKeyId: v.optional(keyId),
  callerLogKeyId: v.optional(keyId),
  customDomain: v.optional(customDomain),
  privateApi: v.optional(privateApi),
  callers: callersWith(callerEntries),
};

const stageSchema = v.strictObject(stageEntries);

const optionalId = { externalId: v.optional(externalId) };

/** Where nobody assumes a role, there is no external ID to agree on. */
const schemaWithoutRoles = v.strictObject({
  ...stageEntries,
  ...optionalId,
  callers: callersWith({ ...callerEntries, ...optionalId }),
});

/** What stage `local` has without an entry in the file: the two accounts of local AWS. An entry changes or adds settings. */
const local = {
  region: 'us-east-1',
  apiProfile: 'local-api',
  callerProfile: 'local-caller',
  callerAccountId: '222222222222',
  externalId: 'local-external-id',
};

/** IAM allows 64 characters. The longest role name, `cross-account-api-<stage>-messages`, has 27 beside the stage. */
const ROLE_NAME_BUDGET = 64 - 27;

/** The user's mistake; the message says where and what to do. */
export class SettingsError extends Error {
  /** @override */
  name = 'SettingsError';
}

/**
 * Reads the settings of a stage.
 * @param {string} stage
 * @param {string | null} [regionOption] the option `--region`: a region other than the stage's first. Without it, the
 *   environment variable `STAGE_REGION` can name one: Compose takes no `--region`.
 * @param {() => string} [readStages] returns the text of services/stages.yml
 * @returns the stage's settings, checked and with defaults, and what both services derive from them alike:
 *   `partition`, `accessModes` (those that the API admits: the present one, and the previous one while it is changed), `roleSuffix`, which the names of all roles end in (empty in the stage's first region), `callerRoleName` with that
 *   suffix, `callerRoleNames` with the previous one too, and what the invoke role trusts: each of `trustedCallerRoles` (ARNs
 *   for CloudFormation) with each external ID of `trustedIds` (values by condition key). Callers that run may have either
 *   value while both are rotated. `callers` are the further callers: {@link callerOf}.
 * @throws {SettingsError} that names each missing or wrong value, its rule and where to put it
 */
export function readStageSettings(stage, regionOption, readStages = readStagesFile) {
  if (!/^[a-z][a-z0-9-]{0,31}$/i.test(stage)) {
    throw new SettingsError(
      `The stage "${stage}" must begin with a letter and have at most 32 letters, digits and hyphens.`,
    );
  }
  const entry = findEntry(stage, readStages);
  const result = v.safeParse(schemaOf(entry), entry, { abortPipeEarly: true });
  if (!result.success) {
    const problems = result.issues.map((issue) => `  ${describe(stage, issue)}`);
    throw new SettingsError(
      `${FILE} cannot be used:\n${problems.join('\n')}\n${EXAMPLE} explains each setting.`,
    );
  }
  const firstRegion = result.output.region;
  const chosenRegion = regionOption || process.env.STAGE_REGION || firstRegion;
  if (!v.is(region, chosenRegion)) {
    throw new SettingsError(
      `--region or STAGE_REGION is "${chosenRegion}". It must be a region, such as eu-central-1.`,
    );
  }
  const partition = partitionOf(chosenRegion);
  if (partition !== partitionOf(firstRegion)) {
    throw new SettingsError(
      `--region or STAGE_REGION is "${chosenRegion}", which no account of ${firstRegion} can use: the regions of China, of GovCloud and of all others have accounts of their own. Add a stage with that region to ${FILE}.`,
    );
  }
  if (stage === 'local' && partition !== 'aws') {
    throw new SettingsError(
      `${FILE}: local.region is "${chosenRegion}". Local AWS has no regions of China, of GovCloud or of other separate parts of AWS: choose another one.`,
    );
  }
  const certificateArn = result.output.customDomain?.certificateArn ?? '';
  if (certificateArn !== '' && certificateArn.split(':')[3] !== firstRegion) {
    throw new SettingsError(
      `${FILE}: ${stage}.customDomain.certificateArn is "${certificateArn}". It must be a certificate of ${firstRegion}, the stage's first region: that is where the domain leads.`,
    );
  }
  if (result.output.privateApi !== undefined && result.output.customDomain !== undefined) {
    throw new SettingsError(
      `${FILE}: ${stage} has both customDomain and privateApi. Such a domain cannot lead to a private API: remove one of them.`,
    );
  }
  if (result.output.privateApi !== undefined && chosenRegion !== firstRegion) {
    throw new SettingsError(
      `--region or STAGE_REGION is "${chosenRegion}", and ${stage}.privateApi in ${FILE} names a VPC of ${firstRegion}. Add a stage with that region to ${FILE}.`,
    );
  }
  const { accessMode: mode, previousAccessMode = mode } = result.output;
  const roleSuffix = chosenRegion === firstRegion ? '' : suffixOf(chosenRegion, stage);
  const {
    callerAccountId,
    rolePath,
    externalId,
    previousExternalId,
    previousCallerRoleName,
    organizationId,
  } = result.output;
  const callerRoleName = `${result.output.callerRoleName ?? `cross-account-caller-${stage}`}${roleSuffix}`;
  const callerRoleNames = [callerRoleName];
  if (previousCallerRoleName) callerRoleNames.push(`${previousCallerRoleName}${roleSuffix}`);
  return {
    ...result.output,
    region: chosenRegion,
    // A name in DNS leads to one region.
    customDomain: chosenRegion === firstRegion ? result.output.customDomain : undefined,
    partition,
    accessModes: [...new Set([mode, previousAccessMode])],
    roleSuffix,
    callerRoleName,
    callerRoleNames,
    trustedCallerRoles: callerRoleNames.map((name) => ({
      'Fn::Sub': `arn:\${AWS::Partition}:iam::${callerAccountId}:role${rolePath}${name}`,
    })),
    trustedIds: trustedIds(externalId, previousExternalId, organizationId),
    callers: Object.entries(result.output.callers).map(([name, caller]) =>
      callerOf(name, caller, { stage, roleSuffix, partition, organizationId }),
    ),
  };
}

/**
 * What a further caller's settings mean for its invoke role.
 * @param {string} name
 * @param {v.InferOutput<typeof schemaWithoutRoles>['callers'][string]} caller
 * @param {{ stage: string, roleSuffix: string, partition: string, organizationId: string | undefined }} of
 */
function callerOf(name, caller, { stage, roleSuffix, partition, organizationId }) {
  const { accountId: account, externalId: id, previousExternalId, routes } = caller;
  const { roleName: present, previousRoleName } = caller;
  return {
    ...{ name, accountId: account, externalId: id, routes },
    /** The role in the caller's account. It is the same in each region of the stage. */
    roleArn: `arn:${partition}:iam::${account}:role/${present}`,
    invokeRoleName: invokeRoleName(stage, name, roleSuffix),
    trustedRoles: [present, ...(previousRoleName ? [previousRoleName] : [])].map((role) => ({
      'Fn::Sub': `arn:\${AWS::Partition}:iam::${account}:role/${role}`,
    })),
    trustedIds: trustedIds(id, previousExternalId, organizationId),
  };
}

/**
 * The dot keeps the role apart from those of a stage that is called, say, `dev-invoke`: neither stages nor callers have dots.
 * Beside a long stage name there is no room for the caller's: then six characters stand for it.
 * @param {string} stage
 * @param {string} caller
 * @param {string} roleSuffix
 */
function invokeRoleName(stage, caller, roleSuffix) {
  const prefix = `cross-account-api-${stage}-invoke.`;
  const name = `${prefix}${caller}${roleSuffix}`;
  return name.length <= 64 ? name : `${prefix}${hash(`${caller}${roleSuffix}`, 6)}`;
}

/**
 * The condition keys that an invoke role demands, with their values.
 * @param {string | undefined} present
 * @param {string | undefined} previous
 * @param {string | undefined} organizationId
 */
function trustedIds(present, previous, organizationId) {
  return {
    'sts:ExternalId': [present, previous].filter((id) => id !== undefined),
    ...(organizationId && { 'aws:PrincipalOrgID': organizationId }),
  };
}

/** https://docs.aws.amazon.com/IAM/latest/UserGuide/reference-arns.html, and AWS's file of endpoints */
const partitions = [
  ['cn-', 'aws-cn'],
  ['us-gov-', 'aws-us-gov'],
  ['us-iso-', 'aws-iso'],
  ['us-isob-', 'aws-iso-b'],
  ['eu-isoe-', 'aws-iso-e'],
  ['us-isof-', 'aws-iso-f'],
  ['eusc-', 'aws-eusc'],
];

/** The part of AWS that a region belongs to, as ARNs name it. Accounts of one have no access to another. */
function partitionOf(/** @type {string} */ regionName) {
  return partitions.find(([prefix = '']) => regionName.startsWith(prefix))?.[1] ?? 'aws';
}

/**
 * Roles belong to an account, not to a region: those of an additional region need names of their own. The underscore keeps
 * them apart from the roles of a stage that is called, say, `dev-us-east-1`: stages have no underscores.
 *
 * Beside a long stage name there is no room for the region's: then four characters stand for it.
 * @param {string} additionalRegion
 * @param {string} stage
 */
function suffixOf(additionalRegion, stage) {
  const suffix = `_${additionalRegion}`;
  if (stage.length + suffix.length <= ROLE_NAME_BUDGET) return suffix;
  return `_${hash(additionalRegion, 4)}`;
}

/**
 * @param {string} of
 * @param {number} length in characters
 */
function hash(of, length) {
  return createHash('sha256').update(of).digest('hex').slice(0, length);
}

/**
 * What both serverless.yml files read: `${file(../stage-settings.js):settings}`.
 *
 * The framework wraps what a variable throws in words of its own. For settings that have a mistake there are stand-ins
 * instead, which no deployment accepts: the plugin preflight.js reads the settings again and throws the mistake.
 * @param {{
 *   resolveVariable(variable: string): Promise<string>,
 *   options: { readonly region?: string | null },
 * }} framework
 */
export async function settings({ resolveVariable, options }) {
  const stage = await resolveVariable('sls:stage');
  try {
    return readStageSettings(stage, options.region);
  } catch (error) {
    if (!(error instanceof SettingsError)) throw error;
    return standIns;
  }
}

const standIns = {
  region: 'none',
  partition: 'none',
  accessMode: 'assume-role',
  accessModes: ['assume-role'],
  callerAccountId: 'none',
  externalId: 'none',
  callerRoleName: 'none',
  callerRoleNames: ['none'],
  trustedCallerRoles: ['none'],
  trustedIds: {},
  roleSuffix: 'none',
  tags: {},
  logRetentionInDays: 14,
  throttlingRateLimit: 1,
  throttlingBurstLimit: 1,
  idempotency: true,
  alarms: false,
  tableBackup: false,
  callers: [],
};

const readStagesFile = () => readFileSync(new URL('stages.yml', import.meta.url), 'utf8');

/**
 * @param {string} stage
 * @param {() => string} readStages
 */
function findEntry(stage, readStages) {
  /** @type {unknown} */
  let stages;
  try {
    stages = parse(readStages());
  } catch (error) {
    if (/** @type {NodeJS.ErrnoException} */ (error).code === 'ENOENT') {
      if (stage === 'local') return local;
      throw new SettingsError(
        `${FILE} does not exist. Copy ${EXAMPLE} to ${FILE} and fill in the stage "${stage}". To try everything without an AWS account: npm run demo.`,
      );
    }
    throw new SettingsError(`${FILE} cannot be read: ${error instanceof Error ? error.message : error}`);
  }
  if (typeof stages !== 'object' || stages === null || !Object.hasOwn(stages, stage)) {
    if (stage === 'local') return local;
    throw new SettingsError(`${FILE} has no stage "${stage}". ${EXAMPLE} shows what a stage needs.`);
  }
  const entry = /** @type {Record<string, unknown>} */ (stages)[stage];
  return stage === 'local' && typeof entry === 'object' ? { ...local, ...entry } : entry;
}

/** The rules of a stage's settings. */
function schemaOf(/** @type {unknown} */ entry) {
  const { accessMode, previousAccessMode } = /** @type {Record<string, unknown>} */ (Object(entry));
  return accessMode === 'resource-policy' && previousAccessMode !== 'assume-role'
    ? schemaWithoutRoles
    : stageSchema;
}

/**
 * One sentence for the value and one for its rule.
 * @param {string} stage
 * @param {v.BaseIssue<unknown>} issue
 */
function describe(stage, { type, input, message, path }) {
  const setting = path?.[0].key;
  if (typeof setting !== 'string') return `${stage} must have settings, each on a line of its own.`;
  const name = [stage, ...(path ?? []).map(({ key }) => key)].join('.');
  if (type === 'strict_object' && input !== undefined) {
    return `${name} is an unknown setting. Correct its name, or remove it.`;
  }
  if (input === undefined) return `${name} is missing. It ${ruleOf(path ?? [])}.`;
  const value = JSON.stringify(input);
  return `${name} is ${value.length > 80 ? `${value.slice(0, 80)}…` : value}. It ${message}.`;
}

/** @param {readonly { key: unknown }[]} path of a setting */
function ruleOf(path) {
  const keys = path.map(({ key }) => String(key));
  const nested = new Map(
    Object.entries({
      callers: callerEntries,
      customDomain: customDomain.entries,
      privateApi: privateApi.entries,
    }),
  );
  /** @type {v.ObjectEntries} */
  const entries = nested.get(keys[0] ?? '') ?? stageEntries;
  const schema = Object.entries(entries).find(([key]) => key === keys.at(-1))?.[1];
  return schema === undefined ? '' : v.safeParse(schema, undefined).issues?.[0].message;
}

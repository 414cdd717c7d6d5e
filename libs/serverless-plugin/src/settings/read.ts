import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parse } from 'yaml';
import { Mistake } from '../mistake.ts';
import { invokeRoleName, partitionOf, roleSuffixOf } from './names.ts';
import { isRegion, type StageEntry, validateStage } from './schema.ts';

const FILE = 'services/stages.yml';
const EXAMPLE = 'services/stages.example.yml';

/** What stage `local` has without an entry in the file: the two accounts of local AWS. An entry changes or adds settings. */
const local = {
  region: 'us-east-1',
  apiProfile: 'local-api',
  callerProfile: 'local-caller',
  callerAccountId: '222222222222',
  externalId: 'local-external-id',
};

/** The settings cannot be used. The message says where the mistake is and what to do. */
export class SettingsError extends Mistake {
  override readonly name: string = 'SettingsError';
}

/** A text in which CloudFormation replaces `${AWS::…}`. */
export interface Sub {
  readonly 'Fn::Sub': string;
}

/** A further caller, with what its settings mean for its invoke role. */
export interface FurtherCaller {
  readonly name: string;
  readonly accountId: string;
  readonly externalId: string | undefined;
  /** The routes that it may call, such as `GET /whoami`. Without them, all. */
  readonly routes?: readonly string[] | undefined;
  /** The role in the caller's account. It is the same in each region of the stage. */
  readonly roleArn: string;
  readonly invokeRoleName: string;
  /** The ARNs that the invoke role trusts: of the caller's role, and of the previous one while it is changed. */
  readonly trustedRoles: readonly Sub[];
  /** The condition keys that the invoke role demands, with their values. */
  readonly trustedIds: TrustedIds;
}

/** Values by condition key. */
export interface TrustedIds {
  readonly 'sts:ExternalId': readonly string[];
  readonly 'aws:PrincipalOrgID'?: string;
}

/** The settings of a stage, with defaults and with what both services derive from them. */
export interface StageSettings extends Omit<StageEntry, 'callers'> {
  readonly partition: string;
  /** The access modes that the API admits: the present one, and the previous one while it is changed. */
  readonly accessModes: readonly StageEntry['accessMode'][];
  /** What the names of all roles end in. Empty in the stage's first region. */
  readonly roleSuffix: string;
  readonly callerRoleName: string;
  /** The caller role's name, and the previous one while it is changed. */
  readonly callerRoleNames: readonly string[];
  /** The ARNs that the invoke role trusts, each with each of {@link trustedIds}: callers that run may have either value. */
  readonly trustedCallerRoles: readonly Sub[];
  readonly trustedIds: TrustedIds;
  readonly callers: readonly FurtherCaller[];
}

/**
 * The reader of the file with the settings of all stages.
 * @param folder the absolute path of the folder `services`
 */
export function stagesIn(folder: string): () => string {
  return () => readFileSync(join(folder, 'stages.yml'), 'utf8');
}

/**
 * Reads the settings of a stage.
 * @param readStages returns the text of services/stages.yml: {@link stagesIn}
 * @param regionOption the option `--region`: a region other than the stage's first. Without it, the environment variable
 *   `STAGE_REGION` can name one: Compose takes no `--region`.
 * @throws SettingsError that names each missing or wrong value, its rule and where to put it
 */
export function readStageSettings(
  stage: string,
  readStages: () => string,
  regionOption?: string | null,
): StageSettings {
  if (!/^[a-z][a-z0-9-]{0,31}$/i.test(stage)) {
    throw new SettingsError(
      `The stage "${stage}" must begin with a letter and have at most 32 letters, digits and hyphens.`,
    );
  }
  const result = validateStage(stage, findEntry(stage, readStages));
  if ('problems' in result) {
    const problems = result.problems.map((problem) => `  ${problem}`);
    throw new SettingsError(
      `${FILE} cannot be used:\n${problems.join('\n')}\n${EXAMPLE} explains each setting.`,
    );
  }
  const { entry } = result;
  const region = chooseRegion(stage, entry, regionOption || process.env.STAGE_REGION || entry.region);
  const isFirst = region === entry.region;
  const roleSuffix = isFirst ? '' : roleSuffixOf(region, stage);
  const partition = partitionOf(region);
  const { accessMode, previousAccessMode = accessMode, organizationId } = entry;
  const callerRoleName = `${entry.callerRoleName ?? `cross-account-caller-${stage}`}${roleSuffix}`;
  const { previousCallerRoleName } = entry;
  const callerRoleNames = [
    callerRoleName,
    ...(previousCallerRoleName ? [`${previousCallerRoleName}${roleSuffix}`] : []),
  ];
  return {
    ...entry,
    region,
    // A name in DNS leads to one region.
    customDomain: isFirst ? entry.customDomain : undefined,
    partition,
    accessModes: [...new Set([accessMode, previousAccessMode])],
    roleSuffix,
    callerRoleName,
    callerRoleNames,
    trustedCallerRoles: callerRoleNames.map((name) =>
      roleArn(entry.callerAccountId, `${entry.rolePath}${name}`),
    ),
    trustedIds: trustedIds(entry.externalId, entry.previousExternalId, organizationId),
    callers: Object.entries(entry.callers).map(([name, caller]) => {
      const { accountId, externalId, routes, roleName, previousRoleName, previousExternalId } = caller;
      const roleNames = [roleName, ...(previousRoleName ? [previousRoleName] : [])];
      return {
        ...{ name, accountId, externalId, routes },
        roleArn: `arn:${partition}:iam::${accountId}:role/${roleName}`,
        invokeRoleName: invokeRoleName(stage, name, roleSuffix),
        trustedRoles: roleNames.map((each) => roleArn(accountId, `/${each}`)),
        trustedIds: trustedIds(externalId, previousExternalId, organizationId),
      };
    }),
  };
}

/** @returns the region, if the stage can be deployed to it */
function chooseRegion(stage: string, entry: StageEntry, region: string): string {
  const { region: firstRegion, customDomain, privateApi } = entry;
  if (!isRegion(region)) {
    throw new SettingsError(
      `--region or STAGE_REGION is "${region}". It must be a region, such as eu-central-1.`,
    );
  }
  const partition = partitionOf(region);
  if (partition !== partitionOf(firstRegion)) {
    throw new SettingsError(
      `--region or STAGE_REGION is "${region}", which no account of ${firstRegion} can use: the regions of China, of GovCloud and of all others have accounts of their own. Add a stage with that region to ${FILE}.`,
    );
  }
  if (stage === 'local' && partition !== 'aws') {
    throw new SettingsError(
      `${FILE}: local.region is "${region}". Local AWS has no regions of China, of GovCloud or of other separate parts of AWS: choose another one.`,
    );
  }
  if (customDomain !== undefined && customDomain.certificateArn.split(':')[3] !== firstRegion) {
    throw new SettingsError(
      `${FILE}: ${stage}.customDomain.certificateArn is "${customDomain.certificateArn}". It must be a certificate of ${firstRegion}, the stage's first region: that is where the domain leads.`,
    );
  }
  if (privateApi !== undefined && customDomain !== undefined) {
    throw new SettingsError(
      `${FILE}: ${stage} has both customDomain and privateApi. Such a domain cannot lead to a private API: remove one of them.`,
    );
  }
  if (privateApi !== undefined && region !== firstRegion) {
    throw new SettingsError(
      `--region or STAGE_REGION is "${region}", and ${stage}.privateApi in ${FILE} names a VPC of ${firstRegion}. Add a stage with that region to ${FILE}.`,
    );
  }
  return region;
}

function findEntry(stage: string, readStages: () => string): unknown {
  let stages: unknown;
  try {
    stages = parse(readStages());
  } catch (error) {
    const { code, message }: { code?: unknown; message?: unknown } = Object(error);
    if (code === 'ENOENT') {
      if (stage === 'local') return local;
      throw new SettingsError(
        `${FILE} does not exist. Copy ${EXAMPLE} to ${FILE} and fill in the stage "${stage}". To try everything without an AWS account: npm run demo.`,
      );
    }
    throw new SettingsError(`${FILE} cannot be read: ${message}`);
  }
  if (typeof stages !== 'object' || stages === null || !Object.hasOwn(stages, stage)) {
    if (stage === 'local') return local;
    throw new SettingsError(`${FILE} has no stage "${stage}". ${EXAMPLE} shows what a stage needs.`);
  }
  const { [stage]: entry } = stages as Readonly<Record<string, unknown>>;
  return stage === 'local' && typeof entry === 'object' ? { ...local, ...entry } : entry;
}

function roleArn(accountId: string, pathAndName: string): Sub {
  return { 'Fn::Sub': `arn:\${AWS::Partition}:iam::${accountId}:role${pathAndName}` };
}

function trustedIds(
  present: string | undefined,
  previous: string | undefined,
  organizationId: string | undefined,
): TrustedIds {
  return {
    'sts:ExternalId': [present, previous].filter((id) => id !== undefined),
    ...(organizationId && { 'aws:PrincipalOrgID': organizationId }),
  };
}

import { readFileSync } from 'node:fs';
import { dirname, join, relative } from 'node:path';
import { likelyPartitionOf } from '@cross-account-api/iam';
import { parse } from 'yaml';
import { propertiesOf } from '../properties.ts';
import { SettingsError } from './error.ts';
import { checkNames, invokeRoleId, invokeRoleName, nameOf, roleSuffixOf } from './names.ts';
import { isRegion, type StageEntry, validateStage } from './schema.ts';
import { type ProjectService, type ProjectServices, readServices } from './services.ts';

const FILE = 'services/stages.yml';
const EXAMPLE = 'services/stages.example.yml';

/** The settings of stage `local` without an entry in the file: the two accounts of local AWS. An entry changes or adds settings. */
const local = {
  region: 'us-east-1',
  apiProfile: 'local-api',
  callerProfile: 'local-caller',
  apiAccountId: '111111111111',
  callerAccountId: '222222222222',
  externalId: 'local-external-id',
  checkResponses: true,
};

/** A text in which CloudFormation replaces `${AWS::…}`. */
export interface Sub {
  readonly 'Fn::Sub': string;
}

/** A further caller, with the values for its invoke role. */
export interface FurtherCaller {
  readonly name: string;
  readonly accountId: string;
  readonly externalId: string | undefined;
  /** The routes that it may call, such as `GET /whoami`. Absent: all. */
  readonly routes?: readonly string[] | undefined;
  /** The role in the caller's account. It is the same in each region of the stage. */
  readonly roleArn: string;
  readonly invokeRoleName: string;
  /** The ARNs that the invoke role trusts: of the caller's role, and of the previous one while it is changed. */
  readonly trustedRoles: readonly Sub[];
  /** The condition keys that the invoke role demands, with their values. */
  readonly trustConditions: TrustConditions;
  /** Its deployment, if this project deploys it. */
  readonly deployment?: CallerDeployment | undefined;
}

/** The deployment of a further caller whose service is in this project. */
export interface CallerDeployment {
  /** The service's folder, from the project's root. */
  readonly folder: string;
  readonly profile: string | undefined;
  readonly roleName: string;
  readonly logKeyId: string | undefined;
}

/** Values by condition key. */
export interface TrustConditions {
  readonly 'sts:ExternalId': readonly string[];
  readonly 'aws:PrincipalOrgID'?: string;
}

/** The settings of a stage, with defaults and with the values that both services derive from them. */
export interface StageSettings extends Omit<StageEntry, 'callers'> {
  readonly partition: string;
  /** The access modes that the API admits: the present one, and the previous one while it is changed. */
  readonly accessModes: readonly StageEntry['accessMode'][];
  /** The suffix of the names of all roles. Empty in the stage's first region. */
  readonly roleSuffix: string;
  readonly callerRoleName: string;
  /** The caller role's name, and the previous one while it is changed. */
  readonly callerRoleNames: readonly string[];
  /** The ARNs that the invoke role trusts, each with each of {@link trustConditions}: running callers may have either value. */
  readonly trustedCallerRoles: readonly Sub[];
  readonly trustConditions: TrustConditions;
  readonly callers: readonly FurtherCaller[];
  /** The further caller to which the service belongs. `undefined` for the first caller, and for the API. */
  readonly furtherCaller?: FurtherCaller | undefined;
}

/** The sources of a stage's settings. */
export interface Project {
  /** Returns the text of services/stages.yml. */
  readonly readStages: () => string;
  /** Returns the services with their names. */
  readonly readServices: () => ProjectServices;
}

/**
 * The project that has a folder of services. Its root, with serverless-compose.yml, is the folder above.
 * @param folder the absolute path of the folder `services`
 */
export function projectIn(folder: string): Project {
  return {
    readStages: () => readFileSync(join(folder, 'stages.yml'), 'utf8'),
    readServices: () => readServices(dirname(folder)),
  };
}

/**
 * Reads the settings of a stage.
 * @param project {@link projectIn} a folder
 * @param regionOption the option `--region`: a region other than the stage's first. Without it, the environment variable
 *   `STAGE_REGION` can name one: Compose takes no `--region`.
 * @throws SettingsError that names each missing or wrong value, its rule and where to put it
 */
export function readStageSettings(
  stage: string,
  { readStages, readServices: readProjectServices }: Project,
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
  const services = readProjectServices();
  const roleSuffix = isFirst ? '' : roleSuffixOf(region, stage, services);
  const partition = likelyPartitionOf(region).name;
  const { accessMode, previousAccessMode = accessMode, organizationId } = entry;
  const callerRoleName = `${entry.callerRoleName ?? defaultRoleName(stage, services)}${roleSuffix}`;
  const { previousCallerRoleName } = entry;
  const callerRoleNames = [
    callerRoleName,
    ...(previousCallerRoleName ? [`${previousCallerRoleName}${roleSuffix}`] : []),
  ];
  const callers = Object.entries(entry.callers).map(([name, caller]) =>
    furtherCaller(name, caller, { ...entry, stage, partition, roleSuffix, services }),
  );
  checkNames({
    stage,
    roleSuffix,
    api: services.api,
    hasFurtherCallers: callers.length > 0,
    callers: [
      ...(services.caller === undefined ? [] : [services.caller]),
      ...callers.flatMap(({ deployment }) => serviceIn(services, deployment?.folder) ?? []),
    ],
  });
  return {
    ...entry,
    region,
    // A name in DNS points at one region.
    customDomain: isFirst ? entry.customDomain : undefined,
    partition,
    accessModes: [...new Set([accessMode, previousAccessMode])],
    roleSuffix,
    callerRoleName,
    callerRoleNames,
    trustedCallerRoles: callerRoleNames.map((name) =>
      roleArn(entry.callerAccountId, `${entry.rolePath}${name}`),
    ),
    trustConditions: trustConditions(entry.externalId, entry.previousExternalId, organizationId),
    callers,
  };
}

/** @throws SettingsError if neither the settings nor the project name the caller's service */
function defaultRoleName(stage: string, { caller, all }: ProjectServices): string {
  if (caller !== undefined) return nameOf(caller, stage);
  throw new SettingsError(
    `${FILE}: ${stage}.callerRoleName is missing, and ${all === undefined ? 'this project has no serverless-compose.yml' : 'serverless-compose.yml has no service "caller" with a serverless.yml'} from which the caller's name could be read. Set ${stage}.callerRoleName to the name of the caller's role, or add the service.`,
  );
}

/** The settings on which a further caller's settings depend. */
interface CallerContext extends Pick<StageEntry, 'organizationId' | 'rolePath' | 'callerAccountId'> {
  readonly stage: string;
  readonly partition: string;
  readonly roleSuffix: string;
  readonly services: ProjectServices;
  readonly callerProfile?: string | undefined;
  readonly callerLogKeyId?: string | undefined;
}

function furtherCaller(
  name: string,
  caller: StageEntry['callers'][string],
  context: CallerContext,
): FurtherCaller {
  const { stage, partition, roleSuffix, services, organizationId, rolePath } = context;
  const { accountId, externalId, routes, previousRoleName, previousExternalId } = caller;
  const { api } = services;
  if (api === undefined) {
    throw new SettingsError(
      `${FILE}: ${stage}.callers has ${name}, and this project has no API that could admit it: serverless-compose.yml must have a service "api". Remove the entry, or add the service.`,
    );
  }
  const deployment = deploymentOf(name, caller, context);
  const path = deployment === undefined ? '/' : rolePath;
  const roleName = deployment?.roleName ?? String(caller.roleName);
  const trusted = [`${path}${roleName}`, ...(previousRoleName ? [`/${previousRoleName}`] : [])];
  return {
    name,
    accountId,
    externalId,
    routes,
    deployment,
    roleArn: `arn:${partition}:iam::${accountId}:role${path}${roleName}`,
    invokeRoleName: invokeRoleName(api, stage, name, roleSuffix),
    trustedRoles: trusted.map((each) => roleArn(accountId, each)),
    trustConditions: trustConditions(externalId, previousExternalId, organizationId),
  };
}

/** The deployment of a further caller from this project; `undefined` if this project does not deploy it. */
function deploymentOf(
  name: string,
  { service: composeName, accountId, profile, logKeyId }: StageEntry['callers'][string],
  { stage, services, roleSuffix, callerAccountId, callerProfile, callerLogKeyId }: CallerContext,
): CallerDeployment | undefined {
  if (composeName === undefined) return undefined;
  const service = services.all?.get(composeName);
  if (service === undefined || service === services.api || service === services.caller) {
    throw new SettingsError(
      `${FILE}: ${stage}.callers.${name}.service is "${composeName}", ${service === undefined ? 'and serverless-compose.yml has no such service with a serverless.yml' : 'which is not a further caller'}. Name a service of serverless-compose.yml whose folder is a copy of services/caller.`,
    );
  }
  const isInFirstAccount = accountId === callerAccountId;
  return {
    folder: service.folder,
    roleName: nameOf(service, stage, roleSuffix),
    profile: profile ?? (isInFirstAccount ? callerProfile : undefined),
    logKeyId: logKeyId ?? (isInFirstAccount ? callerLogKeyId : undefined),
  };
}

function serviceIn({ all }: ProjectServices, folder: string | undefined): ProjectService | undefined {
  return [...(all?.values() ?? [])].find((service) => service.folder === folder);
}

/**
 * The settings of a stage for one of its services: for a further caller's service, the settings of the caller come from
 * its entry in `callers`.
 * @param serviceDir the absolute path of the service's folder
 * @throws SettingsError if the project has a serverless-compose.yml, and the stage does not know the service
 */
export function settingsOfService(
  settings: StageSettings,
  {
    stage,
    root,
    serviceDir,
    services,
  }: {
    readonly stage: string;
    readonly root: string;
    readonly serviceDir: string;
    readonly services: ProjectServices;
  },
): StageSettings {
  const folder = relative(root, serviceDir);
  const { api, caller: first, all } = services;
  if (all === undefined || [api, first].some((service) => service?.folder === folder)) return settings;
  const caller = settings.callers.find(({ deployment }) => deployment?.folder === folder);
  if (caller?.deployment === undefined) {
    const [known] = [...all].find(([, service]) => service.folder === folder) ?? [];
    throw new SettingsError(
      known === undefined
        ? `serverless-compose.yml has no service with the folder ${folder}. Add it.`
        : `${FILE}: no entry of ${stage}.callers has the service "${known}" (${folder}). Add "service: ${known}" to the entry of this caller.`,
    );
  }
  const { accountId, externalId, deployment, trustConditions: ids } = caller;
  const [, previousExternalId] = ids['sts:ExternalId'];
  return {
    ...settings,
    callerAccountId: accountId,
    callerProfile: deployment.profile,
    callerLogKeyId: deployment.logKeyId,
    callerRoleName: deployment.roleName,
    callerRoleNames: [deployment.roleName],
    externalId,
    previousExternalId,
    furtherCaller: caller,
  };
}

/** The output of the API's stack with the ARN of the role that a caller assumes. */
export function invokeRoleOutput({ furtherCaller: caller }: Pick<StageSettings, 'furtherCaller'>): string {
  return caller === undefined ? 'InvokeRoleArn' : `${invokeRoleId(caller.name)}Arn`;
}

/**
 * The name of the permissions boundary of a service's roles, after its path. The setting may have one for both services, or
 * one for each: `<service>`.
 */
export function boundaryOf(
  { permissionsBoundary }: Pick<StageSettings, 'permissionsBoundary'>,
  service: string,
): string | undefined {
  return permissionsBoundary?.replace('<service>', service);
}

/** @returns the region, if the stage can be deployed to it */
function chooseRegion(stage: string, entry: StageEntry, region: string): string {
  const { region: firstRegion, customDomain, privateApi } = entry;
  if (!isRegion(region)) {
    throw new SettingsError(
      `--region or STAGE_REGION is "${region}". It must be a region of AWS, such as eu-central-1.`,
    );
  }
  const partition = likelyPartitionOf(region).name;
  const firstPartition = likelyPartitionOf(firstRegion).name;
  if (partition !== firstPartition) {
    throw new SettingsError(
      `--region or STAGE_REGION is "${region}", which no account of ${firstRegion} can use: ${region} is in the partition ${partition} of AWS, ${firstRegion} in ${firstPartition}, and each partition has separate accounts. Add a stage with that region to ${FILE}.`,
    );
  }
  if (stage === 'local' && partition !== 'aws') {
    throw new SettingsError(
      `${FILE}: local.region is "${region}". Local AWS has no regions of China, of GovCloud or of other separate parts of AWS: choose another one.`,
    );
  }
  const certificateOfRegion = `arn:${firstPartition}:acm:${firstRegion}:`;
  if (customDomain !== undefined && !customDomain.certificateArn.startsWith(certificateOfRegion)) {
    throw new SettingsError(
      `${FILE}: ${stage}.customDomain.certificateArn is "${customDomain.certificateArn}". It must be a certificate of ${firstRegion}, the stage's first region, because the domain points there: ${certificateOfRegion}…`,
    );
  }
  if (privateApi !== undefined && customDomain !== undefined) {
    throw new SettingsError(
      `${FILE}: ${stage} has both customDomain and privateApi. Such a domain cannot point at a private API: remove one of them.`,
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
    // With YAML's merge keys (`<<`), stages can share settings.
    stages = parse(readStages(), { merge: true });
  } catch (error) {
    const { code, message } = propertiesOf(error);
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

function trustConditions(
  present: string | undefined,
  previous: string | undefined,
  organizationId: string | undefined,
): TrustConditions {
  return {
    'sts:ExternalId': [present, previous].filter((id) => id !== undefined),
    ...(organizationId && { 'aws:PrincipalOrgID': organizationId }),
  };
}

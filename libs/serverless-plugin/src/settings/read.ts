import { readFileSync } from 'node:fs';
import { dirname, join, relative } from 'node:path';
import { accountOf, likelyPartitionOf } from '@cross-account-api/iam';
import { parse } from 'yaml';
import { propertiesOf } from '../properties.ts';
import { regionInUrl } from './api-url.ts';
import {
  checkFunctions,
  FILE,
  type FurtherCaller,
  furtherCaller,
  roleArn,
  type Sub,
  type TrustConditions,
  trustConditions,
} from './callers.ts';
import { SettingsError } from './error.ts';
import { localSettings, profileIn } from './local.ts';
import { checkNames, invokeRoleId, nameOf, regionalName, roleSuffixOf } from './names.ts';
import { type ApiEntry, isRegion, type StageEntry, validateStage } from './schema.ts';
import { type ProjectService, type ProjectServices, readServices } from './services.ts';

const EXAMPLE = 'services/stages.example.yml';

/** Another API that functions of a caller's service call. Its own team deploys it, and grants the call. */
export interface GrantedApi extends Omit<ApiEntry, 'previousAccessMode'> {
  readonly name: string;
  readonly region: string;
  /** The API's account. */
  readonly accountId: string;
  /** The access modes for which the function's role has statements: the present one, and the previous one while it is changed. */
  readonly accessModes: readonly ApiEntry['accessMode'][];
}

/** The settings of a stage, with defaults and with the values that both services derive from them. */
export interface StageSettings extends Omit<StageEntry, 'callers' | 'apis'> {
  readonly partition: string;
  /** The access modes that the API admits: the present one, and the previous one while it is changed. */
  readonly accessModes: readonly StageEntry['accessMode'][];
  /** The suffix of the names of all roles that have room for it: `regionalName`. Empty in the stage's first region. */
  readonly roleSuffix: string;
  readonly callerRoleName: string;
  /** The caller role's name, and the previous one while it is changed. */
  readonly callerRoleNames: readonly string[];
  /** The ARNs that the invoke role trusts, each with each of {@link trustConditions}: running callers may have either value. */
  readonly trustedCallerRoles: readonly Sub[];
  readonly trustConditions: TrustConditions;
  readonly callers: readonly FurtherCaller[];
  readonly apis: readonly GrantedApi[];
  /** The functions of the service, beside its first, that entries of `callers` grant. Absent for the API. */
  readonly functionGrants?: readonly FurtherCaller[] | undefined;
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
  const { apiAccountId, callerAccountId } = result.entry;
  const entry = {
    ...result.entry,
    apiProfile: profileIn(stage, apiAccountId, result.entry.apiProfile),
    callerProfile: profileIn(stage, callerAccountId, result.entry.callerProfile),
  };
  const region = chooseRegion(stage, entry, regionOption || process.env.STAGE_REGION || entry.region);
  const isFirst = region === entry.region;
  const services = readProjectServices();
  const roleSuffix = isFirst ? '' : roleSuffixOf(region);
  const partition = likelyPartitionOf(region).name;
  const { accessMode, previousAccessMode = accessMode, organizationId } = entry;
  const callerRoleName = regionalName(entry.callerRoleName ?? defaultRoleName(stage, services), roleSuffix);
  const { previousCallerRoleName } = entry;
  const callerRoleNames = [
    callerRoleName,
    ...(previousCallerRoleName ? [regionalName(previousCallerRoleName, roleSuffix)] : []),
  ];
  const callers = Object.entries(entry.callers).map(([name, caller]) =>
    furtherCaller(name, caller, { ...entry, stage, partition, roleSuffix, services }),
  );
  checkFunctions(stage, callers);
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
    apis: Object.entries(entry.apis).map(([name, api]) => grantedApi(stage, name, api)),
  };
}

function grantedApi(stage: string, name: string, { previousAccessMode, ...api }: ApiEntry): GrantedApi {
  const { accessMode, invokeRoleArn, apiArn, url, region } = api;
  const accountId = accountOf(apiArn ?? invokeRoleArn ?? '');
  return {
    ...api,
    name,
    // Validation demands it for an URL without a region.
    region: regionInUrl(url) ?? String(region),
    accountId,
    profile: accountId === '' ? api.profile : profileIn(stage, accountId, api.profile),
    accessModes: [...new Set([accessMode, previousAccessMode ?? accessMode])],
  };
}

/** @throws SettingsError if neither the settings nor the project name the caller's service */
function defaultRoleName(stage: string, { caller, all }: ProjectServices): string {
  if (caller !== undefined) return nameOf(caller, stage);
  throw new SettingsError(
    `${FILE}: ${stage}.callerRoleName is missing, and ${all === undefined ? 'this project has no serverless-compose.yml' : 'serverless-compose.yml has no service "caller" with a serverless.yml'} from which the caller's name could be read. Set ${stage}.callerRoleName to the name of the caller's role, or add the service.`,
  );
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
  if (all === undefined || folder === api?.folder) return settings;
  const ofService = settings.callers.filter(({ deployment }) => deployment?.folder === folder);
  const functionGrants = ofService.filter(({ deployment }) => deployment?.function !== undefined);
  if (folder === first?.folder) return { ...settings, functionGrants };
  const caller = ofService.find(({ deployment }) => deployment?.function === undefined);
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
    functionGrants,
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

/**
 * The setting `values` of a stage as it is written, for settings that have a mistake: serverless.yml reads these values before the mistake is
 * reported.
 */
export function writtenValues(stage: string, { readStages }: Project): object {
  try {
    return propertiesOf(propertiesOf(findEntry(stage, readStages)).values);
  } catch {
    return {};
  }
}

function findEntry(stage: string, readStages: () => string): unknown {
  let stages: unknown;
  try {
    // With YAML's merge keys (`<<`), stages can share settings.
    stages = parse(readStages(), { merge: true });
  } catch (error) {
    const { code, message } = propertiesOf(error);
    if (code === 'ENOENT') {
      if (stage === 'local') return localSettings;
      throw new SettingsError(
        `${FILE} does not exist. Copy ${EXAMPLE} to ${FILE} and fill in the stage "${stage}". Only the stage "local" needs no entry. To try everything without an AWS account: npm run demo.`,
      );
    }
    throw new SettingsError(`${FILE} cannot be read: ${message}`);
  }
  if (typeof stages !== 'object' || stages === null || !Object.hasOwn(stages, stage)) {
    if (stage === 'local') return localSettings;
    throw new SettingsError(`${FILE} has no stage "${stage}". ${EXAMPLE} shows what a stage needs.`);
  }
  const { [stage]: entry } = stages as Readonly<Record<string, unknown>>;
  return stage === 'local' && typeof entry === 'object' ? { ...localSettings, ...entry } : entry;
}

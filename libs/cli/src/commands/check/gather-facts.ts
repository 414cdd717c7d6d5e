import { existsSync } from 'node:fs';
import { readFile, stat } from 'node:fs/promises';
import { join, relative } from 'node:path';
import { quoteForShell } from '@cross-account-api/command-line/text';
import { parseArn } from '@cross-account-api/iam';
import { stateFiles } from '@cross-account-api/local-aws/state-directory';
import {
  boundaryOf,
  isGeneratedName,
  readServices,
  SettingsError,
  type StageSettings,
} from '@cross-account-api/serverless-plugin';
import { configuredEndpoint, credentialsSettings } from '../../aws/credentials.ts';
import type { SdkSettings } from '../../aws/sdk-settings.ts';
import { UsageError } from '../../command-line.ts';
import { type InstalledPackage, installedPackages } from '../../project/installed-packages.ts';
import { projectRoot } from '../../project/project.ts';
import { readStage } from '../../project/stage-settings.ts';
import { vendorPackedAt } from '../../project/vendor.ts';
import { credentialsOfStage } from '../../stage/credentials-of-stage.ts';
import { furtherServices } from '../../stage/further-services.ts';
import { enterAws } from '../../stage/open-stage.ts';
import type { Steps } from '../../steps.ts';
import { ownerOf, wrongAccount } from './check-access.ts';
import {
  type DeploymentPlace,
  deploymentStatements,
  forgivenActions,
  resourcesOfFramework,
} from './deployment-statements.ts';
import {
  type AccountContents,
  type AccountFacts,
  type CallLimits,
  type Facts,
  type FurtherServiceFacts,
  type Identity,
  isUnknown,
  type Known,
  LIMITS_FILE,
  type ResourceName,
  type ServiceFacts,
  type ServiceName,
  type SimulatedPermissions,
  serviceNames,
  type Tool,
  type UnboundedRole,
} from './facts.ts';
import { principalIn } from './function-permissions.ts';
import { type AccountReader, createReader, readIdentity } from './read-account.ts';
import { resolveService } from './resolve-service.ts';
import { simulateDeployment } from './simulate-deployment.ts';
import { planSimulation } from './simulation-plan.ts';

/** The services to check, and the environment. */
export interface GatherOptions {
  readonly stage: string;
  /** The only service whose account is read, by its name in serverless-compose.yml. Default: all */
  readonly service?: string | undefined;
  /** The folder of local AWS's state directory, for stage `local`. */
  readonly localAwsRoot: string;
  /** The process's own, which the AWS SDK reads; for stage `local` it is pointed at local AWS. */
  readonly environment: NodeJS.ProcessEnv;
  readonly steps: Steps;
  readonly signal?: AbortSignal;
}

/**
 * Gathers the facts for the checks. It only reads, and goes on if it cannot read something.
 * @throws ReadError if local AWS does not run, or if the environment points a stage of AWS at it
 */
export async function gatherCheckFacts(options: GatherOptions): Promise<Facts> {
  const { stage, localAwsRoot, steps, signal } = options;
  const local = await enterAws(stage, localAwsRoot, options.environment);
  const base = {
    stage,
    now: new Date(),
    tools: await readTools(),
    packages: installedPackages().filter(isOfInterest),
    vendorPackedAt: vendorPackedAt(),
    limits: await readCallLimits(),
    inlineTemplates: await readInlineTemplates(),
  };
  const settings = readSettings(stage);
  if ('problem' in settings) return { ...base, settings, accounts: {} };
  const all = furtherServices(stage, settings, projectRoot(), readServices(projectRoot())).map(
    ({ name, folder, settings: ofService }) => ({ name, folder, settings: ofService }),
  );
  if (options.service !== undefined) checkServiceName(options.service, all);
  const isAsked = (name: string) => options.service === undefined || options.service === name;
  // Without a profile, the shell's credentials are those of another account, unless it is asked for.
  const looked = all.filter(
    ({ name, settings: { callerProfile } }) =>
      options.service === name || (options.service === undefined && callerProfile !== undefined),
  );
  const resolve = (kind: ServiceName, folder = `services/${kind}`) =>
    resolveService(kind, folder, stage, settings, localAwsRoot, signal);
  const [api, caller, ...others] = await steps.run(
    `Read serverless.yml of ${looked.length === 0 ? 'both' : 'all'} services`,
    () =>
      Promise.all([
        resolve('api'),
        resolve('caller'),
        ...looked.map(({ folder }) => resolve('caller', folder)),
      ]),
  );
  const services = { api, caller };
  const localAccounts = local?.instance.accounts.map(({ accountId }) => accountId);
  const look = async (step: string, of: Omit<AccountOptions, 'stage' | 'endpoint' | 'cli'>) => {
    const { accountId } = ownerOf(of.name, of.settings);
    if (localAccounts?.includes(accountId) === false) return undefined;
    const endpoint = local?.instance.url;
    const cli =
      local === undefined
        ? 'aws'
        : `. ${quoteForShell(relative(process.cwd(), stateFiles(localAwsRoot).env))} && aws`;
    return steps.run(step, () => readAccount({ ...of, stage, endpoint, cli }));
  };
  const accounts: Partial<Record<ServiceName, AccountFacts>> = {};
  for (const name of serviceNames.filter(isAsked)) {
    const step = `Look at account ${name === 'api' ? 'A' : 'B'} (${name})`;
    const folder = `services/${name}`;
    const account = await look(step, { name, folder, settings, service: services[name] });
    if (account !== undefined) accounts[name] = account;
  }
  const further: FurtherServiceFacts[] = [];
  for (const [index, each] of looked.entries()) {
    const service = others[index] ?? { unknown: 'it was not read.' };
    const step = `Look at account ${each.settings.callerAccountId} (${each.name})`;
    const account = await look(step, { ...each, name: 'caller', service });
    further.push({ ...each, service, ...(account !== undefined && { account }) });
  }
  return { ...base, settings, services, accounts, further, ...(localAccounts && { localAccounts }) };
}

/** @throws UsageError with the names that can be given */
function checkServiceName(name: string, further: readonly Pick<FurtherServiceFacts, 'name'>[]): void {
  const known = [...serviceNames, ...further.map((each) => each.name)];
  if (known.includes(name)) return;
  throw new UsageError(`--service ${name}: must be ${known.join(' or ')}.`);
}

/** Whether a check judges the package. */
function isOfInterest({ name }: InstalledPackage): boolean {
  return name === 'osls' || name === 'aws-sdk' || name.startsWith('@aws-sdk/client-');
}

/** The limits of a caller that gives signed-fetch no others: its `DEFAULT_LIMITS`. */
export const ASSUMED_LIMITS: CallLimits = {
  isKnown: false,
  timeoutMs: 10_000,
  marginMs: 500,
  maxResponseBytes: 11 * 2 ** 20,
};

/** The limits of the caller's client: those that it exports as `callLimits`, or the assumed ones. */
async function readCallLimits(): Promise<CallLimits> {
  const file = join(projectRoot(), LIMITS_FILE);
  if (!existsSync(file)) return ASSUMED_LIMITS;
  const { callLimits }: { readonly callLimits?: Partial<CallLimits> } = await import(file);
  return { ...ASSUMED_LIMITS, ...callLimits, isKnown: callLimits !== undefined };
}

/** The templates that services/README.md hands to `aws cloudformation deploy`, which sends them in its request. */
async function readInlineTemplates(): Promise<Facts['inlineTemplates']> {
  const files = ['services/api/deployment-role.yml', 'services/caller/deployment-role.yml'];
  const present = files.filter((file) => existsSync(join(projectRoot(), file)));
  return Promise.all(
    present.map(async (file) => ({ file, bytes: (await stat(join(projectRoot(), file))).size })),
  );
}

function readSettings(stage: string): Facts['settings'] {
  try {
    return readStage(stage);
  } catch (error) {
    if (error instanceof SettingsError) return { problem: error.message };
    throw error;
  }
}

async function readTools(): Promise<readonly Tool[]> {
  const { dependencies, devDependencies } = await readPackage(projectRoot());
  const wanted = { ...devDependencies, ...dependencies };
  const installed = async (folder: string) =>
    readPackage(join(projectRoot(), 'node_modules', folder)).catch(() => ({
      name: undefined,
      version: undefined,
    }));
  const [osls, compose] = await Promise.all(['serverless', '@osls/compose'].map(installed));
  const version = (of: { readonly version?: string | undefined } | undefined) => of?.version;
  return [
    { name: 'Node', wanted: wanted.node ?? '', found: process.versions.node },
    {
      name: 'osls',
      wanted: (wanted.serverless ?? '').replace('npm:osls@', ''),
      // The package `serverless` of the same name is another CLI.
      found: osls?.name === 'osls' ? osls.version : undefined,
    },
    { name: '@osls/compose', wanted: wanted['@osls/compose'] ?? '', found: version(compose) },
  ];
}

interface Package {
  readonly name?: string;
  readonly version?: string;
  readonly dependencies?: Readonly<Record<string, string>>;
  readonly devDependencies?: Readonly<Record<string, string>>;
}

async function readPackage(folder: string): Promise<Package> {
  return JSON.parse(await readFile(join(folder, 'package.json'), 'utf8')) as Package;
}

interface AccountOptions {
  readonly stage: string;
  /** A further caller's service is one of a caller. */
  readonly name: ServiceName;
  /** Of the service, from the project's root. */
  readonly folder: string;
  readonly settings: StageSettings;
  readonly service: Known<ServiceFacts>;
  readonly endpoint: string | undefined;
  readonly cli: string;
}

async function readAccount(options: AccountOptions): Promise<AccountFacts> {
  const { stage, name, settings, service, endpoint, cli } = options;
  const { region } = settings;
  const owner = ownerOf(name, settings);
  const source = await credentialsOfStage(stage, owner.profile);
  const { profile } = source;
  const customEndpoint = endpoint ?? (await configuredEndpoint(source));
  const sdk: SdkSettings = {
    region,
    ...credentialsSettings(source),
    ...(customEndpoint !== undefined && { endpoint: customEndpoint }),
  };
  const identity = await readIdentity(sdk);
  const account = {
    source,
    identity,
    cli: `${cli}${profile === undefined ? '' : ` --profile ${quoteForShell(profile)}`} --region ${region}`,
  };
  const isRight =
    'accountId' in identity && wrongAccount(owner, source, identity.accountId, stage) === undefined;
  if (!isRight || isUnknown(service)) return account;
  const reader = createReader(sdk);
  try {
    return { ...account, contents: await readContents(reader, identity, service, options) };
  } finally {
    reader.close();
  }
}

async function readContents(
  reader: AccountReader,
  identity: Identity,
  service: ServiceFacts,
  options: AccountOptions,
): Promise<AccountContents> {
  const { name, settings } = options;
  const { privateApi } = settings;
  const subnetIds = privateApi?.subnetIds ?? service.functions.flatMap((each) => each.subnetIds ?? []);
  const isInVpc = privateApi !== undefined || service.functions.some((each) => each.subnetIds !== undefined);
  const boundaryArn = boundaryArnOf(settings, identity, service.service);
  const existing = service.names.map(async (each) => [each, await reader.has(each)] as const);
  const callerRoles = settings.callers
    .filter(({ accountId }) => accountId === identity.accountId)
    .map(async (each) => {
      const roleName = each.roleArn.split('/').at(-1) ?? '';
      return [each.name, await reader.roleArn(roleName)] as const;
    });
  const stack = await reader.stack(service.stackName);
  return {
    stack,
    existing: new Map(await Promise.all(existing)),
    ...(await readLeftTables(reader, service, stack)),
    ...(boundaryArn !== undefined && {
      boundary: {
        arn: boundaryArn,
        exists: await reader.hasPolicy(boundaryArn),
        ...(await readLacks(reader, boundaryArn, service)),
      },
      // The deployment role may not look at the roles of others, and could not change them.
      ...(!isDeploymentRole(identity, service.stackName) && {
        unboundedRoles: await readUnboundedRoles(reader, boundaryArn, service, { stack, settings, name }),
      }),
    }),
    ...(name === 'api' && { accessLogRole: await reader.accessLogRole() }),
    ...(name === 'caller' &&
      settings.organizationId !== undefined && { organization: await reader.organization() }),
    ...(name === 'caller' && isInVpc && { vpcEndpoints: await reader.vpcEndpoints(subnetIds) }),
    callerRoles: new Map(await Promise.all(callerRoles)),
    permissions: await readPermissions(reader, identity, service, options),
  };
}

/** What the events of a service need and its boundary lacks. A boundary that is not there is another finding. */
async function readLacks(
  reader: AccountReader,
  boundaryArn: string,
  { events = [] }: ServiceFacts,
): Promise<{ readonly lacks?: Known<ReadonlySet<string>> }> {
  const actions = events.flatMap((each) => each.actions ?? []);
  if (actions.length === 0) return {};
  const lacks = await reader.actionsBeyond(boundaryArn, actions);
  return lacks === undefined ? {} : { lacks };
}

/** The tables of earlier deployments. A table that the stack has is none of them, and so is every table if the stack cannot be read. */
async function readLeftTables(
  reader: AccountReader,
  { stackName, resources }: ServiceFacts,
  stack: AccountContents['stack'],
): Promise<Pick<AccountContents, 'leftTables'>> {
  const ids = Object.entries(resources).flatMap(([id, { Type, Properties }]) =>
    Type === 'AWS::DynamoDB::Table' && Properties.TableName === undefined ? [id] : [],
  );
  if (ids.length === 0 || isUnknown(stack)) return {};
  const isLeft = (name: string) =>
    stack?.resources.has(name) !== true && ids.some((id) => isGeneratedName(name, stackName, id));
  return { leftTables: (await reader.tables(isLeft)) ?? [] };
}

/** Whether this is the role of deployment-role.yml. */
function isDeploymentRole({ arn }: Identity, stackName: string): boolean {
  return arn.split(/[:/]/).includes(`deploy-${stackName}`);
}

/** The roles that the role of deployment-role.yml may pass to Lambda, except for those of the stack, which a deployment changes. */
async function readUnboundedRoles(
  reader: AccountReader,
  boundaryArn: string,
  { stackName }: ServiceFacts,
  of: {
    readonly stack: AccountContents['stack'];
    readonly settings: StageSettings;
    readonly name: ServiceName;
  },
): Promise<Known<readonly UnboundedRole[]>> {
  const own = of.stack === undefined || isUnknown(of.stack) ? new Set<string>() : of.stack.resources;
  const passed = of.name === 'api' ? [`${stackName}-`] : [`${stackName}-`, `${stackName}_`];
  const isPassed = (role: string) =>
    !own.has(role) &&
    (passed.some((prefix) => role.startsWith(prefix)) || (of.name === 'caller' && role === stackName));
  return (await reader.rolesWithout(boundaryArn, of.settings.rolePath, isPassed)) ?? [];
}

async function readPermissions(
  { iam }: AccountReader,
  identity: Identity,
  serviceFacts: ServiceFacts,
  { name: service, folder, stage, settings }: AccountOptions,
): Promise<Known<SimulatedPermissions>> {
  const { stackName, names, functions, resources, permissions } = serviceFacts;
  const { region, tags, rolePath } = settings;
  const { accountId, arn } = identity;
  const { partition } = parseArn(arn);
  const prefixes: Readonly<Record<ResourceName['kind'], string>> = {
    role: `arn:${partition}:iam::${accountId}:role${rolePath}`,
    function: `arn:${partition}:lambda:${region}:${accountId}:function:`,
    'log group': `arn:${partition}:logs:${region}:${accountId}:log-group:`,
    'domain name': `arn:${partition}:apigateway:${region}::/domainnames/`,
  };
  // CloudFormation makes the name of the deployment bucket of the stack's, and adds something random.
  const bucketPrefix = stackName.slice(0, 24).toLowerCase();
  const bucket = `arn:${partition}:s3:::${bucketPrefix}-serverlessdeploymentbuck-x`;
  const known = [...names.map(({ kind, name }) => prefixes[kind] + name), bucket, `${bucket}/x`];
  const boundaryArn = boundaryArnOf(settings, identity, serviceFacts.service);
  const place: DeploymentPlace = {
    partition,
    region,
    accountId,
    stage,
    rolePath,
    boundaryArn,
    bucketPrefix,
    service: serviceFacts.service,
    customDomain: service === 'api' ? settings.customDomain : undefined,
    tableKeyId: service === 'api' ? settings.tableKeyId : undefined,
    isInVpc: service === 'caller' && settings.privateApi !== undefined,
  };
  const ofFunctions = functions.map(({ properties }) => ({
    Type: 'AWS::Lambda::Function',
    Properties: { ...properties },
  }));
  const deployed = [...Object.values(resources), ...permissions, ...ofFunctions];
  const statements = await deploymentStatements(folder, place, deployed);
  const simulated = await simulateDeployment(
    iam,
    arn,
    await planSimulation(statements, known, { region, tags }),
  );
  if (isUnknown(simulated)) return simulated;
  const absent = statements.filter(({ isAbsentFromRole }) => isAbsentFromRole === true);
  const absentActions = new Set(absent.flatMap(({ actions }) => actions));
  const forgiven = forgivenActions([...deployed, ...resourcesOfFramework]);
  const isOwnRole = isDeploymentRole(identity, stackName);
  return {
    ...simulated,
    denied: simulated.denied.map((each) => {
      const mayBeForgiven = forgiven.get(each.action);
      return {
        ...each,
        // No statement of the role allows it, whatever the values of its conditions.
        ...(isOwnRole && absentActions.has(each.action) && { missingKeys: [] }),
        ...(mayBeForgiven !== undefined && { mayBeForgiven }),
      };
    }),
    absentFromRole: absent.flatMap(({ actions, context }) =>
      actions.map((action) => ({ action, ...principalIn(context) })),
    ),
  };
}

function boundaryArnOf(
  settings: StageSettings,
  { arn, accountId }: Identity,
  service: string,
): string | undefined {
  const boundary = boundaryOf(settings, service);
  return boundary && `arn:${parseArn(arn).partition}:iam::${accountId}:policy/${boundary}`;
}

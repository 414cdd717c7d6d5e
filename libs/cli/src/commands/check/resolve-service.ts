import { join } from 'node:path';
import {
  addCustomDomain,
  addInvokeRoles,
  callProblems,
  contractMistakes,
  eventMistakes,
  type FunctionDefinition,
  grantRoutes,
  isPublic,
  openDoors,
  otherRoutesOf,
  readServices,
  routeEventsOf,
  routesWithoutIam,
  type StageSettings,
  settingsOfService,
  type Template,
} from '@cross-account-api/serverless-plugin';
import * as v from 'valibot';
import { projectRoot } from '../../project/project.ts';
import { sls, slsFailure } from '../../project/sls.ts';
import type { FunctionFacts, Known, ResourceName, ServiceFacts, ServiceName } from './facts.ts';
import { eventFactsOf, eventResourcesOf, permissionsOf } from './function-permissions.ts';
import { outlineOf } from './outline.ts';

/** Lambda's own default. */
const DEFAULT_TIMEOUT = 6;

const vpc = v.optional(v.object({ subnetIds: v.optional(v.array(v.unknown()), []) }));

/** The CloudFormation properties that the framework makes of settings of a function. */
const properties = {
  FileSystemConfigs: 'fileSystemConfig',
  KmsKeyArn: 'kmsKeyArn',
  Layers: 'layers',
  ReservedConcurrentExecutions: 'reservedConcurrency',
  RuntimeManagementConfig: 'runtimeManagement',
} as const;

/** The parts of serverless.yml that the checks read. */
const schema = v.object({
  service: v.string(),
  custom: v.optional(v.looseObject({}), {}),
  provider: v.object({
    stage: v.string(),
    timeout: v.optional(v.number(), DEFAULT_TIMEOUT),
    runtime: v.optional(v.unknown()),
    vpc,
  }),
  functions: v.record(
    v.string(),
    v.looseObject({
      name: v.string(),
      timeout: v.optional(v.number()),
      runtime: v.optional(v.unknown()),
      image: v.optional(v.unknown()),
      events: v.optional(v.array(v.looseObject({})), []),
      url: v.optional(v.unknown()),
      iamRoleStatementsName: v.optional(v.string()),
      calls: v.optional(v.array(v.string())),
      iamRoleStatements: v.optional(v.array(v.looseObject({}))),
      environment: v.optional(v.record(v.string(), v.unknown())),
      layers: v.optional(v.unknown()),
      vpc,
    }),
  ),
  resources: v.optional(
    v.object({
      Resources: v.optional(
        v.record(
          v.string(),
          v.object({ Type: v.string(), Properties: v.optional(v.record(v.string(), v.unknown()), {}) }),
        ),
        {},
      ),
      Outputs: v.optional(v.record(v.string(), v.looseObject({ Value: v.unknown() })), {}),
    }),
    {},
  ),
});

/**
 * Lets the Serverless CLI replace the variables of a service's serverless.yml, and adds the resources that our plugin adds.
 * @returns the reason if it cannot
 */
export async function resolveService(
  name: ServiceName,
  folder: string,
  stage: string,
  settings: StageSettings,
  localAwsRoot: string,
  signal?: AbortSignal,
): Promise<Known<ServiceFacts>> {
  const cwd = join(projectRoot(), folder);
  const result = await sls(['print', '--stage', stage, '--format', 'json'], { cwd, localAwsRoot, signal });
  if (result.exitCode !== 0) return { unknown: slsFailure(result) };
  const document = JSON.parse(result.stdout);
  if (name === 'api') return readService(document, { settings });
  const root = projectRoot();
  const services = readServices(root);
  const ofCaller = settingsOfService(settings, { stage, root, serviceDir: cwd, services });
  return readService(document, { isCaller: true, ofCaller });
}

/**
 * Reads a resolved serverless.yml.
 * @param settings of the stage, whose resources are added. Absent for a service to which our plugin adds none
 * @param ofCaller the stage's settings for the caller's service, which grant the calls of its functions
 * @param isCaller whether its routes, if it has some, may be described where their authorizer cannot be seen. Default: `false`
 */
export function readService(
  document: unknown,
  {
    settings,
    ofCaller,
    isCaller = false,
  }: {
    readonly settings?: StageSettings;
    readonly ofCaller?: StageSettings;
    readonly isCaller?: boolean;
  } = {},
): Known<ServiceFacts> {
  const parsed = v.safeParse(schema, document);
  if (!parsed.success) {
    return { unknown: parsed.issues.map((issue) => `${v.getDotPath(issue)}: ${issue.message}`).join('; ') };
  }
  const { service, provider, functions, custom } = parsed.output;
  const events = routeEventsOf(functions);
  const all = Object.values(functions);
  const template: Template = {
    Resources: { ...parsed.output.resources.Resources },
    Outputs: { ...parsed.output.resources.Outputs },
  };
  if (settings !== undefined) {
    const deployment = { service, stage: provider.stage, settings };
    const routes = events.flatMap(({ authorization, route }) => (authorization === 'IAM' ? [route] : []));
    for (const step of [grantRoutes, addInvokeRoles]) step(template, deployment, routes);
    addCustomDomain(template, deployment);
  }
  return {
    service,
    stackName: `${service}-${provider.stage}`,
    resources: template.Resources,
    permissions: [...all.flatMap(permissionsOf), ...all.flatMap(eventResourcesOf)],
    events: all.flatMap(eventFactsOf),
    outline: {
      Resources: { ...outlineOf(functions, events), ...template.Resources },
      Outputs: template.Outputs ?? {},
    },
    routes: {
      signed: events.flatMap(({ route, authorization }) => (authorization === 'IAM' ? [route] : [])),
      open: events.flatMap(({ route, isOpen }) => (isOpen ? [route] : [])),
      others: otherRoutesOf(events),
      withoutIam: routesWithoutIam(events),
      mistakes: [
        ...eventMistakes(events),
        // The methods that events make are not in this template.
        ...openDoors(template, [], isCaller ? isPublic : undefined),
        ...(settings === undefined
          ? []
          : contractMistakes(
              events.map(({ route }) => route),
              custom,
              otherRoutesOf(events),
            )),
      ],
    },
    ...(ofCaller !== undefined && {
      calls: {
        byFunction: new Map(
          Object.entries(functions).flatMap(([key, { calls }]) =>
            calls === undefined ? [] : [[key, calls]],
          ),
        ),
        problems: callProblems(
          { functions: functions as Readonly<Record<string, FunctionDefinition>>, custom },
          { service, stage: provider.stage, settings: ofCaller },
        ),
      },
    }),
    functions: Object.entries(functions).map(([key, each]) => ({
      name: each.name,
      ...runtimeOf(each.image === undefined ? (each.runtime ?? provider.runtime) : undefined),
      timeoutSeconds: each.timeout ?? provider.timeout,
      routes: events.flatMap(({ functionName, route }) => (functionName === key ? [route] : [])),
      subnetIds: (each.vpc ?? provider.vpc)?.subnetIds.filter((id) => typeof id === 'string'),
      properties: {
        ...Object.fromEntries(
          Object.entries(properties).flatMap(([property, setting]) =>
            each[setting] === undefined ? [] : [[property, each[setting]]],
          ),
        ),
        ...((each.vpc ?? provider.vpc) && { VpcConfig: {} }),
      },
    })),
    names: [
      ...all.flatMap((each): ResourceName[] => [
        { kind: 'function', name: each.name },
        { kind: 'log group', name: `/aws/lambda/${each.name}` },
        ...(each.iamRoleStatementsName === undefined
          ? []
          : [{ kind: 'role' as const, name: each.iamRoleStatementsName }]),
      ]),
      ...Object.values(template.Resources).flatMap(
        ({ Properties: { RoleName, LogGroupName, DomainName } }): ResourceName[] => [
          ...(typeof RoleName === 'string' ? [{ kind: 'role' as const, name: RoleName }] : []),
          ...(typeof LogGroupName === 'string' ? [{ kind: 'log group' as const, name: LogGroupName }] : []),
          // Mappings only refer to it.
          ...(typeof DomainName === 'string' ? [{ kind: 'domain name' as const, name: DomainName }] : []),
        ],
      ),
    ],
  };
}

function runtimeOf(runtime: unknown): Pick<FunctionFacts, 'runtime'> {
  return typeof runtime === 'string' ? { runtime } : {};
}

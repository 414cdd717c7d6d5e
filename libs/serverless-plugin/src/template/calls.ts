import type { FunctionStep } from '../deployment.ts';
import type { FunctionDefinition } from '../framework.ts';
import { contractRoutes } from '../routes/contract-routes.ts';
import { OWN_API } from '../settings/api-entries.ts';
import { regionInUrl } from '../settings/api-url.ts';
import type { FurtherCaller } from '../settings/callers.ts';
import { invokeRoleId, withinLimit, withRoomForRegion } from '../settings/names.ts';
import type { GrantedApi, StageSettings } from '../settings/read.ts';
import { FIRST_CALLER, type StageEntry } from '../settings/schema.ts';
import { apiOutputsOf, UNKNOWN_OUTPUT } from '../variables.ts';
import { addStatements } from './function-statements.ts';
import { routePattern } from './routes.ts';

/** An API that a function calls, with the values that the function needs for it. */
export interface ApiOfFunction {
  /** As the property `calls` names it. */
  readonly name: string;
  readonly url: string;
  /** Requests are signed for it. */
  readonly region: string;
  readonly accessMode: StageEntry['accessMode'];
  /** The access modes for which the role has a statement: running invocations may have begun with the previous one. */
  readonly accessModes: readonly StageEntry['accessMode'][];
  /** The role that the function assumes, in access mode `assume-role`. */
  readonly invokeRoleArn: string | undefined;
  readonly externalId: string | undefined;
  /** The ARNs of the routes that the function calls as itself, in access mode `resource-policy`. */
  readonly routeArns: readonly string[];
}

/** A function that calls APIs: it has the property `calls`. */
export interface CallingFunction {
  readonly name: string;
  readonly definition: FunctionDefinition;
  /** The names of the APIs. */
  readonly calls: readonly string[];
  /** The entry of the setting `callers` that grants it. `undefined` for the service's first function, or if no entry does. */
  readonly entry: FurtherCaller | undefined;
}

/** The functions that call APIs. */
export function callingFunctions(
  functions: Readonly<Record<string, FunctionDefinition>> = {},
  { functionGrants = [] }: Pick<StageSettings, 'functionGrants'>,
): readonly CallingFunction[] {
  return Object.entries(functions).flatMap(([name, definition]) => {
    const { calls } = definition;
    if (calls === undefined) return [];
    const entry = functionGrants.find(({ deployment }) => deployment?.function === name);
    return [{ name, definition, calls, entry: name === FIRST_CALLER ? undefined : entry }];
  });
}

/**
 * The variables with which a function finds an API.
 * @param api as the property `calls` names it. The variables of the project's own API have no prefix
 * @example variablesOf('orders').url // 'ORDERS_API_URL'
 */
export function variablesOf(api: string) {
  const prefix = api === OWN_API ? '' : `${api.toUpperCase().replaceAll('-', '_')}_`;
  return {
    url: `${prefix}API_URL`,
    region: `${prefix}API_REGION`,
    invokeRoleArn: `${prefix}INVOKE_ROLE_ARN`,
    externalId: `${prefix}EXTERNAL_ID`,
  } as const;
}

/** The statements of a function's role that let it call an API, by access mode. */
export function statementIdsOf(api: string): Readonly<Record<StageEntry['accessMode'], string>> {
  const suffix = api === OWN_API ? '' : invokeRoleId(api).replace('InvokeRole', '');
  return { 'assume-role': `AssumeInvokeRole${suffix}`, 'resource-policy': `InvokeRoutes${suffix}` };
}

/**
 * The name of a function's role: the one that the API trusts, the function's own `iamRoleStatementsName` or, so that another API can trust it,
 * the function's name. Roles belong to the account: in an additional region, the name has the region's suffix.
 */
export function roleNameOf(
  { name, definition, entry }: Pick<CallingFunction, 'name' | 'definition' | 'entry'>,
  { callerRoleName, roleSuffix }: Pick<StageSettings, 'callerRoleName' | 'roleSuffix'>,
): string {
  if (name === FIRST_CALLER) return callerRoleName;
  const { name: functionName, iamRoleStatementsName } = definition;
  const written = iamRoleStatementsName && withRoomForRegion(iamRoleStatementsName, roleSuffix);
  return entry?.deployment?.roleName ?? written ?? withinLimit(`${functionName}${roleSuffix}`);
}

/** The output of the API's stack with the ARN of the role that a function of an entry assumes. */
export const outputOf = ({ name }: FurtherCaller): string => `${invokeRoleId(name)}Arn`;

/** The APIs of a function that the stage's settings have. */
export function apisOf(
  { calls, entry }: Pick<CallingFunction, 'calls' | 'entry'>,
  settings: StageSettings,
  custom: Readonly<Record<string, unknown>>,
): readonly ApiOfFunction[] {
  return calls.flatMap((name) => {
    if (name === OWN_API) return [ownApi(entry, settings, custom)];
    const api = settings.apis.find((each) => each.name === name);
    return api === undefined ? [] : [otherApi(api)];
  });
}

function ownApi(
  entry: FurtherCaller | undefined,
  settings: StageSettings,
  custom: Readonly<Record<string, unknown>>,
): ApiOfFunction {
  const { accessMode, accessModes, partition, apiAccountId, rolePath } = settings;
  const outputs = apiOutputsOf(custom);
  const url = String(outputs.ApiUrl ?? UNKNOWN_OUTPUT);
  // A second caller that this repository deploys has its own entry.
  const { routes = contractRoutes(custom.routes) } = entry ?? settings.furtherCaller ?? settings;
  return {
    name: OWN_API,
    url,
    region: regionInUrl(url) ?? settings.apiRegion ?? settings.region,
    accessMode,
    accessModes,
    invokeRoleArn: String(
      entry === undefined
        ? (outputs.InvokeRoleArn ?? UNKNOWN_OUTPUT)
        : (outputs[outputOf(entry)] ??
            `arn:${partition}:iam::${apiAccountId}:role${rolePath}${entry.invokeRoleName}`),
    ),
    externalId: entry === undefined ? settings.externalId : entry.externalId,
    routeArns: arnsOf(String(outputs.ApiArn ?? UNKNOWN_OUTPUT), routes),
  };
}

function otherApi(api: GrantedApi): ApiOfFunction {
  const {
    name,
    url,
    region,
    accessMode,
    accessModes,
    invokeRoleArn,
    externalId,
    apiArn = '',
    routes = [],
  } = api;
  return {
    name,
    url,
    region,
    accessMode,
    accessModes,
    invokeRoleArn,
    externalId,
    routeArns: arnsOf(apiArn, routes),
  };
}

const arnsOf = (apiArn: string, routes: readonly string[]) =>
  routes.map((route) => `${apiArn}/${routePattern(route)}`);

/**
 * Gives each function with the property `calls` what it needs for its APIs: the variables, a statement of its role, and the role's name.
 */
export const grantCalls: FunctionStep = (functions, settings, custom) => {
  for (const calling of callingFunctions(functions, settings)) {
    const { definition } = calling;
    const apis = apisOf(calling, settings, custom);
    definition.environment = { ...environmentOf(apis), ...definition.environment };
    addStatements(definition, apis.flatMap(statementsOf));
    definition.iamRoleStatementsName = roleNameOf(calling, settings);
  }
};

/** The variables of a function for its APIs. */
export function environmentOf(apis: readonly ApiOfFunction[]): Readonly<Record<string, string>> {
  return Object.assign({}, ...apis.map(variablesFor));
}

function variablesFor(api: ApiOfFunction): Readonly<Record<string, string>> {
  const names = variablesOf(api.name);
  const { url, region, accessMode, invokeRoleArn, externalId } = api;
  return {
    [names.url]: url,
    [names.region]: region,
    ...(accessMode === 'assume-role' && {
      ...(invokeRoleArn !== undefined && { [names.invokeRoleArn]: invokeRoleArn }),
      ...(externalId !== undefined && { [names.externalId]: externalId }),
    }),
  };
}

function statementsOf({ name, accessModes, invokeRoleArn, routeArns }: ApiOfFunction) {
  const ids = statementIdsOf(name);
  const statements = {
    'assume-role': { Action: 'sts:AssumeRole', Resource: invokeRoleArn },
    'resource-policy': { Action: 'execute-api:Invoke', Resource: routeArns },
  } as const;
  return accessModes.map((mode) => ({ Sid: ids[mode], Effect: 'Allow', ...statements[mode] }));
}

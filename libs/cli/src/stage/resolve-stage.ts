import { defaultSessionName } from '@cross-account-api/assume-role';
import { routeName } from '@cross-account-api/iam/explanation';
import { type GrantedApi, invokeRoleId, OWN_API, variablesOf } from '@cross-account-api/serverless-plugin';
import { ApiUrlError, readApiUrl } from '../aws/api-url.ts';
import { ReadError } from '../aws/read-error.ts';
import type { KnownByProject, WalkableCall } from '../call/call.ts';
import type { OpenCall } from '../call/open-call.ts';
import { knownOperations, nameOfCall } from '../project/contract.ts';
import { FIRST_FUNCTION } from '../project/functions.ts';
import { type CallChoice, callerOfOther, callerService, grantOf, otherApi } from './call-choice.ts';
import { assumesRole, callVariables, compareConfiguration, compareWithEntry } from './configuration.ts';
import { type DeployedApi, findDeployedApi, findDeployedCaller } from './deployed-stacks.ts';
import { type FurtherPart, findFurtherPart, sessionNameOf, withCallerPart } from './further-caller.ts';
import type { OpenApi, OpenStage } from './open-stage.ts';
import { routeOf } from './route-of.ts';

/** One of the calls of a stage: a call of any API, filled in from what is deployed. */
export interface StageCall {
  /** The choice that names it. */
  readonly choice: CallChoice;
  readonly call: WalkableCall;
  /** What the call is read from. For a further caller whose account is not open: as if that account had done its part. */
  readonly open: OpenCall;
  /** The table in which the API remembers idempotency keys. Absent if it remembers none. */
  readonly idempotencyTable: string | undefined;
  /** What a further caller has in the API's account. Absent: the caller of this project. */
  readonly further?: FurtherPart;
}

/**
 * Fills in a call of a stage through its stacks. Settings of the caller come from the environment of its function.
 * @throws ReadError if a stack, the API or the function is missing, or if the stage has no such call
 */
export async function resolveStage(open: OpenStage, { caller, api }: CallChoice = {}): Promise<StageCall> {
  const { settings, stage } = open;
  if (api !== undefined && api !== OWN_API)
    return resolveOtherApi(open, otherApi(settings, stage, api), caller);
  if (caller === undefined || caller === FIRST_FUNCTION) return resolveFunction(open, FIRST_FUNCTION);
  const grant = grantOf(settings, caller, callerService());
  if (grant !== undefined) return resolveFunction(open, grant.functionKey, grant.entry);
  const resolved = await resolveFurtherCaller(open, caller);
  const { further, call } = resolved;
  const whole = await open.openFurther(further.caller);
  const account = whole.accounts.get(further.caller.accountId);
  if (account === undefined) return resolved;
  return { ...resolved, open: whole, call: { ...call, callerProfile: account.profile } };
}

/**
 * The call of the project's API by a function of the caller's service.
 * @param entry the name of the entry of `callers` that grants it. `undefined` for the first function
 */
async function resolveFunction(open: OpenStage, functionKey: string, entry?: string): Promise<StageCall> {
  const { settings, region } = open;
  const deployed = await findDeployedApi(open, open.reader);
  const { outputs } = deployed;
  const deployedCaller = await findDeployedCaller(open, open.reader, functionKey);
  const { arn, name, environment, unread } = deployedCaller;
  const { invokeRoleArn, externalId, region: signedFor = region } = callVariables(environment);
  const roleOutput = entry === undefined ? 'InvokeRoleArn' : `${invokeRoleId(entry)}Arn`;
  const { routes } = settings.callers.find((each) => each.name === entry) ?? settings;
  return {
    choice: { caller: entry, api: undefined },
    open,
    idempotencyTable: deployed.idempotencyTable,
    call: {
      ...callOf(open, deployed, [compareConfiguration(deployedCaller, outputs, roleOutput)]),
      ...(routes !== undefined && { routes: routes.map(routeOf) }),
      callerArn: arn,
      callerProfile: open.caller.profile,
      // A stack has the output only if its caller assumes the role.
      roleArn:
        unread !== undefined || assumesRole({ invokeRoleArn, externalId })
          ? (invokeRoleArn ?? outputs.get(roleOutput))
          : undefined,
      externalId,
      sessionName: sessionNameOfFunction(name),
      signedFor: { region: signedFor, service: 'execute-api' },
    },
  };
}

/** The call of another API by a function of the caller's service. */
async function resolveOtherApi(
  open: OpenStage,
  api: GrantedApi,
  caller: string | undefined,
): Promise<StageCall> {
  const { stage, settings } = open;
  const { functionKey, choice } = callerOfOther({ stage, settings, api: api.name, caller }, callerService());
  const deployedCaller = await findDeployedCaller(open, open.reader, functionKey);
  const { arn, name, environment, unread } = deployedCaller;
  const {
    url = api.url,
    region = api.region,
    invokeRoleArn,
    externalId,
  } = callVariables(environment, api.name);
  const setting = `${stage}.apis.${api.name}`;
  const address = addressOf(url, `The variable ${variablesOf(api.name).url} of function ${name}`);
  const other = await open.openOther(api);
  return {
    choice,
    open: other,
    idempotencyTable: undefined,
    call: {
      ...unknownOfCall,
      api: address,
      routes: api.routes?.map(routeOf),
      callerArn: arn,
      callerProfile: open.caller.profile,
      roleArn:
        unread !== undefined || assumesRole({ invokeRoleArn, externalId })
          ? (invokeRoleArn ?? api.invokeRoleArn)
          : undefined,
      externalId,
      sessionName: sessionNameOfFunction(name),
      signedFor: { region, service: 'execute-api' },
      apiProfile: other.api?.profile,
      apiAccountId: api.accountId,
      region: api.region,
      vpcEndpointId: address.kind === 'default' ? address.vpcEndpointId : undefined,
      project: {
        declaredOpen: [],
        permissionIds: new Map(),
        links: [compareWithEntry(deployedCaller, api, setting)],
      },
    },
  };
}

/** The name that the middleware assumeRole would send, for an execution environment that does not exist. */
const sessionNameOfFunction = (name: string) => defaultSessionName(name, '0'.repeat(32));

/**
 * Fills in the call of a further caller, as if its account had done its part: then each broken link is the API's account's.
 * @throws ReadError if the stage has no such caller, or if it is not deployed yet
 */
export async function resolveFurtherCaller(
  open: OpenApi,
  name: string,
): Promise<StageCall & { readonly further: FurtherPart }> {
  const deployed = await findDeployedApi(open, open.reader);
  const further = findFurtherPart(open, name, deployed);
  const { caller, invokeRoleArn, routes } = further;
  return {
    choice: { caller: name, api: undefined },
    further,
    open: withCallerPart(further, open),
    idempotencyTable: deployed.idempotencyTable,
    call: {
      ...callOf(open, deployed, [further.configuration]),
      routes,
      callerArn: caller.roleArn,
      roleArn: invokeRoleArn,
      externalId: invokeRoleArn === undefined ? undefined : caller.externalId,
      sessionName: sessionNameOf(open.stage, name),
    },
  };
}

/** The parts of a call that only options know, or another kind of call. */
const unknownOfCall = {
  sessionSeconds: undefined,
  error: undefined,
  context: {},
  sessionPolicies: [],
} as const;

/** What all calls of the project's API have in common. */
function callOf(
  { api, region }: OpenApi,
  { api: { apiId }, apiUnread, apiStage, apiUrl, declaredOpen, permissionIds }: DeployedApi,
  links: KnownByProject['links'],
): Omit<WalkableCall, 'callerArn'> {
  const operations = knownOperations();
  const address = addressOf(apiUrl, 'The output ApiUrl of the api stack');
  return {
    ...unknownOfCall,
    api: address,
    // Those of the API. If it cannot be read, none is known: the contract may have others than are deployed.
    routes: apiUnread && [],
    callerProfile: undefined,
    roleArn: undefined,
    externalId: undefined,
    sessionName: undefined,
    signedFor: undefined,
    apiProfile: api.profile,
    apiAccountId: api.accountId,
    region,
    vpcEndpointId: address.kind === 'default' ? address.vpcEndpointId : undefined,
    project: {
      target: { apiId, stage: apiStage },
      declaredOpen,
      permissionIds,
      nameOfRoute: (route) => nameOfCall(routeName(route), operations),
      links,
    },
  };
}

/** @param what where the URL is from, for messages */
function addressOf(apiUrl: string, what: string): ReturnType<typeof readApiUrl> {
  try {
    return readApiUrl(apiUrl);
  } catch (error) {
    if (!(error instanceof ApiUrlError)) throw error;
    throw new ReadError(
      'NOT_CONFIGURED',
      `${what} is ${apiUrl}. It must be the URL of the API with its stage, or under a custom domain.`,
      { cause: error },
    );
  }
}

import { defaultSessionName } from '@cross-account-api/assume-role';
import { routeName } from '@cross-account-api/iam';
import { ApiUrlError, readApiUrl } from '../aws/api-url.ts';
import { ReadError } from '../aws/read-error.ts';
import type { KnownByProject, WalkableCall } from '../call/call.ts';
import type { OpenCall } from '../call/open-call.ts';
import { knownOperations, nameOfCall } from '../project/contract.ts';
import { assumesRole, compareConfiguration } from './configuration.ts';
import { type DeployedApi, findDeployedApi, findDeployedCaller } from './deployed-stacks.ts';
import { type FurtherPart, findFurtherPart, sessionNameOf, withCallerPart } from './further-caller.ts';
import type { OpenApi, OpenStage } from './open-stage.ts';
import { routeOf } from './route-of.ts';

/** One of the calls of a stage: a call of any API, filled in from what is deployed. */
export interface StageCall {
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
 * @param caller the name of a further caller in services/stages.yml. Default: the function `caller` of this project
 * @throws ReadError if a stack, the API or the function is missing, or if the stage has no such caller
 */
export async function resolveStage(
  open: OpenStage,
  { caller }: { readonly caller?: string | undefined } = {},
): Promise<StageCall> {
  if (caller !== undefined) {
    const resolved = await resolveFurtherCaller(open, caller);
    const { accountId } = resolved.further.caller;
    return open.accounts.has(accountId) ? { ...resolved, open } : resolved;
  }
  const { settings, region } = open;
  const deployed = await findDeployedApi(open, open.reader);
  const { outputs } = deployed;
  const deployedCaller = await findDeployedCaller(open, open.reader);
  const { arn, name, environment, unread } = deployedCaller;
  const { INVOKE_ROLE_ARN, EXTERNAL_ID, API_REGION = region } = environment;
  return {
    open,
    idempotencyTable: deployed.idempotencyTable,
    call: {
      ...callOf(open, deployed, [compareConfiguration(deployedCaller, outputs)]),
      ...(settings.routes !== undefined && { routes: settings.routes.map(routeOf) }),
      callerArn: arn,
      callerProfile: open.caller.profile,
      // A stack has the output only if its caller assumes the role.
      roleArn:
        unread !== undefined || assumesRole(environment)
          ? (INVOKE_ROLE_ARN ?? outputs.get('InvokeRoleArn'))
          : undefined,
      externalId: EXTERNAL_ID,
      // The name that the middleware assumeRole would send, for an execution environment that does not exist.
      sessionName: defaultSessionName(name, '0'.repeat(32)),
      signedFor: { region: API_REGION, service: 'execute-api' },
    },
  };
}

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

/** What all calls of a stage have in common. */
function callOf(
  { api, region }: OpenApi,
  { api: { apiId }, apiUnread, apiStage, apiUrl, declaredOpen, permissionIds }: DeployedApi,
  links: KnownByProject['links'],
): Omit<WalkableCall, 'callerArn'> {
  const operations = knownOperations();
  const address = addressOf(apiUrl);
  return {
    api: address,
    // Those of the API. If it cannot be read, none is known: the contract may have others than are deployed.
    routes: apiUnread && [],
    callerProfile: undefined,
    roleArn: undefined,
    externalId: undefined,
    sessionName: undefined,
    sessionSeconds: undefined,
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
    error: undefined,
    context: {},
    sessionPolicies: [],
  };
}

function addressOf(apiUrl: string): ReturnType<typeof readApiUrl> {
  try {
    return readApiUrl(apiUrl);
  } catch (error) {
    if (!(error instanceof ApiUrlError)) throw error;
    throw new ReadError(
      'NOT_CONFIGURED',
      `The output ApiUrl of the api stack is ${apiUrl}. It must be the URL of the API with its stage, or under a custom domain.`,
      { cause: error },
    );
  }
}

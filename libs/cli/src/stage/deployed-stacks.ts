import {
  type CloudFormationClient,
  DescribeStacksCommand,
  paginateListStackResources,
  type StackResourceSummary,
} from '@aws-sdk/client-cloudformation';
import { parseArn } from '@cross-account-api/iam';
import type { ApiFacts, FunctionFacts, PolicyReader } from '@cross-account-api/iam/explanation';
import {
  functionLogicalName,
  nameOf,
  type ProjectService,
  withoutCapital,
} from '@cross-account-api/serverless-plugin';
import type { Account } from '../aws/account.ts';
import { defaultOriginOf, urlOfStage } from '../aws/api-url.ts';
import { cloudFormationOf } from '../aws/cloud-formation.ts';
import { find, type Unread } from '../aws/find.ts';
import { readApi } from '../aws/read-api.ts';
import { ReadError } from '../aws/read-error.ts';
import type { KnownByProject } from '../call/call.ts';
import { callWith } from '../call-of.ts';
import { FIRST_FUNCTION } from '../project/functions.ts';
import { openRoutes, stageNames } from '../project/stage-settings.ts';
import { failedResources, whyBlocked } from './blocked-stack.ts';
import type { OpenApi, OpenStage } from './open-stage.ts';

/** The deployed API of a stage. */
export interface DeployedApi {
  readonly api: ApiFacts;
  /** Why only the ID of the API is known. Absent: the API was read. */
  readonly apiUnread?: Unread | undefined;
  /** The API's stage: for a REST API the one of the settings, for an HTTP API the one of its stack. */
  readonly apiStage: string;
  /** The URL that callers use: AWS's with the stage, or that of a custom domain. */
  readonly apiUrl: string;
  /** The outputs of its stack. */
  readonly outputs: ReadonlyMap<string, string>;
  readonly permissionIds: KnownByProject['permissionIds'];
  /** The table that remembers idempotency keys; absent if the stage has none. */
  readonly idempotencyTable: string | undefined;
  /** See {@link KnownByProject.declaredOpen}. */
  readonly declaredOpen: readonly string[];
}

/** The logical ID of the table in services/api/resources/idempotency.yml. */
const IDEMPOTENCY_TABLE = 'IdempotencyTable';

/**
 * Finds the API of a stage through its stack.
 * @throws ReadError if the stack cannot be read, or if the stack or the API is missing
 */
export async function findDeployedApi(
  { stage, region, api: account }: Pick<OpenApi, 'stage' | 'region' | 'api'>,
  reader: PolicyReader,
): Promise<DeployedApi> {
  const stack = await readStack(account, stageNames(stage).api, stage);
  const apiId = physicalIdOf(stack, isApi, stage);
  const { accountId } = account;
  const { facts, unread } = await find(accountId, () => reader.api({ accountId, region, apiId }));
  if (facts === undefined && unread === undefined) {
    throw new ReadError('NOT_DEPLOYED', apiIsGone({ stackName: stack.name, apiId, stage }));
  }
  const isHttp = stack.resources.some(isOfType('AWS::ApiGatewayV2::Api'));
  const apiStage = isHttp ? physicalIdOf(stack, isOfType('AWS::ApiGatewayV2::Stage'), stage) : stage;
  return {
    api: facts ?? { apiId, name: apiId, accountId, region, routes: [] },
    apiUnread: unread,
    apiStage,
    declaredOpen: openRoutes(),
    apiUrl:
      stack.outputs.get('ApiUrl') ?? urlOfStage(defaultOriginOf(undefined, { apiId, region }), apiStage),
    outputs: stack.outputs,
    permissionIds: permissionIdsOf(stack, functionsOf(stack, account, region)),
    idempotencyTable: stack.resources.find(({ LogicalResourceId }) => LogicalResourceId === IDEMPOTENCY_TABLE)
      ?.PhysicalResourceId,
  };
}

/**
 * Finds what keeps CloudFormation from updating a stack: its state, or an API that somebody deleted.
 * @returns sentences with the steps that lead out; `undefined` if there is no stack, or if nothing is known to keep it
 * @throws ReadError if the stack cannot be read
 */
export async function findObstacle(
  account: Account,
  { region, name, stage }: { readonly region: string; readonly name: string; readonly stage: string },
): Promise<string | undefined> {
  const client = cloudFormationOf(account);
  const described = await account.read(() => client.send(new DescribeStacksCommand({ StackName: name })));
  const stack = described?.Stacks?.[0];
  if (stack === undefined) return undefined;
  const resources = (await account.read(() => listResources(client, name))) ?? [];
  const apiId = resources.find(isApi)?.PhysicalResourceId;
  const api = apiId && (await find(account.accountId, () => readApi(account, region, apiId)));
  if (apiId && api && api.facts === undefined && api.unread === undefined) {
    return apiIsGone({ stackName: name, apiId, stage });
  }
  const status = stack.StackStatus ?? '';
  const blocked = whyBlocked(name, status, failedResources(status, resources));
  return blocked && withWayOut(blocked, stage);
}

/** @param blocked see {@link whyBlocked} */
function withWayOut(blocked: string, stage: string): string {
  return `${blocked} This says what leads out: ${callWith('check', `--stage ${stage}`)}`;
}

/** Whether a resource of a stack is an API, and CloudFormation has not deleted it itself. */
export function isApi(resource: StackResourceSummary): boolean {
  const isOfKind = isOfType('AWS::ApiGateway::RestApi', 'AWS::ApiGatewayV2::Api');
  return isOfKind(resource) && resource.ResourceStatus !== 'DELETE_COMPLETE';
}

/**
 * What is wrong with a stack whose API somebody deleted, and the way out. CloudFormation keeps the ID of the API, so each change of a part of
 * the API fails: https://repost.aws/knowledge-center/failing-stack-updates-deleted
 */
export function apiIsGone({
  stackName,
  apiId,
  stage,
}: {
  readonly stackName: string;
  readonly apiId: string;
  readonly stage: string;
}): string {
  return `The stack ${stackName} names an API that no longer exists: ${apiId}. Somebody has deleted it past CloudFormation, which cannot update the stack any more. ${wayOutOfMissingApi(stage)}`;
}

/** The steps that lead to a stage with an API, in sentences. */
export function wayOutOfMissingApi(stage: string): string {
  return `Remove the service and deploy both again: npx sls api:remove --stage ${stage} && npx sls deploy --stage ${stage}. The new API has another ID: callers that others deploy need its URL, and the first command names the tables that go.`;
}

function isOfType(...types: readonly string[]) {
  return ({ ResourceType = '' }: StackResourceSummary) => types.includes(ResourceType);
}

/** The caller function of a stage. */
export interface DeployedCaller extends Pick<FunctionFacts, 'name'> {
  readonly arn: string;
  /** Why its environment is not known. */
  readonly unread?: Unread | undefined;
  /** Empty if it was not read. */
  readonly environment: FunctionFacts['environment'];
}

/**
 * Finds a function of the caller's service through its stack.
 * @param functionKey its name in serverless.yml. Default: the first function
 * @throws ReadError if the stack cannot be read, or if the stack or the function is missing
 */
export async function findDeployedCaller(
  open: Pick<OpenStage, 'stage' | 'region' | 'caller'>,
  reader: PolicyReader,
  functionKey = FIRST_FUNCTION,
): Promise<DeployedCaller> {
  const { name, arn } = await findCallerFunction(open, functionKey);
  const { facts, unread } = await find(open.caller.accountId, () => reader.function(arn));
  if (facts !== undefined) return facts;
  if (unread === undefined) throw deleted(`The function ${name}`, open.stage);
  return { arn, name, environment: {}, unread };
}

/**
 * Finds the name of a function of a caller's service through its stack.
 * @param functionKey its name in serverless.yml. Default: the first function
 * @param service Default: that of the first caller
 * @throws ReadError if the stack is missing
 */
export async function findCallerFunction(
  { stage, region, caller: account }: Pick<OpenStage, 'stage' | 'region' | 'caller'>,
  functionKey = FIRST_FUNCTION,
  service?: Pick<ProjectService, 'name'>,
): Promise<{ readonly name: string; readonly arn: string }> {
  const stackName = service === undefined ? stageNames(stage).caller : nameOf(service, stage);
  const stack = await readStack(account, stackName, stage);
  const logicalId = `${functionLogicalName(functionKey)}LambdaFunction`;
  const isCaller = ({ LogicalResourceId }: StackResourceSummary) => LogicalResourceId === logicalId;
  const name = physicalIdOf(stack, isCaller, stage);
  return { name, arn: `${functionsOf(stack, account, region)}:${name}` };
}

/** The prefix of the ARNs of a region's functions. */
function functionsOf({ id }: Stack, { accountId }: Account, region: string): string {
  return `arn:${parseArn(id).partition}:lambda:${region}:${accountId}:function`;
}

/**
 * The permissions of API Gateway by function. The framework calls the resources of a function with an `http` event
 * `<Name>LambdaFunction` and `<Name>LambdaPermissionApiGateway`, and with an `httpApi` event `<Name>LambdaPermissionHttpApi`.
 */
function permissionIdsOf({ resources }: Stack, functionArnPrefix: string): ReadonlyMap<string, string> {
  const physicalIds = new Map(
    resources.map(({ LogicalResourceId, PhysicalResourceId }) => [LogicalResourceId, PhysicalResourceId]),
  );
  const ids = new Map<string, string>();
  for (const [logicalId = '', physicalId] of physicalIds) {
    const [, name] = /^(.+)LambdaPermission(?:ApiGateway|HttpApi)$/.exec(logicalId) ?? [];
    const functionName = name && physicalIds.get(`${name}LambdaFunction`);
    if (functionName && physicalId) ids.set(`${functionArnPrefix}:${functionName}`, physicalId);
  }
  return ids;
}

interface Stack {
  readonly name: string;
  readonly id: string;
  readonly outputs: ReadonlyMap<string, string>;
  readonly resources: readonly StackResourceSummary[];
}

/** States in which a stack has no resources that work. */
const unusable = /^(DELETE_|REVIEW_|CREATE_FAILED|CREATE_IN_PROGRESS|ROLLBACK_)/;

async function readStack(account: Account, name: string, stage: string): Promise<Stack> {
  const { read } = account;
  const client = cloudFormationOf(account);
  const described = await read(() => client.send(new DescribeStacksCommand({ StackName: name })));
  const stack = described?.Stacks?.[0];
  const where = `in account ${account.accountId} (${withoutCapital(account.source.subject)})`;
  if (stack === undefined) throw notDeployed(`The stack ${name} ${where}`, stage);
  const status = stack.StackStatus ?? '';
  const resources = (await read(() => listResources(client, name))) ?? [];
  if (unusable.test(status)) {
    const blocked = whyBlocked(name, status, failedResources(status, resources));
    if (blocked === undefined) throw notDeployed(`The stack ${name} ${where} is in ${status} and`, stage);
    throw new ReadError('NOT_DEPLOYED', withWayOut(blocked, stage));
  }
  const outputs = (stack.Outputs ?? []).map(
    ({ OutputKey = '', OutputValue = '' }) => [OutputKey, OutputValue] as const,
  );
  return { name, id: stack.StackId ?? '', outputs: new Map(outputs), resources };
}

async function listResources(
  client: CloudFormationClient,
  StackName: string,
): Promise<readonly StackResourceSummary[]> {
  const resources: StackResourceSummary[] = [];
  const pages = paginateListStackResources({ client }, { StackName });
  for await (const page of pages) resources.push(...(page.StackResourceSummaries ?? []));
  return resources;
}

/** @throws ReadError if no resource fits */
function physicalIdOf(
  { name, resources }: Stack,
  fits: (resource: StackResourceSummary) => boolean,
  stage: string,
): string {
  const id = resources.find(
    (each) => fits(each) && each.PhysicalResourceId !== undefined,
  )?.PhysicalResourceId;
  if (id === undefined) throw notDeployed(`A resource that the chain needs, of stack ${name},`, stage);
  return id;
}

/** @param what the subject of a sentence: a resource that a stack has, and its service does not */
function deleted(what: string, stage: string): ReadError {
  return new ReadError(
    'NOT_DEPLOYED',
    `${what} does not exist, and its stack has it: somebody has deleted it, and no deployment makes it again. This does: ${callWith('repair', `--stage ${stage} --yes`)}`,
  );
}

/** @param what the subject of a sentence */
export function notDeployed(what: string, stage: string): ReadError {
  return new ReadError(
    'NOT_DEPLOYED',
    `${what} is not deployed. Deploy both services: npx sls deploy --stage ${stage}`,
  );
}

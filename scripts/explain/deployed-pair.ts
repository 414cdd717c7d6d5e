import {
  DescribeStacksCommand,
  paginateListStackResources,
  type StackResourceSummary,
} from '@aws-sdk/client-cloudformation';
import type { Link, Pair, PolicyReader } from '@cross-account-api/local-aws/explain';
import { defaultSessionName } from '../../libs/assume-role/src/session-name.ts';
import type { Account } from './account.ts';
import { ExplainError } from './explain-error.ts';
import type { OpenStage } from './open-stage.ts';

/** The pair as it is deployed, and whether the caller is configured for the API. */
export interface DeployedPair {
  readonly pair: Pair;
  /** The URL that callers use: AWS's with the stage, or that of a custom domain. */
  readonly apiUrl: string;
  /** The API's URL of AWS, with its stage. */
  readonly defaultUrl: string;
  /** The table that remembers idempotency keys; absent if the stage has none. */
  readonly idempotencyTable: string | undefined;
  readonly configuration: Link;
}

/** The framework's logical ID of the function `caller` in services/caller. */
const CALLER_FUNCTION = 'CallerLambdaFunction';

/** The logical ID of the table in services/api/idempotency.yml. */
const IDEMPOTENCY_TABLE = 'IdempotencyTable';

/**
 * Finds the pair of a stage through its two stacks. What the caller sends is read from the environment of its function.
 * @throws ExplainError if a stack, the API or the function is missing
 */
export async function findDeployedPair(open: OpenStage, reader: PolicyReader): Promise<DeployedPair> {
  const { stage, region } = open;
  const [apiStack, callerStack] = await Promise.all([
    readStack(open.api, `cross-account-api-${stage}`, stage),
    readStack(open.caller, `cross-account-caller-${stage}`, stage),
  ]);
  const apiId = physicalIdOf(
    apiStack,
    ({ ResourceType }) => ResourceType === 'AWS::ApiGateway::RestApi',
    stage,
  );
  const functionName = physicalIdOf(
    callerStack,
    ({ LogicalResourceId }) => LogicalResourceId === CALLER_FUNCTION,
    stage,
  );
  const partition = apiStack.id.split(':')[1] ?? 'aws';
  const functionsOf = ({ accountId }: Account) => `arn:${partition}:lambda:${region}:${accountId}:function`;
  const [api, caller] = await Promise.all([
    reader.api({ accountId: open.api.accountId, region, apiId }),
    reader.function(`${functionsOf(open.caller)}:${functionName}`),
  ]);
  if (api === undefined) throw notDeployed(`The API ${apiId} of stack ${apiStack.name}`, stage);
  if (caller === undefined) throw notDeployed(`The function ${functionName}`, stage);

  const domain = partition === 'aws-cn' ? 'amazonaws.com.cn' : 'amazonaws.com';
  const defaultUrl = `https://${apiId}.execute-api.${region}.${domain}/${stage}`;
  const { INVOKE_ROLE_ARN, EXTERNAL_ID } = caller.environment;
  return {
    pair: {
      caller,
      invokeRoleArn: assumesRole(caller.environment)
        ? (INVOKE_ROLE_ARN ?? apiStack.outputs.get('InvokeRoleArn'))
        : undefined,
      externalId: EXTERNAL_ID,
      // As the middleware assumeRole sends it, from an execution environment that nobody has.
      sessionName: defaultSessionName(caller.name, '0'.repeat(32)),
      api,
      stage,
      permissionIds: permissionIdsOf(apiStack, functionsOf(open.api)),
    },
    apiUrl: apiStack.outputs.get('ApiUrl') ?? defaultUrl,
    defaultUrl,
    idempotencyTable: apiStack.resources.find(
      ({ LogicalResourceId }) => LogicalResourceId === IDEMPOTENCY_TABLE,
    )?.PhysicalResourceId,
    configuration: compareConfiguration(caller.environment, apiStack.outputs),
  };
}

/** Whether the caller is configured to assume a role. In access mode `resource-policy` it has neither variable. */
function assumesRole({ INVOKE_ROLE_ARN, EXTERNAL_ID }: Readonly<Record<string, string>>): boolean {
  return INVOKE_ROLE_ARN !== undefined || EXTERNAL_ID !== undefined;
}

/** Whether the caller is configured with what the api stack has. */
export function compareConfiguration(
  environment: Readonly<Record<string, string>>,
  outputs: ReadonlyMap<string, string>,
): Link {
  const variables = [
    ['API_URL', 'ApiUrl'] as const,
    ...(assumesRole(environment) ? [['INVOKE_ROLE_ARN', 'InvokeRoleArn'] as const] : []),
  ];
  const differences = variables.flatMap(([variable, output]) => {
    const [has, wanted] = [environment[variable], outputs.get(output)];
    return has === wanted
      ? []
      : [`${variable} is ${has ?? 'not set'}, and the api stack's ${output} is ${wanted ?? 'missing'}.`];
  });
  if (assumesRole(environment) && environment.EXTERNAL_ID === undefined) {
    differences.push('EXTERNAL_ID is not set.');
  }
  const holds = differences.length === 0;
  return {
    kind: 'configuration',
    title: 'the caller is configured with what the api stack has',
    holds,
    remedies: [],
    ...(!holds && { problem: differences.join(' ') }),
  };
}

/**
 * The permissions of API Gateway by function. The framework calls the resources of a function with an `http` event
 * `<Name>LambdaFunction` and `<Name>LambdaPermissionApiGateway`.
 */
function permissionIdsOf({ resources }: Stack, functionArnPrefix: string): ReadonlyMap<string, string> {
  const physicalIds = new Map(
    resources.map(({ LogicalResourceId, PhysicalResourceId }) => [LogicalResourceId, PhysicalResourceId]),
  );
  const ids = new Map<string, string>();
  for (const [logicalId = '', physicalId] of physicalIds) {
    const [, name] = /^(.+)LambdaPermissionApiGateway$/.exec(logicalId) ?? [];
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
  const { cloudFormation: client, read } = account;
  const described = await read(() => client.send(new DescribeStacksCommand({ StackName: name })));
  const stack = described?.Stacks?.[0];
  const where = `in account ${account.accountId} (profile ${account.profile})`;
  if (stack === undefined) throw notDeployed(`The stack ${name} ${where}`, stage);
  if (unusable.test(stack.StackStatus ?? '')) {
    throw notDeployed(`The stack ${name} ${where} is in ${stack.StackStatus} and`, stage);
  }
  const resources: StackResourceSummary[] = [];
  await read(async () => {
    const pages = paginateListStackResources({ client }, { StackName: name });
    for await (const page of pages) resources.push(...(page.StackResourceSummaries ?? []));
  });
  const outputs = (stack.Outputs ?? []).map(
    ({ OutputKey = '', OutputValue = '' }) => [OutputKey, OutputValue] as const,
  );
  return { name, id: stack.StackId ?? '', outputs: new Map(outputs), resources };
}

/** @throws ExplainError if no resource fits */
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

function notDeployed(what: string, stage: string): ExplainError {
  return new ExplainError(
    'NOT_DEPLOYED',
    `${what} is not deployed. Deploy both services: npx sls deploy --stage ${stage}`,
  );
}

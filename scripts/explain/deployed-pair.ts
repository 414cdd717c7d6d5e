import { DescribeStacksCommand, paginateListStackResources } from '@aws-sdk/client-cloudformation';
import type { Link, Pair, PolicyReader } from '@cross-account-api/local-aws/explain';
import type { Account } from './account.ts';
import { ExplainError } from './explain-error.ts';
import type { OpenStage } from './open-stage.ts';

/** The pair as it is deployed, and whether its two halves know each other. */
export interface DeployedPair {
  readonly pair: Pair;
  readonly configuration: Link;
}

/** As the framework names it: the function `caller` of services/caller. */
const CALLER_FUNCTION = 'CallerLambdaFunction';

/**
 * Finds what is deployed of a stage through its two stacks. What the caller does is taken from its function's
 * environment, which is what it really uses.
 * @throws ExplainError where a stack, the API or the function is missing
 */
export async function findDeployedPair(open: OpenStage, reader: PolicyReader): Promise<DeployedPair> {
  const { stage, region } = open;
  const [apiStack, callerStack] = await Promise.all([
    readStack(open.api, `cross-account-api-${stage}`, stage),
    readStack(open.caller, `cross-account-caller-${stage}`, stage),
  ]);
  const apiId = apiStack.resource((type) => type === 'AWS::ApiGateway::RestApi');
  const functionName = callerStack.resource((_, logicalId) => logicalId === CALLER_FUNCTION);
  const partition = apiStack.id.split(':')[1] ?? 'aws';
  const functionArn = `arn:${partition}:lambda:${region}:${open.caller.accountId}:function:${functionName}`;
  const [api, caller] = await Promise.all([
    reader.api({ accountId: open.api.accountId, region, apiId }),
    reader.function(functionArn),
  ]);
  if (api === undefined) throw notDeployed(`The API ${apiId} of stack ${apiStack.name}`, stage);
  if (caller === undefined) throw notDeployed(`The function ${functionName}`, stage);

  const { INVOKE_ROLE_ARN, EXTERNAL_ID } = caller.environment;
  const invokeRoleArn = INVOKE_ROLE_ARN ?? apiStack.outputs.get('InvokeRoleArn');
  if (invokeRoleArn === undefined)
    throw notDeployed(`The output InvokeRoleArn of stack ${apiStack.name}`, stage);
  return {
    pair: {
      caller,
      invokeRoleArn,
      ...(EXTERNAL_ID === undefined ? {} : { externalId: EXTERNAL_ID }),
      // What the middleware assumeRole calls its sessions.
      sessionName: caller.name.slice(0, 64),
      api,
      stage,
      permissionIds: permissionIdsOf(apiStack, `arn:${partition}:lambda:${region}:${open.api.accountId}`),
    },
    configuration: compareConfiguration(caller.environment, apiStack.outputs),
  };
}

/** Whether the caller is configured with what the api stack has. */
export function compareConfiguration(
  environment: Readonly<Record<string, string>>,
  outputs: ReadonlyMap<string, string>,
): Link {
  const differences = [['API_URL', 'ApiUrl'] as const, ['INVOKE_ROLE_ARN', 'InvokeRoleArn'] as const].flatMap(
    ([variable, output]) => {
      const [has, wanted] = [environment[variable], outputs.get(output)];
      return has === wanted
        ? []
        : [`${variable} is ${has ?? 'not set'}, and the api stack's ${output} is ${wanted ?? 'missing'}.`];
    },
  );
  if (environment.EXTERNAL_ID === undefined) differences.push('EXTERNAL_ID is not set.');
  const link = {
    kind: 'configuration',
    title: 'the caller is configured with what the api stack has',
  } as const;
  return differences.length === 0
    ? { ...link, holds: true, remedies: [] }
    : { ...link, holds: false, remedies: [], problem: differences.join(' ') };
}

/** As the framework names the resources of a function with an `http` event: `<Name>LambdaFunction` and so on. */
function permissionIdsOf({ resources }: Stack, lambda: string): ReadonlyMap<string, string> {
  const physicalIds = new Map(resources.map(({ logicalId, physicalId }) => [logicalId, physicalId]));
  const ids = new Map<string, string>();
  for (const [logicalId, physicalId] of physicalIds) {
    const [, name] = /^(.+)LambdaPermissionApiGateway$/.exec(logicalId) ?? [];
    const functionName = name && physicalIds.get(`${name}LambdaFunction`);
    if (functionName !== undefined) ids.set(`${lambda}:function:${functionName}`, physicalId);
  }
  return ids;
}

interface Stack {
  readonly name: string;
  readonly id: string;
  readonly outputs: ReadonlyMap<string, string>;
  readonly resources: readonly StackResource[];
  /** The physical ID of the first resource that fits. @throws ExplainError where none does */
  resource(fits: (type: string, logicalId: string) => boolean): string;
}

interface StackResource {
  readonly type: string;
  readonly logicalId: string;
  readonly physicalId: string;
}

/** States in which a stack has no resources that work. */
const unusable = /^(DELETE_|REVIEW_|CREATE_FAILED|CREATE_IN_PROGRESS|ROLLBACK_)/;

async function readStack(account: Account, name: string, stage: string): Promise<Stack> {
  const { cloudFormation, read } = account;
  const described = await read(() => cloudFormation.send(new DescribeStacksCommand({ StackName: name })));
  const stack = described?.Stacks?.[0];
  const where = `in account ${account.accountId} (profile ${account.profile})`;
  if (stack === undefined) throw notDeployed(`The stack ${name} ${where}`, stage);
  if (unusable.test(stack.StackStatus ?? '')) {
    throw notDeployed(`The stack ${name} ${where} is in ${stack.StackStatus} and`, stage);
  }
  const resources: StackResource[] = [];
  await read(async () => {
    const pages = paginateListStackResources({ client: cloudFormation }, { StackName: name });
    for await (const page of pages) {
      for (const {
        ResourceType = '',
        LogicalResourceId = '',
        PhysicalResourceId,
      } of page.StackResourceSummaries ?? []) {
        if (PhysicalResourceId === undefined) continue;
        resources.push({ type: ResourceType, logicalId: LogicalResourceId, physicalId: PhysicalResourceId });
      }
    }
  });
  return {
    name,
    id: stack.StackId ?? '',
    outputs: new Map(
      (stack.Outputs ?? []).map(({ OutputKey = '', OutputValue = '' }) => [OutputKey, OutputValue]),
    ),
    resources,
    resource(fits) {
      const found = resources.find(({ type, logicalId }) => fits(type, logicalId));
      if (found === undefined) throw notDeployed(`What the chain needs of stack ${name}`, stage);
      return found.physicalId;
    },
  };
}

function notDeployed(what: string, stage: string): ExplainError {
  return new ExplainError(
    'NOT_DEPLOYED',
    `${what} is not deployed. Deploy both services: npx sls deploy --stage ${stage}`,
  );
}

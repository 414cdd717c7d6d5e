import type { APIGatewayClient, APIGatewayClientConfig, MethodSnapshot } from '@aws-sdk/client-api-gateway';
import type { CloudFormationClient } from '@aws-sdk/client-cloudformation';
import type { Framework, Utilities } from '../framework.ts';
import { Mistake } from '../mistake.ts';
import { DEPLOYMENT_PARAMETER } from '../template/two-deployments.ts';

/**
 * Makes sure that the API's stage points to a deployment with exactly the routes of serverless.yml, and their authorization, when `sls deploy`
 * or `sls rollback` returns.
 *
 * It reads the control plane only: API Gateway takes some seconds until callers see that deployment.
 * `deployTwice` explains why the routes may differ. `CreateDeployment` would be shorter. But CloudFormation would not know that
 * deployment: a later update that fails would roll the stage back to the old snapshot, with removed routes, and such deployments
 * would pile up.
 * @throws Mistake
 */
export async function serveRoutes(framework: Framework, { progress }: Utilities): Promise<void> {
  const provider = framework.getProvider('aws');
  const [apiGatewaySdk, cloudFormationSdk] = await Promise.all([
    import('@aws-sdk/client-api-gateway'),
    import('@aws-sdk/client-cloudformation'),
  ]);
  const config: APIGatewayClientConfig = await provider.getAwsSdkV3Config();
  const apiGateway = new apiGatewaySdk.APIGatewayClient(config);
  const cloudFormation = new cloudFormationSdk.CloudFormationClient(config);
  const StackName = provider.naming.getStackName();
  let routes: string[] = [];
  try {
    routes = await outdatedRoutes(apiGateway, cloudFormation, StackName);
    if (routes.length === 0) return;
    progress.get('main').notice(`Updating the API's stage (${routes.join(', ')})`);
    await renew(cloudFormation, StackName);
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    throw new Mistake(
      `The stack is deployed, but its stage may still point to routes that were removed${routes.length === 0 ? '' : ` (${routes.join(', ')})`}: ${reason}\nSolve that, and deploy again: npx sls deploy --stage ${provider.getStage()}`,
    );
  } finally {
    apiGateway.destroy();
    cloudFormation.destroy();
  }
}

/**
 * The routes that only the stage serves or only the API has, and those that let in others.
 * @returns e.g. `['GET /old']`
 */
async function outdatedRoutes(
  apiGateway: APIGatewayClient,
  cloudFormation: CloudFormationClient,
  StackName: string,
): Promise<string[]> {
  const { GetDeploymentCommand, GetStageCommand, paginateGetResources } = await import(
    '@aws-sdk/client-api-gateway'
  );
  const { DescribeStackResourceCommand } = await import('@aws-sdk/client-cloudformation');
  const physicalId = async (LogicalResourceId: string) => {
    const { StackResourceDetail } = await cloudFormation.send(
      new DescribeStackResourceCommand({ StackName, LogicalResourceId }),
    );
    return StackResourceDetail?.PhysicalResourceId;
  };
  const restApiId = await physicalId('ApiGatewayRestApi');
  const stageName = await physicalId('ApiGatewayStage');
  const { deploymentId } = await apiGateway.send(new GetStageCommand({ restApiId, stageName }));
  const { apiSummary = {} } = await apiGateway.send(
    new GetDeploymentCommand({ restApiId, deploymentId, embed: ['apisummary'] }),
  );
  const served = new Map(Object.entries(apiSummary).flatMap(([path, methods]) => routesOf(path, methods)));

  const present: Routes = new Map();
  for await (const { items = [] } of paginateGetResources(
    { client: apiGateway },
    { restApiId, limit: 500, embed: ['methods'] },
  )) {
    for (const { path = '', resourceMethods = {} } of items) {
      for (const [route, method] of routesOf(path, resourceMethods)) present.set(route, method);
    }
  }
  const isServed = (route: string, method: MethodSnapshot) => {
    const other = served.get(route);
    return other !== undefined && letsInAlike(method, other);
  };
  return [
    ...[...served.keys()].filter((route) => !present.has(route)),
    ...[...present].filter(([route, method]) => !isServed(route, method)).map(([route]) => route),
  ];
}

/** Methods by their routes, such as `GET /old`. */
type Routes = Map<string, MethodSnapshot>;

function routesOf(
  path: string,
  methods: Readonly<Record<string, MethodSnapshot>>,
): readonly (readonly [string, MethodSnapshot])[] {
  return Object.entries(methods).map(([method, snapshot]) => [`${method} ${path}`, snapshot]);
}

/** Whether two methods ask callers for the same. A snapshot tells no more of a method, and what it does not tell is no difference. */
function letsInAlike(method: MethodSnapshot, other: MethodSnapshot): boolean {
  return (['authorizationType', 'apiKeyRequired'] as const).every(
    (key) => method[key] === undefined || other[key] === undefined || method[key] === other[key],
  );
}

/** Moves the stage to a new deployment of the deployed template. */
async function renew(cloudFormation: CloudFormationClient, StackName: string): Promise<void> {
  const { DescribeStacksCommand, UpdateStackCommand, waitUntilStackUpdateComplete } = await import(
    '@aws-sdk/client-cloudformation'
  );
  const describe = async () =>
    (await cloudFormation.send(new DescribeStacksCommand({ StackName }))).Stacks?.[0];
  const stack = await describe();
  const parameters = stack?.Parameters ?? [];
  const current = parameters.find(({ ParameterKey }) => ParameterKey === DEPLOYMENT_PARAMETER);
  await cloudFormation.send(
    new UpdateStackCommand({
      StackName,
      UsePreviousTemplate: true,
      Capabilities: stack?.Capabilities,
      Parameters: parameters.map(({ ParameterKey }) =>
        ParameterKey === DEPLOYMENT_PARAMETER
          ? { ParameterKey, ParameterValue: current?.ParameterValue === 'A' ? 'B' : 'A' }
          : { ParameterKey, UsePreviousValue: true },
      ),
    }),
  );
  try {
    await waitUntilStackUpdateComplete(
      { client: cloudFormation, maxWaitTime: 900, minDelay: 1, maxDelay: 5 },
      { StackName },
    );
  } catch (cause) {
    // The SDK's message is its whole last response.
    const status = (await describe())?.StackStatus;
    throw new Error(`the second update of stack ${StackName} led to ${status}; the stack's events say why`, {
      cause,
    });
  }
}

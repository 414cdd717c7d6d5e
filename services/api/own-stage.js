import { createHash } from 'node:crypto';
import {
  APIGatewayClient,
  GetDeploymentCommand,
  GetStageCommand,
  paginateGetResources,
} from '@aws-sdk/client-api-gateway';
import {
  CloudFormationClient,
  DescribeStackResourceCommand,
  DescribeStacksCommand,
  UpdateStackCommand,
  waitUntilStackUpdateComplete,
} from '@aws-sdk/client-cloudformation';

/** The stack parameter that says which of the template's two deployments the stage is at: `A` or `B`. */
const PARAMETER = 'ApiGatewayDeployment';

/**
 * A plugin that leaves the API's stage to the resource `ApiGatewayStage` of serverless.yml, and sees to it that the stage
 * serves exactly the routes of serverless.yml once `sls deploy` or `sls rollback` returns.
 *
 * The framework creates the stage with its deployment, which cannot set throttling or logs: CloudFormation takes a
 * `StageDescription` only as long as there is no such stage, so every deployment after the first would fail.
 *
 * A deployment is a snapshot of the API. CloudFormation takes it too early when a route is removed: an update first creates
 * and changes resources, the deployment among them, and deletes what is no longer in the template only in its clean-up. So
 * the snapshot still holds the removed route. Therefore the template has the deployment twice, each under a condition, and
 * a parameter chooses. If the stage serves other routes than the API has after an update, this plugin updates the stack
 * once more with the other choice: CloudFormation then takes a new snapshot, without the removed route, moves the stage to
 * it, and deletes the old one.
 *
 * A call of `CreateDeployment` would be shorter. But CloudFormation would not know of that deployment: a later update that
 * fails would roll the stage back to the old snapshot, removed routes included, and nobody would delete what piles up.
 */
export default class OwnStage {
  /**
   * @param {Serverless} serverless
   * @param {unknown} _options
   * @param {{ progress: { get(name: 'main'): { notice(message: string): void } } }} utilities
   */
  constructor(serverless, _options, { progress }) {
    const { service, classes } = serverless;
    const provider = serverless.getProvider('aws');

    const serveRoutes = async () => {
      const config = await provider.getAwsSdkV3Config();
      const stage = new DeployedStage(config, provider.naming.getStackName());
      /** @type {string[]} */
      let routes = [];
      try {
        routes = await stage.outdatedRoutes(provider.naming.getRestApiLogicalId());
        if (routes.length === 0) return;
        progress.get('main').notice(`Updating the API's stage (${routes.join(', ')})`);
        await stage.renew();
      } catch (error) {
        const reason = error instanceof Error ? error.message : String(error);
        throw new classes.Error(
          `The stack is deployed, but its stage may still serve routes that were removed${routes.length === 0 ? '' : ` (${routes.join(', ')})`}: ${reason}\nSolve that, and deploy again: npx sls deploy --stage ${provider.getStage()}`,
          'OWN_STAGE_OUTDATED',
        );
      }
    };

    this.hooks = {
      // Now the resources of serverless.yml are in the template, and it is not written yet.
      'after:aws:package:finalize:mergeCustomProviderResources': () => {
        if (!deployTwice(service.provider.compiledCloudFormationTemplate)) {
          throw new classes.Error(
            'The template has no AWS::ApiGateway::Deployment or no ApiGatewayStage: own-stage.js needs both, see services/api/serverless.yml.',
            'OWN_STAGE',
          );
        }
      },
      // Also where the framework skips a deployment without changes: the one before it may have failed half-way.
      'after:deploy:deploy': serveRoutes,
      'after:rollback:rollback': serveRoutes,
    };
  }
}

/**
 * Replaces the framework's deployment by two, of which the stack's parameter chooses one for `ApiGatewayStage`.
 *
 * The framework makes a deployment each time, under a new logical ID. Here the ID comes from the template, so that a
 * deployment without changes changes nothing. It comes from all of the template, as a method may refer to any resource: if
 * a function gets another name, its method stays the same text.
 * @param {Template} template is changed
 * @returns {boolean} false if the template lacks a deployment or the stage; then it is unchanged
 */
function deployTwice(template) {
  const { Resources } = template;
  const found = Object.entries(Resources).find(([, { Type }]) => Type === 'AWS::ApiGateway::Deployment');
  const stage = Resources.ApiGatewayStage;
  if (found === undefined || stage === undefined) return false;

  const [frameworkId, { Properties: properties, ...deployment }] = found;
  delete Resources[frameworkId];
  // The stage is a resource of its own.
  const { StageName: _, ...Properties } = properties;
  const id = `ApiGatewayDeployment${fingerprint(Resources)}`;
  for (const choice of ['A', 'B']) {
    const Condition = `${PARAMETER}Is${choice}`;
    template.Conditions = {
      ...template.Conditions,
      [Condition]: { 'Fn::Equals': [{ Ref: PARAMETER }, choice] },
    };
    Resources[id + choice] = { ...deployment, Condition, Properties };
  }
  template.Parameters = {
    ...template.Parameters,
    [PARAMETER]: {
      Type: 'String',
      AllowedValues: ['A', 'B'],
      Default: 'A',
      Description: 'Changes when the stage needs a new deployment of the same template: see own-stage.js',
    },
  };
  stage.Properties.DeploymentId = { 'Fn::If': [`${PARAMETER}IsA`, { Ref: `${id}A` }, { Ref: `${id}B` }] };
  return true;
}

/** What the resources are, apart from where this deployment has uploaded the functions' code. */
function fingerprint(/** @type {Template['Resources']} */ resources) {
  const sorted = Object.entries(resources).sort(([a], [b]) => (a < b ? -1 : 1));
  const text = JSON.stringify(sorted, (key, value) => (key === 'S3Key' ? undefined : value));
  return createHash('sha256').update(text).digest('hex').slice(0, 16);
}

/** The stage of a deployed stack. Its methods throw the SDK's errors. */
class DeployedStage {
  /**
   * @param {object} config of the SDK's clients
   * @param {string} stackName
   */
  constructor(config, stackName) {
    this.apiGateway = new APIGatewayClient(config);
    this.cloudFormation = new CloudFormationClient(config);
    this.stackName = stackName;
  }

  /**
   * The routes that the stage serves and the API no longer has, or the other way round.
   * @param {string} restApiLogicalId
   * @returns {Promise<string[]>} e.g. `['GET /old']`
   */
  async outdatedRoutes(restApiLogicalId) {
    const restApiId = await this.#physicalId(restApiLogicalId);
    const stageName = await this.#physicalId('ApiGatewayStage');
    const { deploymentId } = await this.apiGateway.send(new GetStageCommand({ restApiId, stageName }));
    const { apiSummary = {} } = await this.apiGateway.send(
      new GetDeploymentCommand({ restApiId, deploymentId, embed: ['apisummary'] }),
    );
    const served = Object.entries(apiSummary).flatMap(([path, methods]) => routesOf(path, methods));

    /** @type {string[]} */
    const present = [];
    for await (const { items = [] } of paginateGetResources(
      { client: this.apiGateway },
      { restApiId, limit: 500, embed: ['methods'] },
    )) {
      for (const { path = '', resourceMethods = {} } of items) {
        present.push(...routesOf(path, resourceMethods));
      }
    }
    return [
      ...served.filter((route) => !present.includes(route)),
      ...present.filter((route) => !served.includes(route)),
    ];
  }

  /** Moves the stage to a new deployment of the template that is deployed. */
  async renew() {
    const { stackName: StackName } = this;
    const { Stacks: [stack] = [] } = await this.cloudFormation.send(new DescribeStacksCommand({ StackName }));
    const parameters = stack?.Parameters ?? [];
    const current = parameters.find(({ ParameterKey }) => ParameterKey === PARAMETER)?.ParameterValue;
    await this.cloudFormation.send(
      new UpdateStackCommand({
        StackName,
        UsePreviousTemplate: true,
        Capabilities: stack?.Capabilities,
        Parameters: parameters.map(({ ParameterKey }) =>
          ParameterKey === PARAMETER
            ? { ParameterKey, ParameterValue: current === 'A' ? 'B' : 'A' }
            : { ParameterKey, UsePreviousValue: true },
        ),
      }),
    );
    try {
      await waitUntilStackUpdateComplete(
        { client: this.cloudFormation, maxWaitTime: 900, minDelay: 1, maxDelay: 5 },
        { StackName },
      );
    } catch (cause) {
      // The SDK's message is its whole last response.
      const { Stacks = [] } = await this.cloudFormation.send(new DescribeStacksCommand({ StackName }));
      const status = Stacks[0]?.StackStatus;
      throw new Error(
        `the second update of stack ${StackName} led to ${status}; the stack's events say why`,
        { cause },
      );
    }
  }

  async #physicalId(/** @type {string} */ LogicalResourceId) {
    const { StackResourceDetail } = await this.cloudFormation.send(
      new DescribeStackResourceCommand({ StackName: this.stackName, LogicalResourceId }),
    );
    return StackResourceDetail?.PhysicalResourceId;
  }
}

function routesOf(/** @type {string} */ path, /** @type {object} */ methods) {
  return Object.keys(methods).map((method) => `${method} ${path}`);
}

/**
 * @typedef {{
 *   Resources: Record<string, { Type: string, Properties: Record<string, unknown>, Condition?: string }>,
 *   Parameters?: Record<string, unknown>,
 *   Conditions?: Record<string, unknown>,
 * }} Template
 *
 * @typedef {{
 *   service: { provider: { compiledCloudFormationTemplate: Template } },
 *   classes: { Error: new (message: string, code: string) => Error },
 *   getProvider(name: 'aws'): {
 *     getAwsSdkV3Config(): Promise<object>,
 *     getStage(): string,
 *     naming: { getStackName(): string, getRestApiLogicalId(): string },
 *   },
 * }} Serverless what this plugin uses of the framework
 */

import { AwsError } from '../../../core/errors.ts';
import type { DeployedApi, DeployedMethod, RequestValidation, RequiredParameter } from '../deployed-api.ts';
import type { Deployment, Method, RestApi, Stage } from '../rest-api.ts';
import { deploymentOf, notFound, randomId } from '../store.ts';
import { compileModel } from './model-schema.ts';

/**
 * Takes a copy of the API as it is now; later changes do not touch it.
 * @throws AwsError `BadRequestException` where the API has no method, or a method no integration
 */
export function addDeployment(api: RestApi, now: Date, description: string | undefined): Deployment {
  const deployment: Deployment = {
    id: randomId(6),
    ...(description === undefined ? {} : { description }),
    createdDate: now,
    api: snapshot(api),
  };
  api.deployments.set(deployment.id, deployment);
  return deployment;
}

/**
 * Removes a deployment.
 * @throws AwsError `BadRequestException` while a stage points to it
 */
export function removeDeployment(api: RestApi, id: string): void {
  for (const stage of api.stages.values()) {
    if (stage.deploymentId === id) {
      throw new AwsError(
        'BadRequestException',
        'Active stages pointing to this deployment must be moved or deleted',
      );
    }
  }
  api.deployments.delete(id);
}

/**
 * Adds a stage that points to a deployment.
 * @throws AwsError `ConflictException` where the name is taken, `BadRequestException` for an invalid name
 */
export function addStage(api: RestApi, stageName: string, deploymentId: string, now: Date): Stage {
  if (!/^\w[\w-]{0,127}$/.test(stageName)) {
    throw new AwsError('BadRequestException', 'Stage name only allows a-zA-Z0-9_-');
  }
  if (api.stages.has(stageName)) {
    throw new AwsError('ConflictException', 'Stage already exists', 409);
  }
  deploymentOf(api, deploymentId);
  const stage: Stage = {
    stageName,
    createdDate: now,
    lastUpdatedDate: now,
    deploymentId,
    variables: {},
    tracingEnabled: false,
    methodSettings: new Map(),
    tags: {},
  };
  api.stages.set(stageName, stage);
  return stage;
}

function snapshot(api: RestApi): DeployedApi {
  const resources = [...api.resources.values()].map((resource) => ({
    id: resource.id,
    path: resource.path,
    methods: new Map(
      [...resource.methods].map(([name, method]) => [name, deployMethod(api, method)] as const),
    ),
  }));
  if (resources.every(({ methods }) => methods.size === 0)) {
    throw new AwsError('BadRequestException', "The REST API doesn't contain any methods");
  }
  return {
    ...(api.settings.policy === undefined ? {} : { policy: api.settings.policy }),
    binaryMediaTypes: api.settings.binaryMediaTypes,
    resources,
    gatewayResponses: new Map(api.gatewayResponses),
  };
}

function deployMethod(api: RestApi, method: Method): DeployedMethod {
  if (method.integration === undefined) {
    throw new AwsError('BadRequestException', 'No integration defined for method');
  }
  const validation = requestValidation(api, method);
  return {
    httpMethod: method.httpMethod,
    authorizationType: method.authorizationType,
    integration: method.integration.compiled,
    ...(validation === undefined ? {} : { validation }),
  };
}

function requestValidation(api: RestApi, method: Method): RequestValidation | undefined {
  if (method.requestValidatorId === undefined) return undefined;
  const validator = api.requestValidators.get(method.requestValidatorId);
  if (validator === undefined) throw notFound('Invalid Request Validator identifier specified');
  const bodies = validator.validateRequestBody
    ? Object.entries(method.requestModels).map(([contentType, name]) => {
        const model = api.models.get(name);
        if (model === undefined) throw notFound(`Invalid model name specified: ${name}`);
        return [contentType.toLowerCase(), compileModel(model, api.models)] as const;
      })
    : [];
  return {
    requiredParameters: validator.validateRequestParameters ? requiredParameters(method) : [],
    bodies: new Map(bodies),
  };
}

function requiredParameters(method: Method): RequiredParameter[] {
  return (
    Object.entries(method.requestParameters)
      .filter(([, required]) => required)
      .flatMap(([parameter]) => {
        const match = /^method\.request\.(header|querystring|path)\.(.+)$/.exec(parameter);
        const [, location, name] = match ?? [];
        return location === undefined || name === undefined
          ? []
          : [{ location: location as RequiredParameter['location'], name }];
      })
      // The order in which API Gateway lists what is missing: by kind, then by name.
      .sort((a, b) => order(a).localeCompare(order(b)))
  );
}

function order(parameter: RequiredParameter): string {
  return `${parameter.location} ${parameter.name}`;
}

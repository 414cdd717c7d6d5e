import { defined } from '../../../core/defined.ts';
import {
  type ApiStore,
  type DeployedApi,
  type DeployedMethod,
  type Deployment,
  type Method,
  type RequestValidation,
  type RestApi,
  requestParameter,
} from '../store.ts';
import { isPrivate, randomId } from './api-collection.ts';
import { badRequest, found, partOf } from './errors.ts';
import { compileModel } from './model-schema.ts';

/** Adds a deployment: an immutable copy of the API. With `stageName`, creates the stage or points it to the deployment. */
export function addDeployment(
  store: ApiStore,
  api: RestApi,
  stageName: string | undefined,
  description: string | undefined,
): Deployment {
  const id = randomId(6);
  const deployment = { id, createdDate: store.clock.now(), api: snapshot(api), description };
  api.deployments.set(id, deployment);
  const stage = api.stages.get(stageName ?? '');
  try {
    if (stage !== undefined) store.updateStage(api, stage, { ...stage.settings, deploymentId: id });
    else if (stageName !== undefined) {
      const settings = { variables: {}, tracingEnabled: false, methodSettings: new Map() };
      store.addStage(api, stageName, { ...settings, deploymentId: id });
    }
  } catch (error) {
    api.deployments.delete(id);
    throw error;
  }
  return deployment;
}

/** Removes a deployment. @throws BadRequestException if a stage points to it */
export function removeDeployment(api: RestApi, id: string): void {
  if ([...api.stages.values()].some(({ settings }) => settings.deploymentId === id)) {
    throw badRequest('Active stages pointing to this deployment must be moved or deleted');
  }
  api.deployments.delete(id);
}

function snapshot(api: RestApi): DeployedApi {
  const resources = [...api.resources.values()].map((resource) => ({
    ...resource,
    methods: new Map([...resource.methods].map(([name, method]) => [name, deployMethod(api, method)])),
  }));
  if (resources.every(({ methods }) => methods.size === 0)) {
    throw badRequest("The REST API doesn't contain any methods");
  }
  const { binaryMediaTypes, policy } = api.settings;
  if (isPrivate(api) && policy === undefined) {
    throw badRequest("Private REST API doesn't have a resource policy attached to it");
  }
  return defined({ binaryMediaTypes, policy, resources, gatewayResponses: new Map(api.gatewayResponses) });
}

function deployMethod(api: RestApi, method: Method): DeployedMethod {
  const { httpMethod, authorizationType, integration } = method;
  if (integration === undefined) throw badRequest('No integration defined for method');
  const isCustom = authorizationType === 'CUSTOM';
  const authorizer = isCustom ? api.authorizers.get(method.authorizerId ?? '') : undefined;
  const validation = requestValidation(api, method);
  return defined({ httpMethod, authorizationType, integration, authorizer, validation });
}

function requestValidation(api: RestApi, method: Method): RequestValidation | undefined {
  if (method.requestValidatorId === undefined) return undefined;
  const validator = partOf(api.requestValidators, method.requestValidatorId, 'Request Validator');
  const models = validator.validateRequestBody ? Object.entries(method.requestModels) : [];
  const parameters = validator.validateRequestParameters ? Object.entries(method.requestParameters) : [];
  return {
    requiredParameters: parameters
      .flatMap(([parameter, isRequired]) => (isRequired ? (requestParameter(parameter) ?? []) : []))
      // API Gateway lists missing parameters by kind, then by name.
      .sort((a, b) => `${a.location} ${a.name}`.localeCompare(`${b.location} ${b.name}`)),
    bodies: new Map(
      models.map(([contentType, name]) => {
        const schema = found(api.models.get(name), `Invalid model name specified: ${name}`);
        return [contentType.toLowerCase(), compileModel(schema, api.models)];
      }),
    ),
  };
}

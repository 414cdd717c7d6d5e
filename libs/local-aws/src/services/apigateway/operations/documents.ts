import type { PolicyPrincipals } from '../../../core/policy-principals.ts';
import type { CustomGatewayResponse } from '../deployed-api.ts';
import { gatewayResponseStatus } from '../gateway-response-types.ts';
import type { Deployment, Method, Model, RequestValidator, Resource, RestApi, Stage } from '../rest-api.ts';

/** How API Gateway's answers show an API. Members that are `undefined` are left out by the protocol. */
export function restApiDocument({ settings, ...api }: RestApi, principals: PolicyPrincipals) {
  const policy = settings.policy && principals.showPrincipals(settings.policy);
  return {
    id: api.id,
    name: settings.name,
    description: settings.description,
    createdDate: api.createdDate,
    apiKeySource: settings.apiKeySource,
    binaryMediaTypes: settings.binaryMediaTypes.length === 0 ? undefined : settings.binaryMediaTypes,
    disableExecuteApiEndpoint: settings.disableExecuteApiEndpoint,
    endpointConfiguration: { types: settings.endpointTypes, ipAddressType: settings.ipAddressType },
    minimumCompressionSize: settings.minimumCompressionSize,
    // API Gateway escapes the policy's JSON text once more; Terraform and others undo it.
    policy: policy && JSON.stringify(JSON.stringify(policy)).slice(1, -1),
    rootResourceId: api.rootResourceId,
    tags: api.tags,
  };
}

/** @param embedMethods whether methods are shown in full (`?embed=methods`) or by name alone */
export function resourceDocument(resource: Resource, embedMethods: boolean) {
  const methods = [...resource.methods];
  return {
    id: resource.id,
    parentId: resource.parentId,
    pathPart: resource.pathPart,
    path: resource.path,
    resourceMethods:
      methods.length === 0
        ? undefined
        : Object.fromEntries(
            methods.map(([name, method]) => [name, embedMethods ? methodDocument(method) : {}]),
          ),
  };
}

/** A method with its integration. */
export function methodDocument(method: Method) {
  return {
    httpMethod: method.httpMethod,
    authorizationType: method.authorizationType,
    apiKeyRequired: false,
    operationName: method.operationName,
    requestValidatorId: method.requestValidatorId,
    requestParameters: nonEmpty(method.requestParameters),
    requestModels: nonEmpty(method.requestModels),
    methodResponses: nonEmpty(
      Object.fromEntries(
        method.methodResponses.map((response) => [
          response.statusCode,
          {
            statusCode: response.statusCode,
            responseParameters: nonEmpty(response.responseParameters),
            responseModels: nonEmpty(response.responseModels),
          },
        ]),
      ),
    ),
    methodIntegration: method.integration?.document,
  };
}

/** A model; its schema is shown as text. */
export function modelDocument(model: Model) {
  const { schema } = model;
  return { ...model, schema: typeof schema === 'string' ? schema : JSON.stringify(schema) };
}

/** A request validator. */
export function requestValidatorDocument(validator: RequestValidator) {
  return { ...validator };
}

/** A gateway response; `custom` is absent for one that nobody changed. */
export function gatewayResponseDocument(responseType: string, custom: CustomGatewayResponse | undefined) {
  return {
    responseType,
    defaultResponse: custom === undefined,
    statusCode: (custom?.statusCode ?? gatewayResponseStatus.get(responseType))?.toString(),
    responseParameters: custom?.responseParameters ?? {},
    responseTemplates: nonEmpty(custom?.responseTemplates ?? {}) ?? {
      'application/json': '{"message":$context.error.messageString}',
    },
  };
}

/** A deployment. */
export function deploymentDocument(deployment: Deployment) {
  return {
    id: deployment.id,
    description: deployment.description,
    createdDate: deployment.createdDate,
  };
}

/** The methods of a deployment by path and HTTP method (`GetDeployment` with `embed=apisummary`). */
export function apiSummary({ api }: Deployment) {
  return Object.fromEntries(
    api.resources
      .filter(({ methods }) => methods.size > 0)
      .map(({ path, methods }) => [
        path,
        Object.fromEntries(
          [...methods].map(([name, { authorizationType }]) => [
            name,
            { authorizationType, apiKeyRequired: false },
          ]),
        ),
      ]),
  );
}

/** A stage. */
export function stageDocument(stage: Stage) {
  return {
    stageName: stage.stageName,
    deploymentId: stage.deploymentId,
    description: stage.description,
    documentationVersion: stage.documentationVersion,
    createdDate: stage.createdDate,
    lastUpdatedDate: stage.lastUpdatedDate,
    cacheClusterEnabled: false,
    cacheClusterStatus: 'NOT_AVAILABLE',
    methodSettings: Object.fromEntries(stage.methodSettings),
    accessLogSettings: stage.accessLogSettings,
    tracingEnabled: stage.tracingEnabled,
    variables: nonEmpty(stage.variables),
    tags: nonEmpty(stage.tags),
  };
}

function nonEmpty<T extends object>(map: T): T | undefined {
  return Object.keys(map).length === 0 ? undefined : map;
}

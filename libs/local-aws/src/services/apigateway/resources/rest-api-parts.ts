import * as v from 'valibot';
import { defined } from '../../../core/defined.ts';
import { isObject } from '../../../core/is-object.ts';
import { parseJson } from '../../../core/parse-json.ts';
import { tagMap, templateTags } from '../../../protocols/shapes.ts';
import { withoutEffect } from '../../../protocols/without-effect.ts';
import type { ResourceType } from '../../resource-type.ts';
import { randomId } from '../definition/api-collection.ts';
import { addResource, putGatewayResponse, readMethod, removeResource } from '../definition/api-parts.ts';
import { badRequest, conflict, partOf } from '../definition/errors.ts';
import { authorizerEntries, readAuthorizer } from '../definition/lambda-authorizer.ts';
import { compileModel } from '../definition/model-schema.ts';
import {
  type Given,
  gatewayResponseEntries,
  integrationRole,
  methodEntries,
  off,
  stringMap,
  structure,
  unsupported,
} from '../definition/properties.ts';
import { addDeployment, removeDeployment } from '../definition/snapshot.ts';
import { accessLog, loggingLevels, methodSettingsOf, placeOfSettings } from '../definition/stage-settings.ts';
import type { ApiStore, RestApi, StageSettings } from '../store.ts';
import { partType } from './owners-and-parts.ts';

const RestApiId = v.string();
const text = v.optional(v.string());
const flag = v.optional(v.boolean());
const isOff = v.optional(v.boolean(), false);
const EXECUTION_LOGS = 'stages have access logs, and no execution logs';

const resourceProperties = v.strictObject({ RestApiId, ParentId: v.string(), PathPart: v.string() });
const methodProperties = v.strictObject({ RestApiId, ResourceId: v.string(), ...methodEntries });
const modelProperties = v.strictObject({
  RestApiId,
  Name: v.optional(
    v.pipe(v.string(), v.regex(/^[A-Za-z0-9]{1,128}$/, 'Model name must be alphanumeric: ^[a-zA-Z0-9]+$')),
  ),
  ContentType: v.optional(v.string(), 'application/json'),
  Description: withoutEffect(text, 'models cannot be read'),
  Schema: v.optional(v.union([v.string(), v.record(v.string(), v.unknown())]), {}),
});
const validatorProperties = v.strictObject({
  RestApiId,
  Name: withoutEffect(text, 'validators cannot be read'),
  ValidateRequestBody: isOff,
  ValidateRequestParameters: isOff,
});
const responseProperties = v.strictObject({ RestApiId, ...gatewayResponseEntries });
const authorizerProperties = v.strictObject({ RestApiId, ...authorizerEntries });
const deploymentProperties = v.strictObject({ RestApiId, Description: text, StageName: text });
const stageProperties = v.strictObject({
  RestApiId,
  DeploymentId: v.string(),
  StageName: v.optional(v.string(), 'default'),
  AccessLogSetting: v.optional(structure({ DestinationArn: text, Format: text })),
  CacheClusterEnabled: off('cache clusters'),
  CacheClusterSize: unsupported('cache clusters'),
  CanarySetting: unsupported('canary releases'),
  ClientCertificateId: unsupported('client certificates'),
  Description: text,
  DocumentationVersion: withoutEffect(text, 'APIs have no documentation'),
  MethodSettings: v.optional(
    v.array(
      structure({
        ResourcePath: v.optional(v.string(), '/*'),
        HttpMethod: v.optional(v.string(), '*'),
        DataTraceEnabled: withoutEffect(flag, EXECUTION_LOGS),
        LoggingLevel: withoutEffect(v.optional(v.picklist(loggingLevels)), EXECUTION_LOGS, 'OFF'),
        MetricsEnabled: withoutEffect(flag, 'there are no metrics'),
        ThrottlingBurstLimit: v.optional(v.number()),
        ThrottlingRateLimit: v.optional(v.number()),
        CachingEnabled: off('caching'),
      }),
    ),
    [],
  ),
  Tags: v.optional(templateTags),
  TracingEnabled: withoutEffect(isOff, 'requests get a trace header, and no trace is recorded'),
  Variables: v.optional(stringMap, {}),
});

/** The types of a REST API's parts. */
export function restApiPartTypes(store: ApiStore): readonly ResourceType[] {
  return [
    partType(store, 'AWS::ApiGateway::Resource', resourceProperties, {
      replacedBy: ['ParentId', 'PathPart'],
      path: 'resources',
      attribute: 'ResourceId',
      create: (api, { parentId, pathPart }) => addResource(api, parentId, pathPart).id,
      remove: removeResource,
    }),
    partType(store, 'AWS::ApiGateway::Method', methodProperties, {
      replacedBy: ['ResourceId', 'HttpMethod'],
      path: ({ resourceId, httpMethod }) => `resources/${resourceId}/methods/${httpMethod}`,
      passedRole: ({ integration }) => integrationRole(integration?.credentials),
      create(api, given) {
        const { restApiId, resourceId, httpMethod } = given;
        if (partOf(api.resources, resourceId, 'Resource').methods.has(httpMethod)) {
          throw conflict('Method already exists for this resource');
        }
        putMethod(api, given);
        return `${restApiId}|${resourceId}|${httpMethod}`;
      },
      update: putMethod,
      read(api, _id, { resourceId, httpMethod }) {
        const method = api.resources.get(resourceId)?.methods.get(httpMethod);
        return method && { AuthorizationType: method.authorizationType };
      },
      remove: (api, _id, { resourceId, httpMethod }) =>
        api.resources.get(resourceId)?.methods.delete(httpMethod),
    }),
    partType(store, 'AWS::ApiGateway::RequestValidator', validatorProperties, {
      replacedBy: ['Name'],
      path: 'requestvalidators',
      attribute: 'RequestValidatorId',
      create: (api, given) => putValidator(api, given, randomId(6)),
      update: putValidator,
      remove: (api, id) => api.requestValidators.delete(id),
    }),
    partType(store, 'AWS::ApiGateway::GatewayResponse', responseProperties, {
      replacedBy: ['ResponseType'],
      path: ({ responseType }) => `gatewayresponses/${responseType}`,
      attribute: 'Id',
      create(api, { restApiId: _, ...given }) {
        putGatewayResponse(api, given);
        return `aggr-${randomId(6)}`;
      },
      update: (api, { restApiId: _, ...given }) => putGatewayResponse(api, given),
      remove: (api, _id, { responseType }) => api.gatewayResponses.delete(responseType),
    }),
    partType(store, 'AWS::ApiGateway::Authorizer', authorizerProperties, {
      path: 'authorizers',
      attribute: 'AuthorizerId',
      passedRole: ({ authorizerCredentials }) => authorizerCredentials,
      create: (api, given) => putAuthorizer(api, given, randomId(6)),
      update: putAuthorizer,
      remove: (api, id) => api.authorizers.delete(id),
    }),
    // With `StageName`, a deployment creates or moves a stage. A stage that still points to it is deleted with the deployment.
    partType(store, 'AWS::ApiGateway::Deployment', deploymentProperties, {
      // A deployment is immutable on AWS; only its description can be changed.
      replacedBy: ['StageName'],
      path: 'deployments',
      attribute: 'DeploymentId',
      create: (api, { description, stageName }) => addDeployment(store, api, stageName, description).id,
      update(api, { description }, id) {
        partOf(api.deployments, id, 'Deployment').description = description;
      },
      remove(api, id, { stageName = '' }) {
        if (api.stages.get(stageName)?.settings.deploymentId === id) api.stages.delete(stageName);
        removeDeployment(api, id);
      },
    }),
    partType(store, 'AWS::ApiGateway::Model', modelProperties, {
      replacedBy: ['Name', 'ContentType'],
      path: 'models',
      create(api, given, context) {
        const name = given.name ?? context.generateName().replaceAll(/[^A-Za-z0-9]/g, '');
        if (api.models.has(name)) throw conflict('Model name already exists for this REST API');
        putModel(api, given, name);
        return name;
      },
      update: putModel,
      remove: (api, name) => api.models.delete(name),
    }),
    partType(store, 'AWS::ApiGateway::Stage', stageProperties, {
      replacedBy: ['StageName'],
      path: 'stages',
      create(api, given, context) {
        const settings = stageSettings(given, store.cloudWatchRoleArn(context));
        store.addStage(api, given.stageName, settings, { ...context.tags, ...tagMap(given.tags) });
        return given.stageName;
      },
      update(api, given, name, context) {
        const stage = store.stage(api, name);
        store.updateStage(api, stage, stageSettings(given, store.cloudWatchRoleArn(context)));
        stage.tags = { ...context.tags, ...tagMap(given.tags) };
      },
      read(api, name) {
        const settings = api.stages.get(name)?.settings;
        return settings && liveStage(settings);
      },
      remove: (api, name) => api.stages.delete(name),
    }),
  ];
}

function putMethod(
  api: RestApi,
  { restApiId: _, resourceId, ...given }: Given<typeof methodProperties>,
): void {
  partOf(api.resources, resourceId, 'Resource').methods.set(given.httpMethod, readMethod(api, given));
}

/**
 * JSON schema, draft 4: "For application/json models, this should be JSON schema draft 4 model"
 * (https://docs.aws.amazon.com/apigateway/latest/api/API_Model.html); for others the schema is free-form.
 */
function putModel(api: RestApi, given: Given<typeof modelProperties>, name: string): void {
  const isJson = /^application\/([\w.-]+\+)?json\b/i.test(given.contentType);
  const parsed = typeof given.schema === 'string' ? parseJson(given.schema) : given.schema;
  if (isJson && !isObject(parsed)) {
    throw badRequest(
      `Invalid model specified: the schema ${parsed === undefined ? 'is not JSON' : 'must be a JSON object'}`,
    );
  }
  const schema = isObject(parsed) ? parsed : given.schema;
  if (isJson) compileModel(schema, api.models);
  api.models.set(name, schema);
}

function putValidator(
  api: RestApi,
  { restApiId: _, name: __, ...checks }: Given<typeof validatorProperties>,
  id: string,
): string {
  api.requestValidators.set(id, checks);
  return id;
}

function putAuthorizer(api: RestApi, given: Given<typeof authorizerProperties>, id: string): string {
  api.authorizers.set(id, readAuthorizer(id, given));
  return id;
}

/** The settings of a stage as a template has them. */
function liveStage({
  deploymentId,
  description,
  variables,
  tracingEnabled,
  accessLogSettings: log,
  methodSettings,
}: StageSettings) {
  return {
    DeploymentId: deploymentId,
    Description: description,
    Variables: variables,
    TracingEnabled: tracingEnabled,
    AccessLogSetting: log && { DestinationArn: log.destinationArn, Format: log.format },
    MethodSettings: [...methodSettings].map(([key, settings]) => ({
      ...placeOfSettings(key),
      DataTraceEnabled: settings.dataTraceEnabled,
      MetricsEnabled: settings.metricsEnabled,
      ThrottlingBurstLimit: settings.throttlingBurstLimit,
      ThrottlingRateLimit: settings.throttlingRateLimit,
      ...defined({ LoggingLevel: settings.loggingLevel }),
    })),
  };
}

function stageSettings(
  { deploymentId, description, documentationVersion, ...given }: Given<typeof stageProperties>,
  cloudWatchRoleArn: string | undefined,
): StageSettings {
  const accessLogSettings = accessLog(given.accessLogSetting, { arn: cloudWatchRoleArn });
  const methodSettings = methodSettingsOf(given.methodSettings);
  const { variables, tracingEnabled } = given;
  return defined({
    deploymentId,
    description,
    documentationVersion,
    variables,
    tracingEnabled,
    methodSettings,
    accessLogSettings,
  });
}

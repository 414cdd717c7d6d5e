import * as v from 'valibot';
import type { ResourceType } from '../../resource-type.ts';
import { conflict } from '../definition/errors.ts';
import { gatewayResponseEntries, putGatewayResponse } from '../definition/gateway-response.ts';
import { integrationRole } from '../definition/integration.ts';
import { methodEntries, readMethod } from '../definition/method.ts';
import { randomId } from '../definition/random-id.ts';
import { addResource, removeResource } from '../definition/resource-tree.ts';
import { deploy, removeDeployment } from '../definition/snapshot.ts';
import { type ApiStore, deploymentOf, type RestApi, resourceOf } from '../store.ts';
import { partType } from './api-part.ts';

const RestApiId = v.string();
const text = v.optional(v.string());
const off = v.optional(v.boolean(), false);

const resourceProperties = v.strictObject({ RestApiId, ParentId: v.string(), PathPart: v.string() });
const methodProperties = v.strictObject({ RestApiId, ResourceId: v.string(), ...methodEntries });
const validatorProperties = v.strictObject({
  RestApiId,
  Name: text,
  ValidateRequestBody: off,
  ValidateRequestParameters: off,
});
const responseProperties = v.strictObject({ RestApiId, ...gatewayResponseEntries });
const deploymentProperties = v.strictObject({ RestApiId, Description: text, StageName: text });

/** The types of a REST API's parts, except for models and stages. */
export function restApiPartTypes(store: ApiStore): readonly ResourceType[] {
  return [
    partType(store, 'AWS::ApiGateway::Resource', resourceProperties, {
      replacedBy: ['ParentId', 'PathPart'],
      path: 'resources',
      attribute: 'ResourceId',
      create: (api, { ParentId, PathPart }) => addResource(api, ParentId, PathPart).id,
      remove: removeResource,
    }),
    partType(store, 'AWS::ApiGateway::Method', methodProperties, {
      replacedBy: ['ResourceId', 'HttpMethod'],
      path: ({ ResourceId, HttpMethod }) => `resources/${ResourceId}/methods/${HttpMethod}`,
      passedRole: ({ Integration }) => integrationRole(Integration),
      create(api, given) {
        const { RestApiId, ResourceId, HttpMethod } = given;
        if (resourceOf(api, ResourceId).methods.has(HttpMethod)) {
          throw conflict('Method already exists for this resource');
        }
        putMethod(api, given);
        return `${RestApiId}|${ResourceId}|${HttpMethod}`;
      },
      update: putMethod,
      remove: (api, _id, { ResourceId, HttpMethod }) =>
        api.resources.get(ResourceId)?.methods.delete(HttpMethod),
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
      path: ({ ResponseType }) => `gatewayresponses/${ResponseType}`,
      attribute: 'Id',
      create(api, { RestApiId: _, ...given }) {
        putGatewayResponse(api, given);
        return `aggr-${randomId(6)}`;
      },
      update: (api, { RestApiId: _, ...given }) => putGatewayResponse(api, given),
      remove: (api, _id, { ResponseType }) => api.gatewayResponses.delete(ResponseType),
    }),
    // With `StageName`, a deployment makes or moves a stage, which goes with it if it still points to it.
    partType(store, 'AWS::ApiGateway::Deployment', deploymentProperties, {
      // A deployment is immutable on AWS; only its description can be changed.
      replacedBy: ['StageName'],
      path: 'deployments',
      attribute: 'DeploymentId',
      create: (api, { Description, StageName }) =>
        deploy(store, api, { stageName: StageName, description: Description }).id,
      update(api, { Description }, id) {
        deploymentOf(api, id).description = Description;
      },
      remove(api, id, { StageName = '' }) {
        if (api.stages.get(StageName)?.settings.deploymentId === id) api.stages.delete(StageName);
        removeDeployment(api, id);
      },
    }),
  ];
}

function putMethod(
  api: RestApi,
  { RestApiId: _, ResourceId, ...given }: v.InferOutput<typeof methodProperties>,
): void {
  resourceOf(api, ResourceId).methods.set(given.HttpMethod, readMethod(api, ResourceId, given));
}

function putValidator(api: RestApi, given: v.InferOutput<typeof validatorProperties>, id: string): string {
  const { ValidateRequestBody: validateRequestBody, ValidateRequestParameters: validateRequestParameters } =
    given;
  api.requestValidators.set(id, { validateRequestBody, validateRequestParameters });
  return id;
}

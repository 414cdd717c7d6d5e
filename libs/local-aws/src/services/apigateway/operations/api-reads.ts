import * as v from 'valibot';
import type { PolicyPrincipals } from '../../../core/policy-principals.ts';
import type { Operation } from '../../../protocols/operation.ts';
import { gatewayResponseStatus } from '../gateway-response-types.ts';
import { type ApiStore, deploymentOf, methodOf, notFound, resourceOf, stageOf } from '../store.ts';
import {
  apiSummary,
  deploymentDocument,
  gatewayResponseDocument,
  methodDocument,
  modelDocument,
  requestValidatorDocument,
  resourceDocument,
  restApiDocument,
  stageDocument,
} from './documents.ts';
import { declare, page, paging } from './operation.ts';

const API = '/restapis/{restApiId}';
const api = { restApiId: v.string() };
const embed = { embed: v.optional(v.union([v.string(), v.array(v.string())])) };

/** The operations that read APIs and what they are made of. */
export function readOperations(store: ApiStore, principals: PolicyPrincipals): readonly Operation[] {
  return [
    declare('GetRestApis', 'GET /restapis', v.object(paging), (input, call) =>
      page(
        store.apis(call).map((each) => restApiDocument(each, principals)),
        input,
      ),
    ),
    declare('GetRestApi', `GET ${API}`, v.object(api), ({ restApiId }, call) =>
      restApiDocument(store.api(call, restApiId), principals),
    ),
    declare(
      'GetResources',
      `GET ${API}/resources`,
      v.object({ ...api, ...paging, ...embed }),
      (input, call) =>
        page(
          [...store.api(call, input.restApiId).resources.values()]
            .toSorted((a, b) => (a.path < b.path ? -1 : 1))
            .map((resource) => resourceDocument(resource, embeds(input, 'methods'))),
          input,
        ),
    ),
    declare(
      'GetResource',
      `GET ${API}/resources/{resourceId}`,
      v.object({ ...api, ...embed, resourceId: v.string() }),
      (input, call) =>
        resourceDocument(
          resourceOf(store.api(call, input.restApiId), input.resourceId),
          embeds(input, 'methods'),
        ),
    ),
    declare(
      'GetMethod',
      `GET ${API}/resources/{resourceId}/methods/{httpMethod}`,
      v.object({ ...api, resourceId: v.string(), httpMethod: v.string() }),
      (input, call) =>
        methodDocument(methodOf(store.api(call, input.restApiId), input.resourceId, input.httpMethod)),
    ),
    declare(
      'GetIntegration',
      `GET ${API}/resources/{resourceId}/methods/{httpMethod}/integration`,
      v.object({ ...api, resourceId: v.string(), httpMethod: v.string() }),
      (input, call) => {
        const method = methodOf(store.api(call, input.restApiId), input.resourceId, input.httpMethod);
        if (method.integration === undefined) throw notFound('Invalid Integration identifier specified');
        return method.integration.document;
      },
    ),
    declare(
      'GetStages',
      `GET ${API}/stages`,
      v.object({ ...api, deploymentId: v.optional(v.string()) }),
      (input, call) => ({
        item: [...store.api(call, input.restApiId).stages.values()]
          .filter(({ deploymentId }) => deploymentId === (input.deploymentId ?? deploymentId))
          .map(stageDocument),
      }),
    ),
    declare(
      'GetStage',
      `GET ${API}/stages/{stageName}`,
      v.object({ ...api, stageName: v.string() }),
      (input, call) => stageDocument(stageOf(store.api(call, input.restApiId), input.stageName)),
    ),
    declare('GetDeployments', `GET ${API}/deployments`, v.object({ ...api, ...paging }), (input, call) =>
      page([...store.api(call, input.restApiId).deployments.values()].map(deploymentDocument), input),
    ),
    declare(
      'GetDeployment',
      `GET ${API}/deployments/{deploymentId}`,
      v.object({ ...api, ...embed, deploymentId: v.string() }),
      (input, call) => {
        const deployment = deploymentOf(store.api(call, input.restApiId), input.deploymentId);
        return {
          ...deploymentDocument(deployment),
          ...(embeds(input, 'apisummary') ? { apiSummary: apiSummary(deployment) } : {}),
        };
      },
    ),
    declare('GetModels', `GET ${API}/models`, v.object({ ...api, ...paging }), (input, call) =>
      page([...store.api(call, input.restApiId).models.values()].map(modelDocument), input),
    ),
    declare(
      'GetModel',
      `GET ${API}/models/{modelName}`,
      v.object({ ...api, modelName: v.string() }),
      ({ restApiId, modelName }, call) => {
        const model = store.api(call, restApiId).models.get(modelName);
        if (model === undefined) throw notFound(`Invalid model name specified: ${modelName}`);
        return modelDocument(model);
      },
    ),
    declare(
      'GetRequestValidators',
      `GET ${API}/requestvalidators`,
      v.object({ ...api, ...paging }),
      (input, call) =>
        page(
          [...store.api(call, input.restApiId).requestValidators.values()].map(requestValidatorDocument),
          input,
        ),
    ),
    declare(
      'GetRequestValidator',
      `GET ${API}/requestvalidators/{requestValidatorId}`,
      v.object({ ...api, requestValidatorId: v.string() }),
      ({ restApiId, requestValidatorId }, call) => {
        const validator = store.api(call, restApiId).requestValidators.get(requestValidatorId);
        if (validator === undefined) throw notFound('Invalid Request Validator identifier specified');
        return requestValidatorDocument(validator);
      },
    ),
    declare(
      'GetGatewayResponses',
      `GET ${API}/gatewayresponses`,
      v.object({ ...api, ...paging }),
      (input, call) => {
        const { gatewayResponses } = store.api(call, input.restApiId);
        return page(
          [...gatewayResponseStatus.keys()].map((type) =>
            gatewayResponseDocument(type, gatewayResponses.get(type)),
          ),
          { limit: 500, ...input },
        );
      },
    ),
    declare(
      'GetGatewayResponse',
      `GET ${API}/gatewayresponses/{responseType}`,
      v.object({ ...api, responseType: v.string() }),
      ({ restApiId, responseType }, call) => {
        const { gatewayResponses } = store.api(call, restApiId);
        if (!gatewayResponseStatus.has(responseType))
          throw notFound('Invalid gateway response type specified');
        return gatewayResponseDocument(responseType, gatewayResponses.get(responseType));
      },
    ),
  ];
}

function embeds({ embed }: { embed?: string | string[] | undefined }, what: string): boolean {
  return [embed].flat().includes(what);
}

import * as v from 'valibot';
import type { Operation } from '../../../protocols/operation.ts';
import { notFound } from '../definition/errors.ts';
import type { Method, Resource } from '../deployed-api.ts';
import { type ApiStore, methodOf } from '../store.ts';
import { API, api, embed, embeds, nonEmpty, operationsOn, paging } from './operation.ts';

const METHOD = `${API}/resources/{resourceId}/methods/{httpMethod}`;
const method = { ...api, resourceId: v.string(), httpMethod: v.string() };

/** The operations that read an API's paths and methods. */
export function resourceOperations(store: ApiStore): readonly Operation[] {
  const operation = operationsOn(store);
  return [
    operation('GetResources', {
      http: `GET ${API}/resources`,
      input: v.object({ ...api, ...paging.input, ...embed }),
      handle(input, call) {
        const resources = [...store.api(call, input.restApiId).resources.values()]
          .sort((a, b) => (a.path < b.path ? -1 : 1))
          .map((each) => describeResource(each, embeds(input, 'methods')));
        return paging.pageOf(resources, input);
      },
    }),
    operation('GetMethod', {
      http: `GET ${METHOD}`,
      input: v.object(method),
      handle: (input, call) => describeMethod(methodOf(store.api(call, input.restApiId), input)),
    }),
    operation('GetIntegration', {
      http: `GET ${METHOD}/integration`,
      input: v.object(method),
      handle({ restApiId, ...named }, call) {
        const { methodIntegration } = methodOf(store.api(call, restApiId), named);
        if (methodIntegration === undefined) throw notFound('No integration defined for method');
        return methodIntegration;
      },
    }),
  ];
}

/** @param inFull whether methods are shown in full or by name alone */
function describeResource({ id, parentId, pathPart, path, methods }: Resource, inFull: boolean) {
  const shown = [...methods].map(([name, each]) => [name, inFull ? describeMethod(each) : {}]);
  return { id, parentId, pathPart, path, resourceMethods: nonEmpty(Object.fromEntries(shown)) };
}

function describeMethod({ integration: _, methodResponses, ...each }: Method) {
  return {
    ...each,
    apiKeyRequired: false,
    requestParameters: nonEmpty(each.requestParameters),
    requestModels: nonEmpty(each.requestModels),
    methodResponses: nonEmpty(
      Object.fromEntries(
        methodResponses.map(({ statusCode, responseParameters, responseModels }) => [
          statusCode,
          {
            statusCode,
            responseParameters: nonEmpty(responseParameters),
            responseModels: nonEmpty(responseModels),
          },
        ]),
      ),
    ),
  };
}

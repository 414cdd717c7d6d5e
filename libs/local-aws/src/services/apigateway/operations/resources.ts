import * as v from 'valibot';
import type { Operation } from '../../../protocols/operation.ts';
import { type ApiStore, type Method, methodOf, notFound, type Resource, resourceOf } from '../store.ts';
import { API, api, embed, embeds, nonEmpty, operation, pageOf, paging } from './operation.ts';

const resource = { ...api, resourceId: v.string() };
const method = v.object({ ...resource, httpMethod: v.string() });

/** The operations that read an API's paths and methods. */
export function resourceOperations(store: ApiStore): readonly Operation[] {
  return [
    operation('GetResources', {
      http: `GET ${API}/resources`,
      input: v.object({ ...api, ...paging, ...embed }),
      handle(input, call) {
        const resources = [...store.api(call, input.restApiId).resources.values()]
          .sort((a, b) => (a.path < b.path ? -1 : 1))
          .map((each) => describeResource(each, embeds(input, 'methods')));
        return pageOf(resources, input);
      },
    }),
    operation('GetResource', {
      http: `GET ${API}/resources/{resourceId}`,
      input: v.object({ ...resource, ...embed }),
      handle(input, call) {
        const found = resourceOf(store.api(call, input.restApiId), input.resourceId);
        return describeResource(found, embeds(input, 'methods'));
      },
    }),
    operation('GetMethod', {
      http: `GET ${API}/resources/{resourceId}/methods/{httpMethod}`,
      input: method,
      handle: ({ restApiId, resourceId, httpMethod }, call) =>
        describeMethod(methodOf(store.api(call, restApiId), resourceId, httpMethod)),
    }),
    operation('GetIntegration', {
      http: `GET ${API}/resources/{resourceId}/methods/{httpMethod}/integration`,
      input: method,
      handle({ restApiId, resourceId, httpMethod }, call) {
        const { integration } = methodOf(store.api(call, restApiId), resourceId, httpMethod);
        if (integration === undefined) throw notFound('Invalid Integration identifier specified');
        return integration.description;
      },
    }),
  ];
}

/** @param inFull whether methods are shown in full or by name alone */
function describeResource({ id, parentId, pathPart, path, methods }: Resource, inFull: boolean) {
  const shown = [...methods].map(([name, each]) => [name, inFull ? describeMethod(each) : {}]);
  return { id, parentId, pathPart, path, resourceMethods: nonEmpty(Object.fromEntries(shown)) };
}

function describeMethod({ integration, methodResponses, ...each }: Method) {
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
    methodIntegration: integration?.description,
  };
}

import * as v from 'valibot';
import type { Operation } from '../../../protocols/operation.ts';
import { nonEmpty, operationsOn } from '../../apigateway/operations/operation.ts';
import type { HttpApi, HttpApiStore } from '../store.ts';
import { API, api, pageOf, paging, shownDate } from './operation.ts';

/** The operations that read APIs. */
export function apiOperations(store: HttpApiStore): readonly Operation[] {
  const operation = operationsOn(store);
  return [
    operation('GetApis', {
      http: 'GET /v2/apis',
      input: v.object(paging),
      handle: (input, call) => pageOf(store.apis(call).map(describe), input),
    }),
    operation('GetApi', {
      http: `GET ${API}`,
      input: v.object(api),
      handle: ({ ApiId }, call) => describe(store.api(call, ApiId)),
    }),
  ];
}

function describe(each: HttpApi) {
  const { cors, ...settings } = each.settings;
  return {
    apiId: each.id,
    apiEndpoint: endpointOf(each),
    protocolType: 'HTTP',
    apiKeySelectionExpression: '$request.header.x-api-key',
    routeSelectionExpression: '$request.method $request.path',
    createdDate: shownDate(each.createdDate),
    corsConfiguration: cors,
    ...settings,
    tags: nonEmpty(each.tags),
  };
}

/** The URL at which an API's stage `$default` answers. */
export function endpointOf({ id, region }: Pick<HttpApi, 'id' | 'region'>): string {
  return `https://${id}.execute-api.${region}.amazonaws.com`;
}

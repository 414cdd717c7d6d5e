import * as v from 'valibot';
import type { Operation } from '../../../protocols/operation.ts';
import { operationsOn } from '../../apigateway/operations/operation.ts';
import { type HttpApiStore, type HttpRoute, routeOf } from '../store.ts';
import { API, api, pageOf, paging } from './operation.ts';

/** The operations that read an API's routes. */
export function routeOperations(store: HttpApiStore): readonly Operation[] {
  const operation = operationsOn(store);
  return [
    operation('GetRoutes', {
      http: `GET ${API}/routes`,
      input: v.object({ ...api, ...paging }),
      handle: (input, call) => pageOf([...store.api(call, input.ApiId).routes.values()].map(describe), input),
    }),
    operation('GetRoute', {
      http: `GET ${API}/routes/{RouteId}`,
      input: v.object({ ...api, RouteId: v.string() }),
      handle: ({ ApiId, RouteId }, call) => describe(routeOf(store.api(call, ApiId), RouteId)),
    }),
  ];
}

function describe({ id: routeId, settings }: HttpRoute) {
  const { integrationId, ...others } = settings;
  const target = integrationId && `integrations/${integrationId}`;
  return { routeId, ...others, apiKeyRequired: false, target };
}

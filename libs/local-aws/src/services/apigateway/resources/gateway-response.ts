import * as v from 'valibot';
import { gatewayResponseEntries, putGatewayResponse } from '../definition/gateway-response.ts';
import { randomId } from '../definition/random-id.ts';
import type { ApiStore, RestApi } from '../store.ts';
import { partType } from './api-part.ts';

const properties = v.strictObject({ RestApiId: v.string(), ...gatewayResponseEntries });

/** `AWS::ApiGateway::GatewayResponse`. */
export function gatewayResponseType(store: ApiStore) {
  const put = (api: RestApi, { RestApiId: _, ...given }: v.InferOutput<typeof properties>) =>
    putGatewayResponse(api, given);
  return partType(store, 'AWS::ApiGateway::GatewayResponse', properties, {
    replacedBy: ['ResponseType'],
    path: ({ ResponseType }) => `gatewayresponses/${ResponseType}`,
    attribute: 'Id',
    create(api, given) {
      put(api, given);
      return `aggr-${randomId(6)}`;
    },
    update: put,
    remove: (api, _id, { ResponseType }) => api.gatewayResponses.delete(ResponseType),
  });
}

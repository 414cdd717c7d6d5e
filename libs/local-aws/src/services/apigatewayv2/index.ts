import type { LagOptions } from '../../core/lag.ts';
import { restJsonEndpoint } from '../../protocols/json.ts';
import type { ApiStore } from '../apigateway/store.ts';
import { httpApiOperations } from './operations/collections.ts';
import { domainNameTypes } from './resources/domain-name.ts';
import { httpApiTypes } from './resources/http-api.ts';
import { HttpApiStore } from './store.ts';

/** Makes the control plane of HTTP APIs. It has the signing name and the domain names of the control plane of REST APIs. */
export function createApiGatewayV2Service({
  restApis,
  ...lag
}: LagOptions & { readonly restApis: ApiStore }) {
  const store = new HttpApiStore(lag);
  return {
    endpoint: restJsonEndpoint({
      signingName: 'apigateway',
      model: 'apigatewayv2',
      pathPrefix: '/v2/',
      operations: httpApiOperations(store),
    }),
    resourceTypes: [...httpApiTypes(store), ...domainNameTypes(store, restApis)],
    httpApis: store,
  };
}

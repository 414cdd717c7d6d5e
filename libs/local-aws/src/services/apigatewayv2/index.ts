import type { LagOptions } from '../../core/lag.ts';
import type { Endpoint } from '../../pipeline/endpoint.ts';
import { restJsonEndpoint } from '../../protocols/json.ts';
import type { ApiStore } from '../apigateway/store.ts';
import type { ResourceType } from '../resource-type.ts';
import { readOperations } from './operations/collections.ts';
import { stageOperations } from './operations/stages.ts';
import { apiType } from './resources/api.ts';
import { apiMappingType } from './resources/api-mapping.ts';
import { domainNameType } from './resources/domain-name.ts';
import { integrationType } from './resources/integration.ts';
import { routeType } from './resources/route.ts';
import { stageType } from './resources/stage.ts';
import { HttpApiStore } from './store.ts';

/** What the control plane of HTTP APIs needs. */
export interface ApiGatewayV2Options extends LagOptions {
  /** REST APIs, and the domain names that both kinds of API share. */
  readonly restApis: ApiStore;
}

/** The control plane of HTTP APIs. */
export interface ApiGatewayV2Service {
  readonly endpoint: Endpoint;
  readonly resourceTypes: readonly ResourceType[];
  /** For the data plane. */
  readonly httpApis: HttpApiStore;
}

/** Makes the control plane of Amazon API Gateway's HTTP APIs: its second API, under the signing name of the first. */
export function createApiGatewayV2Service({ restApis, ...lag }: ApiGatewayV2Options): ApiGatewayV2Service {
  const { domainNames } = restApis;
  const store = new HttpApiStore(lag);
  return {
    endpoint: restJsonEndpoint({
      signingName: 'apigateway',
      model: 'apigatewayv2',
      pathPrefix: '/v2/',
      operations: [...readOperations(store), ...stageOperations(store)],
    }),
    resourceTypes: [
      apiType(store),
      integrationType(store),
      routeType(store),
      stageType(store),
      domainNameType(store, domainNames),
      apiMappingType(store, restApis),
    ],
    httpApis: store,
  };
}

import type { LagOptions } from '../../core/lag.ts';
import type { PolicyPrincipals } from '../../core/policy-principals.ts';
import { restJsonEndpoint } from '../../protocols/json.ts';
import { apiOperations } from './operations/apis.ts';
import { readOperations } from './operations/collections.ts';
import { domainNameTypes } from './resources/domain-name.ts';
import { accountType, restApiType } from './resources/rest-api.ts';
import { restApiPartTypes } from './resources/rest-api-parts.ts';
import { ApiStore, type CloudWatchRoles } from './store.ts';

/** Options of {@link createApiGatewayService}. */
export interface ApiGatewayOptions extends LagOptions {
  readonly principals: PolicyPrincipals;
  /** The roles that API Gateway uses to write logs. Without one, a stage with access logs cannot be created. */
  readonly cloudWatchRoles: CloudWatchRoles;
  /** Makes clients trust the certificate of a custom domain. */
  readonly trustHost: (hostname: string) => Promise<void>;
}

/** Makes the control plane of Amazon API Gateway's REST APIs. */
export function createApiGatewayService(options: ApiGatewayOptions) {
  const { principals, cloudWatchRoles, trustHost } = options;
  const store = new ApiStore(options, cloudWatchRoles, trustHost);
  return {
    endpoint: restJsonEndpoint({
      signingName: 'apigateway',
      operations: [...readOperations(store, principals), ...apiOperations(store, principals)],
    }),
    resourceTypes: [
      restApiType(store, principals),
      ...restApiPartTypes(store),
      accountType(store),
      ...domainNameTypes(store),
    ],
    /** For the data plane, and for the control plane of HTTP APIs, which shares the custom domains. */
    apis: store,
  };
}

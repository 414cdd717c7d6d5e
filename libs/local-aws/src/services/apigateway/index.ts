import type { Clock } from '../../core/clock.ts';
import { type PolicyPrincipals, unboundPrincipals } from '../../core/policy-principals.ts';
import type { Endpoint } from '../../pipeline/endpoint.ts';
import { restJsonEndpoint } from '../../protocols/rest-json.ts';
import type { ResourceType } from '../resource-type.ts';
import type { PolicyCheck, PolicyRules } from './definition/resource-policy.ts';
import type { DeployedApis } from './deployed-api.ts';
import { accountOperations } from './operations/account.ts';
import { readOperations } from './operations/api-reads.ts';
import { writeOperations } from './operations/api-writes.ts';
import { createResourceTypes } from './resources/index.ts';
import { type CloudWatchRoles, createApiStore } from './store.ts';

export type { DeployedApis } from './deployed-api.ts';

/** What the control plane needs. */
export interface ApiGatewayOptions {
  readonly clock: Clock;
  /** A further check of resource policies: says what is wrong, or nothing. */
  readonly checkPolicy?: PolicyCheck;
  /** Default: principals are taken as they are written. */
  readonly principals?: PolicyPrincipals;
  /**
   * The roles with which API Gateway writes logs. Without one, a stage with access logs cannot be created. Default: every
   * account has a role `apigateway-cloudwatch-logs`, and every role may be set.
   */
  readonly cloudWatchRoles?: Partial<CloudWatchRoles>;
}

/** The control plane of API Gateway. */
export interface ApiGatewayService {
  readonly endpoint: Endpoint;
  readonly resourceTypes: readonly ResourceType[];
  /** For the data plane. */
  readonly apis: DeployedApis;
}

/**
 * Makes the control plane of Amazon API Gateway's REST APIs.
 * @example const { endpoint, resourceTypes, apis } = createApiGatewayService({ clock: systemClock })
 */
export function createApiGatewayService(options: ApiGatewayOptions): ApiGatewayService {
  const principals = options.principals ?? unboundPrincipals;
  const rules: PolicyRules = {
    check: options.checkPolicy ?? (() => undefined),
    bindPrincipals: (document) => principals.bindPrincipals(document),
    showPrincipals: (document) => principals.showPrincipals(document),
  };
  const store = createApiStore(options.clock, {
    initial: (accountId) => `arn:aws:iam::${accountId}:role/apigateway-cloudwatch-logs`,
    isTrusting: async () => true,
    ...options.cloudWatchRoles,
  });
  return {
    endpoint: restJsonEndpoint({
      signingName: 'apigateway',
      operations: [
        ...readOperations(store, rules),
        ...writeOperations(store, rules),
        ...accountOperations(store),
      ],
    }),
    resourceTypes: createResourceTypes(store, rules),
    apis: store.deployed,
  };
}

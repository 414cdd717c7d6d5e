import type { ResourceType } from '../../resource-type.ts';
import type { PolicyRules } from '../definition/resource-policy.ts';
import type { ApiStore } from '../store.ts';
import { accountType } from './account.ts';
import { deploymentType } from './deployment.ts';
import { gatewayResponseType } from './gateway-response.ts';
import { methodType } from './method.ts';
import { modelType } from './model.ts';
import { requestValidatorType } from './request-validator.ts';
import { resourceResourceType } from './resource.ts';
import { restApiType } from './rest-api.ts';
import { stageType } from './stage.ts';

/** The `AWS::ApiGateway::…` resource types that local AWS has. */
export function createResourceTypes(store: ApiStore, rules: PolicyRules): readonly ResourceType[] {
  return [
    restApiType(store, rules),
    resourceResourceType(store),
    methodType(store),
    modelType(store),
    requestValidatorType(store),
    gatewayResponseType(store),
    deploymentType(store),
    stageType(store),
    accountType(store),
  ].map(erase);
}

/** Each type reads only what its own schema parsed: the engine pairs them, and TypeScript cannot see it. */
function erase<T>(type: T): ResourceType {
  return type as ResourceType;
}

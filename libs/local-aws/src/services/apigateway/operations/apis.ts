import * as v from 'valibot';
import { defined } from '../../../core/defined.ts';
import type { PolicyPrincipals } from '../../../core/policy-principals.ts';
import type { Operation } from '../../../protocols/operation.ts';
import { readPolicy } from '../definition/resource-policy.ts';
import type { ApiStore, RestApi } from '../store.ts';
import { API, api, byId, nonEmpty, operationsOn, paging, readOperationsOn } from './operation.ts';
import { patch, patched } from './patch.ts';

/** The operations on APIs. */
export function apiOperations(store: ApiStore, principals: PolicyPrincipals): readonly Operation[] {
  const operation = operationsOn(store);
  const describe = ({ id, createdDate, rootResourceId, tags, settings }: RestApi) => {
    const policy = settings.policy && principals.showPrincipals(settings.policy);
    return {
      id,
      createdDate,
      rootResourceId,
      tags,
      ...settings,
      binaryMediaTypes: nonEmpty(settings.binaryMediaTypes),
      // API Gateway escapes the policy's JSON text once more; Terraform and others undo it.
      policy: policy && JSON.stringify(JSON.stringify(policy)).slice(1, -1),
    };
  };
  return [
    ...readOperationsOn(
      store,
      paging,
    )({
      operations: ['GetRestApis', 'GetRestApi'],
      path: '/restapis',
      label: 'restApiId',
      members: (scope) => byId(store.apis(scope), ({ id }) => id),
      describe,
      missing: (id, { accountId }) => `Invalid API identifier specified ${accountId}:${id}`,
    }),
    operation('UpdateRestApi', {
      http: `PATCH ${API}`,
      input: v.object({ ...api, ...patch }),
      // https://docs.aws.amazon.com/apigateway/latest/developerguide/apigateway-resource-policies-create-attach.html
      needs: ({ patchOperations }) =>
        patchOperations.some(({ path }) => path === '/policy') && 'UpdateRestApiPolicy',
      handle({ restApiId, patchOperations }, call) {
        const target = store.api(call, restApiId);
        target.settings = patched(target.settings, patchOperations, {
          '/description': (settings, description) => defined({ ...settings, description }),
          '/disableExecuteApiEndpoint': (settings, value) => ({
            ...settings,
            disableExecuteApiEndpoint: value?.toLowerCase() === 'true',
          }),
          '/endpointConfiguration/vpcEndpointIds': (settings, value = '') => ({
            ...settings,
            endpointConfiguration: {
              ...settings.endpointConfiguration,
              vpcEndpointIds: [...(settings.endpointConfiguration.vpcEndpointIds ?? []), value],
            },
          }),
          '/policy': (settings, policy) =>
            defined({ ...settings, policy: readPolicy(policy, target, principals) }),
        });
        return describe(target);
      },
    }),
  ];
}

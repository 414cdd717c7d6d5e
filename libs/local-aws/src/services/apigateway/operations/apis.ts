import * as v from 'valibot';
import { defined } from '../../../core/defined.ts';
import type { PolicyPrincipals } from '../../../core/policy-principals.ts';
import type { Scope } from '../../../core/scope.ts';
import type { Operation } from '../../../protocols/operation.ts';
import { badRequest } from '../definition/errors.ts';
import { readPolicy } from '../definition/resource-policy.ts';
import { deploy } from '../definition/snapshot.ts';
import type { ApiStore } from '../store.ts';
import { describeApi, describeDeployment } from './collections.ts';
import { API, api, operationsOn, patch, patched } from './operation.ts';

/** AWS's own tags say which stack an API belongs to, and policies rely on them: no client changes them. */
const isReserved = (key: string) => /^aws:/i.test(key);

/** The operations that change APIs, tags and the account's settings. */
export function apiOperations(store: ApiStore, principals: PolicyPrincipals): readonly Operation[] {
  const operation = operationsOn(store);
  const tagged = (arn: string, scope: Scope) => {
    const [, region, apiId = '', stageName] =
      /^arn:[\w-]+:apigateway:([\w-]+)::\/restapis\/(\w+)(?:\/stages\/([\w-]+))?$/.exec(arn) ?? [];
    if (region !== scope.region) throw badRequest(`Invalid resource ARN: ${arn}`);
    const target = store.get(scope, apiId);
    return stageName === undefined ? target : store.stage(target, stageName);
  };
  return [
    operation('UpdateRestApi', {
      http: `PATCH ${API}`,
      input: v.object({ ...api, ...patch }),
      // https://docs.aws.amazon.com/apigateway/latest/developerguide/apigateway-resource-policies-create-attach.html
      needs: ({ patchOperations }) =>
        patchOperations.some(({ path }) => path === '/policy') && 'UpdateRestApiPolicy',
      handle({ restApiId, patchOperations }, call) {
        const target = store.get(call, restApiId);
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
        return describeApi(target, principals);
      },
    }),
    operation('CreateDeployment', {
      http: `POST ${API}/deployments`,
      status: 201,
      input: v.object({
        ...api,
        stageName: v.optional(v.string()),
        description: v.optional(v.string()),
      }),
      handle: ({ restApiId, stageName, description }, call) =>
        describeDeployment(deploy(store, store.get(call, restApiId), stageName, description)),
    }),
    operation('GetAccount', {
      http: 'GET /account',
      input: v.object({}),
      handle: (_input, call) => ({
        cloudwatchRoleArn: store.cloudWatchRoleArn(call),
        throttleSettings: { burstLimit: 5_000, rateLimit: 10_000 },
        features: ['UsagePlans'],
        apiKeyVersion: '4',
      }),
    }),
    operation('UpdateAccount', {
      http: 'PATCH /account',
      input: v.object(patch),
      async handle({ patchOperations }, call) {
        const account: { role: string | undefined } = { role: store.cloudWatchRoleArn(call) };
        const { role } = patched(account, patchOperations, {
          '/cloudwatchRoleArn': (_account, arn) => ({ role: arn || undefined }),
        });
        if (patchOperations.length > 0) await store.setCloudWatchRoleArn(call, role);
        return { cloudwatchRoleArn: role };
      },
    }),
    operation('TagResource', {
      http: 'PUT /tags/{resourceArn}',
      status: 204,
      input: v.object({ resourceArn: v.string(), tags: v.record(v.string(), v.string()) }),
      handle({ resourceArn, tags }, call) {
        const target = tagged(resourceArn, call);
        if (Object.keys(tags).some(isReserved)) {
          throw badRequest('aws: prefixed tag key names are not allowed');
        }
        target.tags = { ...target.tags, ...tags };
      },
    }),
    operation('UntagResource', {
      http: 'DELETE /tags/{resourceArn}',
      status: 204,
      input: v.object({
        resourceArn: v.string(),
        tagKeys: v.optional(v.union([v.string(), v.array(v.string())]), []),
      }),
      handle({ resourceArn, tagKeys }, call) {
        const target = tagged(resourceArn, call);
        const removed = [tagKeys].flat();
        target.tags = Object.fromEntries(
          Object.entries(target.tags).filter(([key]) => isReserved(key) || !removed.includes(key)),
        );
      },
    }),
  ];
}

import * as v from 'valibot';
import { defined } from '../../../core/defined.ts';
import type { PolicyPrincipals } from '../../../core/policy-principals.ts';
import type { Scope } from '../../../core/scope.ts';
import type { ServiceOperation } from '../../../protocols/operation.ts';
import { withoutEffect } from '../../../protocols/without-effect.ts';
import { badRequest } from '../definition/errors.ts';
import { readPolicy } from '../definition/resource-policy.ts';
import { tlsSettings } from '../definition/security-policies.ts';
import { addDeployment } from '../definition/snapshot.ts';
import {
  accessLog,
  changeSettings,
  type FullMethodSettings,
  loggingLevels,
  methodSettingsKey,
} from '../definition/stage-settings.ts';
import type { ApiStore, RestApiSettings, StageSettings } from '../store.ts';
import { describeApi, describeDeployment, describeStage } from './collections.ts';
import { API, api, operationsOn, type PatchRules, patch, patched } from './operation.ts';

const stage = { ...api, stageName: v.string() };
const text = v.optional(v.string());
const stringMap = v.optional(v.record(v.string(), v.string()), {});

/** Clients cannot change the tags of AWS. They name the stack of an API, and policies rely on them. */
const isReserved = (key: string) => /^aws:/i.test(key);

/** The operations that change APIs, stages, tags and the account's settings. */
export function apiOperations(store: ApiStore, principals: PolicyPrincipals): readonly ServiceOperation[] {
  const operation = operationsOn(store);
  const tagged = (arn: string, scope: Scope) => {
    const [, region, apiId = '', stageName] =
      /^arn:aws[a-z-]*:apigateway:([\w-]+)::\/restapis\/(\w+)(?:\/stages\/([\w-]+))?$/.exec(arn) ?? [];
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
        const valueAt = (path: string) => patchOperations.find((each) => each.path === path)?.value;
        // Both together: one needs the other.
        const tls = ({ endpointConfiguration, ...now }: RestApiSettings) => {
          const policy = valueAt('/securityPolicy') ?? now.securityPolicy;
          const kept = policy.startsWith('SecurityPolicy_') ? now.endpointAccessMode : undefined;
          const [endpoint = 'EDGE'] = endpointConfiguration.types;
          return tlsSettings('API', endpoint, policy, valueAt('/endpointAccessMode') ?? kept);
        };
        target.settings = patched(
          target.settings,
          patchOperations,
          {
            '/description': (_settings, description) => ({ description }),
            '/disableExecuteApiEndpoint': (_settings, value) => ({
              disableExecuteApiEndpoint: value?.toLowerCase() === 'true',
            }),
            '/endpointConfiguration/vpcEndpointIds': ({ endpointConfiguration }, value = '') => {
              const vpcEndpointIds = [...(endpointConfiguration.vpcEndpointIds ?? []), value];
              return { endpointConfiguration: { ...endpointConfiguration, vpcEndpointIds } };
            },
            '/securityPolicy': tls,
            '/endpointAccessMode': tls,
            '/policy': (_settings, policy) => ({ policy: readPolicy(policy, target, principals) }),
          },
          'updateRestApi',
        );
        return describeApi(target, principals);
      },
    }),
    operation('DeleteRestApi', {
      http: `DELETE ${API}`,
      status: 202,
      input: v.object(api),
      handle({ restApiId }, call) {
        const target = store.get(call, restApiId);
        const domains = [...store.domainNames.all(call).values()].filter(({ mappings }) =>
          [...mappings.values()].some((mapping) => mapping.apiId === target.id),
        );
        if (domains.length > 0) {
          // The words: https://github.com/serverless/serverless/issues/3638
          throw badRequest(
            `Deleting RestApi ${target.id} failed. Please remove all base path mappings related to the RestApi in your domains: ${domains.map(({ id }) => id).join(', ')}.`,
          );
        }
        store.delete(call, target.id);
      },
    }),
    operation('CreateDeployment', {
      http: `POST ${API}/deployments`,
      status: 201,
      input: v.object({ ...api, stageName: text, description: text }),
      handle: ({ restApiId, stageName, description }, call) =>
        describeDeployment(addDeployment(store, store.get(call, restApiId), stageName, description)),
    }),
    operation('CreateStage', {
      http: `POST ${API}/stages`,
      status: 201,
      input: v.object({
        ...stage,
        deploymentId: v.string(),
        description: text,
        documentationVersion: withoutEffect(text, 'APIs have no documentation'),
        variables: stringMap,
        tracingEnabled: withoutEffect(
          v.optional(v.boolean(), false),
          'requests get a trace header, and no trace is recorded',
        ),
        tags: stringMap,
      }),
      tags: ({ tags }) => tags,
      handle({ restApiId, stageName, deploymentId, description, variables, tags, ...shown }, call) {
        const methodSettings = new Map();
        const settings = defined({ deploymentId, description, variables, methodSettings, ...shown });
        return describeStage(store.addStage(store.get(call, restApiId), stageName, settings, tags));
      },
    }),
    operation('UpdateStage', {
      http: `PATCH ${API}/stages/{stageName}`,
      input: v.object({ ...stage, ...patch }),
      handle({ restApiId, stageName, patchOperations }, call) {
        const target = store.get(call, restApiId);
        const found = store.stage(target, stageName);
        const settings = patched(
          found.settings,
          patchOperations,
          stageRules,
          'updateStage',
          'Invalid method setting path',
        );
        const { accessLogSettings } = settings;
        if (accessLogSettings?.destinationArn && accessLogSettings.format) {
          accessLog(accessLogSettings, { arn: store.cloudWatchRoleArn(call) });
        }
        store.updateStage(target, found, settings);
        return describeStage(found);
      },
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
        const account: { readonly role?: string | undefined } = { role: store.cloudWatchRoleArn(call) };
        const { role } = patched(
          account,
          patchOperations,
          {
            '/cloudwatchRoleArn': (_account, arn) => ({ role: arn || undefined }),
          },
          'updateAccount',
        );
        if (patchOperations.length > 0) await store.setCloudWatchRoleArn(call, role);
        return { cloudwatchRoleArn: role };
      },
    }),
    operation('TagResource', {
      http: 'PUT /tags/{resourceArn}',
      status: 204,
      input: v.object({ resourceArn: v.string(), tags: v.record(v.string(), v.string()) }),
      tags: ({ tags }) => tags,
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

const METHOD = '/{resourcePath}/{httpMethod}';

const stageRules: PatchRules<StageSettings> = {
  '/accessLogSettings': (_settings, value) =>
    value === undefined ? { accessLogSettings: undefined } : undefined,
  '/accessLogSettings/destinationArn': ({ accessLogSettings }, destinationArn = '') => ({
    accessLogSettings: { format: '', ...accessLogSettings, destinationArn },
  }),
  '/accessLogSettings/format': ({ accessLogSettings }, format = '') => ({
    accessLogSettings: { destinationArn: '', ...accessLogSettings, format },
  }),
  '/tracingEnabled': (_settings, value) => ({ tracingEnabled: value === 'true' }),
  [`${METHOD}/metrics/enabled`]: methodRule((value) => ({ metricsEnabled: value === 'true' })),
  [`${METHOD}/logging/dataTrace`]: methodRule((value) => ({ dataTraceEnabled: value === 'true' })),
  [`${METHOD}/logging/loglevel`]: methodRule((value) => ({ loggingLevel: loggingLevel(value) })),
  [`${METHOD}/throttling/burstLimit`]: methodRule((value) => ({ throttlingBurstLimit: limit(value) })),
  [`${METHOD}/throttling/rateLimit`]: methodRule((value) => ({ throttlingRateLimit: limit(value) })),
};

function methodRule(read: (value: string) => Partial<FullMethodSettings>): PatchRules<StageSettings>[string] {
  return ({ methodSettings }, value = '', resourcePath = '', httpMethod = '') => {
    const key = methodSettingsKey(resourcePath, httpMethod);
    return { methodSettings: changeSettings(methodSettings, key, read(value)) };
  };
}

function loggingLevel(value: string): (typeof loggingLevels)[number] {
  const level = loggingLevels.find((each) => each === value);
  if (level !== undefined) return level;
  throw badRequest(`Invalid log level ${value}. Must be one of: [${loggingLevels.join(', ')}]`);
}

function limit(value: string): number {
  const number = Number(value);
  if (value !== '' && Number.isFinite(number) && number >= 0) return number;
  throw badRequest(`Invalid value ${value} for a throttling limit: use a number of at least 0.`);
}

import * as v from 'valibot';
import type { Scope } from '../../../core/scope.ts';
import type { ResourceContext, ResourceType } from '../../resource-type.ts';
import { type PolicyRules, readPolicy } from '../definition/resource-policy.ts';
import type { RestApi, RestApiSettings } from '../rest-api.ts';
import type { ApiStore } from '../store.ts';
import { boolean, defined, number, tagMap, tags } from './properties.ts';

const schema = v.strictObject({
  Name: v.optional(v.pipe(v.string(), v.minLength(1))),
  Description: v.optional(v.string()),
  EndpointConfiguration: v.optional(
    v.strictObject({
      Types: v.optional(v.array(v.picklist(['EDGE', 'REGIONAL']))),
      IpAddressType: v.optional(v.picklist(['ipv4', 'dualstack'])),
    }),
  ),
  Policy: v.optional(v.union([v.string(), v.record(v.string(), v.unknown())])),
  ApiKeySourceType: v.optional(v.picklist(['HEADER', 'AUTHORIZER'])),
  BinaryMediaTypes: v.optional(v.array(v.string())),
  DisableExecuteApiEndpoint: v.optional(boolean),
  FailOnWarnings: v.optional(boolean),
  MinimumCompressionSize: v.optional(number),
  Tags: v.optional(tags),
});

type Properties = v.InferOutput<typeof schema>;

/** `AWS::ApiGateway::RestApi`. Compression is recorded, not applied: responses go out as the function made them. */
export function restApiType(store: ApiStore, rules: PolicyRules): ResourceType<typeof schema> {
  const state = (api: RestApi) => ({
    physicalId: api.id,
    attributes: { RestApiId: api.id, RootResourceId: api.rootResourceId },
  });
  const settings = (properties: Properties, id: string, name: string, scope: Scope): RestApiSettings => {
    const arn = `arn:aws:execute-api:${scope.region}:${scope.accountId}:${id}`;
    return {
      name,
      binaryMediaTypes: properties.BinaryMediaTypes ?? [],
      endpointTypes: properties.EndpointConfiguration?.Types ?? ['EDGE'],
      ipAddressType: properties.EndpointConfiguration?.IpAddressType ?? 'ipv4',
      apiKeySource: properties.ApiKeySourceType ?? 'HEADER',
      disableExecuteApiEndpoint: properties.DisableExecuteApiEndpoint ?? false,
      ...defined({
        description: properties.Description,
        policy: readPolicy(properties.Policy, arn, rules),
        minimumCompressionSize: properties.MinimumCompressionSize,
      }),
    };
  };
  const allTags = (properties: Properties, context: ResourceContext) => ({
    ...context.tags,
    ...tagMap(properties.Tags),
    'aws:cloudformation:logical-id': context.logicalId,
    'aws:cloudformation:stack-id': context.stackId,
    'aws:cloudformation:stack-name': context.stackName,
  });
  return {
    typeName: 'AWS::ApiGateway::RestApi',
    properties: schema,
    replacedBy: [],
    async create(properties, context) {
      const name = properties.Name ?? context.generateName();
      return state(
        store.createApi(
          context,
          (id) => settings(properties, id, name, context),
          allTags(properties, context),
        ),
      );
    },
    async update(current, properties, _previous, context) {
      const api = store.api(context, current.physicalId);
      api.settings = settings(properties, api.id, properties.Name ?? api.settings.name, context);
      api.tags = allTags(properties, context);
      return state(api);
    },
    async delete(current, _properties, context) {
      store.deleteApi(context, current.physicalId);
    },
  };
}

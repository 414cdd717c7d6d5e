import * as v from 'valibot';
import { defined } from '../../../core/defined.ts';
import type { PolicyPrincipals } from '../../../core/policy-principals.ts';
import type { Scope } from '../../../core/scope.ts';
import { tagMap, templateTags } from '../../../protocols/shapes.ts';
import {
  isChanged,
  type ResourceChange,
  type ResourceContext,
  type ResourceType,
  tagsChange,
} from '../../resource-type.ts';
import { uncapitalized } from '../definition/property-values.ts';
import { randomId } from '../definition/random-id.ts';
import { readPolicy } from '../definition/resource-policy.ts';
import { pathPermissions } from '../operations/operation.ts';
import type { ApiStore, RestApi, RestApiSettings } from '../store.ts';

const properties = v.strictObject({
  Name: v.optional(v.pipe(v.string(), v.minLength(1))),
  Description: v.optional(v.string()),
  EndpointConfiguration: v.optional(
    v.pipe(
      v.strictObject({
        Types: v.optional(v.array(v.picklist(['EDGE', 'REGIONAL', 'PRIVATE'])), ['EDGE']),
        IpAddressType: v.optional(v.picklist(['ipv4', 'dualstack']), 'ipv4'),
        VpcEndpointIds: v.optional(v.array(v.pipe(v.string(), v.regex(/^vpce-[0-9a-f]{8,32}$/)))),
      }),
      v.check(
        ({ Types, VpcEndpointIds }) => VpcEndpointIds === undefined || Types.includes('PRIVATE'),
        'VPCEndpoints can only be specified with PRIVATE apis.',
      ),
    ),
    {},
  ),
  Policy: v.optional(v.union([v.string(), v.record(v.string(), v.unknown())])),
  ApiKeySourceType: v.optional(v.picklist(['HEADER', 'AUTHORIZER']), 'HEADER'),
  BinaryMediaTypes: v.optional(v.array(v.string()), []),
  DisableExecuteApiEndpoint: v.optional(v.boolean(), false),
  FailOnWarnings: v.optional(v.boolean()),
  MinimumCompressionSize: v.optional(v.number()),
  Tags: v.optional(templateTags),
});

type Properties = v.InferOutput<typeof properties>;

/** `AWS::ApiGateway::RestApi`. Compression is recorded, not applied: responses go out as the function made them. */
export function restApiType(store: ApiStore, principals: PolicyPrincipals): ResourceType<typeof properties> {
  const settings = (given: Properties, name: string, api: Scope & { id: string }): RestApiSettings => ({
    name,
    binaryMediaTypes: given.BinaryMediaTypes,
    endpointConfiguration: uncapitalized(given.EndpointConfiguration),
    apiKeySource: given.ApiKeySourceType,
    disableExecuteApiEndpoint: given.DisableExecuteApiEndpoint,
    ...defined({
      description: given.Description,
      policy: readPolicy(given.Policy, api, principals),
      minimumCompressionSize: given.MinimumCompressionSize,
    }),
  });
  return {
    typeName: 'AWS::ApiGateway::RestApi',
    properties,
    replacedBy: [],
    requires(change) {
      const { handler, current } = change;
      const path = handler === 'create' ? '/restapis' : `/restapis/${current?.physicalId}`;
      const verb = { create: 'POST', update: 'PATCH', delete: 'DELETE' }[handler];
      // Every API gets CloudFormation's own tags.
      const tagged = tagsChange(change) || handler === 'create';
      return [
        ...pathPermissions(store, change, path, verb),
        ...(tagged ? pathPermissions(store, change, tagsPath(change), 'PUT') : []),
        ...(isChanged(change, 'Policy') && handler !== 'delete'
          ? pathPermissions(store, change, path, 'UpdateRestApiPolicy')
          : []),
      ];
    },
    async create(given, context) {
      const name = given.Name ?? context.generateName();
      const { accountId, region } = context;
      return state(
        store.createApi(
          context,
          (id) => settings(given, name, { id, accountId, region }),
          allTags(given, context),
        ),
      );
    },
    async update(current, given, _previous, context) {
      const api = store.api(context, current.physicalId);
      api.settings = settings(given, given.Name ?? api.settings.name, api);
      api.tags = allTags(given, context);
      return state(api);
    },
    async delete(current, _given, context) {
      store.deleteApi(context, current.physicalId);
    },
  };
}

/** The path of an API's tags. A new API has no ID yet. */
function tagsPath({ region, current }: ResourceChange): string {
  return `/tags/${encodeURIComponent(`arn:aws:apigateway:${region}::/restapis/${current?.physicalId ?? randomId(10)}`)}`;
}

function state({ id, rootResourceId }: RestApi) {
  return { physicalId: id, attributes: { RestApiId: id, RootResourceId: rootResourceId } };
}

function allTags({ Tags }: Properties, context: ResourceContext): RestApi['tags'] {
  return {
    ...context.tags,
    ...tagMap(Tags),
    'aws:cloudformation:logical-id': context.logicalId,
    'aws:cloudformation:stack-id': context.stackId,
    'aws:cloudformation:stack-name': context.stackName,
  };
}

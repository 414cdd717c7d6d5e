import { isDeepStrictEqual } from 'node:util';
import * as v from 'valibot';
import { defined } from '../../../core/defined.ts';
import type { PolicyPrincipals } from '../../../core/policy-principals.ts';
import type { Scope } from '../../../core/scope.ts';
import { tagMap, templateTags } from '../../../protocols/shapes.ts';
import { withoutEffect } from '../../../protocols/without-effect.ts';
import { isChanged, permissionsOn, type ResourceType } from '../../resource-type.ts';
import { randomId } from '../definition/api-collection.ts';
import { importApi } from '../definition/api-parts.ts';
import { type ApiDescription, readOpenApi, rolesIn } from '../definition/openapi.ts';
import { IPV4_ONLY, structure, unsupported } from '../definition/properties.ts';
import { readPolicy } from '../definition/resource-policy.ts';
import { endpointAccessMode, securityPolicy, tlsSettings } from '../definition/security-policies.ts';
import { pathPermissions } from '../operations/operation.ts';
import type { ApiStore, RestApiSettings } from '../store.ts';
import { ownerType, passRole } from './owners-and-parts.ts';

const endpointType = v.picklist(['EDGE', 'REGIONAL', 'PRIVATE']);

const properties = v.strictObject({
  Name: v.optional(v.pipe(v.string(), v.minLength(1))),
  Description: v.optional(v.string()),
  Body: v.optional(v.record(v.string(), v.unknown())),
  BodyS3Location: unsupported('put the document into Body'),
  CloneFrom: unsupported('describe the API in the template'),
  Mode: v.optional(v.literal('overwrite', 'local AWS does not merge documents: use the mode overwrite')),
  Parameters: v.optional(
    v.strictObject({
      endpointConfigurationTypes: v.optional(endpointType),
      basepath: v.optional(
        v.literal('ignore', 'local AWS ignores the base path of a document, as AWS by default'),
      ),
    }),
    {},
  ),
  EndpointConfiguration: v.optional(
    v.pipe(
      structure({
        Types: v.optional(v.array(endpointType)),
        IpAddressType: withoutEffect(v.optional(v.picklist(['ipv4', 'dualstack'])), IPV4_ONLY, 'ipv4'),
        VpcEndpointIds: v.optional(v.array(v.pipe(v.string(), v.regex(/^vpce-[0-9a-f]{8,32}$/)))),
      }),
      v.check(
        ({ types, vpcEndpointIds }) => vpcEndpointIds === undefined || types?.includes('PRIVATE') === true,
        'VPCEndpoints can only be specified with PRIVATE apis.',
      ),
    ),
  ),
  Policy: v.optional(v.union([v.string(), v.record(v.string(), v.unknown())])),
  ApiKeySourceType: withoutEffect(
    v.optional(v.picklist(['HEADER', 'AUTHORIZER'])),
    'APIs have no keys',
    'HEADER',
  ),
  BinaryMediaTypes: v.optional(v.array(v.string())),
  DisableExecuteApiEndpoint: v.optional(v.boolean()),
  FailOnWarnings: withoutEffect(v.optional(v.boolean()), 'imports have errors and no warnings'),
  MinimumCompressionSize: withoutEffect(v.optional(v.number()), 'responses are not compressed'),
  SecurityPolicy: securityPolicy,
  EndpointAccessMode: endpointAccessMode,
  Tags: v.optional(templateTags),
});

type Properties = v.InferOutput<typeof properties>;

/** `AWS::ApiGateway::RestApi`, with or without an OpenAPI document. */
export function restApiType(store: ApiStore, principals: PolicyPrincipals): ResourceType<typeof properties> {
  /** Properties override the document. */
  const settings = (
    given: Properties,
    otherName: () => string,
    api: Scope & { id: string },
    described: ApiDescription | undefined,
  ): RestApiSettings => {
    const endpointConfiguration = {
      ipAddressType: 'ipv4',
      types: [given.Parameters.endpointConfigurationTypes ?? 'EDGE'],
      ...given.EndpointConfiguration,
    };
    const [endpoint = 'EDGE'] = endpointConfiguration.types;
    return {
      name: given.Name ?? described?.title ?? otherName(),
      binaryMediaTypes: given.BinaryMediaTypes ?? described?.binaryMediaTypes ?? [],
      endpointConfiguration,
      ...tlsSettings(
        'API',
        endpoint,
        given.SecurityPolicy ?? described?.securityPolicy,
        given.EndpointAccessMode ?? described?.endpointAccessMode,
      ),
      apiKeySource: given.ApiKeySourceType ?? 'HEADER',
      disableExecuteApiEndpoint:
        given.DisableExecuteApiEndpoint ?? described?.disableExecuteApiEndpoint ?? false,
      ...defined({
        description: given.Description ?? described?.description,
        policy: readPolicy(given.Policy ?? described?.policy, api, principals),
        minimumCompressionSize: given.MinimumCompressionSize,
      }),
    };
  };
  return ownerType(store, 'AWS::ApiGateway::RestApi', properties, {
    requiresAlso(change, path) {
      const { handler, properties: given } = change;
      if (handler === 'delete') return [];
      if (!isChanged(change, 'Body')) return [];
      return [
        ...pathPermissions(store, change, path, handler === 'update' && 'PUT'),
        ...rolesIn(given.Body ?? {}).map(passRole),
      ];
    },
    tags: ({ Tags }) => tagMap(Tags),
    create(given, context, tags) {
      const described = given.Body && readOpenApi(given.Body);
      const { accountId, region, generateName } = context;
      const api = { id: randomId(10), accountId, region };
      const first = settings(given, generateName, api, described);
      return store.createApi(api, first, tags, (created) => described && importApi(created, described));
    },
    update(api, given, previous) {
      const described = given.Body && readOpenApi(given.Body);
      const next = settings(given, () => api.settings.name, api, described);
      // If the document does not change, the parts that other resources of the template added stay.
      if (described !== undefined && !isDeepStrictEqual(given.Body, previous.Body)) importApi(api, described);
      api.settings = next;
    },
    read({ settings: { description, policy, disableExecuteApiEndpoint, binaryMediaTypes } }) {
      return {
        Description: description,
        Policy: policy,
        DisableExecuteApiEndpoint: disableExecuteApiEndpoint,
        BinaryMediaTypes: binaryMediaTypes,
      };
    },
    attributes: ({ id, rootResourceId }) => ({ RestApiId: id, RootResourceId: rootResourceId }),
  });
}

const accountProperties = v.strictObject({ CloudWatchRoleArn: v.optional(v.string()) });

/** `AWS::ApiGateway::Account`: the role that API Gateway uses to write an account's logs. Deleting it changes nothing, as on AWS. */
export function accountType(store: ApiStore): ResourceType<typeof accountProperties> {
  return {
    typeName: 'AWS::ApiGateway::Account',
    properties: accountProperties,
    replacedBy: [],
    requires(change) {
      const { handler, properties: given } = change;
      const setsRole = handler !== 'delete' && given.CloudWatchRoleArn !== undefined;
      return [
        ...pathPermissions(store, change, '/account', 'PATCH'),
        ...permissionsOn(
          given.CloudWatchRoleArn ?? '',
          setsRole && 'iam:GetRole',
          setsRole && 'iam:PassRole',
        ),
      ];
    },
    async create({ CloudWatchRoleArn }, context) {
      await store.setCloudWatchRoleArn(context, CloudWatchRoleArn);
      const id = randomId(10);
      return { physicalId: id, attributes: { Id: id } };
    },
    async update(current, { CloudWatchRoleArn }, _previous, context) {
      await store.setCloudWatchRoleArn(context, CloudWatchRoleArn);
      return current;
    },
    delete: async () => {},
  };
}

import * as v from 'valibot';
import { tagMap, templateTags } from '../../../protocols/shapes.ts';
import { type ResourceContext, type ResourceType, tagsChange } from '../../resource-type.ts';
import type { AnyApi, ApiCollection, Tags } from '../definition/api-collection.ts';
import { unsupported } from '../definition/property-values.ts';
import {
  type DomainName,
  type DomainNameSettings,
  type DomainNames,
  REGIONAL_HOSTED_ZONE,
} from '../domain-names.ts';
import { pathPermissions } from '../operations/operation.ts';
import type { ApiStore } from '../store.ts';
import { verbOf } from './api-part.ts';

const properties = v.strictObject({
  DomainName: v.string(),
  RegionalCertificateArn: v.string(),
  CertificateArn: unsupported('edge-optimized domain names. Set RegionalCertificateArn'),
  EndpointConfiguration: v.strictObject({
    Types: v.tuple([v.literal('REGIONAL')]),
    IpAddressType: v.optional(v.picklist(['ipv4', 'dualstack']), 'ipv4'),
  }),
  SecurityPolicy: v.optional(v.literal('TLS_1_2')),
  RoutingMode: v.optional(v.literal('BASE_PATH_MAPPING_ONLY')),
  MutualTlsAuthentication: unsupported('mutual TLS'),
  OwnershipVerificationCertificateArn: unsupported('mutual TLS'),
  Tags: v.optional(templateTags),
});

/** `AWS::ApiGateway::DomainName`, regional. Its certificate is not used: local AWS's own CA vouches for the name. */
export function domainNameType(store: ApiStore): ResourceType<typeof properties> {
  return domainNameTypeOf(store, store.domainNames, 'AWS::ApiGateway::DomainName', properties, (given) => ({
    certificateArn: given.RegionalCertificateArn,
    ipAddressType: given.EndpointConfiguration.IpAddressType,
    tags: tagMap(given.Tags),
  }));
}

/**
 * The type of a regional domain name, as one of API Gateway's APIs has it.
 * @param read the settings and the tags in the properties
 */
export function domainNameTypeOf<
  Schema extends v.GenericSchema<unknown, { readonly DomainName: string; readonly Tags?: unknown }>,
>(
  store: ApiCollection<AnyApi, unknown, string>,
  domainNames: DomainNames,
  typeName: string,
  properties: Schema,
  read: (given: v.InferOutput<Schema>) => DomainNameSettings & { readonly tags: Tags | undefined },
): ResourceType<Schema> {
  const settingsAndTags = (given: v.InferOutput<Schema>, context: ResourceContext) => {
    const { tags, ...settings } = read(given);
    return [settings, { ...context.tags, ...tags }] as const;
  };
  return {
    typeName,
    properties,
    replacedBy: ['DomainName'],
    requires(change) {
      const { handler, region } = change;
      const path = `/domainnames/${change.properties.DomainName}`;
      const arn = encodeURIComponent(`arn:aws:apigateway:${region}::${path}`);
      const isTagging = handler !== 'delete' && tagsChange(change);
      return [
        ...pathPermissions(store, change, handler === 'create' ? '/domainnames' : path, verbOf[handler]),
        ...pathPermissions(store, change, `/tags/${arn}`, isTagging && store.kind.tagVerb),
      ];
    },
    create: async (given, context) =>
      stateOf(await domainNames.create(context, given.DomainName, ...settingsAndTags(given, context))),
    async update(_current, given, _previous, context) {
      const domainName = domainNames.get(context, given.DomainName);
      domainNames.update(domainName, ...settingsAndTags(given, context));
      return stateOf(domainName);
    },
    delete: async ({ physicalId }, _given, context) => domainNames.delete(context, physicalId),
  };
}

function stateOf({ name, target, region }: DomainName) {
  return {
    physicalId: name,
    attributes: {
      DomainNameArn: `arn:aws:apigateway:${region}::/domainnames/${name}`,
      RegionalDomainName: target,
      RegionalHostedZoneId: REGIONAL_HOSTED_ZONE,
    },
  };
}

import * as v from 'valibot';
import { tagMap, templateTags } from '../../../protocols/shapes.ts';
import {
  type ResourceChange,
  type ResourceContext,
  type ResourcePermission,
  type ResourceType,
  tagsChange,
} from '../../resource-type.ts';
import { unsupported } from '../definition/property-values.ts';
import { type DomainName, REGIONAL_HOSTED_ZONE } from '../domain-names.ts';
import { pathPermissions, type TaggedApis } from '../operations/operation.ts';
import type { ApiStore } from '../store.ts';

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

type Properties = v.InferOutput<typeof properties>;

/** `AWS::ApiGateway::DomainName`, regional. Its certificate is not used: local AWS's own CA vouches for the name. */
export function domainNameType(store: ApiStore): ResourceType<typeof properties> {
  const { domainNames } = store;
  return {
    typeName: 'AWS::ApiGateway::DomainName',
    properties,
    replacedBy: ['DomainName'],
    requires: (change) => domainNameRequirements(store, change, 'PUT'),
    async create(given, context) {
      const { DomainName } = given;
      const { settings, tags } = read(given, context);
      return domainNameState(await domainNames.create(context, DomainName, settings, tags));
    },
    async update(_current, given, _previous, context) {
      const domainName = domainNames.get(context, given.DomainName);
      const { settings, tags } = read(given, context);
      domainNames.update(domainName, settings, tags);
      return domainNameState(domainName);
    },
    delete: async ({ physicalId }, _given, context) => domainNames.delete(context, physicalId),
  };
}

function read(
  { RegionalCertificateArn, EndpointConfiguration, Tags }: Properties,
  { tags }: ResourceContext,
) {
  return {
    settings: {
      certificateArn: RegionalCertificateArn,
      ipAddressType: EndpointConfiguration.IpAddressType,
    },
    tags: { ...tags, ...tagMap(Tags) },
  };
}

/**
 * What whoever deploys a domain name must be allowed to do.
 * @param tagVerb the verb with which one of API Gateway's APIs sets tags
 */
export function domainNameRequirements(
  store: TaggedApis,
  change: ResourceChange<{ readonly DomainName: string; readonly Tags?: unknown }>,
  tagVerb: 'PUT' | 'POST',
): readonly ResourcePermission[] {
  const path = `/domainnames/${change.properties.DomainName}`;
  const arn = encodeURIComponent(`arn:aws:apigateway:${change.region}::${path}`);
  const isTagging = change.handler !== 'delete' && tagsChange(change);
  return [
    ...{
      create: () => pathPermissions(store, change, '/domainnames', 'POST'),
      update: () => pathPermissions(store, change, path, 'PATCH'),
      delete: () => pathPermissions(store, change, path, 'DELETE'),
    }[change.handler](),
    ...pathPermissions(store, change, `/tags/${arn}`, isTagging && tagVerb),
  ];
}

/** A domain name as CloudFormation remembers it. */
export function domainNameState({ name, target, region }: DomainName) {
  return {
    physicalId: name,
    attributes: {
      DomainNameArn: `arn:aws:apigateway:${region}::/domainnames/${name}`,
      RegionalDomainName: target,
      RegionalHostedZoneId: REGIONAL_HOSTED_ZONE,
    },
  };
}

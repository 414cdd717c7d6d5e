import * as v from 'valibot';
import { stringMap, unsupported } from '../../apigateway/definition/property-values.ts';
import type { DomainNames } from '../../apigateway/domain-names.ts';
import { domainNameRequirements, domainNameState } from '../../apigateway/resources/domain-name.ts';
import type { ResourceContext, ResourceType } from '../../resource-type.ts';
import type { HttpApiStore } from '../store.ts';

const properties = v.strictObject({
  DomainName: v.string(),
  DomainNameConfigurations: v.tuple([
    v.strictObject({
      CertificateArn: v.string(),
      CertificateName: v.optional(v.string()),
      EndpointType: v.optional(
        v.literal('REGIONAL', 'local AWS does not support edge-optimized domain names: use REGIONAL.'),
      ),
      IpAddressType: v.optional(v.picklist(['ipv4', 'dualstack']), 'ipv4'),
      SecurityPolicy: v.optional(v.literal('TLS_1_2')),
      OwnershipVerificationCertificateArn: unsupported('mutual TLS'),
    }),
  ]),
  MutualTlsAuthentication: unsupported('mutual TLS'),
  RoutingMode: v.optional(v.literal('API_MAPPING_ONLY', 'local AWS does not support routing rules.')),
  Tags: v.optional(stringMap),
});

/** `AWS::ApiGatewayV2::DomainName`, regional: the same domain names as those of REST APIs. */
export function domainNameType(
  store: HttpApiStore,
  domainNames: DomainNames,
): ResourceType<typeof properties> {
  return {
    typeName: 'AWS::ApiGatewayV2::DomainName',
    properties,
    replacedBy: ['DomainName'],
    requires: (change) => domainNameRequirements(store, change, 'POST'),
    async create(given, context) {
      const { settings, tags } = read(given, context);
      return domainNameState(await domainNames.create(context, given.DomainName, settings, tags));
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
  { DomainNameConfigurations: [configuration], Tags }: v.InferOutput<typeof properties>,
  { tags }: ResourceContext,
) {
  const { CertificateArn: certificateArn, IpAddressType: ipAddressType } = configuration;
  return { settings: { certificateArn, ipAddressType }, tags: { ...tags, ...Tags } };
}

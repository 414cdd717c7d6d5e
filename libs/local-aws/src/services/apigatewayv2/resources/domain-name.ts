import * as v from 'valibot';
import { stringMap, unsupported } from '../../apigateway/definition/property-values.ts';
import type { DomainNames } from '../../apigateway/domain-names.ts';
import { domainNameTypeOf } from '../../apigateway/resources/domain-name.ts';
import type { ResourceType } from '../../resource-type.ts';
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
  return domainNameTypeOf(store, domainNames, 'AWS::ApiGatewayV2::DomainName', properties, (given) => {
    const [{ CertificateArn: certificateArn, IpAddressType: ipAddressType }] = given.DomainNameConfigurations;
    return { certificateArn, ipAddressType, tags: given.Tags };
  });
}

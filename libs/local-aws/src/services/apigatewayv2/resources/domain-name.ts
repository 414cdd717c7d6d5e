import * as v from 'valibot';
import { withoutEffect } from '../../../protocols/without-effect.ts';
import { found } from '../../apigateway/definition/errors.ts';
import { type Given, IPV4_ONLY, stringMap, unsupported } from '../../apigateway/definition/properties.ts';
import { assertMappable, domainNameType, OWN_CERTIFICATE } from '../../apigateway/resources/domain-name.ts';
import { partType } from '../../apigateway/resources/owners-and-parts.ts';
import type { ApiStore } from '../../apigateway/store.ts';
import type { ResourceContext, ResourceType } from '../../resource-type.ts';
import type { HttpApiStore } from '../store.ts';

const domainProperties = v.strictObject({
  DomainName: v.string(),
  DomainNameConfigurations: v.tuple([
    v.strictObject({
      CertificateArn: withoutEffect(v.string(), OWN_CERTIFICATE),
      CertificateName: withoutEffect(v.optional(v.string()), OWN_CERTIFICATE),
      EndpointType: v.optional(
        v.literal('REGIONAL', 'local AWS does not support edge-optimized domain names: use REGIONAL.'),
      ),
      IpAddressType: withoutEffect(v.optional(v.picklist(['ipv4', 'dualstack']), 'ipv4'), IPV4_ONLY, 'ipv4'),
      SecurityPolicy: v.optional(v.literal('TLS_1_2')),
      OwnershipVerificationCertificateArn: unsupported('mutual TLS'),
    }),
  ]),
  MutualTlsAuthentication: unsupported('mutual TLS'),
  RoutingMode: v.optional(v.literal('API_MAPPING_ONLY', 'local AWS does not support routing rules.')),
  Tags: v.optional(stringMap),
});

const mappingProperties = v.strictObject({
  ApiId: v.string(),
  ApiMappingKey: v.optional(v.string(), ''),
  DomainName: v.string(),
  Stage: v.string(),
});

/** `AWS::ApiGatewayV2::DomainName`, which is shared with REST APIs, and `ApiMapping` to a stage of either kind of API. */
export function domainNameTypes(store: HttpApiStore, restApis: ApiStore): readonly ResourceType[] {
  const { domainNames } = restApis;
  const target = (context: ResourceContext, { apiId, stage: stageName }: Given<typeof mappingProperties>) => {
    const restApi = restApis.find(context, apiId);
    if (restApi !== undefined) assertMappable(restApis, restApi, stageName);
    else store.stage(store.get(context, apiId), stageName);
    return { apiId, stageName };
  };
  return [
    domainNameType(
      domainNames,
      'AWS::ApiGatewayV2::DomainName',
      domainProperties,
      ({ DomainNameConfigurations: [one] }) => ({
        certificateArn: one.CertificateArn,
        ipAddressType: one.IpAddressType,
        securityPolicy: 'TLS_1_2',
      }),
      ({ Tags }) => Tags,
    ),
    partType(domainNames, 'AWS::ApiGatewayV2::ApiMapping', mappingProperties, {
      path: 'apimappings',
      attribute: 'ApiMappingId',
      create: (domainName, given, context) =>
        domainNames.putMapping(domainName, given.apiMappingKey, target(context, given)).id,
      update(domainName, given, id, context) {
        const ids = [...domainName.mappings.values()].map((mapping) => mapping.id);
        found(
          ids.find((each) => each === id),
          'Invalid API mapping identifier specified',
        );
        domainNames.putMapping(domainName, given.apiMappingKey, target(context, given), id);
      },
      remove: (domainName, id) => domainNames.deleteMapping(domainName, id),
    }),
  ];
}

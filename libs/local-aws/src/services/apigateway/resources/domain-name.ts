import * as v from 'valibot';
import { defined } from '../../../core/defined.ts';
import { tagMap, templateTags } from '../../../protocols/shapes.ts';
import { withoutEffect } from '../../../protocols/without-effect.ts';
import type { ResourceContext, ResourceType } from '../../resource-type.ts';
import { isPrivate, type Tags } from '../definition/api-collection.ts';
import { badRequest } from '../definition/errors.ts';
import { type Given, IPV4_ONLY, unsupported } from '../definition/properties.ts';
import { endpointAccessMode, securityPolicy, tlsSettings } from '../definition/security-policies.ts';
import {
  type DomainNameSettings,
  type DomainNames,
  NO_BASE_PATH,
  REGIONAL_HOSTED_ZONE,
} from '../domain-names.ts';
import type { ApiStore, RestApi } from '../store.ts';
import { ownerType, partType } from './owners-and-parts.ts';

/** Why the certificate of a domain name has no effect. */
export const OWN_CERTIFICATE = 'the certificate is one of local AWS';

const domainProperties = v.strictObject({
  DomainName: v.string(),
  RegionalCertificateArn: withoutEffect(v.string(), OWN_CERTIFICATE),
  CertificateArn: unsupported('edge-optimized domain names. Set RegionalCertificateArn'),
  EndpointConfiguration: v.strictObject({
    Types: v.tuple([v.literal('REGIONAL')]),
    IpAddressType: withoutEffect(v.optional(v.picklist(['ipv4', 'dualstack']), 'ipv4'), IPV4_ONLY, 'ipv4'),
  }),
  SecurityPolicy: securityPolicy,
  EndpointAccessMode: endpointAccessMode,
  RoutingMode: v.optional(v.literal('BASE_PATH_MAPPING_ONLY')),
  MutualTlsAuthentication: unsupported('mutual TLS'),
  OwnershipVerificationCertificateArn: unsupported('mutual TLS'),
  Tags: v.optional(templateTags),
});

const mappingProperties = v.strictObject({
  DomainName: v.string(),
  BasePath: v.pipe(
    v.optional(v.string(), ''),
    v.transform((path) => (path === NO_BASE_PATH ? '' : path)),
  ),
  RestApiId: v.string(),
  Stage: v.optional(v.string()),
});

/** `AWS::ApiGateway::DomainName` (regional) and `BasePathMapping`. The certificate is not used: local AWS's CA issues another. */
export function domainNameTypes(store: ApiStore): readonly ResourceType[] {
  const { domainNames } = store;
  const target = (
    context: ResourceContext,
    { restApiId: apiId, stage: stageName }: Given<typeof mappingProperties>,
  ) => {
    assertMappable(store, store.get(context, apiId), stageName);
    return defined({ apiId, stageName });
  };
  return [
    domainNameType(
      domainNames,
      'AWS::ApiGateway::DomainName',
      domainProperties,
      (given) => ({
        certificateArn: given.RegionalCertificateArn,
        ipAddressType: given.EndpointConfiguration.IpAddressType,
        ...tlsSettings('domain name', 'REGIONAL', given.SecurityPolicy, given.EndpointAccessMode),
      }),
      ({ Tags }) => tagMap(Tags),
    ),
    partType(domainNames, 'AWS::ApiGateway::BasePathMapping', mappingProperties, {
      replacedBy: ['BasePath'],
      path: 'basepathmappings',
      create(domainName, given, context) {
        const { basePath } = given;
        if (basePath.includes('/')) {
          throw badRequest(
            `Invalid base path: ${basePath}. It must be one segment. AWS::ApiGatewayV2::ApiMapping takes several.`,
          );
        }
        domainNames.putMapping(domainName, basePath, target(context, given));
        return `${domainName.id}|${basePath || NO_BASE_PATH}`;
      },
      update(domainName, given, _id, context) {
        const id = domainName.mappings.get(given.basePath)?.id;
        domainNames.putMapping(domainName, given.basePath, target(context, given), id);
      },
      remove: ({ mappings }, _id, { basePath }) => mappings.delete(basePath),
    }),
  ];
}

/** Checks that a base path can be mapped to an API and, if given, to a stage. */
export function assertMappable(store: ApiStore, api: RestApi, stageName: string | undefined): void {
  if (isPrivate(api)) throw badRequest('A regional custom domain name cannot lead to a private API.');
  if (stageName !== undefined) store.stage(api, stageName);
}

/** Declares the type of a regional domain name, for REST APIs or HTTP APIs. */
export function domainNameType<
  Schema extends v.GenericSchema<unknown, { readonly DomainName: string; readonly Tags?: unknown }>,
>(
  domainNames: DomainNames,
  typeName: string,
  properties: Schema,
  settings: (given: v.InferOutput<Schema>) => DomainNameSettings,
  tags: (given: v.InferOutput<Schema>) => Tags | undefined,
): ResourceType<Schema> {
  return ownerType(domainNames, typeName, properties, {
    replacedBy: ['DomainName'],
    idOf: ({ DomainName }) => DomainName,
    tags,
    create: (given, context, allTags) =>
      domainNames.create(context, given.DomainName, settings(given), allTags),
    update: (domainName, given) => domainNames.update(domainName, settings(given)),
    attributes: ({ id, target, region }) => ({
      DomainNameArn: `arn:aws:apigateway:${region}::/domainnames/${id}`,
      RegionalDomainName: target,
      RegionalHostedZoneId: REGIONAL_HOSTED_ZONE,
    }),
  });
}

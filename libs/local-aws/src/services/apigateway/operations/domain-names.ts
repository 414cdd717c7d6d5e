import type { Operation } from '../../../protocols/operation.ts';
import { type DomainName, NO_BASE_PATH, REGIONAL_HOSTED_ZONE } from '../domain-names.ts';
import type { ApiStore } from '../store.ts';
import { byId, nonEmpty, paging, readOperationsOn } from './operation.ts';

/** The operations that read custom domain names and their mappings. */
export function domainNameOperations(store: ApiStore): readonly Operation[] {
  const { domainNames } = store;
  const reads = readOperationsOn(store, paging);
  return [
    ...reads({
      operations: ['GetDomainNames', 'GetDomainName'],
      path: '/domainnames',
      label: 'domainName',
      members: (scope) => byId(domainNames.all(scope), ({ name }) => name),
      describe,
      missing: () => 'Invalid domain name identifier specified',
    }),
    ...reads({
      operations: ['GetBasePathMappings', 'GetBasePathMapping'],
      path: '/domainnames/{domainName}/basepathmappings',
      label: 'basePath',
      members: (scope, name) =>
        byId([...domainNames.get(scope, name).mappings], ([basePath]) => basePath || NO_BASE_PATH),
      describe: ([, { apiId, stageName }], basePath) => ({
        ...{ basePath, restApiId: apiId, stage: stageName ?? '(none)' },
      }),
      missing: () => 'Invalid base path mapping identifier specified',
    }),
  ];
}

function describe({ name: domainName, target, region, settings, tags }: DomainName) {
  return {
    domainName,
    domainNameArn: `arn:aws:apigateway:${region}::/domainnames/${domainName}`,
    regionalDomainName: target,
    regionalHostedZoneId: REGIONAL_HOSTED_ZONE,
    regionalCertificateArn: settings.certificateArn,
    endpointConfiguration: { types: ['REGIONAL'], ipAddressType: settings.ipAddressType },
    domainNameStatus: 'AVAILABLE',
    securityPolicy: 'TLS_1_2',
    routingMode: 'BASE_PATH_MAPPING_ONLY',
    tags: nonEmpty(tags),
  };
}

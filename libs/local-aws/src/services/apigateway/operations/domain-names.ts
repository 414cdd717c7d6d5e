import * as v from 'valibot';
import type { Operation } from '../../../protocols/operation.ts';
import { notFound } from '../definition/errors.ts';
import { type DomainName, NO_BASE_PATH, REGIONAL_HOSTED_ZONE } from '../domain-names.ts';
import type { ApiStore } from '../store.ts';
import { nonEmpty, operationsOn, pageOf, paging } from './operation.ts';

const NAME = '/domainnames/{domainName}';
const name = { domainName: v.string() };

/** The operations that read custom domain names and their mappings. */
export function domainNameOperations(store: ApiStore): readonly Operation[] {
  const { domainNames } = store;
  const operation = operationsOn(store);
  return [
    operation('GetDomainNames', {
      http: 'GET /domainnames',
      input: v.object(paging),
      handle: (input, call) => pageOf(domainNames.all(call).map(describe), input),
    }),
    operation('GetDomainName', {
      http: `GET ${NAME}`,
      input: v.object(name),
      handle: ({ domainName }, call) => describe(domainNames.get(call, domainName)),
    }),
    operation('GetBasePathMappings', {
      http: `GET ${NAME}/basepathmappings`,
      input: v.object({ ...name, ...paging }),
      handle: (input, call) => pageOf(mappingsOf(domainNames.get(call, input.domainName)), input),
    }),
    operation('GetBasePathMapping', {
      http: `GET ${NAME}/basepathmappings/{basePath}`,
      input: v.object({ ...name, basePath: v.string() }),
      handle({ domainName, basePath }, call) {
        const mappings = mappingsOf(domainNames.get(call, domainName));
        const found = mappings.find((mapping) => mapping.basePath === basePath);
        if (found === undefined) throw notFound('Invalid base path mapping identifier specified');
        return found;
      },
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

function mappingsOf({ mappings }: DomainName) {
  return [...mappings].map(([basePath, { apiId, stageName }]) => ({
    basePath: basePath || NO_BASE_PATH,
    restApiId: apiId,
    stage: stageName ?? '(none)',
  }));
}

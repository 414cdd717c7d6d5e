import * as v from 'valibot';
import type { Operation } from '../../../protocols/operation.ts';
import { notFound } from '../../apigateway/definition/errors.ts';
import {
  type DomainName,
  type DomainNames,
  type Mapping,
  REGIONAL_HOSTED_ZONE,
} from '../../apigateway/domain-names.ts';
import { nonEmpty, operationsOn } from '../../apigateway/operations/operation.ts';
import type { HttpApiStore } from '../store.ts';
import { pageOf, paging } from './operation.ts';

const NAME = '/v2/domainnames/{DomainName}';
const name = { DomainName: v.string() };

/** The operations that read custom domain names and their API mappings. Both of API Gateway's APIs show the same ones. */
export function domainNameOperations(store: HttpApiStore, domainNames: DomainNames): readonly Operation[] {
  const operation = operationsOn(store);
  return [
    operation('GetDomainNames', {
      http: 'GET /v2/domainnames',
      input: v.object(paging),
      handle: (input, call) => pageOf(domainNames.all(call).map(describe), input),
    }),
    operation('GetDomainName', {
      http: `GET ${NAME}`,
      input: v.object(name),
      handle: ({ DomainName }, call) => describe(domainNames.get(call, DomainName)),
    }),
    operation('GetApiMappings', {
      http: `GET ${NAME}/apimappings`,
      input: v.object({ ...name, ...paging }),
      handle: (input, call) =>
        pageOf([...domainNames.get(call, input.DomainName).mappings].map(describeMapping), input),
    }),
    operation('GetApiMapping', {
      http: `GET ${NAME}/apimappings/{ApiMappingId}`,
      input: v.object({ ...name, ApiMappingId: v.string() }),
      handle({ DomainName, ApiMappingId }, call) {
        const mappings = [...domainNames.get(call, DomainName).mappings];
        const found = mappings.find(([, { id }]) => id === ApiMappingId);
        if (found === undefined) throw notFound('Invalid API mapping identifier specified');
        return describeMapping(found);
      },
    }),
  ];
}

function describe({ name: domainName, target, region, settings, tags }: DomainName) {
  return {
    domainName,
    domainNameArn: `arn:aws:apigateway:${region}::/domainnames/${domainName}`,
    apiMappingSelectionExpression: '$request.basepath',
    domainNameConfigurations: [
      {
        apiGatewayDomainName: target,
        certificateArn: settings.certificateArn,
        domainNameStatus: 'AVAILABLE',
        endpointType: 'REGIONAL',
        hostedZoneId: REGIONAL_HOSTED_ZONE,
        ipAddressType: settings.ipAddressType,
        securityPolicy: 'TLS_1_2',
      },
    ],
    routingMode: 'API_MAPPING_ONLY',
    tags: nonEmpty(tags),
  };
}

function describeMapping([apiMappingKey, { id, apiId, stageName }]: readonly [string, Mapping]) {
  return { apiMappingId: id, apiId, apiMappingKey, stage: stageName };
}

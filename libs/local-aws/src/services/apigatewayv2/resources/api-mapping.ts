import * as v from 'valibot';
import type { Scope } from '../../../core/scope.ts';
import { badRequest, notFound } from '../../apigateway/definition/errors.ts';
import type { DomainNames } from '../../apigateway/domain-names.ts';
import { pathPermissions } from '../../apigateway/operations/operation.ts';
import { type ApiStore, isPrivate, stageOf as restStageOf } from '../../apigateway/store.ts';
import type { ResourceType } from '../../resource-type.ts';
import { type HttpApiStore, stageOf } from '../store.ts';

const properties = v.strictObject({
  ApiId: v.string(),
  ApiMappingKey: v.optional(v.string(), ''),
  DomainName: v.string(),
  Stage: v.string(),
});

type Properties = v.InferOutput<typeof properties>;

/** `AWS::ApiGatewayV2::ApiMapping`, to a stage of an HTTP API or of a REST API. */
export function apiMappingType(store: HttpApiStore, restApis: ApiStore): ResourceType<typeof properties> {
  const { domainNames } = restApis;
  const target = (scope: Scope, { ApiId: apiId, Stage: stageName }: Properties) => {
    const restApi = restApis.findApi(scope, apiId);
    if (restApi === undefined) stageOf(store.api(scope, apiId), stageName);
    else if (isPrivate(restApi)) {
      throw badRequest('A regional custom domain name cannot lead to a private API.');
    } else restStageOf(restApi, stageName);
    return { apiId, stageName };
  };
  return {
    typeName: 'AWS::ApiGatewayV2::ApiMapping',
    properties,
    replacedBy: ['DomainName'],
    requires(change) {
      const all = `/domainnames/${change.properties.DomainName}/apimappings`;
      const verb = { create: 'POST', update: 'PATCH', delete: 'DELETE' }[change.handler];
      const path = change.handler === 'create' ? all : `${all}/${change.current?.physicalId}`;
      return pathPermissions(store, change, path, verb);
    },
    async create(given, context) {
      const domainName = domainNames.get(context, given.DomainName);
      const { id } = domainNames.putMapping(domainName, given.ApiMappingKey, target(context, given));
      return { physicalId: id, attributes: { ApiMappingId: id } };
    },
    async update(current, given, _previous, context) {
      const domainName = domainNames.get(context, given.DomainName);
      const { physicalId: id } = current;
      if (keyOf(domainNames, context, given.DomainName, id) === undefined) {
        throw notFound('Invalid API mapping identifier specified');
      }
      domainNames.putMapping(domainName, given.ApiMappingKey, target(context, given), id);
      return current;
    },
    async delete({ physicalId }, { DomainName }, context) {
      const key = keyOf(domainNames, context, DomainName, physicalId);
      if (key !== undefined) domainNames.find(context, DomainName)?.mappings.delete(key);
    },
  };
}

function keyOf(domainNames: DomainNames, scope: Scope, domainName: string, id: string): string | undefined {
  const mappings = domainNames.find(scope, domainName)?.mappings ?? [];
  return [...mappings].find(([, mapping]) => mapping.id === id)?.[0];
}

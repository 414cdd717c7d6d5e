import * as v from 'valibot';
import { defined } from '../../../core/defined.ts';
import type { Scope } from '../../../core/scope.ts';
import type { ResourceType } from '../../resource-type.ts';
import { badRequest } from '../definition/errors.ts';
import { NO_BASE_PATH } from '../domain-names.ts';
import { pathPermissions } from '../operations/operation.ts';
import { type ApiStore, isPrivate, stageOf } from '../store.ts';

const properties = v.strictObject({
  DomainName: v.string(),
  BasePath: v.pipe(
    v.optional(v.string(), ''),
    v.transform((path) => (path === NO_BASE_PATH ? '' : path)),
  ),
  RestApiId: v.string(),
  Stage: v.optional(v.string()),
});

/** `AWS::ApiGateway::BasePathMapping`. */
export function basePathMappingType(store: ApiStore): ResourceType<typeof properties> {
  const { domainNames } = store;
  const target = (scope: Scope, { RestApiId, Stage }: v.InferOutput<typeof properties>) => {
    const api = store.api(scope, RestApiId);
    if (isPrivate(api)) throw badRequest('A regional custom domain name cannot lead to a private API.');
    if (Stage !== undefined) stageOf(api, Stage);
    return defined({ apiId: RestApiId, stageName: Stage });
  };
  return {
    typeName: 'AWS::ApiGateway::BasePathMapping',
    properties,
    replacedBy: ['DomainName', 'BasePath'],
    requires(change) {
      const { DomainName, BasePath } = change.properties;
      const all = `/domainnames/${DomainName}/basepathmappings`;
      const own = `${all}/${BasePath || NO_BASE_PATH}`;
      const verb = { create: 'POST', update: 'PATCH', delete: 'DELETE' }[change.handler];
      return pathPermissions(store, change, change.handler === 'create' ? all : own, verb);
    },
    async create(given, context) {
      const { DomainName, BasePath } = given;
      if (BasePath.includes('/')) {
        throw badRequest(
          `Invalid base path: ${BasePath}. It must be one segment. AWS::ApiGatewayV2::ApiMapping takes several.`,
        );
      }
      domainNames.putMapping(domainNames.get(context, DomainName), BasePath, target(context, given));
      return { physicalId: `${DomainName}|${BasePath || NO_BASE_PATH}`, attributes: {} };
    },
    async update(current, given, _previous, context) {
      const domainName = domainNames.get(context, given.DomainName);
      const id = domainName.mappings.get(given.BasePath)?.id;
      domainNames.putMapping(domainName, given.BasePath, target(context, given), id);
      return current;
    },
    async delete(_current, { DomainName, BasePath }, context) {
      domainNames.find(context, DomainName)?.mappings.delete(BasePath);
    },
  };
}

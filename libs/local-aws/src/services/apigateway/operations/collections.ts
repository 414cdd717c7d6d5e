import * as v from 'valibot';
import type { PolicyPrincipals } from '../../../core/policy-principals.ts';
import type { Scope } from '../../../core/scope.ts';
import type { ServiceOperation } from '../../../protocols/operation.ts';
import type { Stage } from '../definition/api-collection.ts';
import { found, partOf } from '../definition/errors.ts';
import { type DomainName, NO_BASE_PATH, REGIONAL_HOSTED_ZONE } from '../domain-names.ts';
import type { ApiStore, Deployment, Method, Resource, RestApi, StageSettings } from '../store.ts';
import { API, api, nonEmpty, operationsOn, paging, readOperationsOn } from './operation.ts';

const METHOD = `${API}/resources/{resourceId}/methods/{httpMethod}`;
const method = { ...api, resourceId: v.string(), httpMethod: v.string() };

/** The input member that lists the parts to show in full. */
const embed = { embed: v.optional(v.union([v.string(), v.array(v.string())])) };
const embeds = (input: object | undefined, part: string) =>
  input !== undefined && 'embed' in input && [input.embed].flat().includes(part);

/** Stages have no pages. `deploymentId` selects the stages of a deployment. */
const stageList = {
  input: { deploymentId: v.optional(v.string()) },
  pageOf: (list: readonly object[], { deploymentId }: { readonly deploymentId?: string | undefined }) => ({
    item: list.filter(
      (stage) =>
        deploymentId === undefined || ('deploymentId' in stage && stage.deploymentId === deploymentId),
    ),
  }),
};

/** The operations that list and read APIs, their parts, and domain names. */
export function readOperations(store: ApiStore, principals: PolicyPrincipals): readonly ServiceOperation[] {
  const { domainNames, kind } = store;
  const operation = operationsOn(store);
  const reads = readOperationsOn(store, paging);
  const methodOf = (
    { restApiId, resourceId, httpMethod }: Record<keyof typeof method, string>,
    scope: Scope,
  ) => {
    const { methods } = partOf(store.get(scope, restApiId).resources, resourceId, 'Resource');
    return partOf(methods, httpMethod, 'Method');
  };
  return [
    ...reads({
      operations: ['GetRestApis', 'GetRestApi'],
      path: '/restapis/{restApiId}',
      members: (scope) => store.all(scope),
      describe: (each) => describeApi(each, principals),
      missing: kind.missing,
    }),
    operation('GetResources', {
      http: `GET ${API}/resources`,
      input: v.object({ ...api, ...paging.input, ...embed }),
      handle(input, call) {
        const resources = [...store.get(call, input.restApiId).resources.values()]
          .sort((a, b) => (a.path < b.path ? -1 : 1))
          .map((each) => describeResource(each, embeds(input, 'methods')));
        return paging.pageOf(resources, input);
      },
    }),
    operation('GetMethod', {
      http: `GET ${METHOD}`,
      input: v.object(method),
      handle: (input, call) => describeMethod(methodOf(input, call)),
    }),
    operation('GetIntegration', {
      http: `GET ${METHOD}/integration`,
      input: v.object(method),
      handle: (input, call) =>
        found(methodOf(input, call).methodIntegration, 'No integration defined for method'),
    }),
    ...reads({
      operations: ['GetDeployments', 'GetDeployment'],
      path: `${API}/deployments/{deploymentId}`,
      members: (scope, apiId) => store.get(scope, apiId).deployments,
      readInput: embed,
      describe: (deployment, _id, input) => ({
        ...describeDeployment(deployment),
        apiSummary: embeds(input, 'apisummary') ? summarize(deployment) : undefined,
      }),
      missing: () => 'Invalid Deployment identifier specified',
    }),
    ...readOperationsOn(
      store,
      stageList,
    )({
      operations: ['GetStages', 'GetStage'],
      path: `${API}/stages/{stageName}`,
      members: (scope, apiId) => store.get(scope, apiId).stages,
      describe: describeStage,
      missing: kind.missingStage,
    }),
    ...reads({
      operations: ['GetDomainNames', 'GetDomainName'],
      path: '/domainnames/{domainName}',
      members: (scope) => domainNames.all(scope),
      describe: describeDomainName,
      missing: domainNames.kind.missing,
    }),
    ...reads({
      operations: ['GetBasePathMappings', 'GetBasePathMapping'],
      path: '/domainnames/{domainName}/basepathmappings/{basePath}',
      members: (scope, name) =>
        new Map([...domainNames.get(scope, name).mappings].map(([key, to]) => [key || NO_BASE_PATH, to])),
      describe: ({ apiId, stageName = '(none)' }, basePath) => ({
        basePath,
        restApiId: apiId,
        stage: stageName,
      }),
      missing: () => 'Invalid base path mapping identifier specified',
    }),
  ];
}

/** An API as responses show it. */
export function describeApi(
  { id, createdDate, rootResourceId, tags, settings }: RestApi,
  principals: PolicyPrincipals,
) {
  const policy = settings.policy && principals.showPrincipals(settings.policy);
  return {
    id,
    createdDate,
    rootResourceId,
    tags,
    ...settings,
    binaryMediaTypes: nonEmpty(settings.binaryMediaTypes),
    // API Gateway escapes the policy's JSON text once more; Terraform and others undo it.
    policy: policy && JSON.stringify(JSON.stringify(policy)).slice(1, -1),
  };
}

/** @param inFull whether to show methods in full, or only their names */
function describeResource({ id, parentId, pathPart, path, methods }: Resource, inFull: boolean) {
  const shown = [...methods].map(([name, each]) => [name, inFull ? describeMethod(each) : {}]);
  return { id, parentId, pathPart, path, resourceMethods: nonEmpty(Object.fromEntries(shown)) };
}

function describeMethod({ integration: _, methodResponses, ...each }: Method) {
  const responses = methodResponses.map((response) => ({
    ...response,
    responseParameters: nonEmpty(response.responseParameters),
    responseModels: nonEmpty(response.responseModels),
  }));
  return {
    ...each,
    apiKeyRequired: false,
    requestParameters: nonEmpty(each.requestParameters),
    requestModels: nonEmpty(each.requestModels),
    methodResponses: nonEmpty(
      Object.fromEntries(responses.map((response) => [response.statusCode, response])),
    ),
  };
}

/** A deployment as responses show it. */
export function describeDeployment({ id, description, createdDate }: Deployment) {
  return { id, description, createdDate };
}

function summarize({ api: { resources } }: Deployment) {
  const withMethods = resources.filter(({ methods }) => methods.size > 0);
  return Object.fromEntries(
    withMethods.map(({ path, methods }) => {
      const shown = [...methods].map(([name, { authorizationType }]) => [
        name,
        { authorizationType, apiKeyRequired: false },
      ]);
      return [path, Object.fromEntries(shown)];
    }),
  );
}

/** A stage as responses show it. */
export function describeStage({ settings, ...stage }: Stage<StageSettings>) {
  return {
    ...stage,
    ...settings,
    cacheClusterEnabled: false,
    cacheClusterStatus: 'NOT_AVAILABLE',
    methodSettings: Object.fromEntries(settings.methodSettings),
    variables: nonEmpty(settings.variables),
    tags: nonEmpty(stage.tags),
  };
}

function describeDomainName({ id, target, region, settings, tags }: DomainName) {
  return {
    domainName: id,
    domainNameArn: `arn:aws:apigateway:${region}::/domainnames/${id}`,
    regionalDomainName: target,
    regionalHostedZoneId: REGIONAL_HOSTED_ZONE,
    regionalCertificateArn: settings.certificateArn,
    endpointConfiguration: { types: ['REGIONAL'], ipAddressType: settings.ipAddressType },
    domainNameStatus: 'AVAILABLE',
    securityPolicy: settings.securityPolicy,
    endpointAccessMode: settings.endpointAccessMode,
    routingMode: 'BASE_PATH_MAPPING_ONLY',
    tags: nonEmpty(tags),
  };
}

import { parseArn } from '@cross-account-api/iam';
import {
  type ApiFacts,
  DEFAULT_ROUTE,
  type HolderFacts,
  type PolicyReader,
  type RoleFacts,
  type RouteFacts,
} from '@cross-account-api/iam/explanation';
import { defined } from '../core/defined.ts';
import type { Directory } from '../identity/directory.ts';
import type { Role, User } from '../identity/holders.ts';
import type { DeployedStage } from '../services/apigateway/store.ts';
import type { DeployedHttpStage } from '../services/apigatewayv2/store.ts';
import type { Deployed } from '../services/index.ts';
import { functionArn, parseFunctionArn } from '../services/lambda/functions/function-name.ts';

/** Makes a reader of the policies in this process. It makes no requests, so it leaves no trace. */
export function createOwnPolicyReader(directory: Directory, deployed: Deployed): PolicyReader {
  const factsOf = (holder: Role | User): HolderFacts => ({
    arn: holder.arn,
    uniqueId: holder.uniqueId,
    policies: directory.policiesOf(holder),
    boundary: directory.boundaryOf(holder),
    tags: Object.fromEntries(holder.tags),
  });
  return {
    organization: async (accountId) => directory.organizationOf(accountId),
    async role(arn): Promise<RoleFacts | undefined> {
      const { accountId, name } = parseArn(arn);
      const role = directory.roles.find(accountId, name);
      return role && { ...factsOf(role), trust: directory.roles.trustPolicy(role) };
    },
    async user(arn) {
      const { accountId, name } = parseArn(arn);
      const user = directory.users.find(accountId, name);
      return user && factsOf(user);
    },
    functionPolicy: async (arn) => deployed.functions.policy(parseFunctionArn(arn)),
    async function(arn) {
      const found = deployed.functions.find(parseFunctionArn(arn));
      if (found === undefined) return undefined;
      const { Role: roleArn, Environment } = found.latest.settings;
      return {
        arn: functionArn(found),
        name: found.name,
        roleArn,
        environment: Environment?.Variables ?? {},
      };
    },
    async api({ accountId, region, apiId }) {
      const stages = deployed.stages().filter((one) => one.accountId === accountId && one.region === region);
      const stage = stages.find((one) => one.apiId === apiId);
      return stage && apiOf(stage, directory);
    },
  };
}

function apiOf(stage: DeployedStage | DeployedHttpStage, directory: Directory): ApiFacts {
  const { apiId, apiName: name, accountId, region } = stage;
  const document = stage.protocol === 'REST' ? stage.api.policy : undefined;
  const policy = document && {
    name: `resource policy of API ${name} (${apiId})`,
    document: directory.principals.showPrincipals(document),
  };
  const protocol = stage.protocol === 'HTTP' ? stage.protocol : undefined;
  return { apiId, name, accountId, region, routes: routesOf(stage), ...defined({ policy, protocol }) };
}

/** The routes of a stage, by path. */
export function routesOf(stage: DeployedStage | DeployedHttpStage): RouteFacts[] {
  const routes = stage.protocol === 'REST' ? restRoutes(stage) : httpRoutes(stage);
  return routes.sort((a, b) => (a.path < b.path ? -1 : 1));
}

function restRoutes({ api }: DeployedStage): RouteFacts[] {
  return api.resources.flatMap(({ path, methods }) =>
    [...methods].map(([method, { authorizationType, integration }]) => {
      const { functionArn, credentials } = integration.type === 'AWS_PROXY' ? integration : {};
      return defined({ method, path, authorizationType, functionArn, credentials });
    }),
  );
}

function httpRoutes({ api }: DeployedHttpStage): RouteFacts[] {
  const routes = api.paths.flatMap(({ path, methods }) =>
    [...methods].map(([method, route]) => ({ method, path, route })),
  );
  const { defaultRoute } = api;
  if (defaultRoute !== undefined) routes.push({ method: 'ANY', path: DEFAULT_ROUTE, route: defaultRoute });
  return routes.map(({ method, path, route: { authorizationType, integration } }) => ({
    method,
    path,
    authorizationType,
    functionArn: integration.functionArn,
  }));
}

import {
  type ApiFacts,
  type HolderFacts,
  type PolicyReader,
  parseArn,
  type RoleFacts,
  type RouteFacts,
} from '@cross-account-api/iam';
import { defined } from '../core/defined.ts';
import type { Directory } from '../identity/directory.ts';
import type { Role, User } from '../identity/entities.ts';
import type { DeployedStage } from '../services/apigateway/deployed-api.ts';
import type { Deployed } from '../services/index.ts';
import { functionArn, parseFunctionArn } from '../services/lambda/functions/function-name.ts';

/** Reads the policies of this process. It leaves no trace, as requests would. */
export function createOwnPolicyReader(directory: Directory, deployed: Deployed): PolicyReader {
  const factsOf = (holder: Role | User): HolderFacts => ({
    arn: holder.arn,
    uniqueId: holder.uniqueId,
    policies: directory.policiesOf(holder),
    boundary: directory.boundaryOf(holder),
    tags: Object.fromEntries(holder.tags),
  });
  return {
    async organization(accountId) {
      return directory.organizationOf(accountId);
    },
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
    async functionPolicy(arn) {
      return deployed.functions.policy(parseFunctionArn(arn), { shown: true });
    },
    async function(arn) {
      const found = deployed.functions.find(parseFunctionArn(arn));
      if (found === undefined) return undefined;
      const { Role: roleArn, Environment } = found.latest.settings;
      const { accountId, region, name } = found;
      return {
        arn: functionArn({ accountId, region, name }),
        name,
        roleArn,
        environment: Environment.Variables,
      };
    },
    async api({ accountId, region, apiId }) {
      const stage = deployed
        .stages()
        .find((one) => one.apiId === apiId && one.accountId === accountId && one.region === region);
      return stage && apiOf(stage, directory);
    },
  };
}

function apiOf(stage: DeployedStage, directory: Directory): ApiFacts {
  const { apiId, apiName: name, accountId, region, api } = stage;
  const policy = api.policy && {
    name: `resource policy of API ${name} (${apiId})`,
    document: directory.showPrincipals(api.policy),
  };
  return { apiId, name, accountId, region, routes: routesOf(stage), ...defined({ policy }) };
}

/** The routes of a stage, by path. */
export function routesOf({ api }: DeployedStage): RouteFacts[] {
  return api.resources
    .flatMap(({ path, methods }) =>
      [...methods].map(([method, { authorizationType, integration }]) => {
        const { functionArn, credentials } = integration.type === 'AWS_PROXY' ? integration : {};
        return defined({ method, path, authorizationType, functionArn, credentials });
      }),
    )
    .sort((a, b) => (a.path < b.path ? -1 : 1));
}

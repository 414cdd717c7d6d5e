import { GetDeploymentCommand, GetStageCommand, GetStagesCommand } from '@aws-sdk/client-api-gateway';
import type { ServedStage } from '../chain/served-stage.ts';
import type { Account } from './account.ts';

/**
 * Reads a stage, and the routes of the deployment that it serves: an API's own routes may be newer.
 * @returns `undefined` if the API has no such stage
 */
export async function readStage(
  account: Account,
  { region, apiId: restApiId }: { readonly region: string; readonly apiId: string },
  stageName: string,
): Promise<ServedStage | undefined> {
  const client = account.apiGateway(region);
  const stage = await account.read(() => client.send(new GetStageCommand({ restApiId, stageName })));
  if (stage === undefined) return undefined;
  const { deploymentId, methodSettings = {}, variables = {}, webAclArn } = stage;
  const deployment = await account.read(() =>
    client.send(new GetDeploymentCommand({ restApiId, deploymentId, embed: ['apisummary'] })),
  );
  return {
    name: stageName,
    deployedAt: deployment?.createdDate,
    routes: Object.entries(deployment?.apiSummary ?? {}).flatMap(([path, methods]) =>
      Object.entries(methods).map(([method, { authorizationType, apiKeyRequired }]) => ({
        ...{ method, path },
        authorizationType: authorizationType ?? 'NONE',
        apiKeyRequired: apiKeyRequired === true,
      })),
    ),
    throttles: new Map(
      Object.entries(methodSettings).map(
        ([key, { throttlingRateLimit: rate, throttlingBurstLimit: burst }]) => [
          key.replaceAll('~1', '/').replace(/^\//, ''),
          { rate, burst },
        ],
      ),
    ),
    ...{ variables, webAclArn },
  };
}

/** The names of an API's stages. */
export async function readStageNames(
  account: Account,
  { region, apiId: restApiId }: { readonly region: string; readonly apiId: string },
): Promise<string[]> {
  const client = account.apiGateway(region);
  const found = await account.read(() => client.send(new GetStagesCommand({ restApiId })));
  return (found?.item ?? []).flatMap(({ stageName }) => stageName ?? []);
}

import { GetDeploymentCommand, GetStageCommand, GetStagesCommand } from '@aws-sdk/client-api-gateway';
import {
  GetStageCommand as GetHttpStageCommand,
  GetStagesCommand as GetHttpStagesCommand,
  type RouteSettings,
} from '@aws-sdk/client-apigatewayv2';
import type { ApiFacts } from '@cross-account-api/iam/explanation';
import type { Account } from './account.ts';
import { itemsOf } from './read-api.ts';
import type { ServedStage, Throttle } from './served-stage.ts';

/**
 * Reads a stage with the routes of its deployment. The API's current routes may be newer.
 * @returns `undefined` if the API has no such stage
 */
export async function readServedStage(
  account: Account,
  api: ApiFacts,
  stageName: string,
): Promise<ServedStage | undefined> {
  if (api.protocol === 'HTTP') return readHttpStage(account, api, stageName);
  const { region, apiId: restApiId } = api;
  const client = account.apiGateway(region);
  const stage = await account.read(() => client.send(new GetStageCommand({ restApiId, stageName })));
  if (stage === undefined) return undefined;
  const { deploymentId, methodSettings = {}, variables = {}, webAclArn, accessLogSettings } = stage;
  const deployment = await account.read(() =>
    client.send(new GetDeploymentCommand({ restApiId, deploymentId, embed: ['apisummary'] })),
  );
  return {
    name: stageName,
    deployedAt: deployment?.createdDate,
    routesUnknown: deployment?.apiSummary === undefined,
    routes: Object.entries(deployment?.apiSummary ?? {}).flatMap(([path, methods]) =>
      Object.entries(methods).map(([method, { authorizationType, apiKeyRequired }]) => ({
        method,
        path,
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
    variables,
    accessLogArn: accessLogSettings?.destinationArn,
    webAclArn,
  };
}

/** An HTTP API does not tell what its stages serve. With automatic deployment, a stage serves all routes of the API. */
async function readHttpStage(
  account: Account,
  { region, apiId: ApiId, routes }: ApiFacts,
  StageName: string,
): Promise<ServedStage | undefined> {
  const client = account.apiGatewayV2(region);
  const stage = await account.read(() => client.send(new GetHttpStageCommand({ ApiId, StageName })));
  if (stage === undefined) return undefined;
  const { AutoDeploy, LastDeploymentStatusMessage = '', StageVariables: variables = {} } = stage;
  const failure = LastDeploymentStatusMessage.startsWith('Successfully') ? '' : LastDeploymentStatusMessage;
  const { DefaultRouteSettings, RouteSettings = {}, AccessLogSettings } = stage;
  return {
    name: StageName,
    routes: routes.map((route) => ({ ...route, apiKeyRequired: false })),
    throttles: new Map([
      ...(DefaultRouteSettings ? [['*/*', throttleOf(DefaultRouteSettings)] as const] : []),
      ...Object.entries(RouteSettings).map(([key, settings]) => {
        const [, method, path] = /^(\w+) \/(.*)$/.exec(key) ?? [];
        return [path === undefined ? key : `${path}/${method}`, throttleOf(settings)] as const;
      }),
    ]),
    variables,
    accessLogArn: AccessLogSettings?.DestinationArn,
    deploymentProblem:
      AutoDeploy === true
        ? failure || undefined
        : 'The stage does not deploy automatically, and API Gateway does not tell which routes it serves.',
  };
}

function throttleOf({ ThrottlingRateLimit: rate, ThrottlingBurstLimit: burst }: RouteSettings): Throttle {
  return { rate, burst };
}

/** The names of an API's stages. */
export async function readStageNames(
  account: Account,
  { protocol, region, apiId: restApiId }: ApiFacts,
): Promise<string[]> {
  if (protocol === 'HTTP') return readHttpStageNames(account, region, restApiId);
  const client = account.apiGateway(region);
  const found = await account.read(() => client.send(new GetStagesCommand({ restApiId })));
  return (found?.item ?? []).flatMap(({ stageName }) => stageName ?? []);
}

async function readHttpStageNames(account: Account, region: string, ApiId: string): Promise<string[]> {
  const client = account.apiGatewayV2(region);
  const names: string[] = [];
  await account.read(async () => {
    const list = (NextToken?: string) => client.send(new GetHttpStagesCommand({ ApiId, NextToken }));
    for await (const { StageName } of itemsOf(list)) names.push(StageName ?? '');
  });
  return names;
}

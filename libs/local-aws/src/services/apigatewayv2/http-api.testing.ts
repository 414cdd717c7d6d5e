import { functionArn, type Workbench } from '../apigateway/workbench.testing.ts';

/** What an HTTP API is made of; everything has a default. */
export interface HttpApiParts {
  readonly api?: object;
  /** Properties of routes by route key. Default: `GET` and `POST /messages`, IAM-authorized. */
  readonly routes?: Readonly<Record<string, object>>;
  readonly integration?: object;
  readonly stage?: object;
}

/** Makes an HTTP API whose routes lead to the tests' function, with the stage `$default`. @returns its ID */
export async function deployHttpApi(
  workbench: Workbench,
  { api, routes, integration, stage }: HttpApiParts = {},
): Promise<string> {
  const iam = { AuthorizationType: 'AWS_IAM' };
  const { physicalId: ApiId } = await workbench.create('AWS::ApiGatewayV2::Api', {
    Name: 'messages',
    ProtocolType: 'HTTP',
    ...api,
  });
  const { physicalId: integrationId } = await workbench.create('AWS::ApiGatewayV2::Integration', {
    ApiId,
    IntegrationType: 'AWS_PROXY',
    IntegrationUri: functionArn,
    PayloadFormatVersion: '2.0',
    ...integration,
  });
  await workbench.create('AWS::ApiGatewayV2::Stage', {
    ApiId,
    StageName: '$default',
    AutoDeploy: true,
    ...stage,
  });
  // Routes come last, as osls deploys them: the stage follows them by itself.
  for (const [RouteKey, properties] of Object.entries(
    routes ?? { 'GET /messages': iam, 'POST /messages': iam },
  )) {
    await workbench.create('AWS::ApiGatewayV2::Route', {
      ...{ ApiId, RouteKey, Target: `integrations/${integrationId}` },
      ...properties,
    });
  }
  return ApiId;
}

/** The routes of an API that everybody may call. */
export function openRoutes(...routeKeys: readonly string[]): Readonly<Record<string, object>> {
  return Object.fromEntries(routeKeys.map((routeKey) => [routeKey, {}]));
}

import { functionArn, type Workbench } from '../apigateway/workbench.testing.ts';

/** The parts of an HTTP API; all have defaults. */
export interface HttpApiParts {
  readonly api?: object;
  /** Properties of routes by route key. Default: `GET` and `POST /messages`, IAM-authorized. */
  readonly routes?: Readonly<Record<string, object>>;
  readonly integration?: object;
  readonly stage?: object;
}

/** Creates an HTTP API whose routes invoke the tests' function, with the stage `$default`. @returns its ID */
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
  // Routes come last, as osls deploys them: the stage deploys them automatically.
  for (const [RouteKey, properties] of Object.entries(
    routes ?? { 'GET /messages': iam, 'POST /messages': iam },
  )) {
    await workbench.create('AWS::ApiGatewayV2::Route', {
      ApiId,
      RouteKey,
      Target: `integrations/${integrationId}`,
      ...properties,
    });
  }
  return ApiId;
}

/** Routes without authorization. */
export function openRoutes(...routeKeys: readonly string[]): Readonly<Record<string, object>> {
  return Object.fromEntries(routeKeys.map((routeKey) => [routeKey, {}]));
}

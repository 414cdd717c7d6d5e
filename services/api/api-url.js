/**
 * @typedef {{ resolveVariable(variable: 'self:custom.settings'): Promise<import('../preflight.js').StageSettings> }} Framework
 */

/**
 * What serverless.yml reads: `${file(./api-url.js):apiUrl}`, the URL that the caller uses and signs for.
 * @param {Framework} framework
 */
export async function apiUrl({ resolveVariable }) {
  const { customDomain, privateApi } = await resolveVariable('self:custom.settings');
  if (customDomain !== undefined) {
    const { name, basePath } = customDomain;
    return `https://${name}${basePath ? `/${basePath}` : ''}`;
  }
  // This name leads to the endpoint whether or not it has private DNS:
  // https://docs.aws.amazon.com/apigateway/latest/developerguide/apigateway-private-api-test-invoke-url.html
  const endpoint = privateApi === undefined ? '' : `-${privateApi.vpcEndpointIds[0]}`;
  return {
    'Fn::Sub': `https://\${ApiGatewayRestApi}${endpoint}.execute-api.\${AWS::Region}.\${AWS::URLSuffix}/\${ApiGatewayStage}`,
  };
}

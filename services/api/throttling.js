/**
 * Throttles the stage. The framework has no setting for it, and creates the stage with each deployment anew, under a
 * logical ID that ends in the ID of the run: so the extension's name is only known while it runs.
 * @param {{ resolveVariable(variable: string): Promise<any> }} framework what the Serverless Framework hands in
 * @returns for `resources.extensions`
 */
export async function extensions({ resolveVariable }) {
  const { throttlingRateLimit, throttlingBurstLimit } = await resolveVariable('self:custom.settings');
  return {
    [`ApiGatewayDeployment${await resolveVariable('sls:instanceId')}`]: {
      Properties: {
        StageDescription: {
          MethodSettings: [
            {
              HttpMethod: '*',
              ResourcePath: '/*',
              ThrottlingRateLimit: throttlingRateLimit,
              ThrottlingBurstLimit: throttlingBurstLimit,
            },
          ],
        },
      },
    },
  };
}

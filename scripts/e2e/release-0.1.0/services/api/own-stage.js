import { createHash } from 'node:crypto';

/**
 * A plugin that leaves the API's stage to the resource `ApiGatewayStage` of serverless.yml. The framework creates the stage
 * with its deployment, which cannot set throttling or logs: CloudFormation takes a `StageDescription` only as long as there
 * is no such stage, so every deployment after the first would fail.
 *
 * A deployment is a snapshot of the API, and the framework makes one each time, under a new logical ID. Here the ID comes from
 * what is in the snapshot: a new one when the API changes, and none when it does not.
 */
export default class OwnStage {
  /**
   * @param {{
   *   service: { provider: { compiledCloudFormationTemplate: { Resources: Record<string, any> } } },
   *   classes: { Error: new (message: string, code: string) => Error },
   * }} serverless
   */
  constructor({ service, classes }) {
    this.hooks = {
      // Now the resources of serverless.yml are in the template, and it is not written yet.
      'after:aws:package:finalize:mergeCustomProviderResources': () => {
        const { Resources } = service.provider.compiledCloudFormationTemplate;
        const found = Object.keys(Resources).find(
          (id) => Resources[id].Type === 'AWS::ApiGateway::Deployment',
        );
        if (found === undefined || Resources.ApiGatewayStage === undefined) {
          throw new classes.Error(
            'The template has no AWS::ApiGateway::Deployment or no ApiGatewayStage: own-stage.js needs both, see services/api/serverless.yml.',
            'OWN_STAGE',
          );
        }
        const { [found]: deployment, ...others } = Resources;
        const id = `ApiGatewayDeployment${fingerprint(others)}`;
        delete Resources[found];
        delete deployment.Properties.StageName;
        Resources[id] = deployment;
        Resources.ApiGatewayStage.Properties.DeploymentId = { Ref: id };
      },
    };
  }
}

/** What a deployment is a snapshot of: everything of the API but its stage. */
function fingerprint(/** @type {Record<string, { Type: string }>} */ resources) {
  const snapshot = Object.entries(resources)
    .filter(([id, { Type }]) => Type.startsWith('AWS::ApiGateway::') && id !== 'ApiGatewayStage')
    .sort(([a], [b]) => (a < b ? -1 : 1));
  return createHash('sha256').update(JSON.stringify(snapshot)).digest('hex').slice(0, 16);
}

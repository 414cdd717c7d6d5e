import * as v from 'valibot';
import { deploymentOf, type HttpApiStore, stageOf } from '../store.ts';
import { httpPartTypes } from './http-part.ts';

const properties = v.strictObject({
  ApiId: v.string(),
  Description: v.optional(v.string()),
  StageName: v.optional(v.string()),
});

/** `AWS::ApiGatewayV2::Deployment`, for stages without `AutoDeploy`. With `StageName`, it moves that stage. */
export function deploymentType(store: HttpApiStore) {
  return httpPartTypes(store)('AWS::ApiGatewayV2::Deployment', properties, {
    // A deployment is immutable on AWS; only its description can be changed.
    replacedBy: ['StageName'],
    path: 'deployments',
    create(api, { Description, StageName }) {
      const stage = StageName === undefined ? undefined : stageOf(api, StageName);
      const { id } = store.addDeployment(api, Description);
      if (stage !== undefined) store.updateStage(api, stage, stage.settings, id);
      return { physicalId: id, attributes: { DeploymentId: id } };
    },
    update(api, { Description }, id) {
      const deployment = deploymentOf(api, id);
      if (Description === undefined) delete deployment.description;
      else deployment.description = Description;
    },
    remove: (api, id) => store.removeDeployment(api, id),
  });
}

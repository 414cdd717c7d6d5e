import * as v from 'valibot';
import { partType } from '../../apigateway/resources/api-part.ts';
import { deploymentOf, type HttpApiStore, stageOf } from '../store.ts';

const properties = v.strictObject({
  ApiId: v.string(),
  Description: v.optional(v.string()),
  StageName: v.optional(v.string()),
});

/** `AWS::ApiGatewayV2::Deployment`, for stages without `AutoDeploy`. With `StageName`, it moves that stage. */
export function deploymentType(store: HttpApiStore) {
  return partType(store, 'AWS::ApiGatewayV2::Deployment', properties, {
    // A deployment is immutable on AWS; only its description can be changed.
    replacedBy: ['StageName'],
    path: 'deployments',
    attribute: 'DeploymentId',
    create(api, { Description, StageName }) {
      const stage = StageName === undefined ? undefined : stageOf(api, StageName);
      const { id } = store.addDeployment(api, Description);
      if (stage !== undefined) store.updateStage(api, stage, stage.settings, id);
      return id;
    },
    update(api, { Description }, id) {
      deploymentOf(api, id).description = Description;
    },
    remove: (api, id) => store.removeDeployment(api, id),
  });
}

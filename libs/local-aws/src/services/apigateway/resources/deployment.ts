import * as v from 'valibot';
import { tagMap } from '../../../protocols/shapes.ts';
import { addDeployment, removeDeployment } from '../definition/snapshot.ts';
import { type ApiStore, badRequest, deploymentOf } from '../store.ts';
import { apiPartType } from './api-part.ts';
import { stageProperties, stageSettings } from './stage.ts';

const properties = v.strictObject({
  RestApiId: v.string(),
  Description: v.optional(v.string()),
  StageName: v.optional(v.string()),
  StageDescription: v.optional(v.strictObject(stageProperties)),
});

/**
 * `AWS::ApiGateway::Deployment`. With `StageName`, the stage is made, or moved to the new deployment if it exists. A stage
 * that still points to the deployment when that is deleted goes with it.
 */
export function deploymentType(store: ApiStore) {
  return apiPartType(store, 'AWS::ApiGateway::Deployment', properties, {
    // A deployment is immutable on AWS; only its description can be changed.
    replacedBy: ['StageName', 'StageDescription'],
    path: 'deployments',
    create(api, { Description, StageName, StageDescription }, context) {
      const stage = StageName === undefined ? undefined : api.stages.get(StageName);
      if (StageDescription !== undefined && (StageName === undefined || stage !== undefined)) {
        throw badRequest(
          `StageDescription cannot be specified when ${stage === undefined ? 'StageName is empty' : 'stage referenced by StageName already exists'}`,
        );
      }
      const { id } = addDeployment(api, store.clock.now(), Description);
      try {
        if (stage !== undefined) {
          store.updateStage(stage, { ...stage.settings, deploymentId: id });
        } else if (StageName !== undefined) {
          const description = StageDescription ?? {};
          const settings = stageSettings(description, id, store.cloudWatchRoleArn(context));
          store.addStage(api, StageName, settings, tagMap(description.Tags));
        }
      } catch (error) {
        api.deployments.delete(id);
        throw error;
      }
      return { physicalId: id, attributes: { DeploymentId: id } };
    },
    update(api, { Description }, id) {
      const deployment = deploymentOf(api, id);
      if (Description === undefined) delete deployment.description;
      else deployment.description = Description;
    },
    remove(api, id, { StageName = '' }) {
      if (api.stages.get(StageName)?.settings.deploymentId === id) api.stages.delete(StageName);
      removeDeployment(api, id);
    },
  });
}

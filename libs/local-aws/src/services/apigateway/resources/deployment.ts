import * as v from 'valibot';
import { AwsError } from '../../../core/errors.ts';
import type { ResourceType } from '../../resource-type.ts';
import { addDeployment, addStage, removeDeployment } from '../definition/snapshot.ts';
import { type ApiStore, deploymentOf } from '../store.ts';
import { findApi } from './find-api.ts';
import { changeStageSettings, stageEntries } from './stage-settings.ts';

const schema = v.strictObject({
  RestApiId: v.string(),
  Description: v.optional(v.string()),
  StageName: v.optional(v.string()),
  StageDescription: v.optional(v.strictObject(stageEntries)),
});

/**
 * `AWS::ApiGateway::Deployment`. With `StageName`, the stage is made, or moved to the new deployment where it exists; a
 * stage that is still there when the deployment is deleted goes with it.
 */
export function deploymentType(store: ApiStore): ResourceType<typeof schema> {
  return {
    typeName: 'AWS::ApiGateway::Deployment',
    properties: schema,
    // A deployment is immutable on AWS; only its description can be changed.
    replacedBy: ['RestApiId', 'StageName', 'StageDescription'],
    async create(properties, context) {
      const { StageName: stageName, StageDescription: settings } = properties;
      const api = store.api(context, properties.RestApiId);
      if (stageName === undefined && settings !== undefined) {
        throw new AwsError(
          'BadRequestException',
          'StageDescription cannot be specified when StageName is empty',
        );
      }
      if (settings !== undefined && stageName !== undefined && api.stages.has(stageName)) {
        throw new AwsError(
          'BadRequestException',
          'StageDescription cannot be specified when stage referenced by StageName already exists',
        );
      }
      const now = store.clock.now();
      const { id } = addDeployment(api, now, properties.Description);
      const state = { physicalId: id, attributes: { DeploymentId: id } };
      if (stageName === undefined) return state;
      try {
        const stage = api.stages.get(stageName) ?? addStage(api, stageName, id, now);
        if (settings !== undefined) changeStageSettings(stage, settings, store.cloudWatchRoleArn(context));
        stage.deploymentId = id;
        stage.lastUpdatedDate = now;
      } catch (error) {
        if (api.stages.get(stageName)?.deploymentId === id) api.stages.delete(stageName);
        api.deployments.delete(id);
        throw error;
      }
      return state;
    },
    async update(current, properties, _previous, context) {
      const api = store.api(context, properties.RestApiId);
      const { description: _, ...deployment } = deploymentOf(api, current.physicalId);
      api.deployments.set(deployment.id, {
        ...deployment,
        ...(properties.Description === undefined ? {} : { description: properties.Description }),
      });
      return current;
    },
    async delete(current, properties, context) {
      const api = findApi(store, context, properties.RestApiId);
      if (api === undefined) return;
      const { StageName: stageName } = properties;
      if (stageName !== undefined && api.stages.get(stageName)?.deploymentId === current.physicalId) {
        api.stages.delete(stageName);
      }
      removeDeployment(api, current.physicalId);
    },
  };
}

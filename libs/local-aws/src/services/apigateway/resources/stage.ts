import * as v from 'valibot';
import type { ResourceType } from '../../resource-type.ts';
import { addStage } from '../definition/snapshot.ts';
import { type ApiStore, deploymentOf, stageOf } from '../store.ts';
import { findApi } from './find-api.ts';
import { replaceStageSettings, stageEntries } from './stage-settings.ts';

const schema = v.strictObject({
  RestApiId: v.string(),
  DeploymentId: v.string(),
  StageName: v.optional(v.string()),
  ...stageEntries,
});

/** `AWS::ApiGateway::Stage`. `LoggingLevel` is recorded; local AWS writes access logs, no execution logs. */
export function stageType(store: ApiStore): ResourceType<typeof schema> {
  return {
    typeName: 'AWS::ApiGateway::Stage',
    properties: schema,
    replacedBy: ['RestApiId', 'StageName'],
    async create(properties, context) {
      const api = store.api(context, properties.RestApiId);
      const stageName = properties.StageName ?? 'default';
      const stage = addStage(api, stageName, properties.DeploymentId, store.clock.now());
      try {
        replaceStageSettings(stage, properties, store.cloudWatchRoleArn(context));
      } catch (error) {
        api.stages.delete(stageName);
        throw error;
      }
      return { physicalId: stageName, attributes: {} };
    },
    async update(current, properties, _previous, context) {
      const api = store.api(context, properties.RestApiId);
      const stage = stageOf(api, current.physicalId);
      const { id } = deploymentOf(api, properties.DeploymentId);
      replaceStageSettings(stage, properties, store.cloudWatchRoleArn(context));
      stage.deploymentId = id;
      stage.lastUpdatedDate = store.clock.now();
      return current;
    },
    async delete(current, properties, context) {
      findApi(store, context, properties.RestApiId)?.stages.delete(current.physicalId);
    },
  };
}

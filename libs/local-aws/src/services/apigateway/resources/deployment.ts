import * as v from 'valibot';
import { addDeployment, removeDeployment } from '../definition/snapshot.ts';
import { type ApiStore, deploymentOf } from '../store.ts';
import { apiPartType } from './api-part.ts';

const properties = v.strictObject({
  RestApiId: v.string(),
  Description: v.optional(v.string()),
  StageName: v.optional(v.string()),
});

const NEW_STAGE = { variables: {}, tracingEnabled: false, methodSettings: new Map() };

/** `AWS::ApiGateway::Deployment`. With `StageName`, it makes or moves a stage, which goes with it if it still points to it. */
export function deploymentType(store: ApiStore) {
  return apiPartType(store, 'AWS::ApiGateway::Deployment', properties, {
    // A deployment is immutable on AWS; only its description can be changed.
    replacedBy: ['StageName'],
    path: 'deployments',
    create(api, { Description, StageName }) {
      const { id } = addDeployment(api, store.clock.now(), Description);
      const stage = api.stages.get(StageName ?? '');
      try {
        if (stage !== undefined) store.updateStage(api, stage, { ...stage.settings, deploymentId: id });
        else if (StageName !== undefined) store.addStage(api, StageName, { ...NEW_STAGE, deploymentId: id });
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

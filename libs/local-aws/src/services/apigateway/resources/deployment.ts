import * as v from 'valibot';
import { deploy, removeDeployment } from '../definition/snapshot.ts';
import { type ApiStore, deploymentOf } from '../store.ts';
import { partType } from './api-part.ts';

const properties = v.strictObject({
  RestApiId: v.string(),
  Description: v.optional(v.string()),
  StageName: v.optional(v.string()),
});

/** `AWS::ApiGateway::Deployment`. With `StageName`, it makes or moves a stage, which goes with it if it still points to it. */
export function deploymentType(store: ApiStore) {
  return partType(store, 'AWS::ApiGateway::Deployment', properties, {
    // A deployment is immutable on AWS; only its description can be changed.
    replacedBy: ['StageName'],
    path: 'deployments',
    attribute: 'DeploymentId',
    create: (api, { Description, StageName }) =>
      deploy(store, api, { stageName: StageName, description: Description }).id,
    update(api, { Description }, id) {
      deploymentOf(api, id).description = Description;
    },
    remove(api, id, { StageName = '' }) {
      if (api.stages.get(StageName)?.settings.deploymentId === id) api.stages.delete(StageName);
      removeDeployment(api, id);
    },
  });
}

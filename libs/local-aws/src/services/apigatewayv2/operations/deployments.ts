import * as v from 'valibot';
import type { Operation } from '../../../protocols/operation.ts';
import { operationsOn } from '../../apigateway/operations/operation.ts';
import { deploymentOf, type HttpApiStore, type HttpDeployment } from '../store.ts';
import { API, api, pageOf, paging, shownDate } from './operation.ts';

/** The operations that read deployments. */
export function deploymentOperations(store: HttpApiStore): readonly Operation[] {
  const operation = operationsOn(store);
  return [
    operation('GetDeployments', {
      http: `GET ${API}/deployments`,
      input: v.object({ ...api, ...paging }),
      handle: (input, call) =>
        pageOf([...store.api(call, input.ApiId).deployments.values()].map(describe), input),
    }),
    operation('GetDeployment', {
      http: `GET ${API}/deployments/{DeploymentId}`,
      input: v.object({ ...api, DeploymentId: v.string() }),
      handle: ({ ApiId, DeploymentId }, call) => describe(deploymentOf(store.api(call, ApiId), DeploymentId)),
    }),
  ];
}

function describe({ id: deploymentId, createdDate, autoDeployed, description }: HttpDeployment) {
  const date = shownDate(createdDate);
  return { deploymentId, createdDate: date, autoDeployed, description, deploymentStatus: 'DEPLOYED' };
}

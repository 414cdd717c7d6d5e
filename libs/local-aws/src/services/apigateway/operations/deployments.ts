import * as v from 'valibot';
import type { Operation } from '../../../protocols/operation.ts';
import { type ApiStore, type Deployment, deploymentOf } from '../store.ts';
import { API, api, embed, embeds, operationsOn, pageOf, paging } from './operation.ts';

/** The operations that read deployments. */
export function deploymentOperations(store: ApiStore): readonly Operation[] {
  const operation = operationsOn(store);
  return [
    operation('GetDeployments', {
      http: `GET ${API}/deployments`,
      input: v.object({ ...api, ...paging }),
      handle: (input, call) =>
        pageOf([...store.api(call, input.restApiId).deployments.values()].map(describe), input),
    }),
    operation('GetDeployment', {
      http: `GET ${API}/deployments/{deploymentId}`,
      input: v.object({ ...api, ...embed, deploymentId: v.string() }),
      handle(input, call) {
        const deployment = deploymentOf(store.api(call, input.restApiId), input.deploymentId);
        return {
          ...describe(deployment),
          apiSummary: embeds(input, 'apisummary') ? summarize(deployment) : undefined,
        };
      },
    }),
  ];
}

function describe({ id, description, createdDate }: Deployment) {
  return { id, description, createdDate };
}

/** A deployment's methods, by path and HTTP method. */
function summarize({ api: { resources } }: Deployment) {
  return Object.fromEntries(
    resources
      .filter(({ methods }) => methods.size > 0)
      .map(({ path, methods }) => [
        path,
        Object.fromEntries(
          [...methods].map(([name, { authorizationType }]) => [
            name,
            { authorizationType, apiKeyRequired: false },
          ]),
        ),
      ]),
  );
}

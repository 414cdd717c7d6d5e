import * as v from 'valibot';
import type { Operation } from '../../../protocols/operation.ts';
import { deploy } from '../definition/snapshot.ts';
import type { ApiStore, Deployment } from '../store.ts';
import { API, api, embed, embeds, operationsOn, paging, readOperationsOn } from './operation.ts';

/** The operations on deployments. */
export function deploymentOperations(store: ApiStore): readonly Operation[] {
  const operation = operationsOn(store);
  return [
    operation('CreateDeployment', {
      http: `POST ${API}/deployments`,
      status: 201,
      input: v.object({
        ...api,
        stageName: v.optional(v.string()),
        description: v.optional(v.string()),
      }),
      handle: ({ restApiId, ...given }, call) => describe(deploy(store, store.api(call, restApiId), given)),
    }),
    ...readOperationsOn(
      store,
      paging,
    )({
      operations: ['GetDeployments', 'GetDeployment'],
      path: `${API}/deployments`,
      label: 'deploymentId',
      members: (scope, apiId) => store.api(scope, apiId).deployments,
      readInput: embed,
      describe: (deployment, _id, input) => ({
        ...describe(deployment),
        apiSummary: embeds(input, 'apisummary') ? summarize(deployment) : undefined,
      }),
      missing: () => 'Invalid Deployment identifier specified',
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

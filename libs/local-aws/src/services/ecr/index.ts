import type { Clock } from '../../core/clock.ts';
import type { Endpoint } from '../../pipeline/endpoint.ts';
import { jsonEndpoint } from '../../protocols/json.ts';
import type { ResourceType } from '../resource-type.ts';
import { repositoryOperations } from './operations/repositories.ts';
import { repositoryType } from './resources/repository.ts';
import { RepositoryStore } from './store.ts';

/**
 * ECR: repositories without images. `sls remove` asks whether there is one to remove, and `cdk bootstrap` makes one that
 * only images of containers need.
 */
export function createEcrService({ clock }: { readonly clock: Clock }): {
  readonly endpoint: Endpoint;
  readonly resourceTypes: readonly ResourceType[];
} {
  const store = new RepositoryStore(clock);
  return {
    endpoint: jsonEndpoint({
      signingName: 'ecr',
      targetPrefix: 'AmazonEC2ContainerRegistry_V20150921',
      version: '1.1',
      operations: repositoryOperations(store),
    }),
    resourceTypes: [repositoryType(store)],
  };
}

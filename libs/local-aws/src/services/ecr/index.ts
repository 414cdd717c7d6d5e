import type { Endpoint } from '../../pipeline/endpoint.ts';
import { jsonEndpoint } from '../../protocols/json.ts';
import { repositoryOperations } from './operations/repositories.ts';

/** ECR as the rest of local AWS uses it. */
export interface EcrService {
  readonly endpoint: Endpoint;
}

/** ECR without repositories. `sls remove` asks whether there is one to remove, and accepts only AWS's own answer for "no". */
export function createEcrService(): EcrService {
  return {
    endpoint: jsonEndpoint({
      signingName: 'ecr',
      targetPrefix: 'AmazonEC2ContainerRegistry_V20150921',
      version: '1.1',
      operations: repositoryOperations,
    }),
  };
}

import { jsonEndpoint } from '../../protocols/json.ts';
import { repositoryOperations } from './operations/repositories.ts';

/** ECR without repositories: `sls remove` looks for one. Repositories in templates have no effect (`inert/`). */
export function createEcrService() {
  return {
    endpoint: jsonEndpoint({
      signingName: 'ecr',
      targetPrefix: 'AmazonEC2ContainerRegistry_V20150921',
      version: '1.1',
      operations: repositoryOperations,
    }),
  };
}

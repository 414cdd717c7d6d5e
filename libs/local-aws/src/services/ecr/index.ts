import { jsonEndpoint } from '../../protocols/json.ts';
import { repositoryOperations } from './operations/repositories.ts';

/** ECR without repositories. `sls remove` asks whether there is one to remove, and accepts only AWS's own answer for "no". */
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

import * as v from 'valibot';
import { AwsError } from '../../core/errors.ts';
import type { Endpoint } from '../../pipeline/endpoint.ts';
import { jsonEndpoint } from '../../protocols/json.ts';
import { operationsOf } from '../../protocols/operation.ts';

/** What the service offers to the composition. */
export interface EcrService {
  readonly endpoint: Endpoint;
}

/**
 * ECR without repositories: functions are zips here. `sls remove` asks whether the service has a repository of images to
 * remove, and takes no other answer than AWS's own for "no".
 */
export function createEcrService(): EcrService {
  return {
    endpoint: jsonEndpoint({
      signingName: 'ecr',
      targetPrefix: 'AmazonEC2ContainerRegistry_V20150921',
      version: '1.1',
      operations: [describeRepositories],
    }),
  };
}

const describeRepositories = operationsOf('ecr', 'InvalidParameterException')('DescribeRepositories', {
  input: v.object({
    registryId: v.optional(v.pipe(v.string(), v.regex(/^\d{12}$/))),
    repositoryNames: v.optional(v.pipe(v.array(v.string()), v.minLength(1), v.maxLength(100))),
  }),
  requires: ({ registryId, repositoryNames }, { accountId, region }) => {
    const owner = registryId ?? accountId;
    return (repositoryNames ?? ['*']).map((name) => ({
      action: 'ecr:DescribeRepositories',
      resource: `arn:aws:ecr:${region}:${owner}:repository/${name}`,
      resourceAccountId: owner,
    }));
  },
  handle: ({ registryId, repositoryNames }, { accountId }) => {
    const [name] = repositoryNames ?? [];
    if (name === undefined) return { repositories: [] };
    throw new AwsError(
      'RepositoryNotFoundException',
      `The repository with name '${name}' does not exist in the registry with id '${registryId ?? accountId}'`,
    );
  },
});
